"""The terms of a plan, and of the verdicts on its claims."""

from maw.reporting.terms.term import Term

VERDICTS: dict[str, Term] = {
    "claim": Term(
        "claim",
        "A statement of the plan that a system ranks better than each of its controls on a "
        "dataset. It was written down before there were scores.",
        heads=("Claim",),
    ),
    "control": Term(
        "control",
        "A baseline that a system must beat for its claim to hold. A good control differs "
        "from the system only in the part that the claim is about.",
        heads=("Controls", "Control"),
    ),
    "baseline": Term(
        "baseline",
        "The system that another one is compared with.",
        heads=("Baseline", "Against"),
    ),
    "deciding_control": Term(
        "deciding control",
        "The control over which the system's lead is smallest. The claim's estimate is that lead.",
        heads=("Over",),
    ),
    "smallest_difference": Term(
        "smallest difference",
        "The system's lead over the control that comes nearest to it. It decides the claim, "
        "because every control must be beaten.",
        heads=("Smallest difference",),
    ),
    "loses_to": Term(
        "loses to",
        "The controls that are shown to rank better than the system.",
        heads=("Loses to",),
    ),
    "difference": Term(
        "difference",
        "The mean score of the system minus that of the baseline. Above 0 the system ranks better.",
        heads=("Difference", "Differences", "Mean difference"),
    ),
    "contrast": Term(
        "contrast",
        "The scores of a system minus the scores of a baseline, query by query.",
        heads=("Contrast",),
    ),
    "reference": Term(
        "reference contrast",
        "A contrast that decides no claim. It shows how large a difference is, such as the "
        "one to BM25.",
    ),
    "exploratory": Term(
        "exploratory",
        "Said of a contrast or a measure that is one of many looked through. It gets no "
        "verdict, because some of many differences look large by chance alone.",
    ),
    "primary": Term(
        "primary measure",
        "The one measure of ranking quality that the plan names. All verdicts are about it.",
    ),
    "sesoi": Term(
        "smallest effect size of interest (SESOI)",
        "The smallest difference that the plan says matters, in the unit of the primary "
        "measure. It was chosen before there were scores, with its reason.",
    ),
    "sesoi_flip": Term(
        "another word from SESOI",
        "The smallest effect size of interest, nearest to the plan's, at which the limits would "
        "say another word. If it is near the plan's, the verdict depends on that choice.",
        heads=("Another word from SESOI",),
    ),
    "verdict": Term(
        "verdict",
        "The word that the plan's rule gives to a claim, such as “better” or “equivalent”. It is "
        "read from the limits alone.",
        heads=("Verdict", "Would read"),
    ),
    "better": Term(
        "better",
        "The lower limit is above 0: every control is beaten. “By at least SESOI” says that "
        "the lower limit reaches the smallest difference that matters.",
        heads=("Better",),
    ),
    "slightly_better": Term(
        "better, but by less than SESOI",
        "Every control is beaten, yet the largest gain that fits the data is smaller than the "
        "smallest difference that matters.",
    ),
    "refuted": Term(
        "refuted",
        "The upper limit is below 0: at least one control ranks better, so the claim is false.",
        heads=("Refuted",),
    ),
    "equivalent": Term(
        "equivalent",
        "Differences as large as the smallest one that matters are excluded in both "
        "directions. Smaller ones, even a real gain, are not.",
        heads=("Equivalent, no relevant gain", "Equivalent"),
    ),
    "no_relevant_gain": Term(
        "no relevant gain",
        "A gain as large as the smallest difference that matters is excluded. A smaller gain, "
        "no gain, or a loss remain possible.",
    ),
    "inconclusive": Term(
        "inconclusive",
        "The data fit both a gain that matters and none at all. This is not evidence that the "
        "systems are equal.",
        heads=("Undecided",),
    ),
    "not_controlled": Term(
        "not controlled",
        "The word where a trained system has fewer than three seeds. So few trainings cannot tell "
        "how much training itself varies.",
    ),
    "not_estimable": Term(
        "not estimable",
        "The word where the scores hold no answer to the question, for example because a system "
        "was trained only once.",
        heads=("Not estimable",),
    ),
    "withheld": Term(
        "withheld",
        "A word that the limits would give, and that is not said because a control of the whole "
        "study failed.",
    ),
    "planted": Term(
        "planted loss",
        "Rankings that were made worse by a known amount. The tests must find this loss and "
        "its size.",
    ),
    "positive_control": Term(
        "positive control",
        "A difference that is known to exist. A study that does not find it cannot claim that "
        "another difference is absent.",
    ),
    "negative_control": Term(
        "negative control",
        "One system trained again with further seeds and compared with itself. What differs "
        "there is noise.",
    ),
    "source_claim": Term(
        "claim of the source",
        "A result that the publication of the method states. It was not measured here.",
        heads=("Source", "The source says", "Source claims", "at compute"),
    ),
    "source_word": Term(
        "word on the source's claim",
        "Whether the measurement here supports the claim, contradicts it, or can say nothing "
        "of it. It is no verdict of the plan.",
        heads=("Word",),
    ),
    "over_untrained": Term(
        "over the untrained model",
        "The gain over a model that was not trained at all. The comparison is unfair, because any "
        "training may bring such a gain.",
        heads=("Over untrained (unfair)",),
    ),
    "fair_control": Term(
        "fair control",
        "A control that was trained in the same way, without the part that the claim is about.",
        heads=("Over fair control",),
    ),
}

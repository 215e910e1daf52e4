"""The terms of limits, tests, effect sizes and simulations."""

from maw.reporting.terms.term import Term

STATISTICS: dict[str, Term] = {
    "limits": Term(
        "limits",
        "The smallest and the largest difference that fit the data at the stated level. The "
        "verdict is read from them.",
        heads=("Limits",),
    ),
    "u2": Term(
        "U₂",
        "The upper limit that decides whether a gain could still matter. It lies below the "
        "bar's upper end, because it guards against one error instead of two.",
        heads=("Largest gain",),
    ),
    "equivalence_limits": Term(
        "limits of equivalence",
        "The limits that decide on “equivalent”: it is said where both lie within the smallest "
        "difference that matters.",
        heads=("Limits of equivalence",),
    ),
    "level": Term(
        "level",
        "How often limits made in this way hold the true difference, in the long run. With "
        "several claims each gets a stricter level, so that all of them together hold at the "
        "stated one.",
    ),
    "alpha": Term(
        "α",
        "The largest chance of any false verdict that the plan allows, over all of its claims.",
    ),
    "alpha_prime": Term(
        "α′",
        "The part of α that one claim gets: α divided by the number of claims, unless the plan "
        "divides it otherwise.",
        heads=("Level α′",),
    ),
    "interval": Term(
        "95 % interval",
        "The differences that fit the data. Of such intervals 95 % hold the true difference, in "
        "the long run.",
        heads=("Interval", "95 % interval"),
    ),
    "estimand": Term(
        "estimand",
        "What a number is about: these trained models (E1), the training procedure (E2), or "
        "further datasets (E3).",
        heads=("Estimand",),
    ),
    "e1": Term(
        "these trained models (E1)",
        "The question whether these very models rank better on further queries. It says "
        "nothing about training them again.",
    ),
    "e2": Term(
        "the training procedure (E2)",
        "The question whether the procedure ranks better, on further queries and with further "
        "seeds. The verdicts answer this one wherever a system is trained.",
    ),
    "p": Term(
        "p-value",
        "The probability of a difference at least as large as the one seen if there were none "
        "in truth. It does not say how large the difference is.",
        heads=("p", "p (E3)", "Smallest p", "Largest p"),
    ),
    "generalised_p": Term(
        "generalised p-value",
        "The p-value of the test that decides. It counts the chance in the choice of queries and "
        "in the choice of seeds, and keeps its level with few seeds.",
    ),
    "bonferroni": Term(
        "Bonferroni correction",
        "The level is divided by the number of claims, so that the chance of any false "
        "verdict stays below it. This correction decides here.",
        heads=("Bonferroni",),
    ),
    "holm": Term(
        "Holm correction",
        "A correction that is never stricter than Bonferroni's: it tests the smallest p-value "
        "first. It is shown and decides nothing.",
        heads=("Holm",),
    ),
    "bh": Term(
        "Benjamini–Hochberg correction (BH)",
        "A correction that bounds the expected share of false findings among all findings, "
        "not the chance of any. It is shown and decides nothing.",
        heads=("BH",),
    ),
    "by": Term(
        "Benjamini–Yekutieli correction (BY)",
        "A stricter form of BH, which holds however the tests depend on each other. It is shown "
        "and decides nothing.",
        heads=("BY",),
    ),
    "fcr": Term(
        "false coverage rate (FCR)",
        "The expected share of intervals that miss the truth, among the intervals of the "
        "contrasts that were picked out because they looked large.",
        heads=("FCR interval",),
    ),
    "mde": Term(
        "detectable difference",
        "The smallest true difference that the study would have found with a probability of 80 %.",
        heads=("Detectable",),
    ),
    "tost": Term(
        "two one-sided tests (TOST)",
        "The test of equivalence: one test excludes a gain that matters, another excludes a "
        "loss that matters. Both must succeed.",
    ),
    "satterthwaite": Term(
        "Satterthwaite's test",
        "A t-test with degrees of freedom that are estimated from several sources of variation. "
        "With few seeds it errs at small levels, so that it decides nothing.",
        heads=("Satterthwaite",),
    ),
    "t_test": Term(
        "paired t-test",
        "It compares the mean of the queries' differences with its standard error.",
        heads=("t (E1)",),
    ),
    "sign_flips": Term(
        "sign flips",
        "The signs of the queries' differences are drawn at random many times. The p-value is "
        "how often their mean is then at least as large as the one seen.",
        heads=("sign flips (E1)",),
    ),
    "max_t": Term(
        "max-T",
        "Sign flips of a whole family of contrasts at once: each contrast is compared with the "
        "largest one of each draw. Its p-values need no further correction within the family.",
        heads=("max-T (E1)",),
    ),
    "wilcoxon": Term(
        "Wilcoxon's signed-rank test",
        "It ranks the queries' differences by their size and compares the ranks of gains with "
        "those of losses. Queries without a difference are left out.",
        heads=("Wilcoxon (E1)",),
    ),
    "pratt": Term(
        "Pratt's zeros",
        "Wilcoxon's test in which queries without a difference get a rank before they are left "
        "out.",
        heads=("Pratt (E1)",),
    ),
    "sign_test": Term(
        "sign test",
        "It asks whether more queries are won than lost, however large the differences are.",
        heads=("signs (E1)",),
    ),
    "mcnemar": Term(
        "McNemar's test",
        "The test for measures that are 0 or 1 in each query. It counts the queries in which "
        "only one of two systems succeeds.",
        heads=("McNemar (E1)",),
    ),
    "newcombe": Term(
        "Newcombe's interval",
        "An interval for the difference of two shares of hits on the same queries, from the score "
        "intervals of both shares. It never leaves the range from −1 to 1, and has a width also "
        "with few queries.",
    ),
    "tiers": Term(
        "tiers of systems",
        "Groups of systems of which no pair is shown to differ; each group has a letter. A system "
        "with two letters is not shown to differ from those of either group.",
        heads=("Tier",),
    ),
    "wins": Term(
        "wins, ties and losses",
        "The numbers of queries for which the system's mean over seeds is higher than the "
        "baseline's, equal to it, or lower.",
        heads=("Wins", "Ties", "Losses", "Up", "Tied", "Down"),
    ),
    "large_changes": Term(
        "large gains and losses",
        "The numbers of queries whose score changes by more than the stated amount.",
        heads=("Gain over 0.1", "Lose over 0.1"),
    ),
    "win_share": Term(
        "P(win) + ½ P(tie)",
        "The share of queries that are won, where a tie counts as half. At 0.5 the system wins "
        "as often as it loses.",
        heads=("P(win) + ½ P(tie)",),
    ),
    "relative": Term(
        "relative difference",
        "The difference divided by the baseline's mean score.",
        heads=("Relative",),
    ),
    "dz": Term(
        "d_z",
        "The mean difference divided by the standard deviation of the queries' differences. "
        "It has no unit.",
        heads=("d_z",),
    ),
    "hedges": Term(
        "Hedges' g",
        "The effect size d_z, made smaller by a factor, because with few queries d_z is too "
        "large on average.",
        heads=("Hedges g",),
    ),
    "rank_biserial": Term(
        "rank-biserial correlation",
        "The ranks of the queries that are won minus those of the lost ones, as a share of all "
        "ranks. It runs from −1, where every query is lost, to 1.",
        heads=("Rank-biserial",),
    ),
    "bca": Term(
        "BCa interval",
        "A bootstrap interval: the queries are drawn again with replacement many times. Bias and "
        "skewness of these draws are corrected.",
        heads=("E1 interval (BCa)",),
    ),
    "components": Term(
        "standard deviations by source",
        "How far scores vary from query to query, from seed to seed, and by what neither of "
        "the two explains.",
        heads=("SD of query", "SD of seed", "SD of the rest"),
    ),
    "outlook": Term(
        "what more data would buy",
        "What may be expected of this study as it is, with more seeds, or with more queries.",
        heads=("Plan",),
    ),
    "half_width": Term(
        "half of the bar",
        "The distance from the estimate to an end of the control's bar. The smaller it is, the "
        "more precise is the study.",
        heads=("Half of the bar",),
    ),
    "power": Term(
        "P(found)",
        "The probability that the study finds a lead of the stated size if it is true. It is "
        "called power.",
        heads=("P(found | 0.02)",),
    ),
    "p_equivalent": Term(
        "P(equivalent | 0)",
        "The probability of the verdict “equivalent” if there is no difference at all.",
        heads=("P(equivalent | 0)",),
    ),
    "single_pairs": Term(
        "pairs of single runs",
        "One run of the system and one of the baseline, tested as if there were no others. Pairs "
        "that contradict each other show what the choice of one seed can do.",
        heads=("Pairs", "Better at p < 0.05", "Worse at p < 0.05"),
    ),
    "random_effects": Term(
        "random effects",
        "The datasets are taken as a sample of further ones. How much they differ is estimated "
        "(REML), and the interval allows for that (Hartung–Knapp).",
    ),
    "prediction": Term(
        "prediction interval",
        "The differences to be expected on one further dataset of the same kind.",
        heads=("On a further dataset",),
    ),
    "i_squared": Term(
        "I²",
        "The share of the variation between datasets that is more than chance.",
        heads=("I²",),
    ),
    "k_better": Term(
        "better on at least",
        "The number of datasets on which the system is shown to rank better, with a correction "
        "for their number.",
        heads=("Better on at least",),
    ),
    "calibration": Term(
        "calibration",
        "The whole analysis repeated on simulated scores with a known truth, made from the "
        "study's own. It counts how often a verdict is false.",
        heads=("Redrawn, at α",),
    ),
    "true_lead": Term(
        "true lead",
        "The lead that was put into the simulated scores.",
        heads=("True lead",),
    ),
    "false_word": Term(
        "false word",
        "A verdict that contradicts the truth of the simulated scores.",
        heads=("A false word",),
    ),
    "coverage": Term(
        "bar covers",
        "The share of simulated studies whose bar holds the true lead.",
        heads=("Bar covers",),
    ),
    "seed_variance": Term(
        "variance over seeds in the simulation",
        "Few seeds tell only roughly how far scores vary with the seed. The simulation takes the "
        "variance as estimated and two others, and shows the worst of the three beside it.",
        heads=("Seeds as estimated", "Worst of three variances"),
    ),
}

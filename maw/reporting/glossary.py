"""The terms of a page, each in one or two sentences for a reader with one course in statistics.

A page shows them on hover and focus, and all of them once more in its glossary.
"""

from typing import NamedTuple


class Term(NamedTuple):
    """A term as the page writes it, and its definition: one or two whole sentences."""

    name: str
    definition: str


TERMS: dict[str, Term] = {
    "claim": Term(
        "claim",
        "A statement of the plan that a system ranks better than each of its controls on a "
        "dataset. It was written down before there were scores.",
    ),
    "control": Term(
        "control",
        "A baseline that a system must beat for its claim to hold. A good control differs "
        "from the system only in the part that the claim is about.",
    ),
    "deciding_control": Term(
        "deciding control",
        "The control over which the system's lead is smallest. The claim's estimate is that lead.",
    ),
    "contrast": Term(
        "contrast",
        "The scores of a system minus the scores of a baseline, query by query.",
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
    "better": Term(
        "better",
        "The lower limit is above 0: every control is beaten. “By at least SESOI” says that "
        "the lower limit reaches the smallest difference that matters.",
    ),
    "slightly_better": Term(
        "better, but by less than SESOI",
        "Every control is beaten, yet the largest gain that fits the data is smaller than the "
        "smallest difference that matters.",
    ),
    "refuted": Term(
        "refuted",
        "The upper limit is below 0: at least one control ranks better, so the claim is false.",
    ),
    "equivalent": Term(
        "equivalent",
        "Differences as large as the smallest one that matters are excluded in both "
        "directions. Smaller ones, even a real gain, are not.",
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
    ),
    "limits": Term(
        "limits",
        "The smallest and the largest difference that fit the data at the stated level. The "
        "verdict is read from them.",
    ),
    "u2": Term(
        "U₂",
        "The upper limit that decides whether a gain could still matter. It lies below the "
        "bar's upper end, because it guards against one error instead of two.",
    ),
    "level": Term(
        "level",
        "How often limits made in this way hold the true difference, in the long run. With "
        "several claims each gets a stricter level, so that all of them together hold at the "
        "stated one.",
    ),
    "p": Term(
        "p-value",
        "The probability of a difference at least as large as the one seen if there were none "
        "in truth. It does not say how large the difference is.",
    ),
    "mde": Term(
        "detectable difference",
        "The smallest true difference that the study would have found with a probability of 80 %.",
    ),
    "tost": Term(
        "two one-sided tests (TOST)",
        "The test of equivalence: one test excludes a gain that matters, another excludes a "
        "loss that matters. Both must succeed.",
    ),
    "dz": Term(
        "d_z",
        "The mean difference divided by the standard deviation of the queries' differences. "
        "It has no unit.",
    ),
    "bonferroni": Term(
        "Bonferroni correction",
        "The level is divided by the number of claims, so that the chance of any false "
        "verdict stays below it. This correction decides here.",
    ),
    "holm": Term(
        "Holm correction",
        "A correction that is never stricter than Bonferroni's: it tests the smallest p-value "
        "first. It is shown and decides nothing.",
    ),
    "bh": Term(
        "Benjamini–Hochberg correction (BH)",
        "A correction that bounds the expected share of false findings among all findings, "
        "not the chance of any. It is shown and decides nothing.",
    ),
    "fcr": Term(
        "false coverage rate (FCR)",
        "The expected share of intervals that miss the truth, among the intervals of the "
        "contrasts that were picked out because they looked large.",
    ),
    "system": Term(
        "system",
        "Whatever ranks documents for queries: BM25, an untrained model, or a training "
        "procedure with all of its seeds.",
    ),
    "run": Term(
        "run",
        "The rankings of one system for all queries. A system that is trained with five seeds "
        "has five runs.",
    ),
    "query": Term(
        "query",
        "A text for which a system ranks documents. Queries are the sample: a verdict is "
        "about further queries of the same kind.",
    ),
    "topic": Term(
        "topic",
        "The word of the TREC conferences for a query with a description of what is relevant "
        "to it.",
    ),
    "qrels": Term(
        "qrels",
        "The relevance judgements: which documents are relevant to which query, and how much.",
    ),
    "judged": Term(
        "judged documents",
        "Documents with a relevance judgement. A measure counts the others as not relevant, "
        "although some may be.",
    ),
    "cluster": Term(
        "cluster",
        "A group of queries that are not independent, such as queries from one source text. "
        "The tests count clusters, not single queries.",
    ),
    "split": Term(
        "split",
        "The division of the queries into those for training, for development and for the "
        "test. No verdict uses a query that was trained on.",
    ),
    "dev": Term(
        "development queries",
        "Queries that are not trained on, by which settings such as the learning rate are "
        "chosen. They are not used in the test.",
    ),
    "ndcg": Term(
        "nDCG@10",
        "A measure of the first ten documents: relevant ones count more the higher they "
        "stand. It runs from 0 to 1, the best possible order.",
    ),
    "bm25": Term(
        "BM25",
        "A classic ranking by the words that query and document share, without any training.",
    ),
    "zeroshot": Term(
        "zero-shot",
        "The model as it was downloaded, without any training on this dataset.",
    ),
    "seed": Term(
        "seed",
        "The number that fixes all random choices of one training. Another seed gives another "
        "model from the same procedure.",
    ),
    "shared_seeds": Term(
        "shared seeds",
        "Two systems with the same seed train on the same batches in the same order. "
        "Differences are taken within a seed, which removes what both share.",
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
    "depth": Term(
        "depth",
        "One of several sets of query and key weights in an attention layer. Each depth "
        "attends to a text in its own way.",
    ),
    "router": Term(
        "router",
        "The small network that chooses, for each text, the depth by which the layer attends.",
    ),
    "effective_depths": Term(
        "effective depths",
        "How many equally used depths would give the same entropy: 1 where one depth serves "
        "all texts, and the number of depths where all are used alike.",
    ),
    "entropy": Term(
        "entropy",
        "How evenly choices are spread: 0 where one depth is always chosen, largest where all "
        "are chosen alike.",
    ),
    "collapse": Term(
        "collapse",
        "A router that sends nearly all texts to one depth. Routing then cannot be what "
        "changes the scores.",
    ),
    "regret": Term(
        "regret",
        "The quality lost by following the router instead of a better rule: the best single "
        "depth, or the best depth of each query, which nobody knows beforehand.",
    ),
    "headroom": Term(
        "headroom",
        "How much the scores would gain if each query had its best depth instead of the same "
        "one as all others. The best depth is known only from the judgements.",
    ),
    "mutual_information": Term(
        "mutual information",
        "How much knowing the text tells about the depth that is chosen. It is 0 where the "
        "choice does not depend on the text.",
    ),
    "flops": Term(
        "FLOPs",
        "The number of additions and multiplications that a computation needs. It does not "
        "depend on the machine.",
    ),
    "pareto": Term(
        "Pareto front",
        "The systems that no other one beats in both quality and cost.",
    ),
    "budget": Term(
        "training budget",
        "The number of training steps. With more steps a verdict may differ; the budget "
        "control looks at that.",
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
    "calibration": Term(
        "calibration",
        "The whole analysis repeated on simulated scores with a known truth, made from the "
        "study's own. It counts how often a verdict is false.",
    ),
}

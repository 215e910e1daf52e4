"""The terms of attention with several depths, of its router and of its theory."""

from maw.reporting.terms.term import Term

ROUTING: dict[str, Term] = {
    "attention": Term(
        "attention",
        "The part of a layer in which each token of a text takes in a weighted mean of the "
        "others. The weights say how much it attends to each of them.",
        heads=("Attention",),
    ),
    "head": Term(
        "head",
        "One of several parallel parts of an attention layer. Each attends by weights of its own.",
    ),
    "depth": Term(
        "depth",
        "One of several sets of query and key weights in an attention layer. Each depth "
        "attends to a text in its own way.",
        heads=("Depth",),
    ),
    "router": Term(
        "router",
        "The small network that chooses, for each text, the depth by which the layer attends.",
    ),
    "side": Term(
        "side",
        "What the router chooses for: the queries, the documents, or pairs of both.",
        heads=("Side",),
    ),
    "policy": Term(
        "policy",
        "The probabilities that a router gives to the depths for one text. It chooses the "
        "likeliest depth, or mixes all of them by these weights.",
        heads=("Probability", "Weight"),
    ),
    "token": Term(
        "token",
        "A word or a part of a word, as the model reads the text.",
        heads=("other tokens",),
    ),
    "effective_depths": Term(
        "effective depths",
        "How many equally used depths would give the same entropy: 1 where one depth serves "
        "all texts, and the number of depths where all are used alike.",
        heads=("Depths in the mean policy", "Depths chosen"),
    ),
    "entropy": Term(
        "entropy",
        "How evenly choices are spread: 0 where one depth is always chosen, largest where all "
        "are chosen alike.",
        heads=("Policy entropy",),
    ),
    "collapse": Term(
        "collapse",
        "A router that sends nearly all texts to one depth. Routing then cannot be what "
        "changes the scores.",
    ),
    "mutual_information": Term(
        "mutual information",
        "How much knowing the text tells about the depth that is chosen. It is 0 where the "
        "choice does not depend on the text.",
        heads=("Bits on mode", "Bits on cluster", "Bits on length", "Bits on relevant documents"),
    ),
    "rule": Term(
        "rule of a supervised router",
        "It says which depth each training text should get. The column shows how much oftener "
        "the router obeys it than by always naming the commonest depth.",
        heads=("Rule accuracy − majority",),
    ),
    "regret": Term(
        "regret",
        "The quality lost by following the router instead of a better rule: the best single "
        "depth, or the best depth of each query, which nobody knows beforehand.",
        heads=("Regret: best depth", "Regret: oracle"),
    ),
    "headroom": Term(
        "headroom",
        "How much the scores would gain if each query had its best depth instead of the same "
        "one as all others. The best depth is known only from the judgements.",
        heads=("Headroom",),
    ),
    "headroom_by_chance": Term(
        "headroom on the same seed",
        "Headroom whose best depths are chosen on the very scores that it is read from, noise "
        "included. The same choice among the seeds of a control, which has no depths, shows how "
        "much is noise.",
        heads=("Headroom, same seed", "Control's, same seed"),
    ),
    "bound": Term(
        "bound",
        "In theory, the largest possible distance between the attention under one depth and the "
        "standard attention. It is tried on random attention heads.",
        heads=("Bound on ‖A_d − A‖", "Heads drawn", "Violations"),
    ),
    "tightness": Term(
        "tightness",
        "The distance found divided by its bound: 1 where the bound is attained, small where it "
        "is far too large.",
        heads=("Tightest", "Loosest setting, median"),
    ),
}

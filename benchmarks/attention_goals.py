"""The least cost of each form by its matrix products, and the most that it was meant to cost.

Both are ratios to the fused baseline, whose products are 4E + 2L for each token and feature: the
projections of Q, K, V and output, the scores, and their sum over values. The backward pass costs
twice that. Straight-through forms are the exception: their other depths are computed forwards only.
"""

from attention_forms import HEAD, RANK, Setting

N_BINS = 8  # columns of the pooled attention


def floor(form: str, setting: Setting) -> float:
    """Return the ratio of products: no implementation on the same kernels can be faster."""
    E, L, D = setting.hidden, setting.L, setting.D
    base = 4 * E + 2 * L
    # one more depth, forwards only, as a share of a step of three times base
    one_more = (2 * E + 2 * L) / (3 * base)
    products = {
        "low_rank": base + 4 * RANK,
        "uniform": (2 * D + 2) * E + 2 * D * L,
        "stat": (2 * D + 2) * E + 2 * D * L,
        "literal": (2 * D + 2) * E + (D + 1) * L,  # attention is mixed before it meets the values
        "pooled": (2 * D + 2) * E
        + 2 * L
        + D * L * (1 + N_BINS / HEAD),  # chosen Q and K used again
        "multi_query": 2 * E + 2 * HEAD + 2 * L,
        "grouped_query": 2 * E + 2 * HEAD * setting.kv_heads + 2 * L,
        "linear": 4 * E + 2 * HEAD,
        "exact": base * (1 + (D - 1) * one_more),
        "two_depths": base * (1 + one_more),
    }
    return products.get(form, base) / base


def time_goal(form: str, setting: Setting) -> float | None:
    """Return the most time that the specification allows, as a ratio; None without a goal.

    The goals hold for float32 on one CPU thread.
    """
    if setting.hidden != 384:
        return None
    if form == "lazy":
        return 1.10 if setting.L < 128 else 1.05
    if form == "exact" or (form in ("uniform", "stat") and setting.mode == "inference"):
        return 1.1 * floor(form, setting)
    stated = {"two_depths": 1.35, "policy_gradient": 1.10, "pooled": 6.0, "diagonal": 1.03}
    return stated.get(form) if (setting.L, setting.D) == (128, 8) else None


def memory_goal(form: str, setting: Setting) -> float | None:
    """Return the most peak memory that the specification allows; None without a goal."""
    if setting.hidden != 384:
        return None
    if form == "lazy":
        return 1.0
    return 1.5 if form == "exact" and setting.L == 512 else None

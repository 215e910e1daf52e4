"""Which learning rate does a system get? Equal trials for all, chosen on development queries."""

from collections.abc import Callable, Mapping, Sequence

Trials = dict[float, float]  # learning rate -> development score


def extend(
    rates: Sequence[float], *, score: Callable[[float], float], max_extensions: int
) -> Trials:
    """Try each rate, and go on beyond an edge that wins, at most max_extensions times a side."""
    trials = {rate: score(rate) for rate in rates}
    left = {"low": max_extensions, "high": max_extensions}
    while (side := edge(trials)) and left[side]:
        left[side] -= 1
        trials[beyond(trials, side)] = score(beyond(trials, side))
    return trials


def winner(trials: Mapping[float, float]) -> float:
    """The best rate; of equals the smaller, which changes the backbone less."""
    return min(trials, key=lambda rate: (-trials[rate], rate))


def edge(trials: Mapping[float, float]) -> str:
    """`low` or `high` when the winner is the least or the greatest rate tried, else empty."""
    best = winner(trials)
    return "low" if best == min(trials) else "high" if best == max(trials) else ""


def beyond(trials: Mapping[float, float], side: str) -> float:
    """The next rate of a geometric grid, three digits: the neighbours' ratio carried on."""
    low, high = min(trials), max(trials)
    rates = sorted(trials)
    if side == "low":
        return float(f"{low * low / rates[1]:.3g}")
    return float(f"{high * high / rates[-2]:.3g}")

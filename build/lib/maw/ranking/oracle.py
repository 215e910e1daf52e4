"""The gain of the best depth for each query over an average depth, for diagnosis only.

The best depth is known only from the judgements of the very queries that are scored.

The largest of D noisy scores is above their mean even if all depths are equally good. Therefore a
depth is chosen on one seed and scored on another. For comparison, the same gain is computed for a
control, whose options are D seeds in place of D depths.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Headroom:
    """The mean gain of each query's best option over its mean option, in the measure's unit.

    An option is a depth, or a seed of a control without depths. within: the option is chosen and
    scored on the same seed, so that noise alone gives a gain; across: the option is scored on
    another seed than the one on which it was chosen, nan where there is no other seed.
    """

    within: float
    across: float


def headroom(scores: npt.ArrayLike) -> Headroom:
    """Return the headroom of scores [S, Q, D]: seeds, queries, options.

    An option is a depth. For a control without depths, an option is one of D seeds: its S·D seeds
    form S groups of D, and the groups take the place of the S seeds. ValueError for fewer than two
    seeds.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 3 or len(values) < 2:
        raise ValueError(f"scores of shape {values.shape}; give [seeds >= 2, queries, options]")
    of_seeds = headroom_by_seed(values)
    return Headroom(
        within=float(np.mean([one.within for one in of_seeds])),
        across=float(np.mean([one.across for one in of_seeds])),
    )


def headroom_by_seed(scores: Array) -> list[Headroom]:
    """Return the headroom on each seed of scores [S, Q, D] on which options are scored.

    across: the mean over the other seeds on which the options are chosen.
    """
    means = scores.mean(-1)  # [S, Q]
    within = (scores.max(-1) - means).mean(-1)
    across = (cross_fitted(scores) - means).mean(-1)
    return [Headroom(float(w), float(a)) for w, a in zip(within, across, strict=True)]


def cross_fitted(scores: Array) -> Array:
    """Return the score [S, Q] of the option that is best for a query on another seed.

    scores [S, Q, D]; of equally good options the first is taken. With more than two seeds it is the
    mean over the other seeds, with one seed it is nan.
    """
    n_seeds = len(scores)
    if n_seeds < 2:
        return np.full(scores.shape[:2], np.nan)
    best = scores.argmax(-1)  # [S, Q]
    total = np.zeros(scores.shape[:2])
    for shift in range(1, n_seeds):
        chosen = np.roll(best, shift, axis=0)[..., None]
        total += np.take_along_axis(scores, chosen, axis=-1)[..., 0]
    return total / (n_seeds - 1)

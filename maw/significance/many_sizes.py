"""Do intervals of effect sizes and of variances hold the truth? Of many redrawn experiments.

An experiment drawn from a `ScoreModel` has a truth to hold: the d_z and the rank-biserial
correlation of these checkpoints on new queries, and the variances that it was drawn from.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from maw.significance.bootstrap import bootstrap_effect_size
from maw.significance.clean import Array
from maw.significance.components import variance_components
from maw.significance.noncentral import many_noncentral_t_cdf
from maw.significance.score_model import ScoreModel, SeedLevel

PAIRED = 1_500  # queries whose pairwise sums make the true rank-biserial correlation

Inside = npt.NDArray[np.bool_]


class Sizes:
    """What one contrast's sizes are in truth, sides x and y of the model.

    generator: of the sample of queries from which the rank-biserial correlation is worked out.
    """

    def __init__(self, model: ScoreModel, x: int, y: int, *, generator: np.random.Generator):
        d = model.query_effects[:, x] - model.query_effects[:, y]
        self._clustered = model.cluster_effects is not None
        self._codes = model.codes
        errors = _error_parts(model, x, y)  # [Q, n], each with a random sign
        variance = np.mean(d**2) + np.mean(np.sum(errors**2, axis=1))
        if model.cluster_effects is not None:
            variance += np.mean((model.cluster_effects[:, x] - model.cluster_effects[:, y]) ** 2)
        self._sd = float(np.sqrt(variance))
        drawn = generator.integers(len(d), size=PAIRED)
        signs = generator.choice([-1.0, 1.0], size=(PAIRED, errors.shape[1]))
        sample = d[drawn] + np.sum(signs * errors[drawn], axis=1)
        self._pairs = np.sort((sample[:, None] + sample)[np.triu_indices(PAIRED, k=1)])

    def covers(
        self, d: Array, shift: Array, *, level: float, seed: int, resamples: int
    ) -> Iterator[tuple[str, Inside]]:
        """Interval and whether it holds the truth, [n]. d [n, Q]; shift [n]: true mean of d."""
        if self._sd == 0:
            return
        truth = shift / self._sd
        if self._clustered:
            band = bootstrap_effect_size(
                d.T, self._codes, seed=seed, level=level, resamples=resamples
            )
            yield "d_z", (band.low <= truth) & (truth <= band.high)
            return
        Q = d.shape[1]
        t = np.sqrt(Q) * d.mean(axis=1) / d.std(axis=1, ddof=1)
        below = many_noncentral_t_cdf(t, df=Q - 1, nc=np.sqrt(Q) * truth)
        tail = (1 - level) / 2
        yield "d_z", (tail <= below) & (below <= 1 - tail)
        above = 1 - np.searchsorted(self._pairs, -2 * shift) / len(self._pairs)
        low, high = _rank_biserial(d, level=level)
        yield "rank-biserial", (low <= 2 * above - 1) & (2 * above - 1 <= high)


def variances_cover(
    model: ScoreModel, x: int, tables: Array, *, level: float, seeds: SeedLevel
) -> Iterator[tuple[str, Inside]]:
    """Component and whether its interval holds the truth, [n]; tables [n, Q, S], S at least 2."""
    residuals = model.residuals[x]
    if residuals is None:
        return
    query = float(np.mean(model.query_effects[:, x] ** 2))
    if model.cluster_effects is not None:
        sizes = np.bincount(model.codes)
        query += float(np.mean(model.cluster_effects[:, x] ** 2) * np.sum(sizes**2) / sizes.sum())
    truths = {
        "query": query,
        "seed": float(model.seed_covariance[seeds][x, x]),
        "error": float(np.mean(residuals**2)),
    }
    codes = None if model.cluster_effects is None else model.codes
    found = [variance_components(table, codes) for table in tables]
    for name, truth in truths.items():
        ends = [getattr(one, name).confidence_interval(level) for one in found]
        yield f"variance of {name}", np.array([low <= truth <= high for low, high in ends])


def _error_parts(model: ScoreModel, x: int, y: int) -> Array:
    """[Q, n]: what each seed's residuals add to d̄ of a query; linked ones are drawn as one."""
    sides = [
        sign * part / part.shape[1]
        for part, sign in ((model.residuals[x], 1.0), (model.residuals[y], -1.0))
        if part is not None
    ]
    if not sides:
        return np.zeros((len(model.codes), 1))
    if model.linked and len(sides) == 2:
        return np.asarray(sides[0] + sides[1])
    return np.hstack(sides)


def _rank_biserial(d: Array, *, level: float) -> tuple[Array, Array]:
    """Ends [n] as `effects.RankBiserial`, of each row of d [n, Q]."""
    zeros = np.sum(d == 0, axis=1)
    ranks = stats.rankdata(np.abs(d), axis=1) - zeros[:, None]
    n = d.shape[1] - zeros
    total = n * (n + 1) / 2
    value = np.sum(np.sign(d) * ranks, axis=1) / np.maximum(total, 1)
    half = special.ndtri((1 + level) / 2) * np.sqrt((2 * n**3 + 3 * n**2 + n) / 6)
    half = half / np.maximum((n**2 + n) / 2, 1)
    inner = np.arctanh(np.clip(value, -1 + 1e-15, 1 - 1e-15))
    return np.tanh(inner - half), np.tanh(inner + half)

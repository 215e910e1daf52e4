"""Coverage of the intervals of effect sizes and variances in redrawn experiments.

An experiment that is redrawn from a `ScoreModel` has known true values: the d_z and the
rank-biserial correlation of its checkpoints on new queries, and the variances of the model. The
module finds in which experiments an interval contains the true value.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import special

from maw.significance.bootstrap import bootstrap_effect_size
from maw.significance.clean import Array, Intervals
from maw.significance.components import variance_components
from maw.significance.noncentral import many_noncentral_t_cdf
from maw.significance.score_model import ScoreModel, SeedLevel

SAMPLED = 1_500  # queries whose pairwise sums give the true rank-biserial correlation
CLOSEST_TO_ONE = 1 - 1e-15  # largest correlation that Fisher's scale can show

Covered = npt.NDArray[np.bool_]


class TrueSizes:
    """The true effect sizes of one contrast in experiments redrawn from a score model.

    x, y: positions of the contrast's system and baseline among the model's systems. generator:
    draws the sample of queries that gives the true rank-biserial correlation.
    """

    def __init__(self, model: ScoreModel, x: int, y: int, *, generator: np.random.Generator):
        d = model.query_effects[:, x] - model.query_effects[:, y]
        self._clustered = model.cluster_effects is not None
        self._codes = model.codes
        errors = _error_parts(model, x, y)  # [Q, L], each with a random sign
        variance = np.mean(d**2) + np.mean(np.sum(errors**2, axis=1))
        if model.cluster_effects is not None:
            variance += np.mean((model.cluster_effects[:, x] - model.cluster_effects[:, y]) ** 2)
        self._sd = float(np.sqrt(variance))
        queries = generator.integers(len(d), size=SAMPLED)
        signs = generator.choice([-1.0, 1.0], size=(SAMPLED, errors.shape[1]))
        sample = d[queries] + np.sum(signs * errors[queries], axis=1)
        self._pair_sums = np.sort((sample[:, None] + sample)[np.triu_indices(SAMPLED, k=1)])

    def covered(
        self, d: Array, shift: Array, *, level: float, seed: int, resamples: int
    ) -> Iterator[tuple[str, Covered]]:
        """Yield the name of each effect size and whether its interval contains the truth, [n].

        d [n, Q]: differences of the queries in n experiments; shift [n]: the true difference of the
        checkpoints in each. With clusters only d_z is yielded; its interval is then BCa's, from
        `seed` and `resamples`. Nothing is yielded where the model has no variance.
        """
        if self._sd == 0:
            return
        truth = shift / self._sd
        if self._clustered:
            intervals = bootstrap_effect_size(
                d.T, self._codes, seed=seed, level=level, resamples=resamples
            )
            yield "d_z", intervals.contain(truth)
            return
        Q = d.shape[1]
        t = np.sqrt(Q) * d.mean(axis=1) / d.std(axis=1, ddof=1)
        below = many_noncentral_t_cdf(t, df=Q - 1, nc=np.sqrt(Q) * truth)
        tail = (1 - level) / 2
        yield "d_z", (tail <= below) & (below <= 1 - tail)
        above = 1 - np.searchsorted(self._pair_sums, -2 * shift) / len(self._pair_sums)
        yield "rank-biserial", rank_biserial_intervals(d, level=level).contain(2 * above - 1)


def variances_covered(
    model: ScoreModel, x: int, tables: Array, *, level: float, seed_level: SeedLevel
) -> Iterator[tuple[str, Covered]]:
    """Yield the name of each variance component and whether its interval contains the truth, [n].

    x: position of the system in the model; tables [n, Q, S]: its redrawn scores. Nothing is yielded
    for a system with one seed. seed_level: the level of the seed variance in `tables`.
    """
    residuals = model.residuals[x]
    if residuals is None:
        return
    query = float(np.mean(model.query_effects[:, x] ** 2))
    if model.cluster_effects is not None:
        sizes = np.bincount(model.codes)
        query += float(np.mean(model.cluster_effects[:, x] ** 2) * np.sum(sizes**2) / sizes.sum())
    truths = {
        "query": query,
        "seed": float(model.seed_covariance[seed_level][x, x]),
        "error": float(np.mean(residuals**2)),
    }
    codes = None if model.cluster_effects is None else model.codes
    estimates = [variance_components(table, codes) for table in tables]
    for name, truth in truths.items():
        intervals = [getattr(estimate, name).confidence_interval(level) for estimate in estimates]
        yield f"variance of {name}", np.array([low <= truth <= high for low, high in intervals])


def _error_parts(model: ScoreModel, x: int, y: int) -> Array:
    """Return the part of each query's difference that the residuals of one seed label add, [Q, L].

    Residuals with the same label are added, because the redrawn experiments give them the same
    random sign.
    """
    parts = np.zeros((len(model.codes), model.n_labels))
    for system, sign in ((x, 1.0), (y, -1.0)):
        residuals = model.residuals[system]
        if residuals is not None:
            parts[:, model.columns[system]] += sign * residuals / residuals.shape[1]
    return parts


def rank_biserial_intervals(d: Array, *, level: float) -> Intervals:
    """Return the interval of the rank-biserial correlation of each row of d [n, Q], [n].

    `effects.RankBiserial` gives the same interval for one experiment, but nan for a row of zeros;
    here its ends are 0.
    """
    from scipy import stats  # here, because its import takes longer than most comparisons

    zeros = np.sum(d == 0, axis=1)
    ranks = stats.rankdata(np.abs(d), axis=1) - zeros[:, None]
    n = d.shape[1] - zeros
    total = n * (n + 1) / 2
    value = np.sum(np.sign(d) * ranks, axis=1) / np.maximum(total, 1)
    half = special.ndtri((1 + level) / 2) * np.sqrt((2 * n**3 + 3 * n**2 + n) / 6)
    half = half / np.maximum((n**2 + n) / 2, 1)
    fisher = np.arctanh(np.clip(value, -CLOSEST_TO_ONE, CLOSEST_TO_ONE))
    return Intervals(np.tanh(fisher - half), np.tanh(fisher + half))

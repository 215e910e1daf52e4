"""A model of the user's own scores, from which new experiments without any effect are redrawn.

A score is the sum of a query effect, a seed effect and a residual. Seed effects of a system are
N(0, σ̂²_s), or have the upper 80 % limit of σ²_s as variance; systems with linked seeds have
correlated ones. Query effects are resampled, after they are rescaled so that their variance is
σ̂²_q; with plain resampling it would be σ̂²_q + σ̂²_e/S, and a 5 % test would seem to err in 10 %.
Residuals are those of the resampled query with random signs, multiplied by √(QS/((Q−1)(S−1))), so
that their variance is σ̂²_e. All systems share the resampled queries, so that their scores stay
correlated. Clusters keep their sizes: the effects of clusters are resampled, and separately the
effects of queries within clusters. Source: Carpenter, Goldstein & Rasbash, Applied Statistics 52
(2003) 431-443.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array, Labels, cluster_codes, score_table
from maw.significance.components import SystemComponents, variance_components

UPPER = 0.8  # confidence of the limit of σ²_s at the level "upper"
SINGULAR = 1e-7  # directions with a smaller share of the largest eigenvalue count as 0

SeedLevel = Literal["estimate", "upper"]
SEED_LEVELS: tuple[SeedLevel, ...] = ("estimate", "upper")


@dataclass(frozen=True, slots=True, eq=False)
class ScoreModel:
    """The effects of X systems on the same Q queries.

    The effects of every system have mean 0, so no system is truly better than another.
    cluster_effects: None without clusters; codes: index of each query's cluster. residuals: None
    for a system with one seed, whose query effects contain the error. seed_covariance: [X, X] for
    each level of the seed variance; diagonal unless seeds are linked.
    """

    query_effects: Array  # [Q, X]
    cluster_effects: Array | None  # [C, X]
    codes: npt.NDArray[np.intp]  # [Q]
    residuals: tuple[Array | None, ...]  # each [Q, S_X]
    seed_covariance: dict[SeedLevel, Array]
    linked: bool


@dataclass(frozen=True, slots=True, eq=False)
class RedrawnScores:
    """The scores of n redrawn experiments.

    tables: scores [n, Q, S] of each of X systems. seed_means [n, X]: mean of the seed
    effects of each system. Because all systems have the true mean 0, it is the true mean score of
    the system's checkpoints on new queries.
    """

    tables: tuple[Array, ...]
    seed_means: Array


def score_model(
    tables: Sequence[npt.ArrayLike], clusters: Labels | None = None, *, linked: bool = False
) -> ScoreModel:
    """Return the score model, estimated from the scores [Q, S] of X systems on the same queries.

    clusters [Q]: labels. linked: seed s of one system was built from seed s of another. A table
    with one column is a fixed system, without seed effects. ValueError for a table of another
    shape, a score that is not finite, tables with different Q, fewer than two queries or clusters,
    or linked tables with different numbers of columns above one.
    """
    scores = [score_table(table, name=f"tables[{x}]") for x, table in enumerate(tables)]
    require_same_queries(scores)
    n_seeds = [table.shape[1] for table in scores]
    if linked and len(set(n_seeds) - {1}) > 1:
        raise ValueError(f"tables have {n_seeds} seeds; give linked systems equally many seeds")
    codes = cluster_codes(clusters, n_queries=len(scores[0]))
    means = np.column_stack([table.mean(axis=1) for table in scores])
    means -= means.mean(axis=0)
    components = [variance_components(table) for table in scores]
    noise = np.diag([0.0 if c.n_seeds == 1 else c.error.value / c.n_seeds for c in components])
    query_effects, cluster_effects = _query_effects(means, codes, noise=noise)
    correlation = _seed_correlation(scores) if linked else np.eye(len(scores))
    seed_covariance: dict[SeedLevel, Array] = {}
    for seed_level in SEED_LEVELS:
        sd = np.sqrt([_seed_variance(c, seed_level=seed_level) for c in components])
        seed_covariance[seed_level] = correlation * np.outer(sd, sd)
    return ScoreModel(
        query_effects=query_effects,
        cluster_effects=cluster_effects,
        codes=codes,
        residuals=tuple(_residuals(table) for table in scores),
        seed_covariance=seed_covariance,
        linked=linked,
    )


def require_same_queries(tables: Sequence[Array]) -> None:
    """Raise ValueError unless all tables [Q, S] have the same number of queries."""
    if len({len(t) for t in tables}) > 1:
        raise ValueError(f"tables have {[len(t) for t in tables]} queries; use the same queries")


def redraw(
    model: ScoreModel, n: int, *, generator: np.random.Generator, seed_level: SeedLevel
) -> RedrawnScores:
    """Return n redrawn experiments without any true difference between the systems.

    seed_level: the seed variance is its estimate ("estimate") or its upper 80 % limit ("upper").
    """
    Q, X = model.query_effects.shape
    queries = generator.integers(Q, size=(n, Q))
    effects = model.query_effects[queries]  # [n, Q, X]
    if model.cluster_effects is not None:
        C = len(model.cluster_effects)
        effects += model.cluster_effects[generator.integers(C, size=(n, C))][:, model.codes]
    root = _root(model.seed_covariance[seed_level])
    shared: dict[int, tuple[Array, Array]] = {}
    tables, seed_means = [], np.zeros((n, X))
    for x, residual in enumerate(model.residuals):
        table = effects[:, :, x, None]
        if residual is not None:
            S = residual.shape[1]
            if not model.linked or S not in shared:
                shared[S] = generator.normal(size=(n, S, X)), _signs((n, Q, S), generator)
            normal, signs = shared[S]
            seed = normal @ root[:, x]  # [n, S]
            table = table + seed[:, None, :] + residual[queries] * signs
            seed_means[:, x] = seed.mean(axis=1)
        tables.append(table)
    return RedrawnScores(tuple(tables), seed_means)


def _seed_variance(components: SystemComponents, *, seed_level: SeedLevel) -> float:
    """Return a system's seed variance, cut at 0, or its upper 80 % limit; 0 with one seed."""
    if components.n_seeds == 1:
        return 0.0
    seed = components.seed
    return max(0.0, seed.value if seed_level == "estimate" else seed.upper_limit(UPPER))


def _query_effects(
    means: Array, codes: npt.NDArray[np.intp], *, noise: Array
) -> tuple[Array, Array | None]:
    """Return query effects [Q, X] and cluster effects [C, X], scaled to the estimated covariances.

    Cluster effects are None without clusters. means [Q, X]: mean over seeds, each column of mean 0.
    codes [Q] from `cluster_codes`. noise [X, X]: the part of the means' covariance from the error.
    """
    Q, C = len(means), int(codes.max()) + 1
    if C == Q:
        return _rescaled(means, target=means.T @ means / (Q - 1) - noise), None
    sizes = np.bincount(codes)
    centres = np.column_stack([np.bincount(codes, weights=m) for m in means.T]) / sizes[:, None]
    within = means - centres[codes]
    ms_within = within.T @ within / (Q - C)
    ms_between = (centres * sizes[:, None]).T @ centres / (C - 1)
    size = (Q - (sizes**2).sum() / Q) / (C - 1)  # mean size of a cluster as in Searle (1971)
    return (
        _rescaled(within, target=ms_within - noise),
        _rescaled(centres - centres.mean(axis=0), target=(ms_between - ms_within) / size),
    )


def _rescaled(effects: Array, *, target: Array) -> Array:
    """Return the effects [N, X], changed as little as possible to have the covariance `target`.

    effects: each column has mean 0; target [X, X]. Negative eigenvalues of target count as 0, as
    variance components below 0 do.
    """
    half = _root(effects.T @ effects / len(effects))
    inverse = np.linalg.pinv(half, rcond=SINGULAR, hermitian=True)
    return np.asarray(effects @ (inverse @ _root(half @ _root(target, power=1.0) @ half) @ inverse))


def _root(matrix: Array, *, power: float = 0.5) -> Array:
    """Return a symmetric matrix to the given power; its negative eigenvalues count as 0.

    The power .5 gives the symmetric square root.
    """
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.0) ** power) @ vectors.T)


def _residuals(table: Array) -> Array | None:
    Q, S = table.shape
    if S == 1:
        return None
    error = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    return np.asarray(error * np.sqrt(Q * S / ((Q - 1) * (S - 1))))


def _seed_correlation(tables: Sequence[Array]) -> Array:
    """Return the correlations of the effects of linked seeds between X systems, [X, X].

    Correlations with a system that has one seed are 0.
    """
    X = len(tables)
    correlation = np.eye(X)
    for i in range(X):
        for j in range(i):
            a, b = tables[i], tables[j]
            if min(a.shape[1], b.shape[1]) > 1:
                correlation[i, j] = correlation[j, i] = _pair_correlation(a, b)
    return correlation


def _pair_correlation(a: Array, b: Array) -> float:
    """Return the correlation of the seed effects of a and b, cut at −1 and 1.

    a, b [Q, S]. The correlation solves Var(A + B) = Var A + Var B + 2 Cov for the seed components,
    which are free of error. It is 0 where the seed component of a or of b is not above 0.
    """
    var_a, var_b, var_sum = (variance_components(table).seed.value for table in (a, b, a + b))
    if var_a <= 0 or var_b <= 0:
        return 0.0
    return float(np.clip((var_sum - var_a - var_b) / 2 / np.sqrt(var_a * var_b), -1, 1))


def _signs(shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    return np.asarray(
        1.0 - 2.0 * generator.integers(2, size=shape, dtype=np.int8), dtype=np.float64
    )

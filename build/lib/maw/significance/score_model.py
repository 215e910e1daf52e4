"""A model of the user's own scores, from which new experiments without any effect are redrawn.

A score is the sum of a query effect, a seed effect and a residual. Runs with one seed label share
what the seed draws, whatever their system: their seed effects are N(0, Σ), Σ estimated over the
labels that two systems have in common, and their residuals get the same random signs. Query effects
are resampled, after they are rescaled so that their variance is σ̂²_q; with plain resampling it
would be σ̂²_q + σ̂²_e/S, and a test would seem to give false alarms in 10 % instead of 5 %.
Residuals are those of the resampled query, multiplied by √(QS/((Q−1)(S−1))), so that their variance
is σ̂²_e. All systems share the resampled queries. Clusters keep their sizes: the effects of clusters
are resampled, and separately the effects of queries within clusters. Source: Carpenter, Goldstein &
Rasbash, Applied Statistics 52 (2003) 431-443.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array, Labels, cluster_codes, score_table
from maw.significance.components import SystemComponents, variance_components
from maw.significance.seed_labels import SeedLabels, common_columns, label_columns, seed_labels

UPPER = 0.8  # confidence of the limit of σ²_s at the level "upper"
SINGULAR = 1e-7  # directions with a smaller share of the largest eigenvalue count as 0

# the variance of seeds: as estimated, its upper 80 % limit, or σ̂²_e/Q, where M_s is twice M_e
SeedLevel = Literal["estimate", "upper", "error"]
SEED_LEVELS: tuple[SeedLevel, ...] = ("estimate", "upper", "error")


@dataclass(frozen=True, slots=True, eq=False)
class ScoreModel:
    """The effects of X systems on the same Q queries, whose seeds have L different labels.

    The effects of every system have mean 0, so no system is truly better than another.
    cluster_effects: None without clusters; codes: index of each query's cluster. residuals: None
    for a system with one seed, whose query effects contain the error. columns: index of the label
    of each column, 0 to L − 1. error_covariance, seed_covariance: of two systems at one seed.
    """

    systems: tuple[str, ...]
    query_effects: Array  # [Q, X]
    cluster_effects: Array | None  # [C, X]
    codes: npt.NDArray[np.intp]  # [Q]
    residuals: tuple[Array | None, ...]  # each [Q, S_X]
    columns: tuple[npt.NDArray[np.intp], ...]  # each [S_X]
    error_covariance: Array  # [X, X]
    seed_covariance: dict[SeedLevel, Array]  # [X, X] each

    @property
    def n_labels(self) -> int:
        """Return L, the number of different seed labels."""
        return 1 + max(int(columns.max()) for columns in self.columns)


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
    tables: Mapping[str, npt.ArrayLike],
    clusters: Labels | None = None,
    *,
    labels: SeedLabels | None = None,
) -> ScoreModel:
    """Return the score model, estimated from the scores [Q, S] of X systems on the same queries.

    clusters [Q]: labels of the queries. labels: seed label of each column; None where column s is
    the same seed in all tables with equally many columns. A table with one column is a fixed
    system, without seed effects. ValueError for a table of another shape, a score that is not
    finite, tables with different Q, fewer than two queries or clusters, or labels that are not one
    for each column, or there twice.
    """
    scores = {name: score_table(table, name=name) for name, table in tables.items()}
    require_same_queries(scores)
    codes = cluster_codes(clusters, n_queries=len(next(iter(scores.values()))))
    columns = label_columns(seed_labels(scores, labels))
    residuals = tuple(_residuals(table) for table in scores.values())
    means = np.column_stack([table.mean(axis=1) for table in scores.values()])
    means -= means.mean(axis=0)
    error, noise = _error_covariances(residuals, columns)
    query_effects, cluster_effects = _query_effects(means, codes, noise=noise)
    return ScoreModel(
        systems=tuple(scores),
        query_effects=query_effects,
        cluster_effects=cluster_effects,
        codes=codes,
        residuals=residuals,
        columns=columns,
        error_covariance=error,
        seed_covariance=_seed_covariances(list(scores.values()), columns, error=error),
    )


def require_same_queries(tables: Mapping[str, Array]) -> None:
    """Raise ValueError unless all tables [Q, S] have the same number of queries."""
    n_queries = [len(table) for table in tables.values()]
    if len(set(n_queries)) > 1:
        raise ValueError(f"tables have {n_queries} queries; use the same queries")


def redraw(
    model: ScoreModel, n: int, *, generator: np.random.Generator, seed_level: SeedLevel
) -> RedrawnScores:
    """Return n redrawn experiments without any true difference between the systems.

    seed_level: which of SEED_LEVELS the variance of seeds has.
    """
    Q, X = model.query_effects.shape
    L = model.n_labels
    queries = generator.integers(Q, size=(n, Q))
    effects = model.query_effects[queries]  # [n, Q, X]
    if model.cluster_effects is not None:
        C = len(model.cluster_effects)
        effects += model.cluster_effects[generator.integers(C, size=(n, C))][:, model.codes]
    seed_effects = generator.normal(size=(n, L, X)) @ covariance_root(
        model.seed_covariance[seed_level]
    )
    signs = 1.0 - 2.0 * generator.integers(2, size=(n, Q, L), dtype=np.int8)
    tables, seed_means = [], np.zeros((n, X))
    for x, (residual, columns) in enumerate(zip(model.residuals, model.columns, strict=True)):
        table = effects[:, :, x, None]
        if residual is not None:
            seeds = seed_effects[:, columns, x]  # [n, S]
            table = table + seeds[:, None, :] + residual[queries] * signs[:, :, columns]
            seed_means[:, x] = seeds.mean(axis=1)
        tables.append(table)
    return RedrawnScores(tuple(tables), seed_means)


def covariance_root(matrix: Array, *, power: float = 0.5) -> Array:
    """Return a symmetric matrix to the given power; its negative eigenvalues count as 0.

    The power .5 gives the symmetric square root.
    """
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.0) ** power) @ vectors.T)


def _error_covariances(
    residuals: Sequence[Array | None], columns: Sequence[npt.NDArray[np.intp]]
) -> tuple[Array, Array]:
    """Return the covariance of the errors of two systems at one seed, and of their mean errors.

    Both are [X, X], and 0 for systems without a label in common. The mean error of a query is that
    over all seeds of a system; its part of the query means is noise. Where only some labels are
    common, residuals are centred over different columns, and correlate a little less than errors.
    """
    X = len(residuals)
    error, noise = np.zeros((X, X)), np.zeros((X, X))
    for i, x in enumerate(residuals):
        for j, y in enumerate(residuals):
            if x is not None and y is not None:
                of_x, of_y = common_columns(columns[i], columns[j])
                total = np.sum(x[:, of_x] * y[:, of_y]) / len(x)
                error[i, j] = total / max(1, len(of_x))
                noise[i, j] = total / (x.shape[1] * y.shape[1])
    return error, noise


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
    half = covariance_root(effects.T @ effects / len(effects))
    inverse = np.linalg.pinv(half, rcond=SINGULAR, hermitian=True)
    return np.asarray(
        effects
        @ (inverse @ covariance_root(half @ covariance_root(target, power=1.0) @ half) @ inverse)
    )


def _residuals(table: Array) -> Array | None:
    Q, S = table.shape
    if S == 1:
        return None
    error = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    return np.asarray(error * np.sqrt(Q * S / ((Q - 1) * (S - 1))))


def _seed_covariances(
    tables: Sequence[Array], columns: Sequence[npt.NDArray[np.intp]], *, error: Array
) -> dict[SeedLevel, Array]:
    """Return the covariance [X, X] of the effects of one seed, for each level of their variance.

    The upper limits have the correlations of the estimates. At the level "error" it is that of the
    errors over Q, so that every difference of two systems, too, has σ²_s = σ²_e/Q.
    """
    components = [variance_components(table) for table in tables]
    correlation = _seed_correlation(tables, columns, error=error)
    estimate, upper = (
        np.sqrt([_seed_variance(c, seed_level=level) for c in components])
        for level in ("estimate", "upper")
    )
    return {
        "estimate": correlation * np.outer(estimate, estimate),
        "upper": correlation * np.outer(upper, upper),
        "error": error / len(tables[0]),
    }


def _seed_variance(components: SystemComponents, *, seed_level: str) -> float:
    """Return a system's seed variance, cut at 0, or its upper 80 % limit; 0 with one seed."""
    if components.n_seeds == 1:
        return 0.0
    seed = components.seed
    return max(0.0, seed.value if seed_level == "estimate" else seed.upper_limit(UPPER))


def _seed_correlation(
    tables: Sequence[Array], columns: Sequence[npt.NDArray[np.intp]], *, error: Array
) -> Array:
    """Return the correlations of the effects that one seed has on X systems, [X, X].

    They are 0 for systems with fewer than two labels in common.
    """
    correlation = np.eye(len(tables))
    for i, j in combinations(range(len(tables)), 2):
        of_i, of_j = common_columns(columns[i], columns[j])
        if len(of_i) > 1:
            errors = error[i, j] / max(np.sqrt(error[i, i] * error[j, j]), np.finfo(float).tiny)
            pair = _pair_correlation(tables[i][:, of_i], tables[j][:, of_j], errors=float(errors))
            correlation[i, j] = correlation[j, i] = pair
    return correlation


def _pair_correlation(a: Array, b: Array, *, errors: float) -> float:
    """Return the correlation of the seed effects of a and b, cut at −1 and 1.

    a, b [Q, S]: column s of both is one seed. The correlation solves
    Var(A + B) = Var A + Var B + 2 Cov for the seed components, which are free of error. Where the
    seed component of a or of b is not above 0, so that nothing is known, it is that of the errors.
    """
    var_a, var_b, var_sum = (variance_components(table).seed.value for table in (a, b, a + b))
    if var_a <= 0 or var_b <= 0:
        return float(np.clip(errors, -1, 1))
    return float(np.clip((var_sum - var_a - var_b) / 2 / np.sqrt(var_a * var_b), -1, 1))

"""What would this experiment give if it were run again? New scores from the user's own.

Per system: seed effects N(0, σ̂²_s); query effects resampled, and stretched so that they vary by
σ̂²_q and not by σ̂²_q + σ̂²_e/S, as plain resampling would have it (a 5 % test then reads 10 %);
residuals of the drawn query with random signs × √(QS/((Q−1)(S−1))), which gives σ̂²_e. One draw of a
query serves all systems, so that they keep what they have in common. Clusters keep their sizes:
cluster effects are drawn whole, effects within them apart.
Carpenter, Goldstein & Rasbash, Applied Statistics 52 (2003) 431-443.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array, Labels, cluster_codes, score_table
from maw.significance.components import SystemComponents, variance_components

UPPER = 0.8  # confidence of the limit at which seeds are drawn for the second time

SeedLevel = Literal["estimate", "upper"]
LEVELS: tuple[SeedLevel, ...] = ("estimate", "upper")


@dataclass(frozen=True, slots=True, eq=False)
class ScoreModel:
    """Of X systems on the same Q queries; all means are 0: there is no effect.

    residuals: None for a system without seeds, whose query effects hold everything.
    seed_covariance: [X, X] by level; diagonal unless seeds are linked.
    """

    query_effects: Array  # [Q, X]
    cluster_effects: Array | None  # [C, X]
    codes: npt.NDArray[np.intp]  # [Q]
    residuals: tuple[Array | None, ...]  # each [Q, S_X]
    seed_covariance: dict[SeedLevel, Array]
    linked: bool


@dataclass(frozen=True, slots=True, eq=False)
class Redrawn:
    """n experiments: tables [n, Q, S_X] of each system; what their seeds are worth, [n, X]."""

    tables: tuple[Array, ...]
    seed_means: Array


def score_model(
    tables: Sequence[npt.ArrayLike], clusters: Labels | None = None, *, linked: bool = False
) -> ScoreModel:
    """tables: [Q, S_X] of each system, the same queries; one column: without seeds.

    ValueError as `crossed`; linked seeds of different number.
    """
    checked = [score_table(t, name=f"tables[{x}]") for x, t in enumerate(tables)]
    require_same_queries(checked)
    Q = len(checked[0])
    if linked and len({t.shape[1] for t in checked} - {1}) > 1:
        raise ValueError(f"tables have {[t.shape[1] for t in checked]} seeds; linked ones pair up")
    codes = cluster_codes(clusters, n_queries=Q)
    means = np.column_stack([t.mean(axis=1) for t in checked])
    means -= means.mean(axis=0)
    components = [variance_components(t) for t in checked]
    noise = np.diag([0.0 if c.n_seeds == 1 else c.error.value / c.n_seeds for c in components])
    query, cluster = _query_effects(means, codes, noise=noise)
    residuals = tuple(_residuals(t) for t in checked)
    correlation = _seed_correlation(checked) if linked else np.eye(len(checked))
    covariance: dict[SeedLevel, Array] = {}
    for level in LEVELS:
        sd = np.sqrt([_seed_variance(c, level=level) for c in components])
        covariance[level] = correlation * np.outer(sd, sd)
    return ScoreModel(query, cluster, codes, residuals, covariance, linked)


def require_same_queries(tables: Sequence[Array]) -> None:
    """ValueError unless all tables [Q, S] have one Q."""
    if len({len(t) for t in tables}) > 1:
        raise ValueError(f"tables have {[len(t) for t in tables]} queries; use the same queries")


def redraw(
    model: ScoreModel, n: int, *, generator: np.random.Generator, seeds: SeedLevel
) -> Redrawn:
    """n new experiments without any effect. seeds: "upper" takes σ²_s at its upper 80 % limit."""
    Q, X = model.query_effects.shape
    drawn = generator.integers(Q, size=(n, Q))
    effects = model.query_effects[drawn]  # [n, Q, X]
    if model.cluster_effects is not None:
        C = len(model.cluster_effects)
        effects += model.cluster_effects[generator.integers(C, size=(n, C))][:, model.codes]
    root = _root(model.seed_covariance[seeds])
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
            table = table + seed[:, None, :] + residual[drawn] * signs
            seed_means[:, x] = seed.mean(axis=1)
        tables.append(table)
    return Redrawn(tuple(tables), seed_means)


def _seed_variance(components: SystemComponents, *, level: SeedLevel) -> float:
    """σ²_s, cut at 0, or its upper 80 % limit; 0 for a system without seeds."""
    if components.n_seeds == 1:
        return 0.0
    seed = components.seed
    return max(0.0, seed.value if level == "estimate" else seed.upper_limit(UPPER))


def _query_effects(
    means: Array, codes: npt.NDArray[np.intp], *, noise: Array
) -> tuple[Array, Array | None]:
    """Effects [Q, X] and, where queries come in clusters, [C, X], as variable as estimated."""
    Q, C = len(means), int(codes.max()) + 1
    if C == Q:
        return _stretched(means, target=means.T @ means / (Q - 1) - noise), None
    sizes = np.bincount(codes)
    centres = np.column_stack([np.bincount(codes, weights=m) for m in means.T]) / sizes[:, None]
    within = means - centres[codes]
    ms_within = within.T @ within / (Q - C)
    ms_between = (centres * sizes[:, None]).T @ centres / (C - 1)
    size = (Q - (sizes**2).sum() / Q) / (C - 1)  # of a cluster, for components: Searle (1971)
    return (
        _stretched(within, target=ms_within - noise),
        _stretched(centres - centres.mean(axis=0), target=(ms_between - ms_within) / size),
    )


def _stretched(effects: Array, *, target: Array) -> Array:
    """effects [N, X], of mean 0, turned as little as can be so that their covariance is target.

    Directions in which target is negative are cut at 0, as components are.
    """
    half = _root(effects.T @ effects / len(effects))
    inverse = np.linalg.pinv(half, rcond=1e-7, hermitian=True)
    return np.asarray(effects @ (inverse @ _root(half @ _root(target, power=1.0) @ half) @ inverse))


def _root(matrix: Array, *, power: float = 0.5) -> Array:
    """Symmetric power of what is positive in a symmetric matrix."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.0) ** power) @ vectors.T)


def _residuals(table: Array) -> Array | None:
    Q, S = table.shape
    if S == 1:
        return None
    error = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    return np.asarray(error * np.sqrt(Q * S / ((Q - 1) * (S - 1))))


def _seed_correlation(tables: Sequence[Array]) -> Array:
    """[X, X] of linked seeds' effects; that of their means, within −1 and 1 once error is out."""
    X = len(tables)
    correlation = np.eye(X)
    for i in range(X):
        for j in range(i):
            a, b = tables[i], tables[j]
            if min(a.shape[1], b.shape[1]) > 1:
                correlation[i, j] = correlation[j, i] = _pair_correlation(a, b)
    return correlation


def _pair_correlation(a: Array, b: Array) -> float:
    """From Var(A + B) = Var A + Var B + 2 Cov of the seed components; 0 where one has none."""
    one, two, both = (variance_components(t).seed.value for t in (a, b, a + b))
    if one <= 0 or two <= 0:
        return 0.0
    return float(np.clip((both - one - two) / 2 / np.sqrt(one * two), -1, 1))


def _signs(shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    return np.asarray(
        1.0 - 2.0 * generator.integers(2, size=shape, dtype=np.int8), dtype=np.float64
    )

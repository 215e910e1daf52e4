"""How often does the deciding test err at a small level, if scores are normal?

A thousand redrawn experiments say little about an error rate of .003. The test depends on scores
only through a few sufficient statistics: the mean difference, V_q, and the mean squares of seeds
and of error. For normal effects with the variances of a `ScoreModel` these are drawn directly, a
hundred thousand times in a second. As in the redrawn experiments, runs with one seed label
correlate, whether the contrast is tested with shared or with independent seeds.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array
from maw.significance.crossed_many import Seeds, effective_clusters
from maw.significance.generalised import SeedPart, Spread
from maw.significance.score_model import SEED_LEVELS, ScoreModel, SeedLevel, covariance_root
from maw.significance.seed_labels import common_columns
from maw.significance.truths import pvalues_below

Codes = npt.NDArray[np.intp]


def normal_rejections(
    model: ScoreModel,
    x: int,
    y: int,
    *,
    seeds: Seeds,
    level: float,
    n: int,
    generator: np.random.Generator,
) -> Iterator[tuple[SeedLevel, npt.NDArray[np.bool_]]]:
    """Yield each variance of seeds, and in which of n experiments without any effect p < level.

    x, y: positions of the contrast's systems in the model. seeds: the form of the test; "shared"
    tests the seed labels that both systems have. The queries' part is the same in all variances.
    With two independent seeded systems, whose p-value takes long, only a tenth of n is drawn.
    """
    by_level = {
        seed_level: _SeededPair.of(model, x, y, seeds=seeds, seed_level=seed_level)
        for seed_level in SEED_LEVELS
    }
    if by_level["estimate"].is_two_sided:
        n = max(1, n // 10)
    error_variance = by_level["estimate"].mean_error_variance
    query_mean, query_variance = _query_statistics(
        model, x, y, error_variance=error_variance, n=n, generator=generator
    )
    for seed_level, seeded in by_level.items():
        seed_mean, parts = seeded.draw(n, generator=generator)
        spread = Spread(
            query_variance=query_variance,
            query_df=effective_clusters(np.bincount(model.codes)) - 1,
            seed_parts=parts,
            tied_units=np.full(n, np.inf),
        )
        p = pvalues_below(spread, np.abs(query_mean + seed_mean), limit=level)
        yield seed_level, p < level


@dataclass(frozen=True, slots=True, eq=False)
class _SeededPair:
    """The seeds of two systems x and y, as the deciding test takes them.

    columns: index of each column's label, of x and of y, among the L labels of both; empty for a
    system with one run. seed_covariance, error_covariance: of the two systems at one seed.
    """

    columns: tuple[Codes, Codes]
    seed_covariance: Array  # [2, 2]
    error_covariance: Array  # [2, 2]
    n_queries: int
    is_shared: bool

    @classmethod
    def of(
        cls, model: ScoreModel, x: int, y: int, *, seeds: Seeds, seed_level: SeedLevel
    ) -> "_SeededPair":
        none = np.zeros(0, dtype=np.intp)
        a, b = (
            none if model.residuals[system] is None else model.columns[system] for system in (x, y)
        )
        is_shared = seeds == "shared" and min(len(a), len(b)) > 0
        if is_shared:
            of_a, _ = common_columns(a, b)
            a = b = a[of_a]
        labels = np.union1d(a, b)
        pair = np.ix_([x, y], [x, y])
        return cls(
            columns=(np.searchsorted(labels, a), np.searchsorted(labels, b)),
            seed_covariance=model.seed_covariance[seed_level][pair],
            error_covariance=model.error_covariance[pair],
            n_queries=len(model.codes),
            is_shared=is_shared,
        )

    @property
    def is_two_sided(self) -> bool:
        """Whether the seeds of both systems add to the variance, each by itself."""
        return not self.is_shared and min(len(columns) for columns in self.columns) > 0

    @property
    def mean_error_variance(self) -> float:
        """The variance of a query's mean error of x minus that of y."""
        error = self.error_covariance
        own = sum(error[i, i] / len(self.columns[i]) for i in (0, 1) if len(self.columns[i]))
        n_common = len(np.intersect1d(*self.columns))
        n_pairs = max(1, len(self.columns[0]) * len(self.columns[1]))
        return float(own - 2 * error[0, 1] * n_common / n_pairs)

    def draw(self, n: int, *, generator: np.random.Generator) -> tuple[Array, tuple[SeedPart, ...]]:
        """Return what the seeds add to the mean difference, [n], and the parts of its variance.

        A column's mean is its seed effect and the mean error of the queries.
        """
        root = covariance_root(self.seed_covariance + self.error_covariance / self.n_queries)
        n_labels = 1 + max(
            (int(columns.max()) for columns in self.columns if len(columns)), default=-1
        )
        labels = generator.standard_normal((n, n_labels, 2)) @ root
        a, b = (labels[:, columns, i] for i, columns in enumerate(self.columns))
        mean = sum(
            (sign * part.mean(axis=1) for part, sign in ((a, 1), (b, -1)) if part.shape[1]),
            start=np.zeros(n),
        )
        error = self.error_covariance
        if self.is_shared:
            variance = error[0, 0] + error[1, 1] - 2 * error[0, 1]
            return mean, (self._part(a - b, variance, generator=generator),)
        return mean, tuple(
            self._part(part, error[i, i], generator=generator)
            for i, part in enumerate((a, b))
            if part.shape[1]
        )

    def _part(
        self, columns: Array, error_variance: float, *, generator: np.random.Generator
    ) -> SeedPart:
        n, S = columns.shape
        df = (self.n_queries - 1) * (S - 1)
        error = error_variance * generator.chisquare(df, size=n) / df
        return SeedPart(columns.var(axis=1, ddof=1) / S, error / (self.n_queries * S), n_seeds=S)


def _query_statistics(
    model: ScoreModel,
    x: int,
    y: int,
    *,
    error_variance: float,
    n: int,
    generator: np.random.Generator,
) -> tuple[Array, Array]:
    """Return the queries' part of the mean difference, and V_q, [n] each.

    error_variance: that of a query's mean error, which is in V_q; its mean over queries counts
    among the seeds' part of the mean difference. Clusters of one size are drawn as their mean and
    the sum of squares around it.
    """
    sizes = np.bincount(model.codes)
    Q, C = len(model.codes), len(sizes)
    size, n_alike = np.unique(sizes, return_counts=True)  # [G] each
    own = float(np.mean((model.query_effects[:, x] - model.query_effects[:, y]) ** 2))
    clusters = model.cluster_effects
    common = 0.0 if clusters is None else float(np.mean((clusters[:, x] - clusters[:, y]) ** 2))
    effect_variance = common + own / size
    effects, errors = (
        generator.standard_normal((n, len(size))) * np.sqrt(variance / n_alike)
        for variance in (effect_variance, error_variance / size)
    )
    squares = np.stack(
        [generator.chisquare(m - 1, size=n) if m > 1 else np.zeros(n) for m in n_alike], axis=-1
    )
    squares *= effect_variance + error_variance / size
    weights = size * n_alike / Q
    units = effects + errors
    squares += n_alike * (units - (units @ weights)[:, None]) ** 2
    return effects @ weights, (C - 1) / C * (squares @ (size / (Q - size)) ** 2)

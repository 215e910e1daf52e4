"""How often the deciding test errs: simulated experiments without any difference, counted.

`python -m tests.significance.size_study` prints the tables of docs/error_rates.md; test_size.py
asserts on the same numbers. Shared seeds: the table of differences is D = query + seed + error,
normal. All that the test reads of it are the mean difference and three mean squares, which are
independent; they are drawn in place of the tables. Independent seeds: the same with two tables.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from maw.significance import Contrasts, SeedPart, Seeds, Spread, crossed_many
from maw.significance.clean import Array
from maw.significance.crossed_many import satterthwaite
from maw.significance.distributions import t_sf

LEVELS = (0.05, 0.00625, 0.0029)
N_QUERIES, N_SEEDS = (43, 150, 550), (3, 4, 5, 10)
# variance of the mean that seeds add, as a share of V_q, which queries and error add
SEED_VARIANCES = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
SKEWED_VARIANCES = (0.3, 1.0, 10.0)
ERROR_SHARE = 0.75  # of V_q: .75 and .97 were measured for the two claims of the embedded suite
DRAWS, TABLE_DRAWS, BLOCK = 100_000, 10_000, 500
# of the effects of one seed on two systems, and of their errors at one seed; embedded: .66 and .68
# of the errors
CORRELATIONS = ((0.0, 0.0), (0.5, 0.5), (0.9, 0.9), (0.99, 0.99), (0.0, 0.9), (0.5, 0.99))
QUERY_SD, SEED_SD, ERROR_SD = 0.02, 0.008, 0.2
INTRA = 0.3  # correlation of the queries of one cluster

# Sizes of the 187 modules of the 550 test queries of pydocs: with the results of the suite
# `embedded`, queries.parquet joined with split.parquet, split "test", cluster.value_counts()
PYDOCS = (
    29, 27, 19, 14, 13, 13, 12, 11, 11, *[8] * 4, 7, 7, *[6] * 4, *[5] * 16, *[4] * 12, *[3] * 16,
    *[2] * 31, *[1] * 93,
)  # fmt: skip

Rates = tuple[float, ...]  # one for each level


@dataclass(frozen=True)
class Sizes:
    """Shares of experiments without a difference that a test rejects, at each of LEVELS."""

    generalised: Rates
    satterthwaite: Rates
    draws: int


def sizes_from_statistics(
    seeds: Seeds, *, n_queries: int, n_seeds: int, seed_variance: float
) -> Sizes:
    """Return the sizes over DRAWS draws of the sufficient statistics of one setting."""
    generator = np.random.default_rng([n_queries, n_seeds, int(100 * seed_variance)])
    sides = 1 if seeds == "shared" else 2
    Q, S = n_queries, n_seeds
    # with V_q = 1 in expectation; each side has its share of the errors and of the seeds
    error, seed = ERROR_SHARE / sides, seed_variance / sides
    df_error = (Q - 1) * (S - 1)
    errors = [_mean_square(generator, df_error) * error for _ in range(sides)]
    between = [_mean_square(generator, S - 1) * (error + seed) for _ in range(sides)]
    query = _mean_square(generator, Q - 1)
    mean = generator.normal(0, np.sqrt(1 + seed_variance), DRAWS)
    parts = tuple(SeedPart(a, e, S) for a, e in zip(between, errors, strict=True))
    return _sizes(mean, query, parts, n_queries=Q)


def sizes_with_skewed_seeds(*, n_queries: int, n_seeds: int, seed_variance: float) -> Sizes:
    """Return the sizes for a trained system with exponential seed effects against a fixed one."""
    generator = np.random.default_rng([1, n_queries, n_seeds, int(100 * seed_variance)])
    Q, S = n_queries, n_seeds
    # the mean scores of the seeds; with V_q = 1 in expectation, as for normal scores
    effects = np.sqrt(S * seed_variance) * (generator.standard_exponential((DRAWS, S)) - 1)
    errors = np.sqrt(S * ERROR_SHARE) * generator.standard_normal((DRAWS, S))
    between = (effects + errors).var(axis=1, ddof=1) / S
    error = _mean_square(generator, (Q - 1) * (S - 1)) * ERROR_SHARE
    query = _mean_square(generator, Q - 1)
    mean = (effects + errors).mean(axis=1)
    mean += generator.normal(0, np.sqrt(1 - ERROR_SHARE), DRAWS)
    return _sizes(mean, query, (SeedPart(between, error, S),), n_queries=Q)


def _sizes(mean: Array, query: Array, parts: tuple[SeedPart, ...], *, n_queries: int) -> Sizes:
    spread = Spread(query, n_queries - 1.0, parts, np.array(np.inf))
    variance, df = satterthwaite(query, parts, n_clusters=n_queries, n_queries=n_queries)
    old = 2 * t_sf(np.abs(mean) / np.sqrt(variance), df)
    return Sizes(
        generalised=_shares(rejections(spread, mean), len(mean)),
        satterthwaite=_shares(_below_levels(old), len(mean)),
        draws=len(mean),
    )


def rejections(spread: Spread, mean: Array) -> npt.NDArray[np.intp]:
    """Return how many experiments have a generalised p below each of LEVELS.

    Most need no quadrature: with V_q alone p is at its smallest, and if it is above the largest
    level, the generalised p is, too. Two sides need 1,024 nodes; they are spent only near a level.
    """
    alone = 2 * t_sf(np.abs(mean) / np.sqrt(spread.query_variance), spread.query_df)
    rows = np.flatnonzero(alone < max(LEVELS))
    spread, mean = rows_of(spread, rows), mean[rows]
    if len(spread.seed_parts) < 2:
        return _below_levels(spread.pvalue(mean))
    p = _rough_pvalue(spread, mean)
    near = np.any(np.abs(np.log(p[:, None] / np.array(LEVELS))) < NEAR, axis=1)
    exact = rows_of(spread, np.flatnonzero(near)).pvalue(mean[near])
    assert np.abs(np.log(exact / p[near])).max(initial=0) < NEAR / 2
    p[near] = exact
    return _below_levels(p)


NEAR = 0.25  # of log p; rough p-values must be within half of it of the exact ones
ROUGH_NODES = 12


def _rough_pvalue(spread: Spread, mean: Array) -> Array:
    """Return the generalised p [n] of two sides, from 12 × 12 nodes."""
    points, weights = np.polynomial.legendre.leggauss(ROUGH_NODES)
    u, weights = (points + 1) / 2, weights / 2
    added: Array = np.zeros((len(mean), 1))
    for axis, part in enumerate(spread.seed_parts):
        x = special.gammaincinv((part.n_seeds - 1) / 2, u**3) * 2 / (part.n_seeds - 1)
        side = part.between[:, None] / x - part.error[:, None]
        added = (added[:, :, None] + side[:, None, :]).reshape(
            len(mean), ROUGH_NODES**axis * len(x)
        )
    variances = spread.query_variance[:, None] + np.maximum(0, added)
    product = np.outer(weights * 3 * u**2, weights * 3 * u**2).ravel()
    p: Array = 2 * t_sf(np.abs(mean)[:, None] / np.sqrt(variances), spread.query_df) @ product
    return p


def rows_of(spread: Spread, rows: npt.NDArray[np.intp]) -> Spread:
    """Return the spread of some of the experiments."""
    parts = tuple(
        SeedPart(part.between[rows], part.error[rows], part.n_seeds) for part in spread.seed_parts
    )
    return Spread(
        spread.query_variance[rows], spread.query_df, parts, np.array(np.inf), spread.measure_range
    )


@dataclass(frozen=True)
class TableSetting:
    """Full tables of two systems: clusters, seeds, and how much the systems have in common.

    sizes: number of queries of each cluster. of_seeds, of_errors: correlation of the two systems'
    effects of one seed, and of their errors at one seed.
    """

    name: str
    sizes: tuple[int, ...]
    n_seeds: int
    of_seeds: float
    of_errors: float

    @property
    def has_equal_clusters(self) -> bool:
        """Return whether all clusters have the same size."""
        return len(set(self.sizes)) == 1


LAYOUTS = (
    ("no clusters", (1,) * 550, 5),
    ("40 clusters of 4", (4,) * 40, 4),
    ("pydocs' modules", PYDOCS, 5),
)
TABLE_SETTINGS = tuple(
    TableSetting(name, sizes, n_seeds, of_seeds, of_errors)
    for name, sizes, n_seeds in LAYOUTS
    for of_seeds, of_errors in CORRELATIONS
)


def sizes_from_tables(setting: TableSetting) -> dict[Seeds, Sizes]:
    """Return the sizes of both forms of seeds over the same TABLE_DRAWS pairs of full tables."""
    codes = np.repeat(np.arange(len(setting.sizes)), setting.sizes)
    forms: tuple[Seeds, ...] = ("shared", "independent")
    counts = {form: np.zeros((2, len(LEVELS)), dtype=np.intp) for form in forms}
    for a, b in _tables(setting, codes):
        for form in forms:
            test = crossed_many(a, b, codes, seeds=form)
            counts[form] += rejections(test.spread, test.mean), _old_rejections(test)
    return {
        form: Sizes(_shares(new, TABLE_DRAWS), _shares(old, TABLE_DRAWS), TABLE_DRAWS)
        for form, (new, old) in counts.items()
    }


def _tables(setting: TableSetting, codes: npt.NDArray[np.intp]) -> Iterator[tuple[Array, Array]]:
    """Yield blocks of scores [n, Q, S] of two systems without a true difference."""
    Q, S, C = len(codes), setting.n_seeds, len(setting.sizes)
    key = [Q, S, int(100 * setting.of_seeds), int(100 * setting.of_errors)]
    for start in range(0, TABLE_DRAWS, BLOCK):
        normal = np.random.default_rng([*key, start]).standard_normal
        errors = _correlated(normal, (BLOCK, Q, S), correlation=setting.of_errors)
        seeds = _correlated(normal, (BLOCK, 1, S), correlation=setting.of_seeds)
        tables = []
        for error, seed in zip(errors, seeds, strict=True):
            query = np.sqrt(INTRA) * normal((BLOCK, C))[:, codes]
            query += np.sqrt(1 - INTRA) * normal((BLOCK, Q))
            tables.append(QUERY_SD * query[:, :, None] + SEED_SD * seed + ERROR_SD * error)
        yield tables[0], tables[1]


def _correlated(
    normal: Callable[[tuple[int, ...]], Array], shape: tuple[int, ...], *, correlation: float
) -> list[Array]:
    """Return standard normal numbers of two systems, of the given shape, that correlate."""
    common = np.sqrt(correlation) * normal(shape)
    return [common + np.sqrt(1 - correlation) * normal(shape) for _ in "ab"]


def _old_rejections(test: Contrasts) -> npt.NDArray[np.intp]:
    return _below_levels(test.pvalue_satterthwaite)


def _mean_square(generator: np.random.Generator, df: int) -> Array:
    return generator.chisquare(df, DRAWS) / df


def _below_levels(p: Array) -> npt.NDArray[np.intp]:
    return np.array([int(np.sum(p < level)) for level in LEVELS])


def _shares(counts: npt.NDArray[np.intp], draws: int) -> Rates:
    return tuple(float(count) / draws for count in counts)


def lower_limit(share: float, draws: int) -> float:
    """Return the lower 99.99 % limit of Clopper & Pearson, one-sided, of a simulated share."""
    count = round(share * draws)
    return float(special.betaincinv(count, draws - count + 1, 1e-4)) if count else 0.0


def statistics_table(seeds: Seeds) -> str:
    """Return the rows of the table by the number of seeds: range over queries and variances."""
    rows = []
    for S in N_SEEDS:
        sizes = [
            sizes_from_statistics(seeds, n_queries=Q, n_seeds=S, seed_variance=variance)
            for Q in N_QUERIES
            for variance in SEED_VARIANCES
        ]
        new, old = ([getattr(s, test) for s in sizes] for test in ("generalised", "satterthwaite"))
        rows.append(f"| {S} | {_ranges(new)} | {_ranges(old)} |")
    return "\n".join(rows)


def skewed_table() -> str:
    """Return the rows of the table of skewed seed effects, with 150 queries."""
    rows = []
    for S in N_SEEDS:
        cells = [
            _multiples(
                sizes_with_skewed_seeds(n_queries=150, n_seeds=S, seed_variance=v).generalised
            )
            for v in SKEWED_VARIANCES
        ]
        rows.append(f"| {S} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def tables_table() -> str:
    """Return the rows of the table of the settings with full tables."""
    rows = []
    for setting in TABLE_SETTINGS:
        by_form = sizes_from_tables(setting)
        cells = [
            _multiples(getattr(by_form[form], test))
            for test in ("generalised", "satterthwaite")
            for form in ("shared", "independent")
        ]
        correlations = f"{setting.of_seeds:g}, {setting.of_errors:g}"
        head = f"| {setting.name}, {setting.n_seeds} seeds | {correlations} | "
        rows.append(head + " | ".join(cells) + " |")
    return "\n".join(rows)


def _ranges(sizes: list[Rates]) -> str:
    multiples = np.array(sizes) / np.array(LEVELS)
    low, high = multiples.min(axis=0), multiples.max(axis=0)
    return " / ".join(f"{a:.2f}-{b:.2f}" for a, b in zip(low, high, strict=True))


def _multiples(rates: Rates) -> str:
    return " / ".join(f"{rate / level:.2f}" for rate, level in zip(rates, LEVELS, strict=True))


if __name__ == "__main__":
    for form in ("shared", "independent"):
        print(f"\n{form}\n{statistics_table(form)}", flush=True)
    print(f"\nskewed\n{skewed_table()}", flush=True)
    print(f"\nfull tables\n{tables_table()}")

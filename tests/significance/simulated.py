"""Simulated score tables with known variances, and the error rates of a test on them."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from maw.significance import CalibrationSettings, Seeds, crossed_many

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
StandardDeviations = tuple[float, float, float]  # of query, seed and error

Tables = tuple[Array, Array]
SystemTables = dict[str, Array]  # system -> scores [Q, S]

BRIEF = CalibrationSettings(draws=60, size_draws=400, resamples=199, sesoi=0.05)
# generator, number of experiments, Q, S -> tables [n, Q, S] of both systems
TableMaker = Callable[[np.random.Generator, int, int, int], Tables]

DRAWS, BLOCK_SIZE = 10_000, 500
INTRA = 0.3  # share of the query variance that the queries of a cluster have in common


def simulated_scores(
    generator: np.random.Generator, *, Q: int, S: int, sd: StandardDeviations
) -> Array:
    """Return scores [Q, S] around 0.5 with these standard deviations of query, seed and error."""
    query, seed, error = (
        generator.normal(0, scale, shape)
        for scale, shape in zip(sd, ((Q, 1), (1, S), (Q, S)), strict=True)
    )
    return np.asarray(0.5 + query + seed + error)


def monte_carlo_error(share: float, draws: int = DRAWS) -> float:
    """Return the Monte-Carlo standard error of a share."""
    return float(np.sqrt(share * (1 - share) / draws))


def blocks(draws: int = DRAWS) -> Iterator[tuple[np.random.Generator, int]]:
    """Yield the generator and the number of experiments of each block."""
    for start in range(0, draws, BLOCK_SIZE):
        yield np.random.default_rng([20240607, start]), min(BLOCK_SIZE, draws - start)


def clustered_normal(generator: np.random.Generator, n: int, Q: int, codes: Codes) -> Array:
    """Return standard normal numbers [n, Q]; the queries of a cluster correlate by INTRA."""
    independent = generator.standard_normal((n, Q))
    if codes.max() + 1 == Q:
        return independent
    common = generator.standard_normal((n, int(codes.max()) + 1))[:, codes]
    return np.asarray(np.sqrt(INTRA) * common + np.sqrt(1 - INTRA) * independent)


def normal_tables(sd: StandardDeviations, *, both: bool, codes: Codes) -> TableMaker:
    """Return a maker of normal scores; `both`: the second system has seeds, too."""

    def make(generator: np.random.Generator, n: int, Q: int, S: int) -> Tables:
        query, seed, error = sd
        tables = []
        for trained in (True, both):
            table = query * clustered_normal(generator, n, Q, codes)[:, :, None]
            if trained:
                table = table + seed * generator.standard_normal((n, 1, S))
                table = table + error * generator.standard_normal((n, Q, S))
            tables.append(table)
        return tables[0], tables[1]

    return make


def rejection_and_coverage(
    make: TableMaker,
    *,
    Q: int,
    S: int,
    codes: Codes,
    effect: float = 0.0,
    seeds: Seeds = "independent",
) -> tuple[float, float]:
    """Return the shares of experiments that reject "no difference", and that cover `effect`."""
    n_rejected = n_covered = 0
    for generator, n in blocks():
        a, b = make(generator, n, Q, S)
        test = crossed_many(a + effect, b, codes, seeds=seeds)
        n_rejected += int(np.sum(test.pvalue < 0.05))
        n_covered += int(np.sum(np.abs(test.mean - effect) <= test.half_width(0.025)))
    return n_rejected / DRAWS, n_covered / DRAWS

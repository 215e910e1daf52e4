"""Simulations: calibration finds the true error rates of every test.

`pytest -m slow -s tests/significance/test_planned_rates.py` prints every figure.
"""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from maw.significance import (
    COVERS,
    CalibratedContrast,
    CalibrationSettings,
    calibrate,
    crossed_many,
)
from maw.significance.many_tests import Experiments
from maw.significance.truths import pvalues_below
from tests.significance.simulated import (
    Array,
    StandardDeviations,
    blocks,
    monte_carlo_error,
    normal_tables,
)

pytestmark = pytest.mark.slow


def exact_tables(sd: StandardDeviations, *, Q: int, S: int) -> list[Array]:
    """Return tables of two systems whose estimated standard deviations are exactly those given.

    Query effects differ by normal quantiles: a random sample of 44 has a shape of its own, which
    changes rank and sign tests, and which is the population when the scores are redrawn.
    """
    generator = np.random.default_rng(17)
    quantiles = stats.norm.ppf((np.arange(Q) + 0.5) / Q)
    total = generator.permutation(quantiles)
    total -= (total @ quantiles) / (quantiles @ quantiles) * quantiles
    total *= quantiles.std() / total.std()
    u = np.column_stack([total + quantiles, total - quantiles])
    u = u / u.std(axis=0, ddof=1)
    tables = []
    for x in range(2):
        noise = generator.standard_normal((Q, S))
        noise -= noise.mean(axis=1, keepdims=True)
        noise -= noise.mean(axis=0)
        noise /= np.sqrt(np.sum(noise**2) / ((Q - 1) * (S - 1)))
        seed = generator.standard_normal(S)
        seed = (seed - seed.mean()) / seed.std(ddof=1)
        query, between, within = (deviation**2 for deviation in sd)
        tables.append(
            0.5
            + np.sqrt(query + within / S) * u[:, x : x + 1]
            + np.sqrt(between + within / Q) * seed
            + np.sqrt(within) * noise
        )
    return tables


@pytest.mark.parametrize("sd", [(0.1, 0.0, 0.1), (0.1, 0.02, 0.1), (0.1, 0.05, 0.2)])
@pytest.mark.parametrize(("Q", "S"), [(44, 5), (150, 4)])
def test_calibration_finds_the_true_error_of_every_test(
    sd: StandardDeviations, Q: int, S: int
) -> None:
    a, b = exact_tables(sd, Q=Q, S=S)
    sesoi, draws, codes = 0.03, 5_000, np.arange(Q)
    settings = CalibrationSettings(
        draws=draws, beside_draws=draws, size_draws=1, resamples=999, sesoi=sesoi
    )
    labels = {"a": range(S), "b": range(S, 2 * S)}
    calibration = calibrate(
        {"a": a, "b": b},
        [CalibratedContrast("a", "b", "independent")],
        settings=settings,
        labels=labels,
    )
    rejected: dict[tuple[str, float], list[npt.NDArray[np.bool_]]] = {}
    covers: dict[str, float] = {}
    make = normal_tables(sd, both=True, codes=codes)
    for generator, n in blocks(draws):
        tables = make(generator, n, Q, S)
        deciding = crossed_many(*tables, codes, seeds="independent")
        for multiple in (0.0, 1.0, 2.0):
            p = pvalues_below(deciding.spread, np.abs(deciding.mean + multiple * sesoi), limit=0.05)
            rejected.setdefault(("E2", multiple), []).append(p < 0.05)
        d = tables[0].mean(axis=-1) - tables[1].mean(axis=-1)
        experiments = Experiments(d, codes=codes, generator=generator, resamples=999)
        for test, interval in experiments.intervals(level=0.95):
            covers[test] = covers.get(test, 0) + np.sum(interval.contain(0.0)) / draws
        for test, p in experiments.pvalues():
            rejected.setdefault((test, 0.0), []).append(p < 0.05)
    for (test, multiple), blocks_of_test in rejected.items():
        rejects = np.concatenate(blocks_of_test)  # fewer of the exact signed-rank tests
        expected = float(rejects.mean())
        spread = monte_carlo_error(expected, rejects.size)
        rate = calibration.rate("a - b", test, multiple=multiple)
        print(f"{sd} {Q} {S} {test} {multiple:g}: calibrated {rate.rate:.4f} true {expected:.4f}")
        assert rate.rate == pytest.approx(
            expected, abs=4 * np.hypot(rate.standard_error, spread) + 1e-3
        )
    for test, expected in covers.items():
        rate = calibration.rate("a - b", test, COVERS)
        spread = monte_carlo_error(expected, draws)
        print(f"{sd} {Q} {S} {test} covers: calibrated {rate.rate:.4f} true {expected:.4f}")
        assert rate.rate == pytest.approx(
            expected, abs=4 * np.hypot(rate.standard_error, spread) + 1e-3
        )

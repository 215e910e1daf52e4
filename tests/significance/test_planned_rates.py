"""Simulations: effects and verdicts come as often as planned, and calibration finds the true rates.

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
    Design,
    Interval,
    SeedTerm,
    calibrate,
    crossed,
    minimum_detectable_effect,
    planned_power,
    tost,
    verdict,
)
from maw.significance.many_tests import Experiments
from tests.significance.simulated import (
    DRAWS,
    Array,
    StandardDeviations,
    blocks,
    monte_carlo_error,
    normal_tables,
    rejection_and_coverage,
)

pytestmark = pytest.mark.slow


def true_design(sd: StandardDeviations, *, Q: int, S: int) -> Design:
    """Return the design of two trained systems whose components are known."""
    query, seed, noise = (deviation**2 for deviation in sd)
    term = SeedTerm(seed=seed, seed_interval=Interval(seed, seed), error=noise, n_seeds=S)
    return Design(query=2 * query, seed_terms=(term, term), n_queries=Q, n_units=Q)


@pytest.mark.parametrize("sd", [(0.2, 0.01, 0.1), (0.1, 0.02, 0.1), (0.1, 0.05, 0.2)])
@pytest.mark.parametrize(("Q", "S"), [(150, 5), (150, 10), (400, 10)])
def test_a_planted_effect_is_found_as_often_as_planned(
    sd: StandardDeviations, Q: int, S: int
) -> None:
    plan = true_design(sd, Q=Q, S=S)
    mde = minimum_detectable_effect(plan.variance**0.5, df=plan.df, alpha=0.05)
    make, codes = normal_tables(sd, both=True, codes=np.arange(Q)), np.arange(Q)
    for effect in (0.6 * mde, mde):
        predicted = planned_power(plan, effect=effect, alpha=0.05)
        rejected = rejection_and_coverage(make, Q=Q, S=S, codes=codes, effect=effect)[0]
        print(f"power {sd} {Q} {S}: planned {predicted:.4f} rejected {rejected:.4f}")
        # df are Satterthwaite's, an approximation: 2 points beside three Monte-Carlo errors
        assert rejected == pytest.approx(predicted, abs=0.02 + 3 * monte_carlo_error(predicted))


def test_verdicts_of_planted_suites_are_those_planned() -> None:
    Q, S, sd, draws = 400, 10, (0.1, 0.005, 0.1), 2_000
    plan, sesoi = true_design(sd, Q=Q, S=S), 0.04
    words: dict[float, list[str]] = {}
    make = normal_tables(sd, both=True, codes=np.arange(Q))
    effects = (0.0, 0.01, 3 * plan.variance**0.5)
    for generator, n in blocks(draws):
        a, b = make(generator, n, Q, S)
        for effect in effects:
            for i in range(n):
                test = crossed(a[i] + effect, b[i])
                equivalence = tost(
                    test.mean, standard_error=test.standard_error, df=test.df, sesoi=sesoi
                )
                word = verdict(
                    p=test.pvalue,
                    direction=int(np.sign(test.mean)),
                    p_equivalent=equivalence.pvalue,
                    alpha=0.05,
                    fewest_seeds=S,
                )
                words.setdefault(effect, []).append(word.value)
    for effect in effects:
        better = float(np.mean([word.startswith("better") for word in words[effect]]))
        equivalent = float(np.mean([word == "equivalent" for word in words[effect]]))
        predicted = planned_power(plan, effect=effect, alpha=0.05)
        print(f"verdicts {effect:.4f}: better {better:.4f} equivalent {equivalent:.4f}")
        if effect == effects[2]:
            assert better == pytest.approx(
                predicted, abs=0.01 + 3 * monte_carlo_error(predicted, draws)
            )
        else:
            assert equivalent > 0.7
    assert np.mean([word == "equivalent" for word in words[0.0]]) > 0.9


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
    sesoi, draws = 0.03, 5_000
    settings = CalibrationSettings(draws=draws, resamples=999, sesoi=sesoi)
    calibration = calibrate({"a": a, "b": b}, [CalibratedContrast("a", "b")], settings=settings)
    rejected: dict[tuple[str, float], list[npt.NDArray[np.bool_]]] = {}
    covers: dict[str, float] = {}
    make = normal_tables(sd, both=True, codes=np.arange(Q))
    for generator, n in blocks():
        experiments = Experiments(
            *make(generator, n, Q, S),
            codes=np.arange(Q),
            linked=False,
            generator=generator,
            resamples=999,
        )
        for test, interval in experiments.intervals(level=0.95):
            covers[test] = covers.get(test, 0) + np.sum(interval.contain(0.0)) / DRAWS
        for multiple in (0.0, 1.0, 2.0):
            for test, p in experiments.pvalues(multiple * sesoi, sesoi=sesoi):
                rejected.setdefault((test, multiple), []).append(p < 0.05)
    for (test, multiple), blocks_of_test in rejected.items():
        rejects = np.concatenate(blocks_of_test)  # fewer of the exact signed-rank tests
        expected = float(rejects.mean())
        spread = monte_carlo_error(expected, rejects.size)
        quantity = "equivalent" if test == "TOST" else "rejects"
        rate = calibration.rate("a - b", test, quantity, multiple=multiple)
        print(f"{sd} {Q} {S} {test} {multiple:g}: calibrated {rate.rate:.4f} true {expected:.4f}")
        assert rate.rate == pytest.approx(
            expected, abs=4 * np.hypot(rate.standard_error, spread) + 1e-3
        )
    for test, expected in covers.items():
        rate = calibration.rate("a - b", test, COVERS)
        print(f"{sd} {Q} {S} {test} covers: calibrated {rate.rate:.4f} true {expected:.4f}")
        assert rate.rate == pytest.approx(
            expected, abs=4 * np.hypot(rate.standard_error, monte_carlo_error(expected)) + 1e-3
        )

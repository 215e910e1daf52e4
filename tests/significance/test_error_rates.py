"""Does the test that decides err as often as it says? Ten thousand experiments a setting; slow.

`pytest -m slow -s tests/significance/test_error_rates.py` prints every figure.
"""

import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from scipy import stats

from maw.significance import (
    COVERS,
    Design,
    Interval,
    Planned,
    SeedSpread,
    Settings,
    calibrate,
    crossed,
    crossed_many,
    minimum_detectable_effect,
    planned_power,
    tost,
    verdict,
)
from maw.significance.many_tests import Experiments

pytestmark = pytest.mark.slow

DRAWS, BLOCK = 10_000, 500
LAYOUTS = [(Q, S) for Q in (43, 150, 400) for S in (4, 5, 10)]
# standard deviations of query, seed and error
MIXES = [
    (0.2, 0.0, 0.1),
    (0.2, 0.01, 0.1),
    (0.2, 0.03, 0.1),
    (0.1, 0.05, 0.2),
    (0.3, 0.005, 0.05),
    (0.0, 0.0, 0.2),
]
CLUSTER_SIZE, INTRA = 8, 0.3  # queries of a cluster, and the share of their variance in common

Tables = tuple[np.ndarray, np.ndarray]
Make = Callable[[np.random.Generator, int, int, int], Tables]


def error(share: float, draws: int = DRAWS) -> float:
    """Monte-Carlo standard error of a share."""
    return float(np.sqrt(share * (1 - share) / draws))


def blocks(draws: int = DRAWS) -> Iterator[tuple[np.random.Generator, int]]:
    """Each block of experiments has a generator of its own."""
    for start in range(0, draws, BLOCK):
        yield np.random.default_rng([20240607, start]), min(BLOCK, draws - start)


def clustered(generator: np.random.Generator, n: int, Q: int, codes: np.ndarray) -> np.ndarray:
    """[n, Q] standard normal; queries of a cluster correlate by INTRA."""
    alone = generator.standard_normal((n, Q))
    if codes.max() + 1 == Q:
        return alone
    common = generator.standard_normal((n, int(codes.max()) + 1))[:, codes]
    return np.sqrt(INTRA) * common + np.sqrt(1 - INTRA) * alone


def normal_tables(mix: tuple, *, both: bool, codes: np.ndarray) -> Make:
    def make(generator: np.random.Generator, n: int, Q: int, S: int) -> Tables:
        query, seed, noise = mix
        sides = []
        for trained in (True, both):
            table = query * clustered(generator, n, Q, codes)[:, :, None]
            if trained:
                table = table + seed * generator.standard_normal((n, 1, S))
                table = table + noise * generator.standard_normal((n, Q, S))
            sides.append(table)
        return sides[0], sides[1]

    return make


def rejected(make: Make, *, Q: int, S: int, codes: np.ndarray, effect: float = 0.0) -> tuple:
    """Shares of experiments that reject "no difference", and whose interval holds `effect`."""
    rejects = covers = 0
    for generator, n in blocks():
        a, b = make(generator, n, Q, S)
        found = crossed_many(a + effect, b, codes)
        rejects += np.sum(found.pvalue < 0.05)
        covers += np.sum(np.abs(found.mean - effect) <= found.half_width(0.95))
    return rejects / DRAWS, covers / DRAWS


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("both", [True, False], ids=["both", "one"])
@pytest.mark.parametrize("size", [1, CLUSTER_SIZE], ids=["plain", "clusters"])
def test_a_five_percent_test_errs_between_two_and_six_and_a_half(
    mix: tuple, both: bool, size: int
) -> None:
    beyond = []
    for Q, S in LAYOUTS:
        codes = np.arange(Q) // size
        make = normal_tables(mix, both=both, codes=codes)
        wrong, covers = rejected(make, Q=Q, S=S, codes=codes)
        print(f"{mix} {'both' if both else 'one'} size {size} {Q} {S}: {wrong:.4f} {covers:.4f}")
        if not 0.02 - 3 * error(0.02) <= wrong <= 0.065 + 3 * error(0.065):
            beyond.append((Q, S, "errs", wrong))
        if not 0.935 - 3 * error(0.935) <= covers <= 0.98 + 3 * error(0.98):
            beyond.append((Q, S, "covers", covers))
    assert beyond == []


def skewed_tables(both: bool) -> Make:
    """Log-normal scores; a fixed B without an effect of its own leaves the differences skewed."""

    def make(generator: np.random.Generator, n: int, Q: int, S: int) -> Tables:
        topic = generator.normal(0, 0.5, (n, Q, 1))
        a, b = (
            np.exp(
                topic
                + generator.normal(0, 0.6, (n, Q, 1))
                + generator.normal(0, 0.05, (n, 1, S))
                + generator.normal(0, 0.3, (n, Q, S))
            )
            for _ in "ab"
        )
        if both:
            return a, b
        return a, np.exp(topic + (0.6**2 + 0.05**2 + 0.3**2) / 2)

    return make


def zero_inflated_tables(generator: np.random.Generator, n: int, Q: int, S: int) -> Tables:
    """Seven queries of ten score 0 under every system, as MRR does at a shallow depth."""
    answered = generator.random((n, Q, 1)) < 0.3
    a, b = (
        answered
        * np.clip(
            0.5
            + generator.normal(0, 0.2, (n, Q, 1))
            + generator.normal(0, 0.03, (n, 1, S))
            + generator.normal(0, 0.1, (n, Q, S)),
            0,
            1,
        )
        for _ in "ab"
    )
    return a, b


def binary_tables(generator: np.random.Generator, n: int, Q: int, S: int) -> Tables:
    """Hit or miss, as Success@K."""
    topic = generator.normal(0, 1, (n, Q, 1))
    a, b = (
        (
            topic
            + generator.normal(0, 0.5, (n, Q, 1))
            + generator.normal(0, 0.05, (n, 1, S))
            + generator.normal(0, 0.5, (n, Q, S))
            > 0
        ).astype(np.float64)
        for _ in "ab"
    )
    return a, b


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("skewed, both", skewed_tables(True)),
        ("skewed, one", skewed_tables(False)),
        ("zero-inflated", zero_inflated_tables),
        ("binary", binary_tables),
    ],
    ids=["skewed-both", "skewed-one", "zero-inflated", "binary"],
)
def test_scores_that_are_not_normal_are_reported(name: str, make: Make) -> None:
    for Q, S in LAYOUTS:
        wrong, covers = rejected(make, Q=Q, S=S, codes=np.arange(Q))
        print(f"{name} {Q} {S}: {wrong:.4f} {covers:.4f}")
        if wrong > 0.065:
            warnings.warn(f"{name} scores, Q {Q}, S {S}: a 5 % test errs {wrong:.4f}", stacklevel=1)
        assert wrong < 0.10  # beyond, STATISTICS.md would have to say another thing


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("Q", [43, 150, 400])
def test_two_halves_of_ten_seeds_differ_at_most_at_the_level(mix: tuple, Q: int) -> None:
    codes, differ = np.arange(Q), 0
    make = normal_tables(mix, both=False, codes=codes)
    for generator, n in blocks():
        table = make(generator, n, Q, 10)[0]
        differ += np.sum(crossed_many(table[..., :5], table[..., 5:], codes).pvalue < 0.05)
    print(f"halves {mix} {Q}: {differ / DRAWS:.4f}")
    assert differ / DRAWS <= 0.05 + 3 * error(0.05)


def design(mix: tuple, *, Q: int, S: int) -> Design:
    """What the plan knows if it knows the components: both systems trained."""
    query, seed, noise = (sd**2 for sd in mix)
    side = SeedSpread(seed=seed, seed_interval=Interval(seed, seed), error=noise, n_seeds=S)
    return Design(query=2 * query, sides=(side, side), n_queries=Q, n_units=Q)


@pytest.mark.parametrize("mix", [(0.2, 0.01, 0.1), (0.1, 0.02, 0.1), (0.1, 0.05, 0.2)])
@pytest.mark.parametrize(("Q", "S"), [(150, 5), (150, 10), (400, 10)])
def test_a_planted_effect_is_found_as_often_as_planned(mix: tuple, Q: int, S: int) -> None:
    plan = design(mix, Q=Q, S=S)
    mde = minimum_detectable_effect(plan.variance**0.5, df=plan.df, alpha=0.05)
    make, codes = normal_tables(mix, both=True, codes=np.arange(Q)), np.arange(Q)
    for effect in (0.6 * mde, mde):
        predicted = planned_power(plan, effect=effect, alpha=0.05)
        found = rejected(make, Q=Q, S=S, codes=codes, effect=effect)[0]
        print(f"power {mix} {Q} {S}: planned {predicted:.4f} found {found:.4f}")
        # df are Satterthwaite's, an approximation: 2 points beside three Monte-Carlo errors
        assert found == pytest.approx(predicted, abs=0.02 + 3 * error(predicted))


def test_verdicts_of_planted_suites_are_those_planned() -> None:
    Q, S, mix, draws = 400, 10, (0.1, 0.005, 0.1), 2_000
    plan, sesoi = design(mix, Q=Q, S=S), 0.04
    words: dict[float, list[str]] = {}
    make = normal_tables(mix, both=True, codes=np.arange(Q))
    effects = (0.0, 0.01, 3 * plan.variance**0.5)
    for generator, n in blocks(draws):
        a, b = make(generator, n, Q, S)
        for effect in effects:
            for i in range(n):
                test = crossed(a[i] + effect, b[i])
                equivalent = tost(
                    test.mean, standard_error=test.standard_error, df=test.df, sesoi=sesoi
                )
                word = verdict(
                    p=test.pvalue,
                    direction=int(np.sign(test.mean)),
                    p_equivalent=equivalent.pvalue,
                    alpha=0.05,
                    fewest_seeds=S,
                )
                words.setdefault(effect, []).append(word.value)
    for effect in effects:
        better = np.mean([word.startswith("better") for word in words[effect]])
        equivalent = np.mean([word == "equivalent" for word in words[effect]])
        predicted = planned_power(plan, effect=effect, alpha=0.05)
        print(f"verdicts {effect:.4f}: better {better:.4f} equivalent {equivalent:.4f}")
        if effect == effects[2]:
            assert better == pytest.approx(predicted, abs=0.01 + 3 * error(predicted, draws))
        else:
            assert equivalent > 0.7
    assert np.mean([word == "equivalent" for word in words[0.0]]) > 0.9


def exact_tables(mix: tuple, *, Q: int, S: int) -> list[np.ndarray]:
    """Two systems whose estimated components are those of the mix, to the last digit.

    Query effects differ by normal quantiles: a sample of 44 has a shape of its own, which rank and
    sign tests see, and which is the user's population when it is redrawn.
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
        query, between, error_ = (sd**2 for sd in mix)
        tables.append(
            0.5
            + np.sqrt(query + error_ / S) * u[:, x : x + 1]
            + np.sqrt(between + error_ / Q) * seed
            + np.sqrt(error_) * noise
        )
    return tables


@pytest.mark.parametrize("mix", [(0.1, 0.0, 0.1), (0.1, 0.02, 0.1), (0.1, 0.05, 0.2)])
@pytest.mark.parametrize(("Q", "S"), [(44, 5), (150, 4)])
def test_calibration_finds_the_true_error_of_every_test(mix: tuple, Q: int, S: int) -> None:
    a, b = exact_tables(mix, Q=Q, S=S)
    sesoi, draws = 0.03, 5_000
    settings = Settings(draws=draws, resamples=999, sesoi=sesoi)
    found = calibrate({"a": a, "b": b}, [Planned("a", "b")], settings=settings)
    rejected: dict[tuple[str, float], list[np.ndarray]] = {}
    covers: dict[str, float] = {}
    make = normal_tables(mix, both=True, codes=np.arange(Q))
    for generator, n in blocks():
        experiments = Experiments(
            *make(generator, n, Q, S),
            codes=np.arange(Q),
            linked=False,
            generator=generator,
            resamples=999,
        )
        for test, ends in experiments.intervals(level=0.95):
            covers[test] = covers.get(test, 0) + np.sum(ends.cover(0.0)) / DRAWS
        for multiple in (0.0, 1.0, 2.0):
            for test, p in experiments.pvalues(multiple * sesoi, sesoi=sesoi):
                rejected.setdefault((test, multiple), []).append(p < 0.05)
    for (test, multiple), found_here in rejected.items():
        of_all = np.concatenate(found_here)  # fewer of the exact signed-rank tests
        known = float(of_all.mean())
        spread = error(known, of_all.size)
        quantity = "equivalent" if test == "TOST" else "rejects"
        rate = found.rate("a - b", test, quantity, multiple=multiple)
        print(f"{mix} {Q} {S} {test} {multiple:g}: calibrated {rate.rate:.4f} true {known:.4f}")
        assert rate.rate == pytest.approx(known, abs=4 * np.hypot(rate.error, spread) + 1e-3)
    for test, known in covers.items():
        rate = found.rate("a - b", test, COVERS)
        print(f"{mix} {Q} {S} {test} covers: calibrated {rate.rate:.4f} true {known:.4f}")
        assert rate.rate == pytest.approx(known, abs=4 * np.hypot(rate.error, error(known)) + 1e-3)


def test_ignored_clusters_would_err_twice_as_often() -> None:
    # STATISTICS.md: 40 clusters of 8 with correlation .3: .045-.049 (ignored: .115)
    codes = np.arange(320) // 8
    make = normal_tables((0.2, 0.01, 0.1), both=True, codes=codes)
    kept = rejected(make, Q=320, S=5, codes=codes)[0]
    ignored = rejected(make, Q=320, S=5, codes=np.arange(320))[0]
    print(f"clusters kept {kept:.4f} ignored {ignored:.4f}")
    assert kept < 0.065
    assert ignored > 0.1

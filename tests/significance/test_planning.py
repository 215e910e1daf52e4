"""Detectable leads, chances of words and the flipping SESOI, against R and simulations."""

from math import inf, isnan, sqrt
from typing import Any

import numpy as np
import pytest
from scipy import stats

from maw.significance import (
    SeedPart,
    Spread,
    Word,
    crossed_many,
    equivalence_power,
    judge_claim,
    minimum_detectable_effect,
    power,
    sesoi_flips_at,
    spreads_outlook,
)
from maw.significance.clean import Array
from tests.significance.leads import Lead
from tests.significance.simulated import StandardDeviations, monte_carlo_error

Q, S = 60, 5


def spread_of(
    query: float, *seed_parts: tuple[float, float, int], df: float = Q - 1.0, tied: float = inf
) -> Spread:
    """Return expected mean squares: V_q with its df, and (a, e, S) of each side with seeds."""
    parts = [SeedPart(np.asarray(a), np.asarray(e), n_seeds=n) for a, e, n in seed_parts]
    return Spread(np.asarray(query), df, tuple(parts), tied_units=np.asarray(tied))


def test_without_seeds_power_is_that_of_r(reference: dict[str, Any]) -> None:
    # R: power.t.test(n = 20, delta = .5, sd = 1, type = "paired", alternative = "one.sided"); a bar
    # leaves half of its alpha below, so that alpha is twice the level of the one-sided test
    example = reference["power_paired_one_sided"]
    spread = spread_of(1 / example["n"], df=example["n"] - 1)
    chance = power(spread, lead=example["d"], alpha=2 * example["alpha"])
    assert chance == pytest.approx(example["power"], abs=1e-6)


def test_with_many_queries_2_80_standard_errors_are_detectable() -> None:
    # 1.959964 + 0.841621
    spread = spread_of(1.0, df=1e7)
    assert minimum_detectable_effect(spread, alpha=0.05) == pytest.approx(2.801585, abs=1e-5)


@pytest.mark.parametrize("alpha", [0.05, 0.0029])
@pytest.mark.parametrize(
    "sides", [(), ((3e-4, 1e-4, 5),), ((5e-5, 1e-4, 5),), ((2e-4, 5e-5, 3), (1e-4, 5e-5, 4))]
)
def test_the_detectable_lead_is_found_in_four_of_five_experiments(
    sides: tuple[tuple[float, float, int], ...], alpha: float
) -> None:
    spread = spread_of(4e-4, *sides)
    mde = minimum_detectable_effect(spread, alpha=alpha)
    assert power(spread, lead=mde, alpha=alpha) == pytest.approx(0.8, abs=1e-6)


def simulated(
    sd: StandardDeviations, *, n: int, n_systems: int, shared: float, n_seeds: int = S
) -> list[Array]:
    """Return tables [n, Q, S] of systems whose errors at one seed correlate by `shared`."""
    generator = np.random.default_rng(31)
    query, seed, error = sd
    common = generator.standard_normal((n, Q, n_seeds))
    return [
        query * generator.standard_normal((n, Q, 1))
        + seed * generator.standard_normal((n, 1, n_seeds))
        + error * sqrt(1 - shared) * generator.standard_normal((n, Q, n_seeds))
        + error * sqrt(shared) * common
        for _ in range(n_systems)
    ]


def expected_spread(sd: StandardDeviations, *, shared: float) -> Spread:
    """Return the expected mean squares of the differences of two systems as `simulated`."""
    query, seed, error = (2 * deviation**2 for deviation in sd)
    e = error * (1 - shared) / (Q * S)
    return spread_of(query / Q + e, (seed / S + e, e, S))


def test_simulated_experiments_find_and_exclude_as_often_as_planned() -> None:
    sd, alpha, n = (0.1, 0.02, 0.08), 0.025, 3_000
    a, b = simulated(sd, n=n, n_systems=2, shared=0.7)
    test = crossed_many(a, b, np.arange(Q), seeds="shared")
    spread = expected_spread(sd, shared=0.7)
    lead = minimum_detectable_effect(spread, alpha=alpha)
    found = float(np.mean(test.mean + lead > test.half_width(alpha / 2)))
    assert found == pytest.approx(0.8, abs=3 * monte_carlo_error(0.8, n))
    sesoi = 0.9 * lead
    inside = float(np.mean(np.abs(test.mean) + test.half_width(alpha) < sesoi))
    chance = equivalence_power(spread, alpha=alpha, sesoi=sesoi)
    assert 0.3 < chance < 0.9
    assert inside == pytest.approx(chance, abs=3 * monte_carlo_error(chance, n))


def test_two_independent_sides_are_planned_within_three_percent() -> None:
    sd, alpha, n = (0.1, 0.02, 0.08), 0.05, 600
    a, b = simulated(sd, n=n, n_systems=2, shared=0.0)
    query, seed, error = (deviation**2 for deviation in sd)
    e = error / (Q * S)
    side = (seed / S + e, e, S)
    spread = spread_of(2 * query / Q + 2 * e, side, side)
    lead = minimum_detectable_effect(spread, alpha=alpha)
    test = crossed_many(a + lead, b, np.arange(Q))
    found = float(np.mean((test.mean > 0) & (test.pvalue < alpha)))
    assert found == pytest.approx(0.8, abs=0.03 + 3 * monte_carlo_error(0.8, n))


def test_a_claim_with_three_controls_is_found_at_least_as_often_as_said() -> None:
    sd, level, n = (0.1, 0.02, 0.08), 0.05, 1_000
    new, *controls = simulated(sd, n=n, n_systems=4, shared=0.7)
    spread = expected_spread(sd, shared=0.7)
    outlook = spreads_outlook([spread] * 3, level=level, sesoi=0.1)
    assert outlook.mde > minimum_detectable_effect(spread, alpha=level)
    assert outlook.power == pytest.approx(power(spread, lead=0.1, alpha=level) ** 3)
    tests = [crossed_many(new, control, np.arange(Q), seeds="shared") for control in controls]
    below, above = level / 2, level / 6
    better = [test.mean + outlook.mde > test.half_width(below) for test in tests]
    inside = [
        (test.mean - test.half_width(below) > -0.1) & (test.mean + test.half_width(above) < 0.1)
        for test in tests
    ]
    margin = 3 * monte_carlo_error(0.8, n)
    assert 0.8 - margin < np.mean(np.all(better, axis=0)) < 0.95
    assert np.mean(np.all(inside, axis=0)) > outlook.p_equivalent - margin
    assert outlook.p_equivalent > 0.1


def test_without_a_sesoi_only_the_detectable_lead_is_known() -> None:
    outlook = spreads_outlook([spread_of(1e-4)], level=0.05, sesoi=None)
    assert outlook.mde == minimum_detectable_effect(spread_of(1e-4), alpha=0.05)
    assert isnan(outlook.power)
    assert isnan(outlook.p_equivalent)


def test_systems_that_never_differ_hide_differences_up_to_the_rule_for_ties() -> None:
    # by hand: 1 - .025^(1/3) = .7076 with three units, and nothing else moves the estimate
    spread = spread_of(0.0, tied=3.0)
    assert minimum_detectable_effect(spread, alpha=0.05) == pytest.approx(0.7076, abs=5e-5)
    assert power(spread, lead=0.71, alpha=0.05) == 1
    assert equivalence_power(spread, alpha=0.05, sesoi=0.02) == 0
    both = spread_of(0.0, (0.0, 0.0, 3), (0.0, 0.0, 4), tied=3.0)
    assert minimum_detectable_effect(both, alpha=0.05) == pytest.approx(0.7076, abs=5e-5)


@pytest.mark.parametrize(("alpha", "target"), [(0.0, 0.8), (0.8, 0.8), (0.05, 1.0)])
def test_a_target_that_no_lead_reaches_is_refused(alpha: float, target: float) -> None:
    with pytest.raises(ValueError, match="expected 0 < alpha < target < 1"):
        minimum_detectable_effect(spread_of(1e-4), alpha=alpha, target=target)


# limits d -/+ t with a standard error of .01: 1.960 at .025, 1.645 at .05
@pytest.mark.parametrize(
    ("mean", "word", "flips_at", "other"),
    [
        # L .0104 and U2 .0464: from .0104 on it is no longer shown that the lead reaches the SESOI
        (0.03, Word.BETTER, 0.0104, Word.BETTER_BY_SESOI),
        # U2 .0364 is nearer to .02 than L .0004
        (0.02, Word.BETTER, 0.0364, Word.SLIGHTLY_BETTER),
        # both limits of -.0144 and .0184 lie inside; at .0184 the gain is no longer excluded
        (0.002, Word.EQUIVALENT, 0.0184, Word.INCONCLUSIVE),
        # -.0214 and .0114: from .0214 on it is equivalent
        (-0.005, Word.NO_RELEVANT_GAIN, 0.0214, Word.EQUIVALENT),
        (0.01, Word.INCONCLUSIVE, 0.0264, Word.EQUIVALENT),
    ],
)
def test_the_word_changes_at_the_nearest_limit(
    mean: float, word: Word, flips_at: float, other: Word
) -> None:
    lead = [Lead(mean, error=0.01)]
    verdict = judge_claim(lead, level=0.05, sesoi=0.02)
    flip = sesoi_flips_at(verdict, sesoi=0.02)
    assert verdict.word == word
    assert flip == pytest.approx(flips_at, abs=5e-5)
    beyond = flip + (1e-9 if flip > 0.02 else -1e-9)
    assert judge_claim(lead, level=0.05, sesoi=beyond).word == other
    for sesoi in np.linspace(0.02, flip, 20, endpoint=False):
        assert judge_claim(lead, level=0.05, sesoi=sesoi).word == word


def test_several_controls_are_judged_by_all_of_their_limits() -> None:
    generator = np.random.default_rng(8)
    for _ in range(15):
        leads = [
            Lead(mean, error=error)
            for mean, error in zip(
                generator.normal(0, 0.03, 3), generator.uniform(0.002, 0.02, 3), strict=True
            )
        ]
        verdict = judge_claim(leads, level=0.05, sesoi=0.02)
        flip = sesoi_flips_at(verdict, sesoi=0.02)
        grid = np.linspace(1e-4, 0.15, 100)
        words = np.array([judge_claim(leads, level=0.05, sesoi=sesoi).word for sesoi in grid])
        distance = 0.02 if isnan(flip) else abs(flip - 0.02)
        assert (words[np.abs(grid - 0.02) < distance - 1e-9] == verdict.word).all()
        if not isnan(flip):
            sides = {judge_claim(leads, level=0.05, sesoi=flip + eps).word for eps in (-1e-9, 1e-9)}
            assert len(sides) == 2


@pytest.mark.parametrize(
    ("lead", "sesoi"),
    [
        (Lead(-0.05, error=0.01), 0.02),  # refuted, whatever the SESOI
        (Lead(0.05, error=0.01, fewest_seeds=2), 0.02),
        (Lead(0.05, error=0.01, fewest_seeds=1), 0.02),
        (Lead(0.05, error=0.01), None),
    ],
)
def test_some_words_change_at_no_sesoi(lead: Lead, sesoi: float | None) -> None:
    assert isnan(sesoi_flips_at(judge_claim([lead], level=0.05, sesoi=sesoi), sesoi=sesoi))


@pytest.mark.slow
@pytest.mark.parametrize("n_seeds", [3, 5])
@pytest.mark.parametrize("alpha", [0.05, 0.0029])
def test_power_is_that_of_random_mean_squares(n_seeds: int, alpha: float) -> None:
    generator, n = np.random.default_rng(4), 40_000
    e, a, v_query = 4e-5, 1.2e-4, 2e-4
    df_error = (Q - 1) * (n_seeds - 1)
    drawn = Spread(
        v_query * generator.chisquare(Q - 1, n) / (Q - 1),
        Q - 1.0,
        (
            SeedPart(
                a * generator.chisquare(n_seeds - 1, n) / (n_seeds - 1),
                e * generator.chisquare(df_error, n) / df_error,
                n_seeds,
            ),
        ),
        tied_units=np.asarray(inf),
    )
    half_widths, standard_error = drawn.half_width(alpha / 2), sqrt(v_query + a - e)
    spread = spread_of(v_query, (a, e, n_seeds))
    for lead in (0.02, 0.05, 0.1):
        true = stats.norm.cdf((lead - half_widths) / standard_error)
        error = float(true.std() / sqrt(n))
        assert power(spread, lead=lead, alpha=alpha) == pytest.approx(
            true.mean(), abs=0.005 + 4 * error
        )

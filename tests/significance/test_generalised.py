"""The generalised p-value against Monte-Carlo values, adaptive integration, and its own inverse."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from maw.significance import SeedPart, Spread, generalised

NEVER = np.array(np.inf)  # the rule for tied scores does not apply


def number(value: float) -> npt.NDArray[np.float64]:
    return np.array(value, dtype=np.float64)


def spread_of(case: dict[str, Any], sides: tuple[str, ...]) -> Spread:
    """Return the spread of an example of statistics.json; sides: suffixes of its a, e and S."""
    parts = tuple(
        SeedPart(number(case[f"a{side}"]), number(case[f"e{side}"]), case[f"S{side}"])
        for side in sides
    )
    return Spread(number(case["V_q"]), case["C"] - 1.0, parts, NEVER)


@pytest.mark.parametrize(("form", "sides"), [("shared", ("",)), ("independent", ("_A", "_B"))])
def test_p_is_that_of_ten_million_draws(
    form: str, sides: tuple[str, ...], reference: dict[str, Any]
) -> None:
    # statistics.json, generalised_p: "Monte-Carlo over X ~ chi2(S-1)/(S-1), 10 million draws"
    for case in reference["generalised_p"][form]:
        p = spread_of(case, sides).pvalue(case["d"])
        assert p == pytest.approx(case["p"], abs=3 * case["monte_carlo_error"] + 1e-5)


@pytest.mark.parametrize("S", [3, 4, 5, 10])
@pytest.mark.parametrize(("between", "error"), [(0.0, 0.0), (0.3, 1.0), (1.5, 1.0), (40.0, 0.5)])
def test_sixty_four_nodes_are_as_good_as_adaptive_integration(
    S: int, between: float, error: float
) -> None:
    df = 42.0
    spread = Spread(number(1.0), df, (SeedPart(number(between), number(error), S),), NEVER)
    distance = float(spread.half_width(0.025))  # where the nodes say .05

    def integrand(u: float) -> float:
        x = stats.chi2.ppf(u**3, S - 1) / (S - 1)
        variance = 1 + max(0.0, between / x - error)
        return float(3 * u**2 * 2 * stats.t.sf(distance / np.sqrt(variance), df))

    # beyond the turn seeds add nothing
    turn = stats.chi2.cdf(between / error * (S - 1), S - 1) ** (1 / 3) if error else 0.5
    ends = sorted({0.0, 0.01, 0.1, 0.3, float(turn), 1.0})
    pieces = [integrate.quad(integrand, *ends_of, epsabs=1e-9)[0] for ends_of in pairwise(ends)]
    assert sum(pieces) == pytest.approx(0.05, abs=1e-5)


def test_without_seeds_it_is_students_t() -> None:
    # R: 2 * pt(-2, 9) = .07655282, qt(.975, 9) = 2.262157
    spread = Spread(number(0.25), 9.0, (), NEVER)
    assert spread.pvalue(1.0) == pytest.approx(0.07655282, abs=5e-9)
    assert spread.half_width(0.025) == pytest.approx(2.262157 * 0.5, rel=1e-6)


@st.composite
def spreads(draw: st.DrawFn) -> Spread:
    """Spreads without, with one or with two parts of seeds, over many orders of magnitude."""
    size = st.floats(-12, 2).map(lambda power: number(10.0**power))
    parts = tuple(
        SeedPart(draw(size), draw(size), draw(st.integers(2, 12)))
        for _ in range(draw(st.integers(0, 2)))
    )
    tied = number(draw(st.sampled_from([np.inf, 3.0, 8.0])))
    return Spread(draw(size), draw(st.floats(0.3, 600)), parts, tied, draw(st.floats(0.1, 10)))


tails = st.floats(1e-5, 0.499)


@given(spreads(), tails)
@settings(max_examples=60, deadline=None)
def test_the_half_width_is_where_p_is_two_tails(spread: Spread, tail: float) -> None:
    half = float(spread.half_width(tail))
    assert half > 0
    assert spread.pvalue(half * (1 + 1e-9)) <= 2 * tail * (1 + 1e-9)
    assert spread.pvalue(half * (1 - 1e-9)) >= 2 * tail * (1 - 1e-9)


@given(spreads(), tails, tails)
@settings(max_examples=40, deadline=None)
def test_a_smaller_tail_has_a_wider_half(spread: Spread, one: float, other: float) -> None:
    low, high = sorted([one, other])
    assert spread.half_width(low) >= spread.half_width(high) * (1 - 1e-9)


@given(spreads(), st.floats(-6, 3), st.floats(1, 10))
@settings(max_examples=40, deadline=None)
def test_p_falls_with_the_distance_on_both_sides(
    spread: Spread, power: float, factor: float
) -> None:
    near, far = 10.0**power, factor * 10.0**power
    assert spread.pvalue(far) <= spread.pvalue(near) <= spread.pvalue(0.0) == 1
    assert spread.pvalue(-near) == spread.pvalue(near)


def test_the_order_of_the_sides_does_not_matter() -> None:
    a, b = SeedPart(number(2e-5), number(1e-5), 4), SeedPart(number(6e-5), number(1e-6), 7)
    p = [Spread(number(1e-5), 42.0, sides, NEVER).pvalue(0.01) for sides in ((a, b), (b, a))]
    assert p[0] == pytest.approx(float(p[1]), rel=1e-12)


@pytest.mark.parametrize("block", [1, 64 * 3, 1 << 20])
def test_the_size_of_a_block_changes_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(4)
    between, error, query = (generator.random((5, 2)) for _ in range(3))
    tails = np.array([0.025, 0.001])
    expected = Spread(query, 42.0, (SeedPart(between, error, 4),), NEVER).half_width(tails)
    monkeypatch.setattr(generalised, "BLOCK", block)
    spread = Spread(query, 42.0, (SeedPart(between, error, 4),), NEVER)
    assert expected.shape == (5, 2)
    assert np.array_equal(spread.half_width(tails), expected)
    for i in np.ndindex(5, 2):  # each experiment as if it were alone
        single = SeedPart(between[i], error[i], 4)
        alone = Spread(query[i], 42.0, (single,), NEVER)
        assert alone.half_width(tails[i[1]]) == pytest.approx(expected[i], rel=1e-10)
        assert spread.pvalue(0.7)[i] == pytest.approx(float(alone.pvalue(0.7)), rel=1e-12)


def test_scores_that_are_tied_leave_a_difference_possible() -> None:
    # by hand: 1 - .025^(1/3) = .7076 of the range; p = 2 (1 - .5)^3 = .25 at half of the range
    tied = Spread(number(0.0), 2.0, (), number(3.0), measure_range=2.0)
    assert tied.half_width(0.025) == pytest.approx(2 * 0.70760, abs=5e-5)
    assert tied.pvalue(1.0) == pytest.approx(0.25, rel=1e-12)
    assert tied.pvalue(0.0) == 1
    assert tied.pvalue(2.5) == 0


def test_a_variance_of_zero_needs_no_width() -> None:
    still = SeedPart(number(0.0), number(1.0), 4)
    spread = Spread(number(0.0), 9.0, (still,), NEVER)
    assert spread.half_width(0.025) == 0
    assert spread.pvalue([0.0, 1e-9]).tolist() == [1, 0]
    # seeds add something at a node in ten, which is not enough for the tail .3
    rare = Spread(number(0.0), 9.0, (SeedPart(number(0.25), number(1.0), 4),), NEVER)
    assert rare.half_width(0.3) == 0
    assert rare.pvalue(rare.half_width(0.01)) == pytest.approx(0.02, rel=1e-9)


@pytest.mark.parametrize(
    ("df", "between", "S", "tail"), [(20.0, 0.3, 7, 0.005), (25.0, 2.0, 2, 0.02)]
)
def test_a_half_width_is_exact_where_only_some_nodes_have_a_variance(
    df: float, between: float, S: int, tail: float
) -> None:
    # p falls from below 1 beside 0 and is nearly flat at first: the search has to halve its bracket
    part = SeedPart(number(between), number(1.0), S)
    spread = Spread(number(0.0), df, (part,), NEVER)
    assert spread.pvalue(spread.half_width(tail)) == pytest.approx(2 * tail, rel=1e-9)


@pytest.mark.parametrize("tail", [0.0, -0.1, 0.6, 2.5])
def test_a_tail_beyond_a_half_is_refused(tail: float) -> None:
    with pytest.raises(ValueError, match=f"tail is {tail}; expected numbers above 0 and at most"):
        Spread(number(1.0), 9.0, (), NEVER).half_width(tail)

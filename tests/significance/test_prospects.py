"""What more seeds or queries buy, against the protocol's formula and values worked out by hand."""

from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from maw.significance import (
    Design,
    Interval,
    SeedTerm,
    contrast_design,
    crossed,
    equivalence_power,
    minimum_detectable_effect,
    power,
    prospects,
)

Scores = npt.NDArray[np.float64]


def varied(seed: int, *, S: int = 5, Q: int = 200) -> Scores:
    """Return scores [Q, S] with standard deviations .1 of query, .02 of seed, .05 of error."""
    generator = np.random.default_rng(seed)
    return (
        generator.normal(0.4, 0.1, (Q, 1))
        + generator.normal(0, 0.02, (1, S))
        + generator.normal(0, 0.05, (Q, S))
    )


def test_the_design_is_worked_out_by_hand(reference: dict[str, Any]) -> None:
    # R, from V_q .0007761291015624996, M_s and M_e of crossed_both_trained (statistics.json):
    # Q <- 8; ss <- c(.0038831979166666698 - .0005929122023809521,
    #                 .008995725000000003 - .0007975535714285711) / Q
    # se <- c(.0005929122023809521, .0007975535714285711); sq <- Q*.0007761291015624996 -
    #   sum(se/c(4, 5)); V <- sq/Q + sum(ss/c(4, 5) + se/(Q*c(4, 5)))
    example = reference["crossed_both_trained"]
    design = contrast_design(example["a"], example["b"])
    assert [term.seed for term in design.seed_terms] == pytest.approx(
        [0.00041128571428571, 0.00102477142857143], rel=1e-9
    )
    assert design.query == pytest.approx(0.00590129404761905, rel=1e-9)
    assert design.variance == pytest.approx(example["V"], rel=1e-12)


def test_shared_seeds_have_one_term_that_of_the_differences() -> None:
    a, b = varied(1, S=4), varied(2, S=4)
    design = contrast_design(a, b, seeds="shared")
    (term,) = design.seed_terms
    components = crossed(a, b, seeds="shared").components.difference
    assert components is not None
    assert (term.seed, term.error) == pytest.approx((components.seed, components.error), rel=1e-9)
    assert design.query == pytest.approx(components.query, rel=1e-9)
    assert len(contrast_design(a, b).seed_terms) == 2


@pytest.mark.parametrize("seeds", ["shared", "independent"])
def test_as_it_is_a_design_has_the_spread_of_the_test(seeds: Any) -> None:
    a, b, clusters = varied(3, Q=60), varied(4, Q=60), np.arange(60) // 4
    design = contrast_design(a, b, clusters, seeds=seeds)
    contrast = crossed(a, b, clusters, seeds=seeds)
    assert design.spread.half_width(0.01) == pytest.approx(contrast.half_width(0.01), rel=1e-9)
    assert (design.n_clusters, design.spread.query_df) == (15, 14)


def test_components_are_cut_at_zero() -> None:
    # query means are equal, so that V_q is 0, and so are the means of seeds
    errors = 0.1 * np.array([[1, -1, 1, -1], [-1, 1, -1, 1]] * 10)
    design = contrast_design(0.5 + errors + np.linspace(0, 1e-6, 20)[:, None], np.zeros((20, 1)))
    assert (design.query, design.seed_terms[0].seed) == (0, 0)
    assert design.seed_terms[0].seed_interval.low == 0
    assert design.query_variance == pytest.approx(design.seed_terms[0].error / 80)


def test_more_seeds_and_queries_give_the_formula_of_the_protocol() -> None:
    design = contrast_design(varied(5, S=4, Q=50), varied(6, S=1, Q=50))
    term = design.seed_terms[0]
    enlarged = design.enlarged(extra_seeds=6, query_factor=3)
    expected = design.query / 150 + term.seed / 10 + term.error / 1500
    assert enlarged.variance == pytest.approx(expected, rel=1e-12)
    assert (enlarged.n_queries, enlarged.n_clusters, enlarged.fewest_seeds) == (150, 150, 10)
    # expected mean squares: V_q holds the errors, and a does
    spread, (part,) = enlarged.spread, enlarged.spread.seed_parts
    assert float(spread.query_variance) == pytest.approx(design.query / 150 + term.error / 1500)
    assert float(part.between) == pytest.approx(term.seed / 10 + term.error / 1500)


def test_clusters_keep_their_sizes() -> None:
    sizes = np.array([30, 10, 10, 5, 5])
    clusters = np.repeat(np.arange(5), sizes)
    doubled = contrast_design(varied(7, Q=60), np.zeros((60, 1)), clusters).enlarged(query_factor=2)
    assert (doubled.n_queries, doubled.n_clusters) == (120, 10)
    # by hand: (2 * 60)^2 / (2 * (30^2 + 2 * 10^2 + 2 * 5^2)) = 6.261
    assert doubled.effective_clusters == pytest.approx(6.2609, abs=5e-5)


def test_prospects_say_what_five_seeds_or_twice_the_queries_buy() -> None:
    design = contrast_design(varied(8), varied(9), seeds="shared")
    present, five, ten, queries = prospects(design, alpha=0.05, sesoi=0.03)
    names = ["as it is", "5 more seeds", "10 more seeds", "twice the queries"]
    assert [p.name for p in (present, five, ten, queries)] == names
    assert (five.n_seeds, queries.n_seeds, queries.n_queries) == ((10,), (5,), 400)
    assert present.mde > five.mde > ten.mde
    assert present.mde > queries.mde
    spread = design.enlarged(extra_seeds=5).spread
    assert five.mde == minimum_detectable_effect(spread, alpha=0.05)
    assert five.power == power(spread, lead=0.03, alpha=0.05)
    assert five.p_equivalent == equivalence_power(spread, alpha=0.05, sesoi=0.03)
    assert five.half_width == float(spread.half_width(0.025))
    for p in (present, five, ten, queries):
        assert p.mde_range.low <= p.mde <= p.mde_range.high
        assert p.p_equivalent_range.low <= p.p_equivalent <= p.p_equivalent_range.high
    # five seeds say little about how much seeds vary
    assert present.mde_range.high > 1.8 * present.mde_range.low


def test_each_of_two_controls_needs_more() -> None:
    design = contrast_design(varied(8), varied(9), seeds="shared")
    (one, *_), (two, *_) = (prospects(design, alpha=0.05, n_controls=K) for K in (1, 2))
    assert two.mde == minimum_detectable_effect(design.spread, alpha=0.05, target=0.8**0.5)
    assert two.mde > one.mde
    assert isnan(one.power)
    assert isnan(one.p_equivalent)


def test_fixed_systems_have_no_seeds_to_add() -> None:
    generator = np.random.default_rng(8)
    a, b = generator.random((40, 1)), generator.random((40, 1))
    forecasts = prospects(contrast_design(a, b), alpha=0.05)
    assert [p.name for p in forecasts] == ["as it is", "twice the queries"]
    assert forecasts[0].standard_error == pytest.approx(crossed(a, b).standard_error)
    assert forecasts[0].mde_range == (forecasts[0].mde, forecasts[0].mde)


def test_two_seeds_decide_nothing_but_seven_do() -> None:
    forecasts = prospects(contrast_design(varied(1, S=2), varied(2, S=2)), alpha=0.05, sesoi=0.02)
    present, five, *_ = forecasts
    assert isnan(present.mde)
    assert isnan(present.half_width)
    assert isnan(present.p_equivalent)
    assert five.mde > 0


def test_without_any_spread_nothing_can_be_planned() -> None:
    (present, *_) = prospects(contrast_design(np.full((20, 1), 0.5), np.zeros((20, 1))), alpha=0.05)
    assert isnan(present.mde)


def test_ties_bound_what_can_be_found_as_in_the_test() -> None:
    never = contrast_design(np.zeros((40, 4)), np.zeros((40, 4)), seeds="shared")
    present, five, *_ = prospects(never, alpha=0.05)
    # by hand: 1 - .025^(1/4) = .6024, and with nine seeds 1 - .025^(1/9) = .3363
    assert (present.mde, five.mde) == pytest.approx((0.6024, 0.3363), abs=5e-5)
    few = np.zeros((40, 1))
    few[:3] = [[0.1], [-0.1], [0.2]]
    (present, queries) = prospects(contrast_design(few, np.zeros((40, 1))), alpha=0.05)
    # by hand: 1 - .025^(1/40) = .0881, and with 80 queries .0451
    assert present.half_width == pytest.approx(0.0881, abs=5e-5)
    assert queries.half_width == pytest.approx(0.0451, abs=5e-5)


def test_an_experiment_too_small_to_be_one_is_refused() -> None:
    design = contrast_design(varied(1, S=3, Q=9), np.zeros((9, 1)))
    with pytest.raises(ValueError, match="at least 2 of each"):
        design.enlarged(extra_seeds=-2)
    with pytest.raises(ValueError, match="shared seeds come in pairs"):
        contrast_design(np.zeros((9, 3)), np.zeros((9, 2)), seeds="shared")


def test_swapping_systems_and_relabelling_seeds_keep_the_prospects() -> None:
    generator = np.random.default_rng(9)
    a, b = generator.random((30, 4)), generator.random((30, 6))
    original = prospects(contrast_design(a, b), alpha=0.05, sesoi=0.1)
    swapped = prospects(contrast_design(b[::-1, ::-1], a[::-1]), alpha=0.05, sesoi=0.1)
    for p, q in zip(original, swapped, strict=True):
        assert (q.mde, q.p_equivalent) == pytest.approx((p.mde, p.p_equivalent), rel=1e-9)


def test_two_queries_and_two_seeds_are_the_fewest() -> None:
    term = SeedTerm(seed=0.1, seed_interval=Interval(0, 1), error=0.1, n_seeds=3)
    design = Design(
        query=0.1, seed_terms=(term,), n_queries=4, n_clusters=4, effective_clusters=4.0
    )
    smallest = design.enlarged(extra_seeds=-1, query_factor=0.5)
    assert (smallest.n_queries, smallest.n_clusters, smallest.fewest_seeds) == (2, 2, 2)
    with pytest.raises(ValueError, match="1 independent queries and .* at least 2 of each"):
        design.enlarged(query_factor=0.25)

"""What more seeds or queries buy, against R's arithmetic and the values worked out by hand."""

import numpy as np
import pytest

from maw.significance import (
    Reason,
    contrast_design,
    crossed,
    crossed_many,
    planned_power,
    prospects,
)


def test_the_design_is_worked_out_by_hand(reference: dict) -> None:
    # R, from V_q .0007761291015624996, M_s and M_e of crossed_both_trained (statistics.json):
    # Q <- 8; ss <- c(.0038831979166666698 - .0005929122023809521,
    #                 .008995725000000003 - .0007975535714285711) / Q
    # se <- c(.0005929122023809521, .0007975535714285711); sq <- Q*.0007761291015624996 -
    #   sum(se/c(4, 5)); V <- sq/Q + sum(ss/c(4, 5) + se/(Q*c(4, 5)))
    known = reference["crossed_both_trained"]
    design = contrast_design(known["a"], known["b"])
    assert [side.seed for side in design.sides] == pytest.approx(
        [0.00041128571428571, 0.00102477142857143], rel=1e-9
    )
    assert design.query == pytest.approx(0.00590129404761905, rel=1e-9)
    assert design.variance == pytest.approx(known["V"], rel=1e-12)
    # the observed test has the same V and, with components above 0, the same expected squares
    assert design.df == pytest.approx(known["df"], rel=1e-12)


def test_the_seedless_and_the_clustered_design_too(reference: dict) -> None:
    for name in ("crossed_seedless_baseline", "crossed_clustered"):
        known = reference[name]
        design = contrast_design(known["a"], known["b"], known.get("clusters"))
        assert design.variance == pytest.approx(known["V"], rel=1e-12)
        assert design.df == pytest.approx(known["df"], rel=1e-12)


def test_where_the_floor_binds_each_side_is_cut_at_zero(reference: dict) -> None:
    known = reference["crossed_floor_binds"]
    design = contrast_design(known["a"], known["b"])
    assert design.sides[1].seed == 0
    assert design.sides[1].seed_interval.low == 0
    assert design.variance > known["V"]  # side a's seeds count, side b's cannot pay for them


def test_more_seeds_and_queries_give_the_formula_of_the_protocol() -> None:
    generator = np.random.default_rng(5)
    a = generator.normal(0, 0.2, (50, 1)) + generator.normal(0, 0.05, (50, 4))
    a += generator.normal(0, 0.05, 4)
    design = contrast_design(a, generator.normal(0, 0.2, (50, 1)))
    side = design.sides[0]
    more = design.more(seeds=6, queries=3)
    expected = design.query / 150 + side.seed / 10 + side.error / 1500
    assert more.variance == pytest.approx(expected, rel=1e-12)
    assert (more.n_queries, more.n_units, more.sides[0].n_seeds) == (150, 150, 10)


def test_clusters_keep_their_size() -> None:
    generator = np.random.default_rng(6)
    a = np.repeat(generator.normal(0, 0.2, (10, 1)), 6, axis=0) + generator.normal(0, 0.1, (60, 5))
    twice = contrast_design(a, np.zeros((60, 1)), np.arange(60) // 6).more(queries=2)
    assert (twice.n_queries, twice.n_units) == (120, 20)
    assert twice.df == pytest.approx(19, rel=0.02)  # nothing but queries: C′ − 1


def test_prospects_say_what_five_seeds_or_twice_the_queries_buy() -> None:
    generator = np.random.default_rng(7)
    a, b = (
        generator.normal(0.4, 0.1, (200, 1))
        + generator.normal(0, 0.02, (1, 5))
        + generator.normal(0, 0.05, (200, 5))
        for _ in "ab"
    )
    now, five, ten, queries = prospects(contrast_design(a, b), alpha=0.05, sesoi=0.03)
    assert [p.name for p in (now, five, ten, queries)] == [
        "as it is",
        "5 more seeds",
        "10 more seeds",
        "twice the queries",
    ]
    assert (five.n_seeds, queries.n_seeds, queries.n_queries) == ((10, 10), (5, 5), 400)
    assert now.mde > five.mde > ten.mde
    assert now.mde > queries.mde
    for p in (now, five, ten, queries):
        assert p.mde_range.low <= p.mde <= p.mde_range.high
        assert p.p_equivalent is not None
        assert p.p_equivalent_range is not None
        assert p.p_equivalent_range.low >= p.p_equivalent >= p.p_equivalent_range.high
    assert now.mde_range.high > 1.8 * now.mde_range.low  # five seeds know little of their spread


def test_fixed_systems_have_no_seeds_to_add() -> None:
    generator = np.random.default_rng(8)
    a, b = generator.random((40, 1)), generator.random((40, 1))
    found = prospects(contrast_design(a, b, trained=(True, False)), alpha=0.05)
    assert [p.name for p in found] == ["as it is", "twice the queries"]
    assert found[0].p_equivalent is None
    assert found[0].variance == pytest.approx(crossed(a, b).variance)
    assert [(flag.reason, flag.blocks) for flag in found[0].flags] == [(Reason.ONE_SEED, True)]


def test_planned_power_is_that_of_r() -> None:
    # R: power.t.test(n = 20, delta = .5, sd = 1, type = "paired", strict = TRUE): power .564504418
    d = np.arange(20.0)
    d = (d - d.mean()) / d.std(ddof=1)
    design = contrast_design(d[:, None], np.zeros((20, 1)))
    assert planned_power(design, effect=0.5, alpha=0.05) == pytest.approx(0.564504418, abs=5e-9)


def test_an_experiment_too_small_to_be_one_is_refused() -> None:
    design = contrast_design(np.random.default_rng(1).random((9, 3)), np.zeros((9, 1)))
    with pytest.raises(ValueError, match="at least 2 of each"):
        design.more(seeds=-2)
    with pytest.raises(ValueError, match="linked seeds come in pairs"):
        contrast_design(np.zeros((9, 3)), np.zeros((9, 2)), linked=True)


def test_swapping_sides_and_relabelling_seeds_keep_the_prospects() -> None:
    generator = np.random.default_rng(9)
    a, b = generator.random((30, 4)), generator.random((30, 6))
    here = prospects(contrast_design(a, b), alpha=0.05, sesoi=0.1)
    there = prospects(contrast_design(b[::-1, ::-1], a[::-1]), alpha=0.05, sesoi=0.1)
    for p, q in zip(here, there, strict=True):
        assert (q.mde, q.p_equivalent) == pytest.approx((p.mde, p.p_equivalent), rel=1e-9)


def together(generator: np.random.Generator, *, S: int, share: float, query: float = 0.03) -> tuple:
    """Two tables [60, S] whose seeds of one number err alike by `share` of the errors' variance."""
    common, hard = generator.normal(0, 0.1, (60, S)), generator.normal(0.5, 0.2, (60, 1))
    return tuple(
        hard
        + generator.normal(0, query, (60, 1))
        + np.sqrt(share) * common
        + np.sqrt(1 - share) * generator.normal(0, 0.1, (60, S))
        for _ in "ab"
    )


@pytest.mark.parametrize("share", [0.0, 0.7])
def test_seeds_that_share_their_batches_go_on_doing_so(share: float) -> None:
    # V_q at 12 seeds, as simulated, is what plans made of 4 seeds expect; the formula that takes
    # errors of one number as unrelated expects .0018/60 + .02/(12·60) in place of the .0018/60 +
    # .006/(12·60) of share .7
    generator = np.random.default_rng(10)
    known = (2 * 0.03**2 + 2 * (1 - share) * 0.1**2 / 12) / 60
    planned = [
        contrast_design(*together(generator, S=4, share=share), numbered=True).more(seeds=8)
        for _ in range(300)
    ]
    expected = np.mean([design.query_variance for design in planned])
    assert expected == pytest.approx(known, rel=0.08)
    found = np.mean([design.shared > 0 for design in planned])
    assert found < 0.02 if share == 0 else found == 1


def test_what_seeds_share_is_needed_to_predict_the_power_that_they_reach() -> None:
    # V of a test on 12 + 12 seeds has the errors' covariance in it, through V_q. Seen here: the
    # difference is found in 48 % of experiments; plans made of 4 + 4 seeds say 47 %, those that
    # leave the covariance out 71 %: what is missing from V_q is taken for queries
    generator = np.random.default_rng(12)
    kind = {"share": 0.9, "query": 0.055}
    effect, tests = 0.02, [together(generator, S=12, **kind) for _ in range(1_000)]
    a, b = (np.stack(side) for side in zip(*tests, strict=True))
    found = float(np.mean(crossed_many(a + effect, b, np.arange(60)).pvalue < 0.05))
    pilots = [together(generator, S=4, **kind) for _ in range(100)]
    with_it, without = (
        np.mean(
            [
                planned_power(
                    contrast_design(*pilot, numbered=numbered).more(seeds=8),
                    effect=effect,
                    alpha=0.05,
                )
                for pilot in pilots
            ]
        )
        for numbered in (True, False)
    )
    assert with_it == pytest.approx(found, abs=0.07)  # four standard errors of 1,000 tests
    assert without > found + 0.15


def test_numbers_mean_nothing_where_they_share_nothing_or_are_not_said_to() -> None:
    generator = np.random.default_rng(11)
    a, b = together(generator, S=5, share=0.9)
    assert contrast_design(a, b).shared == 0
    assert contrast_design(a, b[:, :4], numbered=True).shared == 0
    assert contrast_design(a, b[:, [1, 2, 3, 4, 0]], numbered=True).shared == 0
    now = contrast_design(a, b, numbered=True)
    checkpoints = crossed(a.mean(axis=1, keepdims=True), b.mean(axis=1, keepdims=True))
    assert now.query_variance == pytest.approx(checkpoints.variance, rel=1e-9)
    swapped = contrast_design(b, a, numbered=True)
    assert swapped.variance == pytest.approx(now.variance, rel=1e-12)

"""What more seeds or queries buy, against R's arithmetic and the values worked out by hand."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from maw.significance import (
    Design,
    Interval,
    Reason,
    SeedTerm,
    contrast_design,
    crossed,
    crossed_many,
    planned_power,
    prospects,
)

Scores = npt.NDArray[np.float64]


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
    # the observed test has the same V and, with components above 0, the same expected squares
    assert design.df == pytest.approx(example["df"], rel=1e-12)


def test_the_seedless_and_the_clustered_design_too(reference: dict[str, Any]) -> None:
    for name in ("crossed_seedless_baseline", "crossed_clustered"):
        example = reference[name]
        design = contrast_design(example["a"], example["b"], example.get("clusters"))
        assert design.variance == pytest.approx(example["V"], rel=1e-12)
        assert design.df == pytest.approx(example["df"], rel=1e-12)


def test_where_the_floor_binds_each_system_is_cut_at_zero(reference: dict[str, Any]) -> None:
    example = reference["crossed_floor_binds"]
    design = contrast_design(example["a"], example["b"])
    assert design.seed_terms[1].seed == 0
    assert design.seed_terms[1].seed_interval.low == 0
    assert design.variance > example["V"]  # a's seeds add, and b's cannot take that away


def test_more_seeds_and_queries_give_the_formula_of_the_protocol() -> None:
    generator = np.random.default_rng(5)
    a = generator.normal(0, 0.2, (50, 1)) + generator.normal(0, 0.05, (50, 4))
    a += generator.normal(0, 0.05, 4)
    design = contrast_design(a, generator.normal(0, 0.2, (50, 1)))
    term = design.seed_terms[0]
    enlarged = design.enlarged(extra_seeds=6, query_factor=3)
    expected = design.query / 150 + term.seed / 10 + term.error / 1500
    assert enlarged.variance == pytest.approx(expected, rel=1e-12)
    assert (enlarged.n_queries, enlarged.n_units, enlarged.seed_terms[0].n_seeds) == (150, 150, 10)


def test_clusters_keep_their_size() -> None:
    generator = np.random.default_rng(6)
    a = np.repeat(generator.normal(0, 0.2, (10, 1)), 6, axis=0) + generator.normal(0, 0.1, (60, 5))
    doubled = contrast_design(a, np.zeros((60, 1)), np.arange(60) // 6).enlarged(query_factor=2)
    assert (doubled.n_queries, doubled.n_units) == (120, 20)
    assert doubled.df == pytest.approx(19, rel=0.02)  # nothing but queries: C′ − 1


def test_prospects_say_what_five_seeds_or_twice_the_queries_buy() -> None:
    generator = np.random.default_rng(7)
    a, b = (
        generator.normal(0.4, 0.1, (200, 1))
        + generator.normal(0, 0.02, (1, 5))
        + generator.normal(0, 0.05, (200, 5))
        for _ in "ab"
    )
    present, five, ten, queries = prospects(contrast_design(a, b), alpha=0.05, sesoi=0.03)
    assert [p.name for p in (present, five, ten, queries)] == [
        "as it is",
        "5 more seeds",
        "10 more seeds",
        "twice the queries",
    ]
    assert (five.n_seeds, queries.n_seeds, queries.n_queries) == ((10, 10), (5, 5), 400)
    assert present.mde > five.mde > ten.mde
    assert present.mde > queries.mde
    for p in (present, five, ten, queries):
        assert p.mde_range.low <= p.mde <= p.mde_range.high
        assert p.p_equivalent is not None
        assert p.p_equivalent_range is not None
        assert p.p_equivalent_range.low <= p.p_equivalent <= p.p_equivalent_range.high
    assert (
        present.mde_range.high > 1.8 * present.mde_range.low
    )  # five seeds know little of their spread


def test_fixed_systems_have_no_seeds_to_add() -> None:
    generator = np.random.default_rng(8)
    a, b = generator.random((40, 1)), generator.random((40, 1))
    forecasts = prospects(contrast_design(a, b, trained=(True, False)), alpha=0.05)
    assert [p.name for p in forecasts] == ["as it is", "twice the queries"]
    assert forecasts[0].p_equivalent is None
    assert forecasts[0].variance == pytest.approx(crossed(a, b).variance)
    assert [(flag.reason, flag.blocks) for flag in forecasts[0].flags] == [(Reason.ONE_SEED, True)]


def test_planned_power_is_that_of_r() -> None:
    # R: power.t.test(n = 20, delta = .5, sd = 1, type = "paired", strict = TRUE): power .564504418
    d = np.arange(20.0)
    d = (d - d.mean()) / d.std(ddof=1)
    design = contrast_design(d[:, None], np.zeros((20, 1)))
    assert planned_power(design, effect=0.5, alpha=0.05) == pytest.approx(0.564504418, abs=5e-9)


def test_an_experiment_too_small_to_be_one_is_refused() -> None:
    design = contrast_design(np.random.default_rng(1).random((9, 3)), np.zeros((9, 1)))
    with pytest.raises(ValueError, match="at least 2 of each"):
        design.enlarged(extra_seeds=-2)
    with pytest.raises(ValueError, match="linked seeds come in pairs"):
        contrast_design(np.zeros((9, 3)), np.zeros((9, 2)), linked=True)


def test_swapping_systems_and_relabelling_seeds_keep_the_prospects() -> None:
    generator = np.random.default_rng(9)
    a, b = generator.random((30, 4)), generator.random((30, 6))
    original = prospects(contrast_design(a, b), alpha=0.05, sesoi=0.1)
    swapped = prospects(contrast_design(b[::-1, ::-1], a[::-1]), alpha=0.05, sesoi=0.1)
    for p, q in zip(original, swapped, strict=True):
        assert (q.mde, q.p_equivalent) == pytest.approx((p.mde, p.p_equivalent), rel=1e-9)


def tables_with_shared_batches(
    generator: np.random.Generator, *, S: int, share: float, query: float = 0.03
) -> tuple[Scores, Scores]:
    """Return two tables [60, S] whose seeds share this part of the variance of their errors."""
    common, hard = generator.normal(0, 0.1, (60, S)), generator.normal(0.5, 0.2, (60, 1))
    a, b = (
        hard
        + generator.normal(0, query, (60, 1))
        + np.sqrt(share) * common
        + np.sqrt(1 - share) * generator.normal(0, 0.1, (60, S))
        for _ in "ab"
    )
    return a, b


@pytest.mark.parametrize("share", [0.0, 0.7])
def test_seeds_that_share_their_batches_go_on_doing_so(share: float) -> None:
    # plans from 4 seeds expect the simulated V_q of 12 seeds. With share .7 it is .0018/60 +
    # .006/(12·60); a formula for unrelated errors would expect .0018/60 + .02/(12·60)
    generator = np.random.default_rng(10)
    true_variance = (2 * 0.03**2 + 2 * (1 - share) * 0.1**2 / 12) / 60
    designs = [
        contrast_design(
            *tables_with_shared_batches(generator, S=4, share=share), same_seed_labels=True
        ).enlarged(extra_seeds=8)
        for _ in range(300)
    ]
    expected = np.mean([design.query_variance for design in designs])
    assert expected == pytest.approx(true_variance, rel=0.08)
    rate = np.mean([design.error_covariance > 0 for design in designs])
    assert rate < 0.02 if share == 0 else rate == 1


def test_what_seeds_share_is_needed_to_predict_the_power_that_they_reach() -> None:
    # V of a test on 12 + 12 seeds contains the covariance of the errors, through V_q. Observed: the
    # difference is found in 48 % of experiments. Plans from 4 + 4 seeds say 47 %, and 71 % without
    # the covariance: then a smaller V_q is mistaken for a smaller variance of queries
    generator = np.random.default_rng(12)
    variances = {"share": 0.9, "query": 0.055}
    effect, tests = (
        0.02,
        [tables_with_shared_batches(generator, S=12, **variances) for _ in range(1_000)],
    )
    a, b = (np.stack(table) for table in zip(*tests, strict=True))
    power = float(np.mean(crossed_many(a + effect, b, np.arange(60)).pvalue < 0.05))
    pilots = [tables_with_shared_batches(generator, S=4, **variances) for _ in range(100)]
    with_covariance, without = (
        np.mean(
            [
                planned_power(
                    contrast_design(*pilot, same_seed_labels=same_seed_labels).enlarged(
                        extra_seeds=8
                    ),
                    effect=effect,
                    alpha=0.05,
                )
                for pilot in pilots
            ]
        )
        for same_seed_labels in (True, False)
    )
    assert with_covariance == pytest.approx(power, abs=0.07)  # four standard errors of 1,000 tests
    assert without > power + 0.15


def test_seed_labels_mean_nothing_where_they_share_nothing_or_are_not_said_to() -> None:
    generator = np.random.default_rng(11)
    a, b = tables_with_shared_batches(generator, S=5, share=0.9)
    assert contrast_design(a, b).error_covariance == 0
    assert contrast_design(a, b[:, :4], same_seed_labels=True).error_covariance == 0
    assert contrast_design(a, b[:, [1, 2, 3, 4, 0]], same_seed_labels=True).error_covariance == 0
    design = contrast_design(a, b, same_seed_labels=True)
    checkpoints = crossed(a.mean(axis=1, keepdims=True), b.mean(axis=1, keepdims=True))
    assert design.query_variance == pytest.approx(checkpoints.variance, rel=1e-9)
    swapped = contrast_design(b, a, same_seed_labels=True)
    assert swapped.variance == pytest.approx(design.variance, rel=1e-12)


def test_a_range_holds_what_is_planned_though_seeds_share_their_errors() -> None:
    # V_q is small beside the errors: without σ²_s the df fall, and the mde rises
    seed_terms = (
        SeedTerm(4e-4, Interval(0, 4e-3), 0.0186, 5),
        SeedTerm(1e-5, Interval(0, 1e-3), 0.0191, 5),
    )
    design = Design(
        query=1e-3,
        seed_terms=seed_terms,
        n_queries=550,
        n_units=187,
        flags=(),
        error_covariance=0.017,
    )
    for forecast in prospects(design, alpha=0.025, sesoi=0.02):
        assert forecast.mde_range.low <= forecast.mde <= forecast.mde_range.high
        assert forecast.p_equivalent is not None
        assert forecast.p_equivalent_range is not None
        assert (
            forecast.p_equivalent_range.low
            <= forecast.p_equivalent
            <= forecast.p_equivalent_range.high
        )


@pytest.mark.parametrize(("factor", "counts"), [(1.001, True), (0.999, False)])
def test_errors_count_as_shared_from_three_standard_errors_on(factor: float, counts: bool) -> None:
    # under independence their correlation has the standard error 1/sqrt((Q - 1)(S - 1))
    Q, S = 30, 5
    generator = np.random.default_rng(13)
    u, v = (generator.normal(size=(Q, S)) for _ in "uv")
    for errors in (u, v):
        errors -= errors.mean(axis=1, keepdims=True)
        errors -= errors.mean(axis=0)
    v -= u * np.sum(u * v) / np.sum(u * u)
    v *= np.sqrt(np.sum(u * u) / np.sum(v * v))
    correlation = factor * 3 / np.sqrt((Q - 1) * (S - 1))
    b = correlation * u + np.sqrt(1 - correlation**2) * v
    design = contrast_design(u, b, same_seed_labels=True)
    assert (design.error_covariance > 0) is counts
    if counts:
        expected = correlation * np.sum(u * u) / ((Q - 1) * (S - 1))
        assert design.error_covariance == pytest.approx(expected, rel=1e-9)


def test_two_queries_and_two_seeds_are_the_fewest() -> None:
    design = contrast_design(np.random.default_rng(2).random((4, 3)), np.zeros((4, 1)))
    smallest = design.enlarged(extra_seeds=-1, query_factor=0.5)
    assert (smallest.n_queries, smallest.n_units, smallest.seed_terms[0].n_seeds) == (2, 2, 2)
    with pytest.raises(ValueError, match="1 independent queries and .* at least 2 of each"):
        design.enlarged(query_factor=0.25)


def test_without_any_spread_every_effect_is_found() -> None:
    design = Design(query=0.0, seed_terms=(), n_queries=9, n_units=9)
    assert planned_power(design, effect=0.1, alpha=0.05) == 1
    assert planned_power(design, effect=0.0, alpha=0.05) == 0

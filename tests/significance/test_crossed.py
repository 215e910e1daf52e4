"""The deciding test against values computed independently of it, and its symmetries."""

from dataclasses import FrozenInstanceError
from math import isnan
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from maw.significance import (
    Contrast,
    Seeds,
    crossed,
    crossed_many,
    mean_squares,
    query_differences,
)

LAYOUTS = ["both_trained", "floor_binds", "seedless_baseline", "clustered"]

Layout = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], list[int]]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_crossed_gives_the_values_worked_out_by_hand(
    layout: str, reference: dict[str, Any]
) -> None:
    # statistics.json, crossed_*: "by hand from the formulas ..., independently of the project"
    example = reference[f"crossed_{layout}"]
    contrast = crossed(example["a"], example["b"], example.get("clusters"))
    assert contrast.mean == pytest.approx(example["mean"], rel=1e-12)
    assert contrast.variance == pytest.approx(example["V"], rel=1e-12)
    assert contrast.statistic == pytest.approx(example["T"], rel=1e-12)
    assert contrast.df == pytest.approx(example["df"], rel=1e-12)
    assert contrast.pvalue_satterthwaite == pytest.approx(example["p"], rel=1e-10)


def test_satterthwaites_test_of_shared_seeds_is_kenward_rogers(reference: dict[str, Any]) -> None:
    # R: anova(lmer(y ~ sys + (1|q) + (1|s) + (1|q:sys) + (1|s:sys) + (1|q:s)),
    #          ddf = "Kenward-Roger"): F .6475, df 22.962, p .4292
    example = reference["crossed_shared_kenward_roger"]
    contrast = crossed(example["a"], example["b"], seeds="shared")
    assert contrast.statistic**2 == pytest.approx(example["F"], abs=5e-5)
    assert contrast.df == pytest.approx(example["df"], abs=1e-3)  # lmer stops at its tolerance
    assert contrast.pvalue_satterthwaite == pytest.approx(example["p"], abs=5e-5)


def test_components_are_those_of_lme4(reference: dict[str, Any]) -> None:
    # R: lmer(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin); .7169, 3.7309, .3024
    example = reference["penicillin"]
    plates = np.array(example["rows"], dtype=float)
    component = crossed(plates, plates[:, :1]).components.a
    assert component.query == pytest.approx(0.7169, abs=5e-5)
    assert component.seed == pytest.approx(3.7309, abs=5e-5)
    assert component.error == pytest.approx(0.3024, abs=5e-5)
    assert mean_squares(plates).query == pytest.approx(example["MS_q"], rel=1e-12)


def test_one_seed_each_is_the_paired_t_test(reference: dict[str, Any]) -> None:
    # R: with(sleep, t.test(extra[group == 1], extra[group == 2], paired = TRUE)); Student 1908
    #    t = -4.0621, df = 9, p-value = 0.002833, interval -2.4598858 -0.7001142
    example = reference["paired_t_sleep"]
    contrast = crossed(np.array(example["a"])[:, None], np.array(example["b"])[:, None])
    assert contrast.df == 9
    assert contrast.pvalue == pytest.approx(0.002833, abs=5e-7)
    assert contrast.confidence_interval() == pytest.approx((-2.4598858, -0.7001142), abs=5e-8)
    assert isnan(contrast.components.a.seed)
    assert isnan(contrast.components.a.error)


def test_interval_excludes_zero_exactly_when_p_is_below_its_level(
    reference: dict[str, Any],
) -> None:
    example = reference["crossed_both_trained"]
    contrast = crossed(example["a"], example["b"], measure_range=0.1)
    interval = contrast.confidence_interval(1 - contrast.pvalue)
    assert interval.low == pytest.approx(0, abs=1e-9)
    assert interval.high == pytest.approx(2 * contrast.mean)


def test_each_query_in_its_own_cluster_changes_nothing(reference: dict[str, Any]) -> None:
    example = reference["crossed_both_trained"]
    plain = crossed(example["a"], example["b"])
    alone = crossed(example["a"], example["b"], clusters=list("hgfedcba"))
    assert alone.pvalue == pytest.approx(plain.pvalue, rel=1e-12)


def test_the_result_is_frozen(reference: dict[str, Any]) -> None:
    contrast = crossed([[0.1], [0.4]], [[0.3], [0.2]])
    with pytest.raises(FrozenInstanceError):
        contrast.mean = 1.0  # type: ignore[misc]


def test_systems_that_never_differ_have_p_one() -> None:
    a = np.full((6, 5), 0.63093)
    contrast = crossed(a, a[:, :1])  # five equal scores: their mean may differ in its last bit
    assert (contrast.pvalue, contrast.mean) == (1.0, 0.0)
    # n = min(6 queries, 5 seeds)
    assert contrast.half_width(0.025) == pytest.approx(1 - 0.025 ** (1 / 5), rel=1e-12)


def test_three_tied_queries_say_almost_nothing() -> None:
    # by hand: 1 - .025^(1/3) = .7076; they used to read "equivalent"
    contrast = crossed([[0.5], [0.2], [1.0]], [[0.5], [0.2], [1.0]])
    assert (contrast.pvalue, contrast.mean) == (1.0, 0.0)
    assert contrast.confidence_interval() == pytest.approx((-0.70760, 0.70760), abs=5e-6)
    percent = crossed([[50], [20], [100]], [[50], [20], [100]], measure_range=100)
    assert percent.confidence_interval() == pytest.approx((-70.760, 70.760), abs=5e-4)


def test_the_same_difference_on_every_query_is_not_estimable() -> None:
    b = np.array([[0.3], [0.7], [0.11], [0.9]])
    contrast = crossed(b - 0.1, b)
    assert not contrast.estimable
    assert isnan(contrast.pvalue)
    assert isnan(contrast.confidence_interval().low)
    assert contrast.mean == pytest.approx(-0.1)


def test_clusters_that_cancel_leave_no_spread_to_test_against() -> None:
    d = np.array([0.1, 0.3, 0.3, 0.1])
    contrast = crossed(d[:, None], np.zeros((4, 1)), clusters=[0, 0, 1, 1])
    assert not contrast.estimable


@pytest.mark.parametrize(
    ("a", "b", "clusters", "message"),
    [
        ([[0.1], [np.nan]], [[0.1], [0.2]], None, r"a\[1, 0\] is nan; it must be finite"),
        ([[0.1], [0.2]], [[0.1], [np.inf]], None, r"b\[1, 0\] is inf"),
        ([[0.1], [0.2]], [[0.1]] * 3, None, "a has 2 queries and b has 3"),
        ([[0.1]], [[0.1]], None, "a has 1 queries"),
        ([0.1, 0.2], [[0.1], [0.2]], None, "a has 1 axes"),
        ([[], []], [[0.1], [0.2]], None, "a has no column"),
        ([[0.1], [0.2]], [[0.1], [0.2]], ["x"], "one label for each of the 2 queries"),
        ([[0.1], [0.2]], [[0.1], [0.2]], ["x", "x"], "at least 2 clusters"),
    ],
)
def test_unusable_scores_are_named(a: Any, b: Any, clusters: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        crossed(a, b, clusters)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_outside_zero_to_one_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match=f"level is {level}; expected a number between 0 and 1"):
        crossed([[0.1], [0.4]], [[0.3], [0.2]]).confidence_interval(level)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Scores in thousandths, so that no property hangs on the last bit of a float."""
    Q = draw(st.integers(2, 9))
    tables = [
        draw(arrays(np.int64, (Q, draw(st.integers(1, 4))), elements=st.integers(0, 1000))) / 1000
        for _ in range(2)
    ]
    clusters = draw(st.lists(st.integers(0, 3), min_size=Q, max_size=Q))
    return tables[0], tables[1], clusters if len(set(clusters)) > 1 else list(range(Q))


def assert_same(left: Contrast, right: Contrast, *, sign: int = 1, scale: float = 1.0) -> None:
    assert right.mean == pytest.approx(sign * scale * left.mean, abs=1e-12 * scale)
    assert right.variance == pytest.approx(scale**2 * left.variance, rel=1e-9, abs=1e-25 * scale**2)
    assert right.pvalue == pytest.approx(left.pvalue, rel=1e-6, abs=1e-12, nan_ok=True)
    assert right.df == pytest.approx(left.df, rel=1e-6, nan_ok=True)
    for tail in (0.025, 0.001):
        expected = scale * left.half_width(tail)
        assert right.half_width(tail) == pytest.approx(expected, rel=1e-6, abs=1e-9, nan_ok=True)


@given(layouts())
@settings(max_examples=40, deadline=None)
def test_swapping_the_systems_flips_the_sign_and_keeps_p(layout: Layout) -> None:
    a, b, clusters = layout
    assert_same(crossed(a, b, clusters), crossed(b, a, clusters), sign=-1)


@given(layouts(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_relabelling_seeds_and_permuting_queries_changes_nothing(
    layout: Layout, random: Random
) -> None:
    a, b, clusters = layout
    queries = random.sample(range(len(a)), len(a))
    seeds_a = random.sample(range(a.shape[1]), a.shape[1])
    seeds_b = random.sample(range(b.shape[1]), b.shape[1])
    names = [f"cluster {clusters[q]}" for q in queries]
    shuffled = crossed(a[queries][:, seeds_a], b[queries][:, seeds_b], names)
    assert_same(crossed(a, b, clusters), shuffled)


@given(layouts(), st.sampled_from([1e-6, 0.25, 100.0]))
@settings(max_examples=40, deadline=None)
def test_the_unit_of_the_measure_does_not_matter(layout: Layout, scale: float) -> None:
    a, b, clusters = layout
    scaled = crossed(scale * a, scale * b, clusters, measure_range=scale)
    assert_same(crossed(a, b, clusters), scaled, scale=scale)


@given(layouts())
@settings(max_examples=40, deadline=None)
def test_a_system_never_differs_from_its_copy(layout: Layout) -> None:
    a, _, clusters = layout
    assert crossed(a, a.copy(), clusters).pvalue == 1.0


@given(layouts())
@settings(max_examples=40, deadline=None)
def test_seeds_never_make_the_variance_smaller_than_queries_alone(layout: Layout) -> None:
    a, b, clusters = layout
    alone = crossed(a.mean(axis=1, keepdims=True), b.mean(axis=1, keepdims=True), clusters)
    assert crossed(a, b, clusters).variance >= alone.variance * (1 - 1e-9)


def test_without_seeds_it_is_scipys_paired_t_test() -> None:
    generator = np.random.default_rng(3)
    a, b = generator.random((40, 1)), generator.random((40, 1))
    expected = stats.ttest_rel(a[:, 0], b[:, 0])
    contrast = crossed(a, b)
    assert contrast.statistic == pytest.approx(expected.statistic)
    assert contrast.pvalue == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("seeds", ["shared", "independent"])
def test_a_five_percent_test_errs_in_at_most_five_percent_of_null_experiments(seeds: Seeds) -> None:
    # 1,500 experiments have a standard error of .006; independent seeds err less often than 5 %
    # where seeds vary little (test_size.py)
    generator = np.random.default_rng(11)
    n, Q, S = 1500, 60, 5
    query = generator.normal(0, 0.3, (n, Q, 1))
    a, b = (
        query
        + generator.normal(0, 0.05, (n, Q, 1))
        + generator.normal(0, 0.01, (n, 1, S))
        + generator.normal(0, 0.1, (n, Q, S))
        for _ in "ab"
    )
    rejected = crossed_many(a, b, np.arange(Q), seeds=seeds).pvalue < 0.05
    assert (0.03 if seeds == "shared" else 0.01) < rejected.mean() < 0.07


def test_equal_means_over_seeds_are_no_difference() -> None:
    a = np.full((4, 5), 0.1 + 0.2)
    assert query_differences(a, np.full((4, 1), 0.3)).tolist() == [0.0] * 4


def test_shared_seeds_are_tested_on_their_differences(reference: dict[str, Any]) -> None:
    # R, from anova(aov(D ~ query + seed)), D = A - B[, 1:4] of crossed_both_trained:
    # M_s .0125328750 M_e .0010702559523810; mean .0515625, V .0011414205729167,
    # T 1.5261988356775666, df 9.3853970383521652, p .1599272358128420
    example = reference["crossed_both_trained"]
    a, b = np.array(example["a"]), np.array(example["b"])[:, :4]
    contrast = crossed(a, b, seeds="shared")
    assert contrast.mean == pytest.approx(0.0515625, rel=1e-12)
    assert contrast.variance == pytest.approx(0.0011414205729167, rel=1e-12)
    assert contrast.statistic == pytest.approx(1.5261988356775666, rel=1e-12)
    assert contrast.df == pytest.approx(9.3853970383521652, rel=1e-12)
    assert contrast.pvalue_satterthwaite == pytest.approx(0.1599272358128420, rel=1e-10)
    assert contrast.components.difference is not None
    assert contrast.components.difference.error == pytest.approx(0.0010702559523810, rel=1e-12)
    # with clusters 1 1 1 2 2 3 4 4: .0011470501069568 5.0877086825178246 .1873986976448360
    clustered = crossed(a, b, [1, 1, 1, 2, 2, 3, 4, 4], seeds="shared")
    assert clustered.variance == pytest.approx(0.0011470501069568, rel=1e-12)
    assert clustered.df == pytest.approx(5.0877086825178246, rel=1e-12)
    assert clustered.pvalue_satterthwaite == pytest.approx(0.1873986976448360, rel=1e-10)


def test_shared_seeds_move_together_and_come_in_pairs(reference: dict[str, Any]) -> None:
    a, b = (np.array(reference["crossed_both_trained"][system])[:, :4] for system in "ab")
    order = [2, 0, 3, 1]
    assert_same(crossed(a, b, seeds="shared"), crossed(a[:, order], b[:, order], seeds="shared"))
    assert_same(crossed(a, b, seeds="shared"), crossed(b, a, seeds="shared"), sign=-1)
    one = crossed(a[:, :1], b[:, :1], seeds="shared")
    assert one.pvalue == crossed(a[:, :1], b[:, :1]).pvalue
    with pytest.raises(ValueError, match="4 seeds and b has 3; shared seeds come in pairs"):
        crossed(a, b[:, :3], seeds="shared")


@given(layouts(), st.floats(-0.5, 0.5))
@settings(max_examples=40, deadline=None)
def test_adding_a_constant_to_one_system_only_shifts_the_interval(
    layout: Layout, shift: float
) -> None:
    a, b, clusters = layout
    plain, shifted = crossed(a, b, clusters), crossed(a + 1 + shift, b + 1, clusters)
    if len(set(clusters)) < 10 or not plain.estimable or not shifted.estimable:
        return  # the rule for tied scores asks which queries differ
    assert shifted.half_width(0.025) == pytest.approx(plain.half_width(0.025), rel=1e-6)
    assert shifted.pvalue_at(shift) == pytest.approx(plain.pvalue, rel=1e-6)


@given(layouts(), st.floats(0.5, 0.999), st.floats(-1, 1))
@settings(max_examples=40, deadline=None)
def test_the_interval_contains_what_its_pvalue_does_not_reject(
    layout: Layout, level: float, value: float
) -> None:
    contrast = crossed(*layout)
    low, high = contrast.confidence_interval(level)
    p = contrast.pvalue_at(value)
    assert isnan(p) is isnan(low) is not contrast.estimable
    if contrast.estimable and min(abs(value - low), abs(value - high)) > 1e-9:
        assert (low <= value <= high) is (p >= 1 - level)


def test_one_fixed_side_leaves_the_other_table_alone(reference: dict[str, Any]) -> None:
    example = reference["crossed_seedless_baseline"]
    independent = crossed(example["a"], example["b"])
    shared = crossed(example["a"], example["b"], seeds="shared")
    assert shared.pvalue == independent.pvalue
    assert shared.components.difference is None


def test_the_fewest_seeds_are_those_of_the_sides_that_could_be_trained_again() -> None:
    generator = np.random.default_rng(2)
    five, three, one = (generator.random((30, S)) for S in (5, 3, 1))
    cases: list[tuple[Any, Any, tuple[bool, bool], int | None, bool]] = [
        (five, three, (True, True), 3, True),
        (five, one, (True, False), 5, True),
        (five, one, (True, True), 1, False),
        (one, 1 - one, (False, False), None, True),
        (one, 1 - one, (True, False), 1, False),
        (one - 0.1, one, (False, False), None, False),
    ]
    for a, b, trained, fewest, has_number in cases:
        contrast = crossed(a, b, trained=trained)
        assert (contrast.fewest_seeds, contrast.has_number) == (fewest, has_number)


def test_one_new_training_beats_another_with_this_chance() -> None:
    # the formula with mean squares by hand: M_s = Q·var(column means); Φ by scipy.stats
    generator = np.random.default_rng(3)
    a = generator.random((40, 4)) + generator.normal(0, 0.1, (1, 4))
    b = generator.random((40, 6))
    spread = np.sqrt(a.mean(axis=0).var(ddof=1) + b.mean(axis=0).var(ddof=1))
    contrast = crossed(a, b)
    expected = stats.norm.cdf((a.mean() - b.mean()) / spread)
    assert contrast.retraining_superiority == pytest.approx(expected, rel=1e-9)
    assert crossed(b, a).retraining_superiority == pytest.approx(1 - expected, rel=1e-9)
    fixed = crossed(a, b[:, :1]).retraining_superiority
    difference = a.mean() - b[:, 0].mean()
    alone = stats.norm.cdf(difference / a.mean(axis=0).std(ddof=1))
    assert fixed == pytest.approx(alone, rel=1e-9)
    assert isnan(crossed(a, b[:, :1], trained=(True, True)).retraining_superiority)
    assert isnan(crossed(a[:, :1], b[:, :1]).retraining_superiority)
    still = np.tile(b[:, :1], (1, 3))
    assert crossed(still + np.linspace(0.1, 0.2, 40)[:, None], still).retraining_superiority == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": "linked"}, "seeds is 'linked'; expected 'shared' or 'independent'"),
        ({"measure_range": 0}, "measure_range is 0; it must be above 0"),
    ],
)
def test_another_form_or_range_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        crossed([[0.1], [0.4]], [[0.3], [0.2]], **options)


def test_a_query_on_which_all_agree_moves_what_it_should(reference: dict[str, Any]) -> None:
    example = reference["crossed_seedless_baseline"]
    a, b = np.array(example["a"]), np.array(example["b"])
    tied_a, tied_b = np.vstack([a, np.full((1, 5), 0.5)]), np.vstack([b, [[0.5]]])
    contrast, tied = crossed(a, b), crossed(tied_a, tied_b)
    assert tied.mean == pytest.approx(contrast.mean * 8 / 9)
    # what seeds do to the mean is all there: M_s/(QS) shrinks by (Q/(Q+1))²
    assert mean_squares(tied_a).seed / 45 == pytest.approx(mean_squares(a).seed / 40 * (8 / 9) ** 2)


def test_flags_change_no_number() -> None:
    generator = np.random.default_rng(2)
    a, b = generator.random((30, 3)), generator.random((30, 1))
    assert crossed(a, b, trained=(True, True)).pvalue == crossed(a, b).pvalue

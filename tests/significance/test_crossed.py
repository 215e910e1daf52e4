"""The test that decides: against values written independently of it, and its symmetries."""

from dataclasses import FrozenInstanceError
from math import isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from maw.significance import Reason, crossed, crossed_many, mean_squares, query_differences

LAYOUTS = ["both_trained", "floor_binds", "seedless_baseline", "clustered"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_crossed_gives_the_values_worked_out_by_hand(layout: str, reference: dict) -> None:
    # statistics.json, crossed_*: "by hand from the formulas ..., independently of the project"
    known = reference[f"crossed_{layout}"]
    contrast = crossed(known["a"], known["b"], known.get("clusters"))
    assert contrast.mean == pytest.approx(known["mean"], rel=1e-12)
    assert contrast.variance == pytest.approx(known["V"], rel=1e-12)
    assert contrast.statistic == pytest.approx(known["T"], rel=1e-12)
    assert contrast.df == pytest.approx(known["df"], rel=1e-12)
    assert contrast.pvalue == pytest.approx(known["p"], rel=1e-10)


def test_mean_squares_of_each_side_are_those_worked_out_by_hand(reference: dict) -> None:
    known = reference["crossed_both_trained"]
    for side in "ab":
        squares = mean_squares(np.array(known[side]))
        assert (squares.seed, squares.error) == pytest.approx(
            known[f"mean_squares_{side}"], rel=1e-12
        )


def test_components_are_those_of_lme4(reference: dict) -> None:
    # R: lmer(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin); .7169, 3.7309, .3024
    known = reference["penicillin"]
    plates = np.array(known["rows"], dtype=float)
    component = crossed(plates, plates[:, :1]).components.a
    assert component.query == pytest.approx(0.7169, abs=5e-5)
    assert component.seed == pytest.approx(3.7309, abs=5e-5)
    assert component.error == pytest.approx(0.3024, abs=5e-5)
    assert mean_squares(plates).query == pytest.approx(known["MS_q"], rel=1e-12)


def test_one_seed_each_is_the_paired_t_test(reference: dict) -> None:
    # R: with(sleep, t.test(extra[group == 1], extra[group == 2], paired = TRUE)); Student 1908
    #    t = -4.0621, df = 9, p-value = 0.002833, interval -2.4598858 -0.7001142
    known = reference["paired_t_sleep"]
    contrast = crossed(np.array(known["a"])[:, None], np.array(known["b"])[:, None])
    assert contrast.df == 9
    assert contrast.pvalue == pytest.approx(0.002833, abs=5e-7)
    assert contrast.confidence_interval() == pytest.approx((-2.4598858, -0.7001142), abs=5e-8)
    assert isnan(contrast.components.a.seed)
    assert isnan(contrast.components.a.error)


def test_interval_excludes_zero_exactly_when_p_is_below_its_level(reference: dict) -> None:
    contrast = crossed(
        reference["crossed_both_trained"]["a"], reference["crossed_both_trained"]["b"]
    )
    interval = contrast.confidence_interval(1 - contrast.pvalue)
    assert interval.low == pytest.approx(0, abs=1e-12)
    assert interval.high == pytest.approx(2 * contrast.mean)


def test_each_query_in_its_own_cluster_changes_nothing(reference: dict) -> None:
    known = reference["crossed_both_trained"]
    plain = crossed(known["a"], known["b"])
    alone = crossed(known["a"], known["b"], clusters=list("hgfedcba"))
    assert alone.pvalue == pytest.approx(plain.pvalue, rel=1e-12)


def test_the_result_is_frozen(reference: dict) -> None:
    contrast = crossed([[0.1], [0.4]], [[0.3], [0.2]])
    with pytest.raises(FrozenInstanceError):
        contrast.mean = 1.0  # type: ignore[misc]


def test_systems_that_never_differ_have_p_one() -> None:
    a = np.full((6, 5), 0.63093)
    contrast = crossed(a, a[:, :1])  # five equal scores: their mean may differ in its last bit
    assert (contrast.pvalue, contrast.mean) == (1.0, 0.0)
    assert contrast.confidence_interval() == (0.0, 0.0)


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
        ([[0.1], [np.nan]], [[0.1], [0.2]], None, r"a\[1, 0\] is nan; scores must be finite"),
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


def test_a_level_outside_zero_to_one_is_refused() -> None:
    with pytest.raises(ValueError, match="level is 95"):
        crossed([[0.1], [0.4]], [[0.3], [0.2]]).confidence_interval(95)


@st.composite
def layouts(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Scores in thousandths, so that no property hangs on the last bit of a float."""
    Q = draw(st.integers(2, 9))
    sides = [
        draw(arrays(np.int64, (Q, draw(st.integers(1, 4))), elements=st.integers(0, 1000))) / 1000
        for _ in range(2)
    ]
    clusters = draw(st.lists(st.integers(0, 3), min_size=Q, max_size=Q))
    return sides[0], sides[1], clusters if len(set(clusters)) > 1 else list(range(Q))


def assert_same(left: Any, right: Any, *, sign: int = 1, scale: float = 1.0) -> None:
    assert right.mean == pytest.approx(sign * scale * left.mean, abs=1e-12 * scale)
    assert right.variance == pytest.approx(scale**2 * left.variance, rel=1e-9, abs=1e-25 * scale**2)
    assert right.pvalue == pytest.approx(left.pvalue, rel=1e-6, abs=1e-12, nan_ok=True)
    assert right.df == pytest.approx(left.df, rel=1e-6, nan_ok=True)


@given(layouts())
@settings(max_examples=80, deadline=None)
def test_swapping_the_systems_flips_the_sign_and_keeps_p(layout: tuple) -> None:
    a, b, clusters = layout
    assert_same(crossed(a, b, clusters), crossed(b, a, clusters), sign=-1)


@given(layouts(), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_relabelling_seeds_and_permuting_queries_changes_nothing(
    layout: tuple, random: Any
) -> None:
    a, b, clusters = layout
    queries = random.sample(range(len(a)), len(a))
    seeds_a = random.sample(range(a.shape[1]), a.shape[1])
    seeds_b = random.sample(range(b.shape[1]), b.shape[1])
    names = [f"cluster {clusters[q]}" for q in queries]
    shuffled = crossed(a[queries][:, seeds_a], b[queries][:, seeds_b], names)
    assert_same(crossed(a, b, clusters), shuffled)


@given(layouts(), st.sampled_from([1e-6, 0.25, 100.0]))
@settings(max_examples=80, deadline=None)
def test_the_unit_of_the_measure_does_not_matter(layout: tuple, scale: float) -> None:
    a, b, clusters = layout
    assert_same(crossed(a, b, clusters), crossed(scale * a, scale * b, clusters), scale=scale)


@given(layouts())
@settings(max_examples=80, deadline=None)
def test_a_system_never_differs_from_its_copy(layout: tuple) -> None:
    a, _, clusters = layout
    assert crossed(a, a.copy(), clusters).pvalue == 1.0


@given(layouts())
@settings(max_examples=80, deadline=None)
def test_seeds_never_make_the_variance_smaller_than_queries_alone(layout: tuple) -> None:
    a, b, clusters = layout
    alone = crossed(a.mean(axis=1, keepdims=True), b.mean(axis=1, keepdims=True), clusters)
    assert crossed(a, b, clusters).variance >= alone.variance * (1 - 1e-9)


def test_without_seeds_it_is_scipys_paired_t_test() -> None:
    generator = np.random.default_rng(3)
    a, b = generator.random((40, 1)), generator.random((40, 1))
    known = stats.ttest_rel(a[:, 0], b[:, 0])
    contrast = crossed(a, b)
    assert contrast.statistic == pytest.approx(known.statistic)
    assert contrast.pvalue == pytest.approx(known.pvalue)


def test_a_five_percent_test_errs_in_five_percent_of_null_experiments() -> None:
    # STATISTICS.md: .023-.064 over 54 settings; 1,500 experiments have a standard error of .006
    generator = np.random.default_rng(11)
    Q, S, wrong = 60, 5, 0
    for _ in range(1500):
        query = generator.normal(0, 0.3, (Q, 1))
        a, b = (
            query
            + generator.normal(0, 0.05, (Q, 1))
            + generator.normal(0, 0.01, (1, S))
            + generator.normal(0, 0.1, (Q, S))
            for _ in "ab"
        )
        wrong += crossed(a, b).pvalue < 0.05
    assert 0.023 < wrong / 1500 < 0.064


@pytest.mark.parametrize("scale", [1.0, 1e-6, 3.7])
def test_rounding_does_not_decide_whether_the_floor_binds(scale: float) -> None:
    # M_s = M_e exactly: nothing is added, so df = Q - 1 (and not the .22 or so of a step beyond)
    b = np.array([[0.001, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert crossed(np.zeros((3, 1)), scale * b).df == 2


def test_equal_means_over_seeds_are_no_difference() -> None:
    a = np.full((4, 5), 0.1 + 0.2)
    assert query_differences(a, np.full((4, 1), 0.3)).tolist() == [0.0] * 4


def test_linked_seeds_are_tested_on_their_differences(reference: dict) -> None:
    # R, from anova(aov(D ~ query + seed)), D = A - B[, 1:4] of crossed_both_trained:
    # M_s .0125328750 M_e .0010702559523810; mean .0515625, V .0011414205729167,
    # T 1.5261988356775666, df 9.3853970383521652, p .1599272358128420
    known = reference["crossed_both_trained"]
    a, b = np.array(known["a"]), np.array(known["b"])[:, :4]
    contrast = crossed(a, b, linked=True)
    assert contrast.mean == pytest.approx(0.0515625, rel=1e-12)
    assert contrast.variance == pytest.approx(0.0011414205729167, rel=1e-12)
    assert contrast.statistic == pytest.approx(1.5261988356775666, rel=1e-12)
    assert contrast.df == pytest.approx(9.3853970383521652, rel=1e-12)
    assert contrast.pvalue == pytest.approx(0.1599272358128420, rel=1e-10)
    assert contrast.components.difference is not None
    assert contrast.components.difference.error == pytest.approx(0.0010702559523810, rel=1e-12)
    # with clusters 1 1 1 2 2 3 4 4: .0011470501069568 5.0877086825178246 .1873986976448360
    clustered = crossed(a, b, [1, 1, 1, 2, 2, 3, 4, 4], linked=True)
    assert clustered.variance == pytest.approx(0.0011470501069568, rel=1e-12)
    assert clustered.df == pytest.approx(5.0877086825178246, rel=1e-12)
    assert clustered.pvalue == pytest.approx(0.1873986976448360, rel=1e-10)


def test_linked_seeds_move_together_and_come_in_pairs(reference: dict) -> None:
    a, b = (np.array(reference["crossed_both_trained"][side])[:, :4] for side in "ab")
    order = [2, 0, 3, 1]
    assert_same(crossed(a, b, linked=True), crossed(a[:, order], b[:, order], linked=True))
    assert_same(crossed(a, b, linked=True), crossed(b, a, linked=True), sign=-1)
    one = crossed(a[:, :1], b[:, :1], linked=True)
    assert one.pvalue == crossed(a[:, :1], b[:, :1]).pvalue
    with pytest.raises(ValueError, match="4 seeds and b has 3; linked seeds come in pairs"):
        crossed(a, b[:, :3], linked=True)


def test_a_query_on_which_all_agree_moves_what_it_should(reference: dict) -> None:
    known = reference["crossed_seedless_baseline"]
    a, b = np.array(known["a"]), np.array(known["b"])
    tied_a, tied_b = np.vstack([a, np.full((1, 5), 0.5)]), np.vstack([b, [[0.5]]])
    contrast, tied = crossed(a, b), crossed(tied_a, tied_b)
    assert tied.mean == pytest.approx(contrast.mean * 8 / 9)
    # what seeds do to the mean is all there: M_s/(QS) shrinks by (Q/(Q+1))²
    assert mean_squares(tied_a).seed / 45 == pytest.approx(mean_squares(a).seed / 40 * (8 / 9) ** 2)


@pytest.mark.parametrize("leading", [(), (3,), (2, 3)])
@pytest.mark.parametrize("clusters", [None, [0, 0, 1, 2, 2, 2, 3]])
@pytest.mark.parametrize("linked", [False, True])
def test_many_experiments_are_each_tested_as_one(
    leading: tuple, clusters: list | None, linked: bool
) -> None:
    generator = np.random.default_rng(9)
    a, b = generator.random((*leading, 7, 4)), generator.random((*leading, 7, 4))
    a += generator.normal(0, 0.3, (*leading, 1, 4))  # the floor binds in some of them
    codes = np.arange(7) if clusters is None else np.array(clusters)
    many = crossed_many(a, b, codes, linked=linked)
    for i in np.ndindex(*leading):
        one = crossed(a[i], b[i], clusters, linked=linked)
        assert many.pvalue[i] == pytest.approx(one.pvalue, rel=1e-9)
        assert many.df[i] == pytest.approx(one.df, rel=1e-9)
        low, high = one.confidence_interval()
        assert many.mean[i] - many.half_width()[i] == pytest.approx(low)
        assert many.mean[i] + many.half_width()[i] == pytest.approx(high)


def test_what_cannot_be_estimated_says_why() -> None:
    generator = np.random.default_rng(2)
    a, b = generator.random((30, 3)), generator.random((30, 1))

    def reasons(*args: Any, **kwargs: Any) -> list[tuple[Reason, bool]]:
        return [(flag.reason, flag.blocks) for flag in crossed(*args, **kwargs).flags]

    assert reasons(generator.random((30, 4)), b) == []
    assert reasons(a, b) == [(Reason.FEW_SEEDS, False)]
    assert reasons(a, b, trained=(True, True)) == [
        (Reason.FEW_SEEDS, False),
        (Reason.ONE_SEED, True),
    ]
    assert reasons(np.full((5, 4), 0.1), np.full((5, 4), 0.1)) == [(Reason.CONSTANT_MEASURE, True)]
    assert reasons(b - 0.1, b) == [(Reason.CONSTANT_DIFFERENCE, True)]
    cancelling = np.array([[0.1], [0.3], [0.3], [0.1]])
    assert reasons(cancelling, np.zeros((4, 1)), [0, 0, 1, 1]) == [(Reason.NO_SPREAD, True)]
    skewed = np.zeros((30, 1))
    skewed[:3] = 1
    assert reasons(skewed, np.zeros((30, 1))) == [(Reason.STRONG_SKEW, False)]
    assert reasons(b, b[::-1], np.arange(30) // 6) == [(Reason.FEW_CLUSTERS, False)]


def test_flags_change_no_number() -> None:
    generator = np.random.default_rng(2)
    a, b = generator.random((30, 3)), generator.random((30, 1))
    assert crossed(a, b, trained=(True, True)).pvalue == crossed(a, b).pvalue

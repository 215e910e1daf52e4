"""Flags say why there is no number, and each threshold holds at its boundary."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from maw.significance import Reason, crossed
from maw.significance.reasons import seed_flags, skewness_of

Scores = npt.NDArray[np.float64]


def test_what_cannot_be_estimated_says_why() -> None:
    generator = np.random.default_rng(2)
    a, b = generator.random((30, 2)), generator.random((30, 1))

    def reasons(*args: Any, **kwargs: Any) -> list[tuple[Reason, bool]]:
        kwargs = {"measure_range": 2} | kwargs
        return [(flag.reason, flag.blocks) for flag in crossed(*args, **kwargs).flags]

    assert reasons(generator.random((30, 3)), b) == []
    assert reasons(a, b) == [(Reason.FEW_SEEDS, False)]
    assert reasons(a, b, trained=(True, True)) == [
        (Reason.FEW_SEEDS, False),
        (Reason.ONE_SEED, True),
    ]
    assert reasons(np.full((5, 4), 0.1), np.full((5, 4), 0.1)) == [(Reason.CONSTANT_MEASURE, True)]
    assert reasons(b - 0.1, b) == [(Reason.CONSTANT_DIFFERENCE, True)]
    cancelling = np.array([[0.1], [0.3], [0.3], [0.1]])
    assert reasons(cancelling, np.zeros((4, 1)), [0, 0, 1, 1]) == [(Reason.NO_SPREAD, True)]
    (flag,) = crossed(cancelling, np.zeros((4, 1)), [0, 0, 1, 1]).flags
    assert str(flag) == "all clusters have the same mean difference: no spread to test against"
    skewed = np.zeros((30, 1))
    skewed[:3] = 1
    assert reasons(skewed, np.zeros((30, 1))) == [(Reason.STRONG_SKEW, False)]
    (flag,) = crossed(skewed, np.zeros((30, 1))).flags
    assert str(flag) == "skewness 2.7, few queries: false alarms in up to 7 % instead of 5 %"
    assert reasons(b, b[::-1], np.arange(30) // 4) == [(Reason.FEW_UNITS, False)]


def skewed(n_queries: int, n_hits: int = 1) -> Scores:
    """Return differences [Q, 1] that are 1 on n_hits queries and 0 on the others."""
    d = np.zeros((n_queries, 1))
    d[:n_hits] = 1
    return d


def reasons_of(d: Scores, clusters: npt.NDArray[np.intp] | None = None) -> list[Reason]:
    return [flag.reason for flag in crossed(d, np.zeros_like(d), clusters).flags]


@pytest.mark.parametrize(("n_queries", "flagged"), [(50, True), (51, False)])
def test_skew_is_flagged_up_to_fifty_queries(n_queries: int, flagged: bool) -> None:
    assert (Reason.STRONG_SKEW in reasons_of(skewed(n_queries))) is flagged


@pytest.mark.parametrize(
    ("n_hits", "skewness", "flagged"),
    # of k ones among 40: (1 - 2p) / sqrt(p (1 - p)), p = k/40: the Bernoulli distribution's
    [(11, 1.0078, True), (12, 0.8729, False), (29, -1.0078, True), (28, -0.8729, False)],
)
def test_skew_is_flagged_beyond_one_on_either_side(
    n_hits: int, skewness: float, flagged: bool
) -> None:
    d = skewed(40, n_hits)
    assert skewness_of(d[:, 0]) == pytest.approx(skewness, abs=5e-5)
    assert (Reason.STRONG_SKEW in reasons_of(d)) is flagged


@pytest.mark.parametrize(("n_units", "flagged"), [(19, True), (20, False)])
def test_fewer_than_twenty_units_are_flagged(n_units: int, flagged: bool) -> None:
    d = np.random.default_rng(3).random((60, 1))
    assert (Reason.FEW_UNITS in reasons_of(d, np.arange(60) % n_units)) is flagged
    assert (Reason.FEW_UNITS in reasons_of(d[:n_units])) is flagged


@pytest.mark.parametrize(("largest", "flagged"), [(11, True), (9, False)])
def test_unequal_clusters_are_flagged_when_worth_fewer_than_twenty(
    largest: int, flagged: bool
) -> None:
    # by hand: 40 single queries and a cluster of n are worth (40 + n)²/(40 + n²): 16.2, 19.8
    assert (40 + 11) ** 2 / (40 + 11**2) < 20 < (40 + 9) ** 2 / (40 + 9**2) + 0.2
    clusters = np.array([*range(30), *([99] * (largest if flagged else 5))])
    d = np.random.default_rng(3).random((len(clusters), 1))
    assert (Reason.UNEQUAL_CLUSTERS in reasons_of(d, clusters)) is flagged


def test_seeds_that_dominate_against_a_fixed_system_are_flagged() -> None:
    generator = np.random.default_rng(6)
    fixed = generator.random((40, 1))
    table = fixed + generator.normal(0, 0.01, (40, 4)) + np.array([0.0, 0.2, 0.1, -0.1])
    texts = {flag.reason: str(flag) for flag in crossed(table, fixed).flags}
    assert texts[Reason.SEEDS_DOMINATE].endswith("false alarms in up to 12 % instead of 5 %")
    both = crossed(table, table[:, ::-1] + fixed - 0.5)
    assert Reason.SEEDS_DOMINATE not in [flag.reason for flag in both.flags]
    noisy = fixed + generator.normal(0, 0.3, (40, 4))
    assert Reason.SEEDS_DOMINATE not in [flag.reason for flag in crossed(noisy, fixed).flags]


def test_an_interval_wider_than_the_measure_is_flagged() -> None:
    # tied in all 3 queries: 2·(1 - .025^(1/3)) = 1.415
    tied = np.array([[0.1], [0.4], [0.2]])
    flags = [flag for flag in crossed(tied, tied).flags if flag.reason is Reason.WIDE]
    assert [str(flag) for flag in flags] == [
        "the 95 % interval is 1.42 wide, and the measure's range only 1"
    ]
    assert not flags[0].blocks
    wide = crossed(tied, tied, measure_range=1)
    assert 2 * wide.half_width(0.025) > wide.measure_range


def test_few_seeds_are_flagged_for_each_system_by_its_name() -> None:
    flags = seed_flags((1, 2), trained=(True, True), names=("maw", "non_maw"))
    assert [str(flag) for flag in flags] == [
        "maw is trained with one seed: nothing is known about training it again",
        "non_maw has 2 seeds: not controlled, 3 are needed",
    ]
    assert [flag.reason for flag in seed_flags((2, 3), trained=(True, True))] == [Reason.FEW_SEEDS]
    assert seed_flags((1, 3), trained=(False, True)) == ()


def test_a_constant_measure_is_named_with_its_value() -> None:
    (flag,) = crossed(np.full((6, 4), 0.25), np.full((6, 1), 0.25)).flags
    assert str(flag) == "every query scores 0.25 under both systems: nothing to test"


def test_the_skewness_is_scipys_and_that_of_a_constant_is_zero() -> None:
    d = np.random.default_rng(4).gamma(2, 1, 30)
    assert skewness_of(d) == stats.skew(d)
    assert skewness_of(np.full(5, 0.1)) == 0

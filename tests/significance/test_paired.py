"""The tests of E1 against Fisher, Hollander & Wolfe, Urbano and R."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from maw.significance import paired, paired_t, query_differences, sign_test, wilcoxon


def differences(example: dict[str, Any], *names: str) -> npt.NDArray[np.float64]:
    a, b = (np.array(example[name])[:, None] for name in names)
    return query_differences(a, b)


def test_wilcoxon_on_fishers_corn(reference: dict[str, Any]) -> None:
    # Fisher (1935), The Design of Experiments; scipy.stats.wilcoxon documentation
    example = reference["wilcoxon_fisher_corn"]
    test = wilcoxon(example["d"])
    assert test.statistic == 24
    assert test.pvalue == pytest.approx(0.041259765625, abs=1e-15)
    assert test.exact


def test_wilcoxon_on_depression(reference: dict[str, Any]) -> None:
    # Hollander & Wolfe (1973) p. 29; R ?wilcox.test: V = 40, two-sided p = .0390625
    test = wilcoxon(differences(reference["wilcoxon_depression"], "x", "y"))
    assert (test.positive, test.negative) == (40, 5)
    assert test.pvalue == pytest.approx(0.0390625, abs=1e-15)


def test_wilcoxon_on_a_trec_pair_is_midrank_exact(reference: dict[str, Any]) -> None:
    # Urbano et al. (SIGIR 2019), runs 125 and 126; statistics.json, note: one tie once rounded
    test = wilcoxon(differences(reference["urbano_adhoc8"], "a", "b"))
    assert test.statistic == 333.5
    assert test.pvalue == pytest.approx(0.0028210637, abs=5e-11)


def test_wilcoxon_beyond_the_exact_range_is_rs(
    reference: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # R wilcox.test(correct = TRUE) on the differences with their tie: .0033919427
    monkeypatch.setattr(paired, "LARGEST_EXACT", 0)
    test = wilcoxon(differences(reference["urbano_adhoc8"], "a", "b"))
    assert test.pvalue == pytest.approx(0.0033919427, abs=5e-11)
    assert not test.exact


@given(st.lists(st.integers(-6, 6), min_size=2, max_size=9))
@settings(max_examples=60, deadline=None)
def test_midrank_exact_is_the_count_of_all_sign_patterns(d: list[int]) -> None:
    nonzero = np.array([x for x in d if x])
    test = wilcoxon(d)
    assert test.n_zero == len(d) - len(nonzero)
    if not len(nonzero):
        assert (test.pvalue, test.pvalue_pratt) == (1.0, 1.0)
        return
    signs = np.array(np.meshgrid(*[[0, 1]] * len(nonzero))).reshape(len(nonzero), -1)
    zeros = np.array(d) != 0
    for ranks, pvalue in (
        (stats.rankdata(np.abs(nonzero)), test.pvalue),
        (stats.rankdata(np.abs(d))[zeros], test.pvalue_pratt),
    ):
        sums, observed = ranks @ signs, ranks[nonzero > 0].sum()
        expected = 2 * min(np.mean(sums <= observed), np.mean(sums >= observed))
        assert pvalue == pytest.approx(min(1.0, expected))


def test_rounding_makes_equal_differences_tie() -> None:
    # .3 - .2 and .2 - .1 are not the same float; without rounding they get ranks 1 and 2
    test = wilcoxon([0.3 - 0.2, -(0.2 - 0.1), 0.5])
    assert (test.positive, test.negative) == (4.5, 1.5)


def test_paired_t_on_sleep_and_a_trec_pair(reference: dict[str, Any]) -> None:
    # R t.test(paired = TRUE)
    sleep = paired_t(differences(reference["paired_t_sleep"], "a", "b"))
    assert sleep.statistic == pytest.approx(-4.062127683382037, rel=1e-12)
    trec = paired_t(differences(reference["urbano_adhoc8"], "a", "b"))
    assert trec.pvalue == pytest.approx(0.0013193972019333376, rel=1e-10)


def test_sign_and_t_test_on_darwins_plants(reference: dict[str, Any]) -> None:
    # Fisher (1935): t = 2.14798746, p = .04970294; sign test of 13 to 2, p = .00738525390625
    example = reference["darwin_signflip"]
    signs = sign_test(example["d"])
    assert (signs.wins, signs.ties, signs.losses) == (13, 0, 2)
    assert signs.pvalue == pytest.approx(0.00738525390625, abs=1e-14)
    assert paired_t(example["d"]).statistic == pytest.approx(2.14798746, abs=5e-9)
    assert paired_t(example["d"]).pvalue == pytest.approx(0.04970294, abs=5e-9)


def test_no_difference_at_all_gives_p_one_everywhere() -> None:
    zeros = np.zeros(7)
    tests = (paired_t(zeros), wilcoxon(zeros), sign_test(zeros))
    assert [test.pvalue for test in tests] == [1.0, 1.0, 1.0]


def test_clusters_count_once_in_rank_and_sign_tests() -> None:
    d = [0.1, 0.1, 0.1, 0.1, -0.2, 0.3]
    clusters = ["x", "x", "x", "x", "y", "z"]
    assert wilcoxon(d, clusters) == wilcoxon([0.1, -0.2, 0.3])
    assert sign_test(d, clusters) == sign_test([0.1, -0.2, 0.3])


def test_a_cluster_that_cancels_is_a_zero_not_a_tiny_rank() -> None:
    d = [0.1, 0.2, -0.3, 0.4, 0.5]  # .1 + .2 - .3 is 5.6e-17 in floating point
    assert wilcoxon(d, [0, 0, 0, 1, 2]).n_zero == 1


def test_a_difference_that_is_not_finite_is_named() -> None:
    with pytest.raises(ValueError, match=r"d\[1\] is nan"):
        wilcoxon([0.1, np.nan])


@pytest.mark.parametrize(("n_nonzero", "exact"), [(50, True), (51, False)])
def test_fifty_nonzero_differences_are_the_most_for_the_exact_test(
    n_nonzero: int, exact: bool
) -> None:
    d = np.concatenate([np.arange(1.0, n_nonzero + 1) * (-1) ** np.arange(n_nonzero), np.zeros(9)])
    assert wilcoxon(d).exact is exact


@pytest.mark.parametrize(("step", "n_zero"), [(0.4e-12, 2), (0.6e-12, 1)])
def test_differences_are_rounded_to_a_trillionth_of_the_largest(step: float, n_zero: int) -> None:
    assert wilcoxon([1.0, 0.0, step]).n_zero == n_zero
    assert sign_test([1.0, 0.0, step]).ties == n_zero

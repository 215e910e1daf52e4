"""Sign flips against Fisher's count, max-T against Bioconductor and MNE; and what p depends on."""

from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from maw.significance import max_t, randomisation, sign_flip

# three contrasts on ten queries
COLUMNS = np.array(
    [
        [49, -67, 8, 16, 6, 23, 28, 41, 14, 29],
        [12, 5, -3, 7, 9, -2, 4, 11, 6, -1],
        [-5, 3, 8, -9, 2, 7, -4, 1, -6, 10],
    ],
    dtype=float,
).T


NORMAL = np.random.default_rng(3).normal(0.1, 1, (70, 4))


def test_all_sign_patterns_of_darwins_plants_are_counted(reference: dict[str, Any]) -> None:
    # Fisher (1935), The Design of Experiments, section 21: 863 of 32768 sums are at least 314
    example = reference["darwin_signflip"]
    test = sign_flip(example["d"], seed=0)
    assert test.exact
    assert (test.n_as_extreme, test.n_patterns) == (2 * example["count_at_least"], example["of"])
    assert test.pvalue == pytest.approx(0.05267333984375, abs=1e-15)


def test_random_patterns_come_near_the_count(reference: dict[str, Any]) -> None:
    test = sign_flip(reference["darwin_signflip"]["d"], seed=1, resamples=32_000)
    assert not test.exact
    assert test.pvalue == (test.n_as_extreme + 1) / 32_001
    # four Monte-Carlo standard errors
    assert test.pvalue == pytest.approx(0.05267, abs=4 * np.sqrt(0.05267 * 0.94733 / 32_000))


def test_max_t_is_that_of_bioconductor() -> None:
    # R: multtest::mt.maxT(Y, rep(0:1, 10), test = "pairt", B = 0), Y[, 2q] the column, others 0
    #    teststat 1.4606092584 2.8482759797 .3406201689; rawp .18359375 .02734375 .76953125
    #    adjp .320312500 .072265625 .769531250
    test = max_t(COLUMNS, seed=0)
    assert test.statistic == pytest.approx([1.4606092584, 2.8482759797, 0.3406201689], abs=5e-11)
    assert test.pvalue.tolist() == [0.18359375, 0.02734375, 0.76953125]
    assert test.adjusted.tolist() == [0.3203125, 0.072265625, 0.76953125]


def test_single_step_max_t_is_that_of_mne() -> None:
    # mne.stats.permutation_t_test(COLUMNS, n_permutations="all", tail=0), MNE 1.13.2:
    # .41878669 .07240705 .98825832, of 511 patterns; MNE leaves out the observed one, we do not
    test = max_t(COLUMNS, seed=0, step_down=False)
    assert test.adjusted == pytest.approx([0.41878669, 0.07240705, 0.98825832], abs=1 / 511)


def test_scipys_permutation_test_says_the_same() -> None:
    d = NORMAL[:9, 0]
    expected = stats.permutation_test(
        (d,), np.mean, permutation_type="samples", n_resamples=1_000, vectorized=False
    )
    assert sign_flip(d, seed=0).pvalue == pytest.approx(expected.pvalue, abs=1e-12)


def test_clusters_flip_together() -> None:
    d, clusters = np.array([0.1, 0.2, -0.4, 0.3, 0.5]), ["x", "x", "y", "z", "z"]
    sums = [0.3, -0.4, 0.8]
    patterns = [abs(np.dot(signs, sums)) for signs in product((-1, 1), repeat=3)]
    test = sign_flip(d, clusters, seed=0)
    assert test.pvalue == np.mean(np.array(patterns) >= 0.7 - 1e-12)
    assert (test.n_units, test.n_patterns) == (3, 8)


def test_p_of_random_patterns_is_never_zero_and_no_difference_is_p_one() -> None:
    test = sign_flip(np.full(40, 0.3) + np.arange(40) / 1000, seed=0, resamples=999)
    assert test.pvalue == 1 / 1000
    assert sign_flip(np.zeros(6), seed=0).pvalue == 1
    nothing = max_t(np.zeros((6, 2)), seed=0)
    assert nothing.adjusted.tolist() == nothing.pvalue.tolist() == [1, 1]


def test_the_chunk_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    default = (
        sign_flip(NORMAL[:, 0], seed=5, resamples=4_000),
        max_t(NORMAL, seed=5, resamples=999),
    )
    monkeypatch.setattr(randomisation, "CHUNK_CELLS", 70 * 13)
    assert sign_flip(NORMAL[:, 0], seed=5, resamples=4_000) == default[0]
    assert max_t(NORMAL, seed=5, resamples=999).adjusted.tolist() == default[1].adjusted.tolist()


def test_every_contrast_has_a_stream_of_its_own() -> None:
    d = NORMAL[:, 0]
    first = sign_flip(d, seed=5, contrast="a/b", resamples=4_000)
    assert first == sign_flip(d, seed=5, contrast="a/b", resamples=4_000)
    assert first != sign_flip(d, seed=5, contrast="a/c", resamples=4_000)
    assert first != sign_flip(d, seed=6, contrast="a/b", resamples=4_000)


@given(st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=20, deadline=None)
def test_p_depends_on_neither_row_order_nor_sign(random: Random, clustered: bool) -> None:
    clusters = np.arange(70) // 3 if clustered else np.arange(70)
    rows = random.sample(range(70), 70)
    original = sign_flip(NORMAL[:, 0], clusters, seed=2, resamples=999)
    assert sign_flip(-NORMAL[rows, 0], clusters[rows], seed=2, resamples=999) == original
    several = max_t(NORMAL, clusters, seed=2, resamples=999)
    shuffled = max_t(-NORMAL[rows], clusters[rows], seed=2, resamples=999)
    assert shuffled.adjusted.tolist() == several.adjusted.tolist()
    assert shuffled.statistic == pytest.approx(-several.statistic)


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=9), st.sampled_from([1e-6, 0.1, 300.0]))
@settings(max_examples=50, deadline=None)
def test_neither_the_unit_nor_a_tied_query_moves_p(d: list[int], scale: float) -> None:
    p = sign_flip(d, seed=0).pvalue
    assert sign_flip(np.array(d) * scale, seed=0).pvalue == p
    assert sign_flip([*d, 0], seed=0).pvalue == p
    assert max_t(np.array(d)[:, None], seed=0).pvalue[0] == p


def test_max_t_lies_between_one_test_and_bonferroni() -> None:
    test = max_t(NORMAL, seed=1, resamples=9_999)
    assert np.all(test.adjusted >= test.pvalue)
    assert np.all(test.adjusted <= 4 * test.pvalue + 0.01)
    assert np.all(test.adjusted <= max_t(NORMAL, seed=1, resamples=9_999, step_down=False).adjusted)


def test_a_contrast_beside_its_copy_pays_nothing() -> None:
    twice = max_t(NORMAL[:, [0, 0]], seed=1, resamples=2_000)
    assert twice.adjusted.tolist() == twice.pvalue.tolist()


def test_what_cannot_be_flipped_is_refused() -> None:
    with pytest.raises(ValueError, match=r"d\[1, 0\] is nan"):
        max_t([[0.1], [np.nan]], seed=0)
    with pytest.raises(ValueError, match="resamples is 0"):
        sign_flip([0.1, 0.2], seed=0, resamples=0)
    with pytest.raises(ValueError, match="d has 1 axes"):
        max_t([0.1, 0.2], seed=0)


def test_all_patterns_are_counted_where_they_are_no_more_than_the_random_ones(
    reference: dict[str, Any],
) -> None:
    # 15 units have 32,768 sign patterns; 32,767 random ones and the observed one are as many
    d = reference["darwin_signflip"]["d"]
    assert sign_flip(d, seed=0, resamples=32_767).exact
    assert not sign_flip(d, seed=0, resamples=32_766).exact
    assert max_t(np.array(d)[:, None], seed=0, resamples=32_767).exact


def test_there_are_99999_random_patterns_unless_said_otherwise() -> None:
    assert sign_flip(NORMAL[:, 0], seed=0).n_patterns == 99_999
    assert max_t(NORMAL[:, :1], seed=0).n_patterns == 99_999


def test_one_random_pattern_is_enough() -> None:
    assert sign_flip(NORMAL[:, 0], seed=0, resamples=1).pvalue in (0.5, 1.0)


@pytest.mark.parametrize("n_units", [61, 62, 64, 65, 130])
def test_more_units_than_a_word_has_bits_are_flipped_too(n_units: int) -> None:
    # a sum of n random signs has the variance n, and here the observed sum is 2·sqrt(n)
    d = np.ones(n_units)
    d[: round((n_units - 2 * np.sqrt(n_units)) / 2)] = -1
    z = float(d.sum()) / np.sqrt(n_units)
    p = sign_flip(d, seed=0, resamples=20_000).pvalue
    # the sums step by 2, so p is that of the normal with a correction of one
    expected = 2 * stats.norm.sf(z - 1 / np.sqrt(n_units))
    assert p == pytest.approx(expected, abs=0.008)

"""A/A checks: a copy never differs, and halves of the seeds differ at the level of the test."""

from itertools import combinations

import numpy as np
import pytest

from maw.significance import copies_never_differ, crossed, split_half_rejection_rate
from tests.significance.simulated import simulated_scores


def test_a_copy_never_differs_and_halves_need_eight_seeds() -> None:
    table = simulated_scores(np.random.default_rng(8), Q=30, S=8, sd=(0.2, 0.0, 0.1))
    assert copies_never_differ(table, np.arange(30) // 2)
    assert split_half_rejection_rate(table[:, :7], alpha=0.05, seed=0) is None
    rate = split_half_rejection_rate(table, alpha=0.05, seed=0)
    assert rate is not None
    assert 0 <= rate <= 0.3
    shifted = np.hstack([table[:, :4], table[:, :4] + 1e-9])  # each seed is there twice
    rate = split_half_rejection_rate(shifted, alpha=0.05, seed=0)
    assert rate is not None
    assert rate < 0.2


def test_the_halves_are_tested_like_two_systems() -> None:
    table = simulated_scores(np.random.default_rng(11), Q=20, S=8, sd=(0.1, 0.05, 0.1))
    clusters = np.arange(20) // 2
    pvalues = []
    for half in combinations(range(8), 4):
        rest = [seed for seed in range(8) if seed not in half]
        pvalues.append(crossed(table[:, list(half)], table[:, rest], clusters).pvalue)
    rate = split_half_rejection_rate(table, clusters, alpha=0.3, seed=0)
    assert rate == pytest.approx(np.mean(np.array(pvalues) < 0.3))  # each split is there twice


def test_ten_seeds_are_split_in_every_way_and_eleven_at_random() -> None:
    # 10 seeds have 126 splits into halves of 5; 11 seeds have 462 into 5 and 6, of which 200 are
    # drawn. The level .3 is near the middle of the p-values, so that other splits change the share.
    table = simulated_scores(np.random.default_rng(9), Q=20, S=11, sd=(0.1, 0.05, 0.1))

    def rates(S: int, n_splits: int) -> list[float]:
        shares = [
            split_half_rejection_rate(table[:, :S], alpha=0.3, seed=seed) for seed in range(4)
        ]
        for share in shares:
            assert share is not None
            assert share * n_splits == pytest.approx(round(share * n_splits), abs=1e-9)
        return [share for share in shares if share is not None]

    assert len(set(rates(10, n_splits=126))) == 1
    assert len(set(rates(11, n_splits=200))) > 1


def test_halves_of_one_system_differ_at_most_at_the_level_of_the_test() -> None:
    generator = np.random.default_rng(10)
    rates = []
    for sd_seed in np.repeat([0.0, 0.02, 0.1], 40):
        table = simulated_scores(generator, Q=30, S=8, sd=(0.2, sd_seed, 0.1))
        rate = split_half_rejection_rate(table, alpha=0.05, seed=0)
        assert rate is not None
        rates.append(rate)
    assert np.mean(rates) <= 0.05 + 3 * np.std(rates) / np.sqrt(len(rates))


def test_a_score_that_is_not_finite_is_named() -> None:
    table = np.full((4, 8), 0.1)
    table[1, 0] = np.nan
    with pytest.raises(ValueError, match=r"^scores\[1, 0\] is nan"):
        copies_never_differ(table)
    with pytest.raises(ValueError, match=r"^scores\[1, 0\] is nan"):
        split_half_rejection_rate(table, alpha=0.05, seed=0)

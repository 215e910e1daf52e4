"""The effective rank of depths: equal ones have none, orthogonal ones count in full."""

import numpy as np
import pytest

from maw.theory.rank import depth_rank, effective_rank


def test_effective_rank_of_known_spectra() -> None:
    assert effective_rank(np.eye(5)) == pytest.approx(5)
    assert effective_rank(np.outer([1, 2, 3], [4, 5])) == pytest.approx(1)
    # singular values 3 and 1: exp(−¾ ln ¾ − ¼ ln ¼) = 1.7548
    assert effective_rank(np.diag([3.0, 1.0])) == pytest.approx(1.7548, abs=5e-5)
    assert effective_rank(np.zeros((2, 3))) == 0


def test_depths_that_are_copies_have_no_rank() -> None:
    weight = np.random.default_rng(0).standard_normal((6, 4))
    assert depth_rank([weight] * 5).effective_rank == 0
    assert depth_rank([weight] * 5).relative_size == 0


def test_depths_along_one_direction_count_once() -> None:
    weight, direction = np.random.default_rng(0).standard_normal((2, 6, 4))
    rank = depth_rank([weight + step * direction for step in (-1.0, 0.0, 1.0)])
    assert rank.effective_rank == pytest.approx(1)
    assert rank.relative_size == pytest.approx(
        np.sqrt(2 / 3) * np.linalg.norm(direction) / np.linalg.norm(weight)
    )


def test_independent_noise_has_nearly_full_rank_and_its_own_size() -> None:
    generator = np.random.default_rng(0)
    weight = generator.standard_normal((60, 50))
    noisy = [weight + 0.05 * generator.standard_normal((60, 50)) for _ in range(8)]
    rank = depth_rank(noisy)
    assert 6.9 < rank.effective_rank <= 7
    assert rank.relative_size == pytest.approx(0.05 * np.sqrt(7 / 8), rel=0.05)
    matrix = np.stack([w.ravel() for w in noisy])
    assert rank.effective_rank == pytest.approx(effective_rank(matrix - matrix.mean(0)), rel=1e-6)

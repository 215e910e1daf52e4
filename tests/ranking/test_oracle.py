"""The gain of a perfect choice of depth, and the gain that noise alone would show."""

import numpy as np
import pytest

from maw.ranking.oracle import cross_fitted, headroom, headroom_by_seed


def test_headroom_by_hand() -> None:
    # two seeds, one query, two depths: (.2, .6) and (.5, .1); best: depth 1, then depth 0
    #   within: (.6 - .4 + .5 - .3) / 2 = .2; across: (.2 - .4 + .1 - .3) / 2 = -.2
    gain = headroom([[[0.2, 0.6]], [[0.5, 0.1]]])
    assert gain.within == pytest.approx(0.2)
    assert gain.across == pytest.approx(-0.2)


def test_with_noise_alone_only_the_choice_on_the_same_seed_gains() -> None:
    gain = headroom(np.random.default_rng(0).normal(size=(6, 4000, 8)))
    assert gain.within == pytest.approx(1.4236, abs=0.02)  # mean of the largest of 8 normals
    assert gain.across == pytest.approx(0, abs=0.02)


def test_what_depths_are_really_worth_shows_across_seeds() -> None:
    real = np.random.default_rng(1).normal(size=(1, 500, 8))
    gain = headroom(np.repeat(real, 3, axis=0))
    assert gain.within == pytest.approx(gain.across)
    assert gain.across > 1


def test_one_seed_is_not_enough() -> None:
    with pytest.raises(ValueError, match=r"scores of shape \(1, 2, 2\); give \[seeds >= 2"):
        headroom([[[1, 2], [3, 4]]])


def test_each_seed_has_its_own_headroom_whose_mean_is_that_of_all() -> None:
    # by hand, as above: .6 - .4 and .2 - .4; .5 - .3 and .1 - .3
    scores = np.array([[[0.2, 0.6]], [[0.5, 0.1]]])
    first, second = headroom_by_seed(scores)
    assert (first.within, first.across) == pytest.approx((0.2, -0.2))
    assert (second.within, second.across) == pytest.approx((0.2, -0.2))
    more = np.random.default_rng(2).normal(size=(3, 7, 4))
    of_seeds, of_all = headroom_by_seed(more), headroom(more)
    assert np.mean([one.within for one in of_seeds]) == pytest.approx(of_all.within)
    assert np.mean([one.across for one in of_seeds]) == pytest.approx(of_all.across)


def test_a_depth_is_chosen_on_each_other_seed_and_never_on_its_own() -> None:
    # by hand: the seeds' best depths are 0, 1 and 2, of one query
    scores = np.array([[[0.9, 0.3, 0.1]], [[0.2, 0.8, 0.4]], [[0.5, 0.6, 0.7]]])
    expected = [(0.3 + 0.1) / 2, (0.2 + 0.4) / 2, (0.5 + 0.6) / 2]
    assert cross_fitted(scores)[:, 0] == pytest.approx(expected)
    assert np.isnan(cross_fitted(scores[:1])).all()

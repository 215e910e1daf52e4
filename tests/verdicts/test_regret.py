"""What a router misses, and the headroom of its control, against values by hand."""

import numpy as np
import pytest

from maw.verdicts.regret import control_headroom, halves, router_regrets

IN_FIRST = np.array([True, True, False, False])
SCORES = np.array(
    [
        [[0.2, 0.6], [0.4, 0.8], [0.9, 0.1], [0.7, 0.3]],
        [[0.5, 0.1], [0.1, 0.5], [0.5, 0.1], [0.1, 0.5]],
    ]
)
CHOSEN = np.array([[1, 0, 0, 0], [0, 0, 1, 1]])


def test_regrets_by_hand() -> None:
    first, second = router_regrets(SCORES, CHOSEN, IN_FIRST)
    # The router scores (.6 + .4 + .9 + .7) / 4 = .65. The best depth of one half is the worse of
    # the other: (.2 + .4 + .1 + .3) / 4 = .25. Seed 2 chooses depths 0, 1, 0, 1:
    # (.2 + .8 + .9 + .3) / 4 = .55; the mean over depths is .5, the best of its own .75.
    assert first == pytest.approx(
        {
            "regret_best_fixed": -0.4,
            "regret_oracle": -0.1,
            "oracle_headroom_within": 0.25,
            "oracle_headroom_across": 0.05,
        }
    )
    # the router scores .3, as do depth 0 (the first of two equally good) and seed 1's choice
    assert second == pytest.approx(
        {
            "regret_best_fixed": 0,
            "regret_oracle": 0,
            "oracle_headroom_within": 0.2,
            "oracle_headroom_across": 0,
        }
    )


def test_what_cannot_be_had_is_left_out() -> None:
    (alone,) = router_regrets(SCORES[:1], CHOSEN[:1], IN_FIRST)
    assert set(alone) == {"regret_best_fixed", "oracle_headroom_within"}
    first, _ = router_regrets(SCORES, CHOSEN, np.ones(4, dtype=bool))
    assert "regret_best_fixed" not in first


def test_a_cluster_is_in_one_half_whatever_its_neighbours() -> None:
    clusters = [f"c{n // 2}" for n in range(200)]
    in_first = halves(clusters)
    assert (in_first[::2] == in_first[1::2]).all()
    assert halves(clusters[::-1]).tolist() == in_first[::-1].tolist()
    assert 70 < in_first.sum() < 130


def test_a_control_with_fewer_seeds_than_depths_has_as_many_options() -> None:
    # by hand: the best of two seeds is .4 and .6, their means are .3 and .4
    gains = control_headroom(np.array([[0.2, 0.6], [0.4, 0.2]]), 3)
    assert gains == pytest.approx({"control_options": 2, "control_headroom_within": 0.15})
    assert control_headroom(np.array([[0.2, 0.6]]), 3) == {}


def test_a_control_with_twice_as_many_seeds_is_scored_on_another_group() -> None:
    # by hand: the groups have (.2, .6) and (.5, .1) for one query, as in tests/ranking/test_oracle
    gains = control_headroom(np.array([[0.2], [0.6], [0.5], [0.1], [0.9]]), 2)
    assert gains == pytest.approx(
        {"control_options": 2, "control_headroom_within": 0.2, "control_headroom_across": -0.2}
    )

"""Mean squares against values worked out by hand, sums of clusters, and what counts as rounding."""

from typing import Any

import numpy as np
import pytest

from maw.significance import mean_squares
from maw.significance.layouts import snapped, stacked_mean_squares, table_rounding, unit_sums


def test_mean_squares_of_both_systems_are_those_worked_out_by_hand(
    reference: dict[str, Any],
) -> None:
    example = reference["crossed_both_trained"]
    for system in "ab":
        squares = mean_squares(np.array(example[system]))
        assert (squares.seed, squares.error) == pytest.approx(
            example[f"mean_squares_{system}"], rel=1e-12
        )


def test_mean_squares_of_many_tables_are_those_of_each() -> None:
    # by hand: means of queries 2, 3, 7 and of seeds 3, 5 around 4; errors 0 0, 2 -2, -2 2
    table = np.array([[1.0, 3.0], [4.0, 2.0], [4.0, 10.0]])
    squares = mean_squares(table)
    assert (squares.query, squares.seed, squares.error) == (14, 6, 8)
    many = np.stack([table, 10 * table])
    stacked = stacked_mean_squares(many, rounding=table_rounding(many))
    assert stacked.query.tolist() == [14, 1400]
    assert stacked.seed.tolist() == [6, 600]
    assert stacked.error.tolist() == [8, 800]


def test_equal_seeds_have_no_variance_at_all() -> None:
    table = np.tile(np.array([[0.1], [0.2], [0.1 + 0.2]]), (1, 3))
    squares = mean_squares(table)
    assert (squares.seed, squares.error) == (0, 0)
    assert squares.query > 0


@pytest.mark.parametrize(("share", "is_rounding"), [(0.9e-12, True), (1.1e-12, False)])
def test_an_effect_below_a_trillionth_of_the_largest_score_is_rounding(
    share: float, is_rounding: bool
) -> None:
    largest = 50.0
    rounding = table_rounding(np.array([[1.0], [2.0]]), np.array([[-largest], [3.0]]))
    effect = np.array([share * largest])
    assert bool(snapped(effect, rounding=rounding)[0] == 0) is is_rounding


def test_sums_go_over_the_queries_of_each_cluster() -> None:
    values = np.array([[1.0, 2.0, 4.0, 8.0], [0.0, 1.0, 0.0, 1.0]])
    assert unit_sums(values, np.array([1, 0, 1, 0])).tolist() == [[10, 5], [2, 0]]
    assert unit_sums(values, np.array([3, 2, 1, 0])).tolist() == values[:, ::-1].tolist()

"""Each rule gives the depths that were worked by hand."""

from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from maw.training.objectives.rules import quantiles, targets


@dataclass
class Queries:
    """What the rules read about the queries of a batch."""

    n_relevant: Tensor
    quantile: Tensor | None = None
    mode: Tensor | None = None


NUMBERS = torch.tensor([0, 1, 2, 3, 9])


@pytest.mark.parametrize(
    ("n_depths", "expected"),
    [
        # relevant documents: none, 1, 2, 3, 9; the source: >= 3 -> 0, 2 -> 1, 1 -> 2, none -> 3
        (8, [3, 2, 1, 0, 0]),
        (4, [3, 2, 1, 0, 0]),
        (3, [2, 2, 1, 0, 0]),
        (2, [1, 1, 1, 0, 0]),
        (1, [0, 0, 0, 0, 0]),
    ],
)
def test_the_rule_is_the_sources_clipped_to_the_last_depth(
    n_depths: int, expected: list[int]
) -> None:
    assert targets("source", Queries(NUMBERS), n_depths).tolist() == expected


def test_a_quantile_is_the_share_of_smaller_numbers_and_half_the_share_of_equal_ones() -> None:
    # among 1, 1, 2, 5: of 1: 0 smaller, 2 equal: 1/4; of 2: 2 + 1/2: 5/8; of 5: 3 + 1/2: 7/8;
    #   of 3, which is none of them: 3/4; of 9: all are smaller
    among = torch.tensor([5, 1, 2, 1])
    result = quantiles(torch.tensor([1, 2, 5, 3, 9]), among)
    assert result.tolist() == [0.25, 0.625, 0.875, 0.75, 1.0]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(1, 9))
def test_quantiles_of_the_training_queries_name_a_depth_and_rise_with_the_number(
    numbers: list[int], n_depths: int
) -> None:
    n_relevant = torch.tensor(sorted(numbers))
    quantile = quantiles(n_relevant, n_relevant)
    depths = targets("quantiles", Queries(n_relevant, quantile), n_depths)
    assert depths.min() >= 0
    assert depths.max() < n_depths
    assert (depths.diff() >= 0).all()


def test_different_numbers_are_cut_into_bins_of_one_size() -> None:
    numbers = torch.arange(12)
    depths = targets("quantiles", Queries(numbers, quantiles(numbers, numbers)), 4)
    assert depths.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3


def test_the_mode_is_the_depth_up_to_the_last_one() -> None:
    queries = Queries(NUMBERS, mode=torch.tensor([0, 3, 1, 7, 2]))
    assert targets("mode", queries, 4).tolist() == [0, 3, 1, 3, 2]
    assert targets("mode", queries, 2).tolist() == [0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("mode", "no column `mode`; choose the rule source or quantiles, or a loader"),
        ("quantiles", "the batch has no quantiles of its queries; give it `quantile`"),
    ],
)
def test_a_rule_without_what_it_reads_says_so(rule: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        targets(rule, Queries(NUMBERS), 4)

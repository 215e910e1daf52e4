"""Grouped linear maps equal one `linear` per text, with the same gradients."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import linear

from maw.models.grouped import grouped_linear, runs, select_by_depth

D, E, F = 4, 3, 5


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64).requires_grad_()


@given(
    st.lists(st.integers(0, D - 1), min_size=1, max_size=6),
    st.sampled_from([2, 20]),  # short and long texts are multiplied differently
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_each_text_is_mapped_by_its_own_weights(
    depths: list[int], length: int, biased: bool
) -> None:
    torch.manual_seed(0)
    x = drawn(len(depths), length, E)
    weights, biases = [drawn(F, E) for _ in range(D)], [drawn(F) for _ in range(D)]
    y = grouped_linear(x, torch.tensor(depths), weights, biases if biased else ())
    expected = torch.stack(
        [linear(x[b], weights[d], biases[d] if biased else None) for b, d in enumerate(depths)]
    )
    torch.testing.assert_close(y, expected)
    leaves = [x, *(weights[d] for d in set(depths)), *(biases[d] for d in set(depths) if biased)]
    gradients = torch.autograd.grad(y.sin().sum(), leaves)
    torch.testing.assert_close(gradients, torch.autograd.grad(expected.sin().sum(), leaves))


def test_values_are_selected_and_absent_depths_get_no_gradient() -> None:
    values = [drawn(E) for _ in range(D)]
    selected = select_by_depth(torch.tensor([2, 0, 2]), values)
    assert torch.equal(selected, torch.stack([values[2], values[0], values[2]]))
    selected.sum().backward()
    assert [value.grad is None for value in values] == [False, True, False, True]


def test_a_depth_beyond_the_last_is_an_error() -> None:
    with pytest.raises(IndexError):
        grouped_linear(drawn(1, 2, E), torch.tensor([D]), [drawn(F, E) for _ in range(D)])


def test_ascending_numbers_become_runs() -> None:
    assert runs([0, 1, 4]) == [(0, 2), (4, 5)]
    assert runs([]) == []

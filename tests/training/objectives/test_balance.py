"""The load balance against numbers worked by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from maw.training.objectives.balance import entropy, load_balance


def test_a_router_that_is_certain_about_every_text_but_uses_all_depths_is_balanced() -> None:
    logits = 50 * torch.eye(4, dtype=torch.float64)
    assert load_balance(logits).item() == pytest.approx(0, abs=1e-12)
    assert load_balance(torch.zeros(3, 4)).item() == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("certainty", [100.0, 1e6])
def test_a_router_that_uses_one_depth_has_the_logarithm_of_their_number(certainty: float) -> None:
    logits = torch.tensor([[0.0, certainty, 0, 0]] * 5, requires_grad=True)
    loss = load_balance(logits)
    assert loss.item() == pytest.approx(math.log(4), abs=1e-6)
    loss.backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_the_mean_policy_is_compared_by_hand() -> None:
    # policies (.75, .25, 0+) and (.25, .25, .5): mean (.5, .25, .25);
    #   .5 ln 1.5 + 2 · .25 ln .75 = .0588915178
    policies = torch.tensor([[0.75, 0.25, 1e-300], [0.25, 0.25, 0.5]], dtype=torch.float64)
    assert load_balance(policies.log()).item() == pytest.approx(0.0588915178, abs=5e-11)


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_it_lies_between_0_and_the_logarithm_of_the_number_of_depths(seed: int, D: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    loss = load_balance(4 * torch.randn(5, D, generator=generator, dtype=torch.float64))
    assert -1e-12 <= loss.item() <= math.log(D) + 1e-12


def test_entropy_by_hand() -> None:
    # a certain policy 0; (.5, .25, .25): 1.5 ln 2
    policy = torch.tensor([[1.0, 0, 0], [0.5, 0.25, 0.25]], dtype=torch.float64)
    assert entropy(policy).tolist() == pytest.approx([0, 1.5 * math.log(2)], abs=1e-12)

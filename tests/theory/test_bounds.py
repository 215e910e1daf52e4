"""Theorem 1 fails; three bounds hold on every head that hypothesis draws, and can be attained."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.theory.bounds import (
    HeadProjections,
    counterexample,
    lipschitz_bound,
    local_bounds,
    projection_bound,
    random_head,
    softmax,
    theorem_1,
    trivial_bound,
)

SLACK = 1e-9


@st.composite
def heads(draw: st.DrawFn) -> HeadProjections:
    """Draw a head of any shape and scale, its depth near or far, sometimes sparse or constant."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    length, size = draw(st.integers(1, 24)), draw(st.integers(1, 9))
    scale = draw(st.sampled_from([1e-3, 0.1, 1.0, 5.0, 30.0]))
    drift = draw(st.sampled_from([None, 1e-6, 0.01, 1.0, 10.0]))
    head = random_head(generator, length=length, size=size, standard=scale, drift=drift)
    if draw(st.booleans()):
        return head
    keep = generator.random((length, size)) < 0.3
    return HeadProjections(head.q * keep, head.k, head.q_d * keep, head.k_d * keep)


@settings(max_examples=400, deadline=None)
@given(head=heads(), s=st.floats(0, 1))
def test_the_bounds_hold_for_every_head_and_blend(head: HeadProjections, s: float) -> None:
    standard, depth = (softmax(scores) for scores in head.scores)
    blend = (1 - s) * standard + s * depth
    distance = float(np.linalg.norm(blend - standard))
    assert distance == pytest.approx(s * head.distance, abs=1e-12)
    for bound in (trivial_bound, lipschitz_bound, projection_bound):
        assert distance <= s * bound(head) + SLACK
    # both subtract nearly equal projections: what rounding leaves is of the projections' size
    assert lipschitz_bound(head) <= projection_bound(head) * (1 + SLACK) + SLACK
    assert (head.row_distances <= local_bounds(head) + SLACK).all()
    assert np.linalg.norm(local_bounds(head)) <= lipschitz_bound(head) * (1 + SLACK) + SLACK


def test_the_counterexample_to_theorem_1() -> None:
    # softmax([1, −1]) − softmax([0, 0]) = ±tanh(1)/2, four times: tanh 1 = .76159416
    head = counterexample()
    assert head.distance == pytest.approx(0.76159416, abs=5e-9)
    assert [theorem_1(head, n_depths=d, alpha=a) for d in (1, 64) for a in (0.0, 9.0)] == [0.0] * 4


def test_the_trivial_bound_is_attained() -> None:
    far = np.array([[1.0], [-1.0]]) * 30
    head = HeadProjections(far, far, far, -far)  # all attention on one token, then on the other
    assert head.distance / trivial_bound(head) == pytest.approx(1, abs=1e-12)


def test_the_lipschitz_bound_is_attained_in_the_limit() -> None:
    # L = 2, nearly uniform: .99997 already at logits of ±.01
    small = np.array([[0.1], [-0.1]])
    head = HeadProjections(np.zeros((2, 1)), np.zeros((2, 1)), small, small)
    assert head.distance / lipschitz_bound(head) == pytest.approx(0.99997, abs=5e-6)


def test_the_local_bound_is_tight_where_the_lipschitz_bound_is_not() -> None:
    head = random_head(np.random.default_rng(0), length=32, size=16, standard=0.1, drift=0.005)
    local = head.distance / np.linalg.norm(local_bounds(head))
    assert local > 0.9 > 0.1 > head.distance / lipschitz_bound(head)

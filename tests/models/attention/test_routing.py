"""A routing attends under its depths, by its gates or by known outputs, and selects texts."""

import torch

from maw.models.attention.routing import Routing
from maw.models.attention.straight_through import ExactGates
from tests.models.attention.literal_cases import assert_near, example


def test_it_attends_as_the_attention_does() -> None:
    sample = example()
    attention = sample.attention.eval()
    expected = attention(sample.x, sample.mask, sample.depth)
    assert torch.equal(Routing(sample.mask, sample.depth).attend(attention, sample.x), expected)
    gates = ExactGates(sample.chosen)
    assert torch.equal(
        Routing(sample.mask, sample.depth, gates).attend(attention, sample.x), expected
    )


def test_known_outputs_are_mixed_in_the_first_layer_only() -> None:
    sample = example()
    attention = sample.attention.eval()
    weights = sample.chosen / 2 + 0.1
    with torch.no_grad():
        expected = attention(sample.x, sample.mask, weights)
        outputs = attention.statistics(sample.x, sample.mask).depth_outputs
        assert outputs is not None
        routing = Routing(sample.mask, weights, depth_outputs=outputs)
        assert_near(routing.attend(attention, sample.x)[sample.mask], expected[sample.mask])
        doubled = Routing(sample.mask, weights, depth_outputs=tuple(2 * y for y in outputs))
        assert not torch.allclose(doubled.attend(attention, sample.x), expected)
        above = doubled.above_first_layer().attend(attention, sample.x)
    assert torch.equal(above, expected)


def test_some_texts_keep_their_mask_depth_and_gates() -> None:
    sample = example()
    rows = slice(1, 3)
    routing = Routing(sample.mask, sample.depth, ExactGates(sample.chosen), (sample.x,)).select(
        rows
    )
    assert torch.equal(routing.mask, sample.mask[rows])
    assert torch.equal(routing.depth, sample.depth[rows])
    assert isinstance(routing.gates, ExactGates)
    assert torch.equal(routing.gates.gates, sample.chosen[rows])
    assert routing.depth_outputs is None

"""The layer is transformers' BertLayer."""

from typing import Any

import pytest
import torch

from maw.models.encoders.layer import TransformerLayer, attention_weights
from maw.settings import registry


@pytest.mark.parametrize("kind", [{"kind": "standard"}, {"kind": "maw", "depths": 3}])
def test_a_layer_equals_that_of_transformers_with_padding(
    kind: dict[str, Any], tiny_bert: Any
) -> None:
    for theirs in tiny_bert.encoder.layer:
        config, weights = registry.parse("attention", kind), theirs.state_dict()
        attention = registry.module_of(config).build(config, attention_weights(weights), n_heads=3)
        ours = TransformerLayer(weights, attention, eps=tiny_bert.config.layer_norm_eps)
        x = torch.randn(4, 7, 24, generator=torch.Generator().manual_seed(0))
        mask = torch.arange(7) < torch.tensor([7, 2, 5, 1])[:, None]
        minus_infinity = torch.finfo(torch.float32).min
        with torch.no_grad():
            expected = theirs(x, (~mask[:, None, None, :]).float() * minus_infinity)
            actual = ours.after(x, ours.attention(x, mask, torch.zeros(4, dtype=torch.int64)))
        torch.testing.assert_close(actual[mask], expected[mask], rtol=0, atol=1e-5)


def test_a_layer_copies_its_weights(random_top: Any) -> None:
    top = random_top()
    weights = {name.removeprefix("layer.0."): tensor for name, tensor in top.items()}
    config = registry.parse("attention", {"kind": "standard"})
    attention = registry.module_of(config).build(config, attention_weights(weights), n_heads=2)
    layer = TransformerLayer(weights, attention, eps=1e-12)
    before = {name: tensor.clone() for name, tensor in top.items()}
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(1)
    assert all(torch.equal(before[name], tensor) for name, tensor in top.items())

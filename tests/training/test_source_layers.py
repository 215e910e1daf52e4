"""The source's layers have its shapes, mask padding, and have routers that learn."""

import pytest
import torch
from torch import Tensor

from maw.errors import InputError
from maw.models.attention.literal import attend_literally
from maw.training.source_layers import DepthwiseMAWSelfAttention, MAWAttention

B, L, E, H = 3, 7, 48, 6
MASK = torch.arange(L) < torch.tensor([7, 4, 5])[:, None]


def states(seed: int = 0) -> Tensor:
    return torch.randn(B, L, E, generator=torch.Generator().manual_seed(seed))


def layer(depth_dim: int | None = None) -> MAWAttention:
    torch.manual_seed(0)
    return MAWAttention(E, H, depth_dim=depth_dim)


def test_the_sources_worked_example_comes_out() -> None:
    # B 4, L 128, E 768, H 12 → output [4, 128, 768]; 786,432 elements against 50,331,648
    one = MAWAttention().eval()
    assert (one.num_heads, one.depth_dim, one.dropout.p) == (12, 64, 0.1)
    with torch.no_grad():
        x = torch.randn(4, 128, 768)
        assert one(x, torch.ones(4, 128)).shape == (4, 128, 768)
        q = one.Q_depth(x).view(4, 128, 12, 64, 64).transpose(1, 2)
        k = one.K_depth(x).view(4, 128, 12, 64, 64).transpose(1, 2)
        mask, weights = torch.ones(4, 128, dtype=torch.bool), torch.full((4, 64), 1 / 64)
        _, maps = attend_literally(q, k, torch.ones(4, 12, 128, 64), weights=weights, mask=mask)
    assert maps.shape == (4, 12, 128, 128, 64)
    assert maps[..., 0].numel() == 786_432
    assert maps.numel() == 50_331_648 == 64 * maps[..., 0].numel()


def test_the_layer_has_the_sources_projections() -> None:
    one = layer()
    shapes = {name: tuple(getattr(one, name).weight.shape) for name in ("query", "key", "value")}
    assert set(shapes.values()) == {(E, E)}
    assert one.Q_depth.weight.shape == one.K_depth.weight.shape == (E * (E // H), E)
    assert one.output.weight.shape == (E, E)
    assert layer(depth_dim=3).depth_dim == 3


def test_padding_changes_nothing() -> None:
    one = layer().eval()
    changed = states().masked_fill(~MASK[..., None], 9.0)
    for call in (one, one.standard):
        torch.testing.assert_close(call(states(), MASK)[MASK], call(changed, MASK)[MASK])


def test_standard_attention_is_torchs() -> None:
    one = layer().eval()
    theirs = torch.nn.MultiheadAttention(E, H, batch_first=True).eval()
    with torch.no_grad():
        parts = (one.query, one.key, one.value)
        theirs.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
        theirs.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
        theirs.out_proj.load_state_dict(one.output.state_dict())
        expected, _ = theirs(states(), states(), states(), key_padding_mask=~MASK)
        torch.testing.assert_close(one.standard(states(), MASK)[MASK], expected[MASK])


def test_the_layers_router_learns_through_the_output() -> None:
    one = layer(depth_dim=3)
    one(states(), MASK).square().sum().backward()
    gradients = [parameter.grad for parameter in one.router.parameters()]
    assert all(g is not None and g.abs().sum() > 0 for g in gradients)


@pytest.mark.parametrize("mode", ["stat", "uniform", "random", "argmax"])
def test_every_gating_mode_of_the_source_blends(mode: str) -> None:
    torch.manual_seed(0)
    one = DepthwiseMAWSelfAttention(E, H, depth_dim=4, gating_mode=mode).eval()
    assert one(states(), MASK).shape == (B, L, E)
    changed = states().masked_fill(~MASK[..., None], 9.0)
    torch.testing.assert_close(one(states(), MASK)[MASK], one(changed, MASK)[MASK])
    one.attention.strength = 0.0
    plain = one(states(), MASK)
    one.attention.strength = 0.15
    assert not torch.allclose(one(states(), MASK)[MASK], plain[MASK])


def test_the_blend_is_linear_in_the_strength() -> None:
    torch.manual_seed(0)
    one = DepthwiseMAWSelfAttention(E, H, depth_dim=4, gating_mode="uniform").eval()
    outputs = []
    for strength in (0.0, 0.15, 1.0):
        one.attention.strength = strength
        outputs.append(one(states(), MASK)[MASK])
    torch.testing.assert_close(outputs[1], 0.85 * outputs[0] + 0.15 * outputs[2])


def test_a_router_that_learns_gets_a_gradient_in_training() -> None:
    torch.manual_seed(0)
    one = DepthwiseMAWSelfAttention(E, H, depth_dim=4, gating_mode="argmax")
    one(states(), MASK).square().sum().backward()
    gradients = [parameter.grad for parameter in one.router.parameters()]
    assert all(g is not None for g in gradients)
    assert sum(float(g.abs().sum()) for g in gradients if g is not None) > 0


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="hidden_dim 10 is not a multiple of num_heads 3"):
        MAWAttention(10, 3)
    with pytest.raises(InputError, match="3 depths do not divide the head's size 8"):
        DepthwiseMAWSelfAttention(E, H, depth_dim=3)
    with pytest.raises(InputError, match="gating_mode: unknown 'statt'; did you mean 'stat'"):
        DepthwiseMAWSelfAttention(E, H, gating_mode="statt")

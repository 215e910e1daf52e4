"""Each attention computes what its name says."""

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from maw.models.attention.literal import MAWAttention, attend_literally
from maw.models.pooling import mean_of_tokens
from maw.theory.attentions import (
    KINDS,
    AttentionConfig,
    GroupedQueryAttention,
    Kind,
    LazyMAW,
    LinearAttention,
    StreamedMAW,
    build,
)

B, L, E, H, D = 4, 7, 24, 3, 5
LENGTHS = torch.tensor([7, 3, 1, 5])
MASK = torch.arange(L) < LENGTHS[:, None]


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(B, L, E, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def literal() -> MAWAttention:
    torch.manual_seed(1)
    layer = MAWAttention(E, H, D).eval()
    torch.nn.init.normal_(layer.router.weight)  # so that texts choose different depths
    return layer


def tokens(y: torch.Tensor) -> torch.Tensor:
    """The real tokens of a batch."""
    return y[MASK]


def test_lazy_is_the_literal_layer(x: torch.Tensor, literal: MAWAttention) -> None:
    lazy = LazyMAW(E, H, D).same_as(literal).eval()
    depth = literal.router(mean_of_tokens(x, MASK)).argmax(-1)
    assert len(depth.unique()) > 1
    torch.testing.assert_close(tokens(lazy(x, MASK)), tokens(literal(x, MASK)), rtol=0, atol=1e-5)


def test_streamed_is_the_literal_mixture(x: torch.Tensor, literal: MAWAttention) -> None:
    streamed = StreamedMAW(E, H, D).same_as(literal).eval()
    q, k = (
        layer(x).view(B, L, H, E // H, D).transpose(1, 2)
        for layer in (literal.Q_depth, literal.K_depth)
    )
    v = literal.value(x).view(B, L, H, E // H).transpose(1, 2)
    gates = literal.router(mean_of_tokens(x, MASK)).softmax(-1)
    y, _ = attend_literally(q, k, v, weights=gates, mask=MASK)
    expected = literal.output(y.transpose(1, 2).reshape(B, L, E))
    torch.testing.assert_close(tokens(streamed(x, MASK)), tokens(expected), rtol=0, atol=1e-5)


@pytest.mark.parametrize("kv_heads", [1, 3])
def test_shared_keys_are_keys_repeated(x: torch.Tensor, kv_heads: int) -> None:
    layer = GroupedQueryAttention(E, H, kv_heads)
    q = layer.query(x).view(B, L, H, 8).transpose(1, 2)
    k, v = layer.key_value(x).view(B, L, 2 * kv_heads, 8).transpose(1, 2).chunk(2, dim=1)
    k, v = (part.repeat_interleave(H // kv_heads, dim=1) for part in (k, v))
    y = scaled_dot_product_attention(q, k, v, attn_mask=MASK[:, None, None])
    expected = layer.output(y.transpose(1, 2).reshape(B, L, E))
    torch.testing.assert_close(layer(x, MASK), expected, rtol=0, atol=1e-6)


def test_linear_attention_is_its_definition(x: torch.Tensor) -> None:
    layer = LinearAttention(E, H)
    q, k, v = layer.query_key_value(x).view(B, L, 3, H, 8).permute(2, 0, 3, 1, 4)
    q, k = (torch.nn.functional.elu(part) + 1 for part in (q, k))
    weights = (q @ k.transpose(-1, -2)).masked_fill(~MASK[:, None, None], 0)  # [B, H, L, L]
    y = weights / weights.sum(-1, keepdim=True) @ v
    expected = layer.output(y.transpose(1, 2).reshape(B, L, E))
    torch.testing.assert_close(layer(x, MASK), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_never_counts(kind: Kind, x: torch.Tensor) -> None:
    torch.manual_seed(0)
    layer = build(AttentionConfig(kind, hidden=E, heads=H, n_depths=D, kv_heads=3))
    with_noise = x.masked_fill(~MASK[..., None], 50.0)
    torch.testing.assert_close(
        tokens(layer(with_noise, MASK)), tokens(layer(x, MASK)), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "maw"}, "kind 'maw' is unknown; give one of standard, maw_naive"),
        ({"kind": "linear", "hidden": 10}, "each must be a multiple of the next"),
        ({"kind": "linear", "kv_heads": 5}, "each must be a multiple of the next"),
    ],
)
def test_an_impossible_configuration_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AttentionConfig(**options)  # type: ignore[arg-type]

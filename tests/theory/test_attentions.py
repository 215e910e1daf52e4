"""Each attention is what its name says; FLOPs are those of the formulas."""

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from maw.models.attention.literal import MAWAttention, attend_literally
from maw.models.encoders.bi_encoder import mean_of_tokens
from maw.theory.attentions import (
    KINDS,
    AttentionConfig,
    GroupedQueryAttention,
    LazyMAW,
    LinearAttention,
    StreamedMAW,
)
from maw.theory.comparison import AttentionComparator, counted, timed

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
    known = literal.output(y.transpose(1, 2).reshape(B, L, E))
    torch.testing.assert_close(tokens(streamed(x, MASK)), tokens(known), rtol=0, atol=1e-5)


@pytest.mark.parametrize("kv_heads", [1, 3])
def test_shared_keys_are_keys_repeated(x: torch.Tensor, kv_heads: int) -> None:
    layer = GroupedQueryAttention(E, H, kv_heads)
    q = layer.query(x).view(B, L, H, 8).transpose(1, 2)
    k, v = layer.key_value(x).view(B, L, 2 * kv_heads, 8).transpose(1, 2).chunk(2, dim=1)
    k, v = (part.repeat_interleave(H // kv_heads, dim=1) for part in (k, v))
    y = scaled_dot_product_attention(q, k, v, attn_mask=MASK[:, None, None])
    known = layer.output(y.transpose(1, 2).reshape(B, L, E))
    torch.testing.assert_close(layer(x, MASK), known, rtol=0, atol=1e-6)


def test_linear_attention_is_its_definition(x: torch.Tensor) -> None:
    layer = LinearAttention(E, H)
    q, k, v = layer.query_key_value(x).view(B, L, 3, H, 8).permute(2, 0, 3, 1, 4)
    q, k = (torch.nn.functional.elu(part) + 1 for part in (q, k))
    weights = (q @ k.transpose(-1, -2)).masked_fill(~MASK[:, None, None], 0)  # [B, H, L, L]
    y = weights / weights.sum(-1, keepdim=True) @ v
    known = layer.output(y.transpose(1, 2).reshape(B, L, E))
    torch.testing.assert_close(layer(x, MASK), known, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_never_counts(kind: str, x: torch.Tensor) -> None:
    from maw.theory.attentions import build

    torch.manual_seed(0)
    layer = build(AttentionConfig(kind, hidden=E, heads=H, depths=D, kv_heads=3))  # type: ignore[arg-type]
    soiled = x.masked_fill(~MASK[..., None], 50.0)
    torch.testing.assert_close(
        tokens(layer(soiled, MASK)), tokens(layer(x, MASK)), rtol=0, atol=1e-5
    )


def test_flops_are_those_of_the_formulas() -> None:
    configs = [AttentionConfig(k, hidden=E, heads=H, depths=D, kv_heads=3, batch=2) for k in KINDS]
    costs = {c.config.kind: c for c in AttentionComparator(configs).compare([16])}
    n, router = 2 * 16, 2 * 2 * E * D  # tokens of the batch; of the router, two texts
    projection, attention = 2 * n * E * E, 2 * 2 * 16 * 16 * E  # each of QKᵀ and AV
    assert costs["standard"].flops == 4 * projection + 2 * attention
    assert costs["maw_lazy"].flops == costs["standard"].flops + router
    assert costs["maw_streamed"].flops == (2 * D + 2) * projection + 2 * D * attention + router
    select = 2 * 2 * H * 16 * 16 * D
    naive = (2 * D + 2) * projection + (D + 1) * attention + select + router
    assert costs["maw_naive"].flops == naive
    shared = 2 * 2 * n * E * (E // H)  # keys and values of one head
    assert costs["multi_query"].flops == 2 * projection + shared + 2 * attention
    assert costs["grouped_query"].flops == costs["standard"].flops  # here each head has its own
    state = 2 * 2 * n * E * (E // H) + 2 * n * E  # kᵀv, q(kᵀv), and the sum below
    assert costs["linear"].flops == 4 * projection + state


def test_parameters_used_are_one_depths() -> None:
    configs = [AttentionConfig(k, hidden=E, heads=H, depths=D, kv_heads=1) for k in KINDS]
    costs = {c.config.kind: c for c in AttentionComparator(configs).compare([8])}
    standard, lazy = costs["standard"], costs["maw_lazy"]
    router = D * (E + 1)
    assert lazy.parameters_used == standard.parameters + router
    assert lazy.parameters == standard.parameters + router + (D - 1) * 2 * E * (E + 1)
    assert costs["maw_naive"].parameters_used == costs["maw_naive"].parameters == lazy.parameters
    assert costs["maw_naive"].largest == H * 8 * 8 * D
    assert all(cost.seconds is None for cost in costs.values())


def test_runs_take_turns_and_the_fastest_counts() -> None:
    order: list[str] = []
    spent = timed([lambda: order.append("a"), lambda: order.append("b")], repeats=2)
    assert order == ["a", "b"] * 3  # the first turn warms up
    assert all(seconds is not None and 0 <= seconds < 1 for seconds in spent)


def test_the_counter_knows_fused_attention() -> None:
    q = torch.randn(1, 2, 8, 4)
    assert counted(lambda: scaled_dot_product_attention(q, q, q)) == 2 * 2 * 2 * 8 * 8 * 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "maw"}, "kind 'maw'; known: standard, maw_naive"),
        ({"kind": "linear", "hidden": 10}, "each must be a multiple of the next"),
        ({"kind": "linear", "kv_heads": 5}, "each must be a multiple of the next"),
    ],
)
def test_an_impossible_configuration_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AttentionConfig(**options)  # type: ignore[arg-type]

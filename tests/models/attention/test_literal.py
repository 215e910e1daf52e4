"""The five-axis reference, against torch's own attention and numbers worked by hand."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import gumbel_softmax, scaled_dot_product_attention

import maw.models.attention
from maw.models.attention.literal import MAWAttention, attend_literally

B, H, L, h, D = 3, 2, 5, 4, 6
LENGTHS = torch.tensor([5, 1, 3])
MASK = torch.arange(L) < LENGTHS[:, None]


def random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


Q, K, V = random(B, H, L, h, D), random(B, H, L, h, D, seed=1), random(B, H, L, h, seed=2)


def test_there_is_one_softmax_over_real_keys_per_text_head_query_and_depth() -> None:
    mixed, A = attend_literally(Q, K, V, weights=random(B, D).softmax(-1), mask=MASK)
    assert (mixed.shape, A.shape) == ((B, H, L, h), (B, H, L, L, D))
    torch.testing.assert_close(A.sum(3), torch.ones_like(A.sum(3)))
    assert (A.transpose(1, 3)[~MASK] == 0).all()  # keys first: [B, Lk, Lq, H, D]
    assert (A.transpose(1, 3)[MASK] > 0).all()


def test_two_tokens_by_hand() -> None:
    # h = 1, Q_d = K_d = [1, -1]: rows (e, 1/e) and (1/e, e) over e + 1/e; sigma(2) = .8807970780.
    # Q = K = 0 gives .5 everywhere; the Frobenius distance of the two is MODEL.md's .7616 = tanh 1
    q = torch.tensor([[0.0, 1.0], [0.0, -1.0]], dtype=torch.float64).view(1, 1, 2, 1, 2)
    v = torch.tensor([10.0, 20.0], dtype=torch.float64).view(1, 1, 2, 1)
    mask = torch.ones(1, 2, dtype=torch.bool)
    mixed, A = attend_literally(q, q, v, weights=torch.tensor([[0.25, 0.75]]).double(), mask=mask)
    assert A[0, 0, :, :, 0].flatten().tolist() == [0.5] * 4
    near, far = 0.8807970780, 0.1192029220
    expected = torch.tensor([[near, far], [far, near]], dtype=torch.float64)
    torch.testing.assert_close(A[0, 0, :, :, 1], expected, rtol=0, atol=5e-11)
    assert (A[..., 1] - A[..., 0]).norm().item() == pytest.approx(math.tanh(1), abs=1e-12)
    # .25 · 15 + .75 · (10 · .8807970780 + 20 · .1192029220) = 12.1440219
    assert mixed[0, 0, 0, 0].item() == pytest.approx(12.1440219, abs=5e-8)


def test_one_depth_is_torchs_attention() -> None:
    mixed, _ = attend_literally(
        Q[..., :1], K[..., :1], V, weights=torch.ones(B, 1).double(), mask=MASK
    )
    expected = scaled_dot_product_attention(
        Q[..., 0], K[..., 0], V, attn_mask=MASK[:, None, None, :]
    )
    torch.testing.assert_close(mixed, expected, rtol=0, atol=1e-12)


def test_a_mixture_is_the_weighted_sum_of_torchs_attention_of_each_depth() -> None:
    weights = random(B, D, seed=3).softmax(-1)
    mixed, _ = attend_literally(Q, K, V, weights=weights, mask=MASK)
    expected = sum(
        weights[:, d, None, None, None]
        * scaled_dot_product_attention(Q[..., d], K[..., d], V, attn_mask=MASK[:, None, None, :])
        for d in range(D)
    )
    torch.testing.assert_close(mixed, expected, rtol=0, atol=1e-12)


def layer(dropout: float = 0.0) -> MAWAttention:
    torch.manual_seed(0)
    return MAWAttention(12, 3, depth_dim=5, dropout=dropout).double()


X = random(B, L, 12, seed=4)


def test_the_layer_keeps_the_shape_and_its_depth_is_the_head_size_unless_given() -> None:
    assert layer()(X, MASK).shape == X.shape
    assert layer().depth_dim == 5
    assert maw.models.attention.MAWAttention(12, 3).depth_dim == 4


def test_in_evaluation_each_text_uses_its_best_depth_alone() -> None:
    attention = layer().eval()
    pooled = torch.stack([x[:n].mean(0) for x, n in zip(X, LENGTHS, strict=True)])
    best = attention.router(pooled).argmax(-1)
    assert len(set(best.tolist())) > 1

    def heads(projected: Tensor, b: int) -> Tensor:
        return projected[b].view(L, 3, 4).transpose(0, 1)  # [H, L, h]

    for b in range(B):
        d = int(best[b])
        q = heads(attention.Q_depth(X)[..., d::5], b)  # depth is the innermost axis
        k = heads(attention.K_depth(X)[..., d::5], b)
        y = scaled_dot_product_attention(q, k, heads(attention.value(X), b), attn_mask=MASK[b])
        expected = attention.output(y.transpose(0, 1).reshape(L, 12))
        torch.testing.assert_close(attention(X, MASK)[b], expected, rtol=0, atol=1e-12)


def test_padding_changes_nothing_in_the_real_tokens() -> None:
    attention = layer().eval()
    whole = attention(X, MASK)
    for b, n in enumerate(LENGTHS.tolist()):
        alone = attention(X[b : b + 1, :n])
        torch.testing.assert_close(whole[b : b + 1, :n], alone, rtol=0, atol=1e-12)


def test_in_training_too_each_text_uses_one_depth_alone() -> None:
    attention = layer().train()
    torch.manual_seed(1)
    drawn = attention(X, MASK)
    torch.manual_seed(1)
    logits = attention.router((X * MASK[..., None]).sum(1) / LENGTHS[:, None])
    chosen = gumbel_softmax(logits, tau=0.5, hard=True).argmax(-1)
    assert chosen.tolist() != logits.argmax(-1).tolist()
    forced = torch.zeros(B, 5, dtype=torch.float64)
    forced[torch.arange(B), chosen] = 1
    attention.eval().router.register_forward_hook(lambda *_: forced)
    torch.testing.assert_close(drawn, attention(X, MASK), rtol=0, atol=1e-12)


def test_the_router_learns_in_training_although_one_depth_is_chosen() -> None:
    attention = layer().train()
    attention(X, MASK).square().sum().backward()
    gradient = attention.router.weight.grad
    assert gradient is not None
    assert gradient.abs().max() > 0


def test_the_router_gets_no_gradient_in_evaluation() -> None:
    attention = layer().eval()
    attention(X, MASK).square().sum().backward()
    assert attention.router.weight.grad is None


def test_dropout_acts_in_training_only() -> None:
    attention = layer(dropout=0.5)
    torch.testing.assert_close(attention.eval()(X, MASK), layer().eval()(X, MASK))
    torch.manual_seed(1)
    dropped = attention.train()(X, MASK)
    torch.manual_seed(1)
    attention.dropout.p = 0.0
    assert not torch.allclose(dropped, attention(X, MASK))


def test_heads_that_do_not_divide_the_hidden_size_are_an_error() -> None:
    with pytest.raises(
        ValueError, match="hidden_dim 10 is not a multiple of num_heads 4; give a number of heads"
    ):
        MAWAttention(10, 4)


def test_the_package_names_what_it_does_not_have() -> None:
    with pytest.raises(AttributeError, match="no attribute 'MAWAttentoin'"):
        _ = maw.models.attention.MAWAttentoin

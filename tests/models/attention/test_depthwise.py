"""The fast forms equal the five-axis form: outputs, gradients, maps, what routers read."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from maw.models.attention.depthwise import DepthwiseAttention
from tests.models.attention.literal_cases import (
    KINDS,
    Case,
    assert_near,
    assert_same_gradients,
    backbone_tensors,
    blended,
    case,
    cases,
    example,
    literally,
    standard,
)


@given(cases(strengths=True))
@settings(max_examples=100, deadline=None)
def test_outputs_and_gradients_are_those_of_the_literal_form(sample: Case) -> None:
    fast = sample.attention(sample.x, sample.mask, sample.depth)
    slow = blended(sample, sample.chosen)
    assert_near(fast, slow)
    assert_same_gradients(sample, fast, slow)


@given(cases(strengths=True))
@settings(max_examples=60, deadline=None)
def test_a_streamed_mixture_is_that_of_the_literal_form(sample: Case) -> None:
    shape = (len(sample.x), sample.attention.n_depths)
    weights = torch.rand(shape, generator=torch.Generator().manual_seed(1)).softmax(-1)
    weights = weights.to(sample.x).requires_grad_()
    fast, slow = sample.attention(sample.x, sample.mask, weights), blended(sample, weights)
    assert_near(fast, slow)
    assert_same_gradients(sample, fast, slow, weights=weights)


@given(cases())
@settings(max_examples=30, deadline=None)
def test_maps_are_the_chosen_depths_of_the_literal_tensor(sample: Case) -> None:
    _, A = literally(sample, sample.chosen)
    known = A[torch.arange(len(A)), ..., sample.depth]
    assert_near(sample.attention.maps(sample.x, sample.mask, sample.depth), known)


@given(cases(), st.sampled_from([1, 3, 8]))
@settings(max_examples=40, deadline=None)
def test_pooled_is_torchs_adaptive_pooling_of_the_mean_over_depths(sample: Case, bins: int) -> None:
    _, A = literally(sample, sample.chosen)
    known = torch.stack(
        [
            adaptive_avg_pool2d(A[b, :, :n, :n].mean(-1), (bins, bins))
            for b, n in enumerate(sample.lengths)
        ]
    )
    assert_near(sample.attention.pooled(sample.x, sample.mask, bins), known)


@given(cases(strengths=True))
@settings(max_examples=40, deadline=None)
def test_padding_changes_nothing_in_the_real_tokens(sample: Case) -> None:
    whole = sample.attention(sample.x, sample.mask, sample.depth)
    mixed = sample.attention(sample.x, sample.mask, sample.chosen / 2 + 0.1)
    pooled = sample.attention.pooled(sample.x, sample.mask)
    stat = sample.attention.statistics(sample.x, sample.mask).logits
    for b, n in enumerate(sample.lengths):
        x, mask, one = sample.x[b : b + 1, :n], sample.mask[b : b + 1, :n], slice(b, b + 1)
        assert_near(whole[one, :n], sample.attention(x, mask, sample.depth[one]))
        assert_near(mixed[one, :n], sample.attention(x, mask, sample.chosen[one] / 2 + 0.1))
        assert_near(pooled[one], sample.attention.pooled(x, mask))
        theirs = sample.attention.statistics(x, mask).logits
        torch.testing.assert_close(stat[one], theirs, rtol=1e-3, atol=1e-3)


@given(cases(strengths=True))
@settings(max_examples=40, deadline=None)
def test_a_mixture_of_outputs_that_the_statistics_gave_is_the_mixture(sample: Case) -> None:
    attention = sample.attention.eval()
    weights = sample.chosen / 2 + 0.1
    with torch.no_grad():
        expected = attention(sample.x, sample.mask, weights)
        outputs = attention.statistics(sample.x, sample.mask).depth_outputs
        assert outputs is not None
        assert len(outputs) == attention.n_depths
        y = attention.mix(sample.x, sample.mask, weights, outputs)
    assert_near(y[sample.mask], expected[sample.mask])


@given(cases(strengths=True))
@settings(max_examples=20, deadline=None)
def test_nothing_is_kept_between_calls(sample: Case) -> None:
    attention = sample.attention.eval()
    weights = sample.chosen / 2 + 0.1
    other_mask = torch.ones_like(sample.mask)
    with torch.no_grad():
        expected = attention(sample.x, other_mask, weights)
        attention.statistics(sample.x, sample.mask)
        assert torch.equal(attention(sample.x, other_mask, weights), expected)


def test_in_training_the_statistics_give_no_outputs() -> None:
    sample = case([4, 6], [1, 0], D=2, dropout=0.5)
    assert sample.attention.statistics(sample.x, sample.mask).depth_outputs is None


def test_a_subclass_with_its_own_forward_is_not_bypassed() -> None:
    class Doubled(DepthwiseAttention):
        def forward(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
            return 2 * super().forward(x, mask, depth)

    sample = example()
    doubled = Doubled(backbone_tensors(sample.attention), n_heads=2, n_depths=5).double().eval()
    assert doubled.statistics(sample.x, sample.mask).depth_outputs is None


@pytest.mark.parametrize("kind", KINDS)
def test_at_strength_0_every_kind_is_the_backbone_exactly(kind: str) -> None:
    sample = case([5, 20, 1], [2, 0, 1], D=4, kind=kind, strength=0.0)
    backbone = DepthwiseAttention(backbone_tensors(sample.attention), n_heads=2, n_depths=1)
    zeros = torch.zeros(3, dtype=torch.int64)
    known = backbone(sample.x, sample.mask, zeros)
    assert torch.equal(sample.attention(sample.x, sample.mask, sample.depth), known)
    assert torch.equal(sample.attention(sample.x, sample.mask, sample.chosen), known)
    assert_near(known, standard(sample))


@pytest.mark.parametrize("kind", ["full", "low_rank", "diagonal"])
@pytest.mark.parametrize("strength", [0.15, 1.0])
def test_depth_0_is_the_backbone(kind: str, strength: float) -> None:
    sample = case([5, 20, 1], [0, 0, 0], D=4, kind=kind, strength=strength)
    backbone = DepthwiseAttention(backbone_tensors(sample.attention), n_heads=2, n_depths=1)
    known = backbone(sample.x, sample.mask, sample.depth)
    actual = sample.attention(sample.x, sample.mask, sample.depth)
    torch.testing.assert_close(actual, known, rtol=0, atol=1e-12)
    other = sample.attention(sample.x, sample.mask, sample.depth + 3)
    assert (other - known).abs().max() > 1e-3


def test_at_strength_1_there_is_nothing_to_blend_with() -> None:
    sample = example()
    with pytest.raises(ValueError, match="no standard attention beside the depths"):
        sample.attention.begin(sample.x, sample.mask).standard()


def test_dropout_is_for_training_alone() -> None:
    sample = case([4, 6], [1, 0], D=2, dropout=0.5)
    first, second = (sample.attention(sample.x, sample.mask, sample.depth) for _ in range(2))
    assert not torch.equal(first, second)
    sample.attention.eval()
    first, second = (sample.attention(sample.x, sample.mask, sample.depth) for _ in range(2))
    assert torch.equal(first, second)


def test_depth_0_is_the_backbones_own_and_the_noise_of_the_others_is_relative() -> None:
    torch.manual_seed(0)
    E = 64
    weights = {name: 0.3 * torch.randn(E, E) for name in ("query", "key", "value")}
    weights |= {f"{name}_bias": torch.randn(E) for name in ("query", "key", "value")}
    attention = DepthwiseAttention(weights, n_heads=4, n_depths=3, noise=0.05)
    own = torch.cat([weights["query"], weights["key"]])
    query_key, bias = attention.learned["query_key"], attention.learned["query_key_bias"]
    assert torch.equal(query_key[0], own)
    for d in (1, 2):
        spread = (query_key[d] - own).std().item()
        assert spread == pytest.approx(0.05 * own.std().item(), rel=0.05)
    for of_depth in bias:
        assert torch.equal(of_depth, torch.cat([weights["query_bias"], weights["key_bias"]]))
    assert not torch.equal(query_key[1], query_key[2])


def test_a_depth_beyond_the_last_is_an_error() -> None:
    sample = example()
    with pytest.raises(IndexError):
        sample.attention(sample.x, sample.mask, sample.depth + 2)

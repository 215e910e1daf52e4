"""The fast forms equal the five-axis form: outputs, gradients, maps, what routers read."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from literal_cases import (
    KINDS,
    Case,
    assert_near,
    assert_same_gradients,
    blended,
    case,
    cases,
    literally,
    standard,
)
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from maw.errors import InputError
from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.straight_through import ExactGates, Gates, straight_through
from maw.settings import registry


@given(cases(strengths=True))
@settings(max_examples=100, deadline=None)
def test_outputs_and_gradients_are_those_of_the_literal_form(made: Case) -> None:
    fast = made.attention(made.x, made.mask, made.depth)
    slow = blended(made, made.chosen)
    assert_near(fast, slow)
    assert_same_gradients(made, fast, slow)


@given(cases(strengths=True))
@settings(max_examples=60, deadline=None)
def test_a_streamed_mixture_is_that_of_the_literal_form(made: Case) -> None:
    shape = (len(made.x), made.attention.depths)
    weights = torch.rand(shape, generator=torch.Generator().manual_seed(1)).softmax(-1)
    weights = weights.to(made.x).requires_grad_()
    fast, slow = made.attention(made.x, made.mask, weights), blended(made, weights)
    assert_near(fast, slow)
    assert_same_gradients(made, fast, slow, weights=weights)


@given(cases(strengths=True), st.sampled_from([0.0, 0.4]))
@settings(max_examples=60, deadline=None)
def test_exact_straight_through_has_the_literal_gradient_of_every_gate_dropout_included(
    made: Case, share: float
) -> None:
    made.attention.dropout = share
    generator = torch.Generator().manual_seed(1)
    soft = torch.rand(made.chosen.shape, generator=generator).to(made.x).requires_grad_()
    torch.manual_seed(5)
    fast = ExactGates(soft).attend(made.attention, made.x, made.mask, made.depth)
    torch.manual_seed(5)
    v = made.attention.values(made.x)  # what was dropped is dropped for every depth
    mixture, _ = literally(made, made.chosen + soft - soft.detach(), v)
    s = made.attention.strength
    torch.manual_seed(5)
    slow = made.attention.begin(made.x, made.mask).blend(mixture)
    assert_near(fast, slow)
    assert_same_gradients(made, fast, slow, gates=soft)
    if s == 1 and not share:
        assert torch.equal(fast, made.attention(made.x, made.mask, made.depth))


@given(cases())
@settings(max_examples=30, deadline=None)
def test_maps_are_the_chosen_depths_of_the_literal_tensor(made: Case) -> None:
    _, A = literally(made, made.chosen)
    known = A[torch.arange(len(A)), ..., made.depth]
    assert_near(made.attention.maps(made.x, made.mask, made.depth), known)


@given(cases(), st.sampled_from([1, 3, 8]))
@settings(max_examples=40, deadline=None)
def test_pooled_is_torchs_adaptive_pooling_of_the_mean_over_depths(made: Case, bins: int) -> None:
    _, A = literally(made, made.chosen)
    known = torch.stack(
        [
            adaptive_avg_pool2d(A[b, :, :n, :n].mean(-1), (bins, bins))
            for b, n in enumerate(made.lengths)
        ]
    )
    assert_near(made.attention.pooled(made.x, made.mask, bins), known)


@given(cases(strengths=True))
@settings(max_examples=40, deadline=None)
def test_padding_changes_nothing_in_the_real_tokens(made: Case) -> None:
    whole = made.attention(made.x, made.mask, made.depth)
    mixed = made.attention(made.x, made.mask, made.chosen / 2 + 0.1)
    pooled = made.attention.pooled(made.x, made.mask)
    stat = made.attention.stat_logits(made.x, made.mask)
    for b, n in enumerate(made.lengths):
        x, mask, one = made.x[b : b + 1, :n], made.mask[b : b + 1, :n], slice(b, b + 1)
        assert_near(whole[one, :n], made.attention(x, mask, made.depth[one]))
        assert_near(mixed[one, :n], made.attention(x, mask, made.chosen[one] / 2 + 0.1))
        assert_near(pooled[one], made.attention.pooled(x, mask))
        theirs = made.attention.stat_logits(x, mask)
        torch.testing.assert_close(stat[one], theirs, rtol=1e-3, atol=1e-3)


@given(cases(strengths=True))
@settings(max_examples=40, deadline=None)
def test_a_mixture_that_follows_its_statistics_is_the_mixture(made: Case) -> None:
    attention = made.attention.eval()
    weights = made.chosen / 2 + 0.1
    with torch.no_grad():
        known = attention(made.x, made.mask, weights)
        attention.stat_logits(made.x, made.mask)
        assert attention.looked_at is not None
        found = attention(made.x, made.mask, weights)
        assert attention.looked_at is None
        attention.stat_logits(made.x + 1, made.mask)
        other = attention(made.x, made.mask, weights)
    attention.stat_logits(made.x, made.mask)
    with_gradient = attention(made.x, made.mask, weights)
    assert_near(found[made.mask], known[made.mask])
    assert torch.equal(other, known)
    assert torch.equal(with_gradient, known)


@pytest.mark.parametrize("kind", KINDS)
def test_at_strength_0_every_kind_is_the_backbone_exactly(kind: str) -> None:
    made = case([5, 20, 1], [2, 0, 1], D=4, kind=kind, strength=0.0)
    backbone = DepthwiseAttention(tensors(made.attention), heads=2, depths=1)
    zeros = torch.zeros(3, dtype=torch.int64)
    known = backbone(made.x, made.mask, zeros)
    assert torch.equal(made.attention(made.x, made.mask, made.depth), known)
    assert torch.equal(made.attention(made.x, made.mask, made.chosen), known)
    assert_near(known, standard(made))


@pytest.mark.parametrize("kind", ["full", "low_rank", "diagonal"])
@pytest.mark.parametrize("strength", [0.15, 1.0])
def test_depth_0_is_the_backbone(kind: str, strength: float) -> None:
    made = case([5, 20, 1], [0, 0, 0], D=4, kind=kind, strength=strength)
    backbone = DepthwiseAttention(tensors(made.attention), heads=2, depths=1)
    known = backbone(made.x, made.mask, made.depth)
    found = made.attention(made.x, made.mask, made.depth)
    torch.testing.assert_close(found, known, rtol=0, atol=1e-12)
    other = made.attention(made.x, made.mask, made.depth + 3)
    assert (other - known).abs().max() > 1e-3


def test_split_is_the_backbone_at_one_depth_only() -> None:
    whole = case([5, 20], [0, 0], D=1, kind="split")
    assert_near(whole.attention(whole.x, whole.mask, whole.depth), standard(whole))
    cut = case([5, 20], [0, 0], D=2, kind="split")
    assert (cut.attention(cut.x, cut.mask, cut.depth) - standard(cut)).abs().max() > 1e-3


def test_split_wants_depths_that_divide_the_head() -> None:
    with pytest.raises(InputError, match="split: 3 depths do not divide the head's size 4"):
        case([2], [0], D=3, kind="split")


def test_at_strength_1_there_is_nothing_to_blend_with() -> None:
    made = example()
    with pytest.raises(ValueError, match="no standard attention beside the depths"):
        made.attention.begin(made.x, made.mask).standard()


def tensors(attention: DepthwiseAttention) -> dict[str, Tensor]:
    """The backbone's tensors that `case` made the attention from."""
    learned = attention.learned
    name = "base" if "base" in learned else "query_key"
    query, key = learned[name][0].detach().chunk(2)
    query_bias, key_bias = learned[f"{name}_bias"][0].detach().chunk(2)
    return {
        "query": query,
        "key": key,
        "query_bias": query_bias,
        "key_bias": key_bias,
        "value": attention.value.detach(),
        "value_bias": attention.value_bias.detach(),
    }


EXTRA = {"full": 3 * 2 * 65 * 64, "low_rank": 4 * 4 * 64 * 8, "diagonal": 4 * 2 * 64, "split": 0}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_adds_the_parameters_that_it_says(kind: str) -> None:
    # E = 64, D = 4, r = 8: (D - 1)·2E(E + 1), 4DEr, 2DE, none
    def n_parameters(D: int, kind: str) -> int:
        made = case([2], [0], H=4, h=16, D=D, kind=kind)
        return sum(parameter.numel() for parameter in made.attention.parameters())

    assert n_parameters(4, kind) - n_parameters(1, "full") == EXTRA[kind]


@pytest.mark.parametrize("kind", ["low_rank", "diagonal"])
def test_the_noise_of_the_other_depths_is_relative_to_the_weight(kind: str) -> None:
    made = case([2], [0], H=8, h=32, D=3, kind=kind, noise=0.05)
    E = 256
    x = torch.eye(E, dtype=torch.float64)[None]
    begun = made.attention.begin(x, torch.ones(1, E, dtype=torch.bool))
    (own, keys), (far, theirs) = begun.project(0), begun.project(2)
    difference = far - own  # x = 1: the projections are the weights and the bias
    if kind == "low_rank":
        W = made.attention.learned["base"][0]
        assert difference.std().item() == pytest.approx(0.05 * W.std().item(), rel=0.1)
        assert (theirs - keys).std().item() == pytest.approx(0.05 * W.std().item(), rel=0.1)
    else:  # both scales stand on the queries: 1.05 and 1.05, independent
        ratio = (far / own)[own.abs() > 1e-6]
        assert ratio.std().item() == pytest.approx(0.05 * 2**0.5, rel=0.2)


@pytest.mark.parametrize("kind", ["full", "low_rank", "diagonal"])
def test_a_depth_that_no_text_chose_gets_no_gradient_at_all(kind: str) -> None:
    made = case([4, 20, 3, 6], [2, 0, 2, 3], D=5, kind=kind)
    made.attention(made.x, made.mask, made.depth).sum().backward()
    for tensors in made.attention.learned.values():
        if len(tensors) > 1:
            unchosen = [d for d, parameter in enumerate(tensors) if parameter.grad is None]
            assert unchosen == [1, 4]


def test_dropout_is_for_training_alone() -> None:
    made = case([4, 6], [1, 0], D=2, dropout=0.5)
    first, second = (made.attention(made.x, made.mask, made.depth) for _ in range(2))
    assert not torch.equal(first, second)
    made.attention.eval()
    first, second = (made.attention(made.x, made.mask, made.depth) for _ in range(2))
    assert torch.equal(first, second)


def test_a_projection_is_chosen_in_the_configuration() -> None:
    low = registry.parse(
        "attention",
        {
            "kind": "maw",
            "depths": 3,
            "projection": {"kind": "low_rank", "rank": 2},
            "strength": 0.5,
        },
    )
    built = registry.module_of(low).build(low, tensors(example().attention), heads=2)
    assert [tuple(down.shape) for down in built.learned["down"]] == [(4, 6)] * 3
    assert built.strength == 0.5
    assert registry.dump(low)["projection"] == {"kind": "low_rank", "rank": 2}


def example() -> Case:
    return case([4, 6, 3, 6], [2, 0, 2, 3], H=2, h=3, D=5, seed=7)


def test_depth_0_is_the_backbones_own_and_the_noise_of_the_others_is_relative() -> None:
    torch.manual_seed(0)
    E = 64
    weights = {name: 0.3 * torch.randn(E, E) for name in ("query", "key", "value")}
    weights |= {f"{name}_bias": torch.randn(E) for name in ("query", "key", "value")}
    attention = DepthwiseAttention(weights, heads=4, depths=3, noise=0.05)
    own = torch.cat([weights["query"], weights["key"]])
    assert torch.equal(attention.query_key[0], own)
    for d in (1, 2):
        spread = (attention.query_key[d] - own).std().item()
        assert spread == pytest.approx(0.05 * own.std().item(), rel=0.05)
    for bias in attention.query_key_bias:
        assert torch.equal(bias, torch.cat([weights["query_bias"], weights["key_bias"]]))
    assert not torch.equal(attention.query_key[1], attention.query_key[2])


def test_a_depth_beyond_the_last_is_an_error() -> None:
    made = example()
    with pytest.raises(IndexError):
        made.attention(made.x, made.mask, made.depth + 2)


def loss_of(y: Tensor) -> Tensor:
    """Not linear, so that its gradient depends on the output."""
    return (y.sin() * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)).sum()


def router_gradients(made: Case, *, other: Tensor | None, logits: Tensor) -> Tensor:
    """Of the logits [B, D], through the two-depth form; `other` None: through the chosen alone."""
    soft = logits.softmax(-1)
    gate = soft.gather(1, made.depth[:, None])[:, 0]
    mine = made.attention(made.x, made.mask, made.depth)
    if other is None:
        y = straight_through(mine, mine, gate=gate, gate_other=torch.zeros_like(gate))
    else:
        lifted = (made.attention.depths - 1) * soft.gather(1, other[:, None])[:, 0]
        gates = Gates(gate=gate, other=other, gate_other=lifted)
        y = gates.attend(made.attention, made.x, made.mask, made.depth)
    assert torch.equal(y, mine)  # the gates' values do not matter
    return torch.autograd.grad(loss_of(y), logits)[0]


def exact_gradients(made: Case, *, logits: Tensor) -> Tensor:
    """One-hot weights whose gradient is the softmax's: the literal mixture, every depth in it."""
    soft = logits.softmax(-1)
    return torch.autograd.grad(loss_of(blended(made, made.chosen + soft - soft.detach())), logits)[
        0
    ]


@pytest.mark.parametrize("strength", [0.15, 1.0])
def test_the_two_depth_gradient_is_unbiased_for_the_exact_one(strength: float) -> None:
    made = case([4, 6, 3, 6], [2, 0, 2, 3], D=5, seed=7, strength=strength)
    D = made.attention.depths
    logits = torch.randn(4, D, dtype=torch.float64, requires_grad=True)
    # every text's other depths, each once: uniform, so their plain mean is the expectation
    steps = [router_gradients(made, other=(made.depth + s) % D, logits=logits) for s in range(1, D)]
    exact = exact_gradients(made, logits=logits)
    torch.testing.assert_close(torch.stack(steps).mean(0), exact, rtol=0, atol=1e-12)


def test_the_chosen_depth_alone_would_give_a_biased_gradient() -> None:
    made = example()
    logits = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    alone = router_gradients(made, other=None, logits=logits)
    exact = exact_gradients(made, logits=logits)
    cosine = torch.cosine_similarity(alone.flatten(), exact.flatten(), dim=0)
    assert cosine < 0.9
    assert (alone - exact).norm() > 0.5 * exact.norm()


def test_the_estimator_leaves_the_gradient_of_the_weights_alone() -> None:
    made = example()
    leaves = list(made.parameters.values())
    gate = torch.rand(4, dtype=torch.float64)
    mine = made.attention(made.x, made.mask, made.depth)
    theirs = made.attention(made.x, made.mask, (made.depth + 1) % 5)
    lifted = straight_through(mine, theirs, gate=gate, gate_other=4 * gate)
    for a, b in zip(
        torch.autograd.grad(loss_of(lifted), leaves, allow_unused=True, retain_graph=True),
        torch.autograd.grad(loss_of(mine), leaves, allow_unused=True),
        strict=True,
    ):
        assert (a is None and b is None) or torch.equal(a, b)

"""The source's routers choose one depth a query, and learn from rewards and from labels."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor

from maw.training.objectives.policy import LossWeights
from maw.training.source_routers import (
    WEIGHTS,
    GRPOPolicyNetwork,
    GRPORouter,
    SupervisedClassificationRouter,
)

B, H, L, E, D = 6, 8, 10, 12, 4


def attention(n: int = B, *, seed: int = 0) -> Tensor:
    """Return random attention [B, H, L, L, D], whose rows sum to 1."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, H, L, L, D, generator=generator).softmax(3)


def router(seed: int = 0) -> GRPORouter:
    torch.manual_seed(seed)
    return GRPORouter(E, D)


def test_the_grpo_router_has_the_sources_layers() -> None:
    sizes = [layer.weight.shape for layer in router().body if isinstance(layer, torch.nn.Linear)]
    assert sizes == [(64, E), (32, 64), (D, 32)]
    assert any(isinstance(layer, torch.nn.Dropout) and layer.p == 0.1 for layer in router().body)
    assert router()(torch.randn(B, E)).shape == (B, D)


def test_it_takes_the_likeliest_depth_in_evaluation() -> None:
    one, query = router().eval(), torch.randn(B, E)
    assert torch.equal(one.get_depth_selection(query), one(query).argmax(-1))


def test_in_training_it_draws_a_depth_by_the_softmax_of_its_logits() -> None:
    one = router()
    torch.manual_seed(1)
    last = one.body[-1]
    assert isinstance(last, torch.nn.Linear)
    with torch.no_grad():  # the same logits for every query: probabilities 1/10, 2/10, 3/10, 4/10
        last.weight.zero_()
        last.bias.copy_(torch.tensor([0.1, 0.2, 0.3, 0.4]).log())
    n = 20_000
    shares = one.get_depth_selection(torch.zeros(n, E)).bincount(minlength=D) / n
    # four standard errors of a share of .4 of 20,000 draws
    torch.testing.assert_close(shares, torch.tensor([0.1, 0.2, 0.3, 0.4]), atol=0.014, rtol=0)


def test_the_grpo_loss_is_a_scalar_whose_gradient_reaches_every_layer() -> None:
    one = router()
    one.get_depth_selection(torch.randn(B, E))
    ranks = torch.randint(1, 20, (B, D), generator=torch.Generator().manual_seed(2))
    loss = one.compute_grpo_loss(attention(), ranks)
    assert loss.shape == ()
    loss.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in one.parameters())


def test_the_loss_leads_to_the_depth_that_ranks_best() -> None:
    one = router()
    query = torch.randn(B, E, generator=torch.Generator().manual_seed(3))
    best = torch.tensor([0, 1, 2, 3, 1, 2])
    ranks = torch.full((B, D), 50).scatter(1, best[:, None], 1)
    same = attention(1).expand(B, -1, -1, -1, -1).mean(-1, keepdim=True)
    maps = same.expand(-1, -1, -1, -1, D)  # all depths attend alike: relevance alone differs
    optimiser = torch.optim.Adam(one.parameters(), lr=1e-2)
    for _ in range(200):
        one.get_depth_selection(query)
        optimiser.zero_grad()
        one.compute_grpo_loss(maps, ranks).backward()
        optimiser.step()
    assert torch.equal(one.eval().get_depth_selection(query), best)


def test_the_weights_of_the_loss_are_those_of_the_objective_grpo() -> None:
    from maw.training.objectives.grpo import Config

    assert Config().loss_weights == WEIGHTS == LossWeights(0.2, 0.01, 0.01)


def test_the_loss_needs_the_queries_of_the_attention() -> None:
    one, ranks = router(), torch.ones(B, D)
    with pytest.raises(RuntimeError, match="seen no query; call get_depth_selection first"):
        one.compute_grpo_loss(attention(), ranks)
    one(torch.randn(B - 1, E))
    with pytest.raises(ValueError, match=f"of {B} queries, but the router last saw {B - 1}"):
        one.compute_grpo_loss(attention(), ranks)
    one(torch.randn(B, E))
    with pytest.raises(ValueError, match="relevance has shape"):
        one.compute_grpo_loss(attention(), ranks[:, :1])
    assert deepcopy(one)(torch.randn(2, E)).shape == (2, D)  # what it remembers can be copied


def test_the_supervised_router_reads_pooled_attention() -> None:
    torch.manual_seed(0)
    one = SupervisedClassificationRouter(H, D)
    first = one.body[0]
    assert isinstance(first, torch.nn.Linear)
    assert first.in_features == 512  # as the source has it for 8 heads
    logits = one(attention())
    assert logits.shape == (B, D)
    assert torch.equal(one.get_depth_selection(attention()), logits.argmax(-1))


def test_the_supervised_router_does_not_see_padding() -> None:
    torch.manual_seed(0)
    one = SupervisedClassificationRouter(H, D)
    mask = (torch.arange(L) < 7).expand(B, L)
    maps = attention()
    changed = maps.clone()
    changed[:, :, 7:] = 5.0
    changed[:, :, :, 7:] = 5.0
    assert torch.equal(one(maps, mask), one(changed, mask))
    assert torch.equal(one(maps, mask), one(maps[:, :, :7, :7]))


def test_the_supervised_router_learns_as_a_classifier() -> None:
    torch.manual_seed(0)
    one, maps = SupervisedClassificationRouter(H, D), attention()
    labels = torch.tensor([3, 0, 2, 1, 1, 0])
    optimiser = torch.optim.Adam(one.parameters(), lr=1e-2)
    for _ in range(200):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(one(maps), labels).backward()
        optimiser.step()
    assert torch.equal(one.get_depth_selection(maps), labels)


def test_the_policy_network_returns_logits_and_values() -> None:
    logits, values = GRPOPolicyNetwork(512, D)(torch.randn(B, 512))
    assert logits.shape == (B, D)
    assert values.shape == (B,)

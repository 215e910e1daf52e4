"""A cross-encoder's batch: where scores stand, what a sample is rewarded by, and who learns."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from maw.models.encoders.cross_encoder import CrossEncoder
from maw.models.encoders.ragged import Ragged
from maw.settings import registry
from maw.training.objectives import grpo, rewards
from maw.training.objectives.batch import PairBatch, contrastive_loss

Make = Callable[..., Any]
PLACES = [0, 1, 2, 4, 5, 8, 9, 10, 11]  # of three queries' four candidates; three are missing


@pytest.fixture
def pair_batch(random_texts: Callable[..., Ragged]) -> PairBatch:
    pairs = random_texts([3, 9, 1, 6, 4, 8, 2, 7, 5])
    positive = torch.zeros(3, 4, dtype=torch.bool)
    positive[:, 0] = True
    there = torch.zeros(12, dtype=torch.bool)
    there[PLACES] = True
    return PairBatch(
        pairs=list(pairs.chunks(torch.arange(9), 4)),
        place=torch.tensor(PLACES),
        positive=positive,
        negative=there.view(3, 4) & ~positive,
        n_relevant=torch.tensor([1, 2, 5]),
        temperature=1.0,
    )


@pytest.fixture
def made(random_top: Callable[..., dict[str, Tensor]]) -> Callable[[str | None], CrossEncoder]:
    def make(router: str | None) -> CrossEncoder:
        torch.manual_seed(0)
        maw = {"kind": "maw", "depths": 4, "noise": 0.5}
        return CrossEncoder(
            random_top(),
            attention=registry.parse("attention", maw if router else {"kind": "standard"}),
            router=registry.parse("routers", {"kind": router}) if router else None,
        ).train()

    return make


def begun(kind: str, model: CrossEncoder, batch: PairBatch, **options: Any) -> Iterator[Any]:
    config = registry.parse("objectives", {"kind": kind, **options})
    begin = registry.module_of(config).begin
    losses: Iterator[Any] = begin(config, model)(batch, torch.Generator().manual_seed(0))
    return losses


def test_scores_stand_where_their_pairs_do(pair_batch: PairBatch) -> None:
    order = torch.cat([chunk.positions for chunk in pair_batch.pairs])
    sizes = [len(chunk.x) for chunk in pair_batch.pairs]
    numbers = (1.0 + order).split(sizes)  # pair p scores p + 1
    expected = torch.zeros(12)
    expected[PLACES] = torch.arange(1.0, 10)
    assert pair_batch.scores(numbers).tolist() == expected.view(3, 4).tolist()
    twice = pair_batch.scores([torch.stack([part, -part]) for part in numbers])
    assert twice.shape == (2, 3, 4)
    assert torch.equal(twice[1], -expected.view(3, 4))
    assert pair_batch.query.tolist() == [PLACES[p] // 4 for p in order.tolist()]


def test_a_missing_candidate_is_no_negative(pair_batch: PairBatch) -> None:
    scores = torch.randn(3, 4, generator=torch.Generator().manual_seed(0), requires_grad=True)
    contrastive_loss(scores, pair_batch).backward()
    assert scores.grad is not None
    missing = sorted(set(range(12)) - set(PLACES))
    assert not scores.grad.flatten()[missing].any()
    assert scores.grad.flatten()[PLACES].all()


def test_the_ranking_loss_is_each_querys_own_softmax(
    made: Callable[..., CrossEncoder], pair_batch: PairBatch
) -> None:
    model = made(None)
    ((loss, noted),) = begun("ranking", model, pair_batch)
    outputs = [
        model(x, mask, torch.zeros(len(x), dtype=torch.int64)) for x, mask in pair_batch.texts
    ]
    scores = pair_batch.scores(outputs)
    by_hand = [
        -scores[q, [0, *negatives]].log_softmax(-1)[0]
        for q, negatives in enumerate(([1, 2], [1], [1, 2, 3]))
    ]
    torch.testing.assert_close(loss, torch.stack(by_hand).mean())
    assert noted["loss"] == pytest.approx(loss.item())


def test_the_rule_speaks_of_every_pair_of_a_query(
    made: Callable[..., CrossEncoder], pair_batch: PairBatch
) -> None:
    model = made("supervised")
    ((loss, noted),) = begun("supervised", model, pair_batch)
    loss.backward()
    share = torch.tensor([3, 2, 4]) / 9  # pairs of queries with 1, 2 and 5 relevant documents
    assert noted["target_entropy"] == pytest.approx(float(-(share * share.log()).sum()))
    assert model.router is not None
    assert all(p.grad is not None and p.grad.any() for p in model.router.parameters())


def test_all_pairs_of_a_sampled_list_earn_its_rank(
    made: Callable[..., CrossEncoder], pair_batch: PairBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, seen = made("grpo"), []

    def noted_total(weights: Any, attention: Tensor, ranks: Tensor, mask: Tensor) -> Tensor:
        seen.append((attention.shape, ranks, mask))
        return real(weights, attention, ranks, mask)

    real = rewards.total
    monkeypatch.setattr(rewards, "total", noted_total)
    first, second = begun("grpo", model, pair_batch, samples=3, epochs=2)
    assert [len(ranks[0]) for _, ranks, _ in seen] == [len(x) for x, _ in pair_batch.texts]
    ranks = torch.cat([part for _, part, _ in seen], -1)  # [G, P]
    query = pair_batch.query
    for q in range(3):
        assert (ranks[:, query == q] == ranks[:, query == q][:, :1]).all()
        assert ranks[:, query == q].max() <= 1 + int(pair_batch.negative[q].sum())
    assert 0 < first[1]["reward"] <= 1
    assert first[0].item() != second[0].item()  # the ranking loss is in the first alone


def test_each_loss_teaches_what_it_should(
    made: Callable[..., CrossEncoder], pair_batch: PairBatch
) -> None:
    model = made("grpo")
    losses = begun("grpo", model, pair_batch, samples=3, epochs=2, actor_critic=False)
    next(losses)[0].backward()
    moved = {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
    assert any(name.startswith("head") for name in moved)
    assert any(name.startswith("router") for name in moved)
    assert any("query_key" in name for name in moved)
    model.zero_grad()
    next(losses)[0].backward()
    moved = {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
    assert moved
    assert all(name.startswith("router") for name in moved)


def test_ranks_count_the_negatives_above_the_best_positive(pair_batch: PairBatch) -> None:
    scores = torch.tensor([[1.0, 2, 0, 9], [3, 2, 9, 9], [0, 1, 2, 3]])
    assert grpo.ranks_of(scores[None], pair_batch).tolist() == [[2, 1, 4]]

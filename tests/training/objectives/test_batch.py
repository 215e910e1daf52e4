"""The ranking loss against numbers worked by hand; the table in which pairs' scores stand."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from maw.models.encoders.ragged import Ragged, restore
from maw.training.objectives.batch import Batch, PairBatch, contrastive_loss

PAIR_SLOTS = [0, 1, 2, 4, 5, 8, 9, 10, 11]  # as `pair_batch` has them


def batch(positive: list[list[int]], negative: list[list[int]], temperature: float = 0.5) -> Batch:
    """A batch without texts: only the pairs matter to the loss."""
    return Batch(
        queries=[],
        documents=[],
        positive=torch.tensor(positive, dtype=torch.bool),
        negative=torch.tensor(negative, dtype=torch.bool),
        n_relevant=torch.empty(0),
        temperature=temperature,
    )


def scored(*rows: list[float]) -> Tensor:
    """Scores that will have a gradient."""
    return torch.tensor(rows, dtype=torch.float64, requires_grad=True)


def gradient_of(scores: Tensor) -> Tensor:
    """The gradient after a backward pass."""
    assert scores.grad is not None
    return scores.grad


def test_the_loss_by_hand() -> None:
    # (.5, .1, .3) / .5, the third neither: ln(1 + exp(.2 - 1)) = ln 1.4493289641 = .3711006659
    loss = contrastive_loss(scored([0.5, 0.1, 0.3]), batch([[1, 0, 0]], [[0, 1, 0]]))
    assert loss.item() == pytest.approx(0.3711006659, abs=5e-11)


def test_two_positives_by_hand_never_compete() -> None:
    # positives .5 and .9, negative .1, temperature .5: ln(1 + e^-.8) and ln(1 + e^-1.6)
    scores = scored([0.5, 0.9, 0.1])
    loss = contrastive_loss(scores, batch([[1, 1, 0]], [[0, 0, 1]]))
    expected = (math.log1p(math.exp(-0.8)) + math.log1p(math.exp(-1.6))) / 2
    assert loss.item() == pytest.approx(expected, abs=1e-12)
    # raising one positive changes nothing for the other: each gradient is its own term's alone
    # d ln(1 + e^-s) / d score = -(1 - sigma(s)) / temperature, over two pairs
    loss.backward()
    own = [-(1 - 1 / (1 + math.exp(-s))) / 0.5 / 2 for s in (0.8, 1.6)]
    assert gradient_of(scores)[0, :2].tolist() == pytest.approx(own, abs=1e-12)


def test_with_one_positive_and_all_others_negative_it_is_torchs_cross_entropy() -> None:
    scores = torch.randn(4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    target = torch.tensor([0, 3, 5, 3])
    positive = torch.nn.functional.one_hot(target, 6)
    loss = contrastive_loss(scores, batch(positive.tolist(), (1 - positive).tolist(), 0.05))
    torch.testing.assert_close(loss, cross_entropy(scores / 0.05, target), rtol=0, atol=1e-12)


def test_a_pair_that_is_neither_never_enters() -> None:
    scores = scored([0.2, 0.9, 0.1, 5.0], [0.9, 0.3, 7.0, 0.1])
    pairs = batch([[1, 0, 0, 0], [0, 1, 0, 0]], [[0, 1, 1, 0], [1, 0, 0, 1]])
    contrastive_loss(scores, pairs).backward()
    assert (gradient_of(scores) == 0).nonzero().tolist() == [[0, 3], [1, 2]]


def test_a_query_without_negatives_teaches_nothing_and_breaks_nothing() -> None:
    scores = scored([0.2, 0.9], [0.4, 0.3])
    loss = contrastive_loss(scores, batch([[1, 1], [1, 0]], [[0, 0], [0, 1]]))
    # ln(1 + exp((.3 - .4) / .5)) = .5981388693 over three pairs, two of which are 0
    assert loss.item() == pytest.approx(0.5981388693 / 3, abs=5e-11)
    loss.backward()
    assert gradient_of(scores)[0].tolist() == [0, 0]
    assert gradient_of(scores)[1].isfinite().all()


def test_samples_are_averaged() -> None:
    scores = torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(0))  # [G, Q, N]
    pairs = batch([[1, 0, 0, 0], [0, 1, 1, 0]], [[0, 1, 1, 1], [1, 0, 0, 0]])
    each = torch.stack([contrastive_loss(sample, pairs) for sample in scores])
    torch.testing.assert_close(contrastive_loss(scores, pairs), each.mean())


def test_documents_come_back_in_the_order_in_which_they_were_asked_for(
    random_texts: Callable[..., Ragged],
) -> None:
    texts = random_texts([5, 2, 7, 1, 3])
    rows = torch.tensor([4, 0, 3, 2])
    chunks = list(texts.chunks(rows, 3))
    totals = restore([chunk.x.sum(1) for chunk in chunks], chunks)
    expected = torch.stack(
        [texts.hidden[texts.offsets[r] : texts.offsets[r + 1]].sum(0) for r in rows]
    )
    torch.testing.assert_close(totals, expected)


def test_scores_stand_where_their_pairs_do(pair_batch: PairBatch) -> None:
    order = torch.cat([chunk.positions for chunk in pair_batch.pairs])
    sizes = [len(chunk.x) for chunk in pair_batch.pairs]
    numbers = (1.0 + order).split(sizes)  # pair p scores p + 1
    expected = torch.zeros(12)
    expected[PAIR_SLOTS] = torch.arange(1.0, 10)
    assert pair_batch.scores(numbers).tolist() == expected.view(3, 4).tolist()
    twice = pair_batch.scores([torch.stack([part, -part]) for part in numbers])
    assert twice.shape == (2, 3, 4)
    assert torch.equal(twice[1], -expected.view(3, 4))
    assert pair_batch.query.tolist() == [PAIR_SLOTS[p] // 4 for p in order.tolist()]


def test_a_missing_candidate_is_no_negative(pair_batch: PairBatch) -> None:
    scores = torch.randn(3, 4, generator=torch.Generator().manual_seed(0), requires_grad=True)
    contrastive_loss(scores, pair_batch).backward()
    assert scores.grad is not None
    missing = sorted(set(range(12)) - set(PAIR_SLOTS))
    assert not scores.grad.flatten()[missing].any()
    assert scores.grad.flatten()[PAIR_SLOTS].all()

"""The depths, entropies and pairs that are shown are those of the model's own attention."""

from collections.abc import Callable

import pytest
import torch

from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.ragged import Ragged
from maw.ranking.inspection import Token, inspect_text, strongest, under_every_depth


def test_numbers_are_those_of_the_attention(random_encoder: Callable[..., BiEncoder]) -> None:
    model = random_encoder(router="grpo", depths=4, layers=2).eval()
    x = torch.randn(5, 16, generator=torch.Generator().manual_seed(1))
    tokens = [Token("[CLS]", True), Token("one", False), Token("two", False)]
    tokens += [Token("three", False), Token("[SEP]", True)]
    inspection = inspect_text(model, Ragged(x, torch.tensor([0, 5])), tokens=tokens, n_pairs=25)
    mask = torch.ones(1, 5, dtype=torch.bool)
    with torch.no_grad():
        policy = model.route(x[None], mask).softmax(-1)[0]
        depth = policy.argmax()
        attention = model.first.maps(x[None], mask, depth[None])[0].mean(0)
        heads = model.first.maps(x[None], mask, depth[None])[0]
        other = model(x[None], mask, torch.tensor([0]))[0] @ model(x[None], mask, depth[None])[0]
    assert inspection.chosen == int(depth)
    assert [d.probability for d in inspection.depths] == pytest.approx(policy.tolist(), abs=1e-6)
    spread = float(-(heads * heads.log()).sum(-1).mean() / torch.tensor(5.0).log())
    assert inspection.depths[int(depth)].entropy == pytest.approx(spread, abs=1e-6)
    assert inspection.depths[0].cosine == pytest.approx(float(other), abs=1e-6)
    assert inspection.to_special == pytest.approx(float(attention[:, [0, 4]].sum() / 5), abs=1e-6)
    assert len(inspection.pairs) == 25
    first = inspection.pairs[0]
    assert first.weight == pytest.approx(float(attention.max()), abs=1e-6)
    assert len(inspection.own_pairs) == 6  # three words, each with the two others
    assert not any(
        p.query.special or p.key.special or p.query == p.key for p in inspection.own_pairs
    )


def test_pairs_come_strongest_first_and_say_who_looks_at_whom() -> None:
    a, b = Token("a", False), Token("b", False)
    pairs = strongest(torch.tensor([[0.3, 0.7], [0.6, 0.4]]), [a, b], n_pairs=3)
    assert [(p.query, p.key) for p in pairs] == [(a, b), (b, a), (b, b)]
    assert [p.weight for p in pairs] == pytest.approx([0.7, 0.6, 0.4])


def test_what_each_token_gets_is_a_mean_over_heads_and_attending_tokens(
    random_encoder: Callable[..., BiEncoder],
) -> None:
    model = random_encoder(router="grpo", depths=4).eval()
    x = torch.randn(5, 16, generator=torch.Generator().manual_seed(1))
    every = under_every_depth(model, Ragged(x, torch.tensor([0, 2, 5])), row=1)
    mask = torch.ones(1, 3, dtype=torch.bool)
    with torch.no_grad():
        for depth in range(4):
            maps = model.first.maps(x[None, 2:], mask, torch.tensor([depth]))[0]
            expected = [float(maps[:, :, n].mean()) for n in range(3)]
            assert every.received[depth].tolist() == pytest.approx(expected, abs=1e-6)
        policy = model.route(x[None, 2:], mask).softmax(-1)[0]
    assert every.policy.tolist() == pytest.approx(policy.tolist(), abs=1e-6)
    assert every.received.sum(1).tolist() == pytest.approx([1, 1, 1, 1], abs=1e-6)

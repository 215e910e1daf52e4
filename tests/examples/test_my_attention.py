"""The example does what its page says: it starts as the backbone, and its gates learn."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from maw.models.encoders.bi_encoder import BiEncoder
from maw.settings import registry

EXAMPLE = Path(__file__).parents[2] / "examples/my_attention.py"


@pytest.fixture
def encoders(random_top: Callable[..., dict[str, Tensor]]) -> tuple[BiEncoder, BiEncoder]:
    """The example's and the standard one, from the same tensors."""
    kinds = (str(EXAMPLE), "standard")
    made = [registry.parse("attention", {"kind": kind}) for kind in kinds]
    mine, plain = (BiEncoder(random_top(layers=2), attention=one, router=None) for one in made)
    return mine, plain


def texts() -> tuple[Tensor, Tensor, Tensor]:
    """Three texts of 5, 3 and 1 tokens; everything at depth 0."""
    x = torch.randn(3, 5, 16, generator=torch.Generator().manual_seed(1))
    mask = torch.arange(5) < torch.tensor([[5], [3], [1]])
    return x, mask, torch.zeros(3, dtype=torch.long)


def test_it_is_no_longer_than_a_page_says() -> None:
    assert len(EXAMPLE.read_text().splitlines()) <= 40


def test_it_starts_as_the_backbone(encoders: tuple[BiEncoder, BiEncoder]) -> None:
    mine, plain = encoders
    torch.testing.assert_close(mine(*texts()), plain(*texts()), rtol=0, atol=0)


def test_its_gates_learn_and_a_head_can_be_closed(encoders: tuple[BiEncoder, BiEncoder]) -> None:
    mine, plain = encoders
    mine(*texts())[:, 0].sum().backward()
    for layer in mine.blocks:
        gate: Any = layer.attention.gate
        assert gate.weight.grad.abs().sum() > 0
    first: Any = mine.first
    x, mask, depth = texts()
    with torch.no_grad():
        first.gate.bias.copy_(torch.tensor([-1e4, 0.0]))
        closed, standard = first(x, mask, depth), plain.first(x, mask, depth)
    assert closed[..., :8].abs().max() == 0
    torch.testing.assert_close(closed[..., 8:], standard[..., 8:], rtol=0, atol=0)

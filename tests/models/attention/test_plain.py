"""A module with `forward` alone does what our own attention does, or says what it lacks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from maw.errors import InputError
from maw.models.attention import positions
from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.plain import MappedAttention, PlainAttention, require_matrices
from maw.models.attention.straight_through import ExactGates, Gates
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.routers import reading
from maw.settings import registry

E, H, D = 12, 2, 3
Top = Callable[..., dict[str, Tensor]]


class Inner(nn.Module):
    """The package's attention, of which only `forward` is seen, for one depth of each text."""

    def __init__(self, attention: DepthwiseAttention) -> None:
        super().__init__()
        self.attention = attention

    def forward(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        assert depth.ndim == 1  # a mixture is never the module's business
        y: Tensor = self.attention(x, mask, depth)
        return y


class Mapped(Inner):
    """The same with its attention matrices."""

    def maps(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        return self.attention.maps(x, mask, depth)


@pytest.fixture
def weights() -> dict[str, Tensor]:
    torch.manual_seed(0)
    names = ("query", "key", "value")
    matrices = {name: torch.randn(E, E) / E**0.5 for name in names}
    return matrices | {f"{name}_bias": torch.randn(E) for name in names}


@pytest.fixture
def both(weights: dict[str, Tensor]) -> tuple[DepthwiseAttention, MappedAttention]:
    own = DepthwiseAttention(weights, n_heads=H, n_depths=D, noise=1.0)
    sizes: dict[str, Any] = {"weights": weights, "n_heads": H, "n_depths": D}
    return own, MappedAttention(Mapped(own), kind="mine.py", **sizes)


def texts() -> tuple[Tensor, Tensor, Tensor]:
    """Three texts of 5, 3 and 1 tokens, and a depth of each."""
    x = torch.randn(3, 5, E, generator=torch.Generator().manual_seed(1))
    return x, torch.arange(5) < torch.tensor([[5], [3], [1]]), torch.tensor([2, 0, 1])


def test_depths_mixtures_and_readers_are_those_of_the_packages_own(
    both: tuple[DepthwiseAttention, MappedAttention],
) -> None:
    own, plain = both
    x, mask, depth = texts()
    shares = torch.tensor([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.1, 0.8, 0.1]])
    for choice in (depth, shares, shares[:, :2]):
        torch.testing.assert_close(plain(x, mask, choice), own(x, mask, choice))
    torch.testing.assert_close(plain.maps(x, mask, depth), own.maps(x, mask, depth))
    torch.testing.assert_close(plain.pooled(x, mask), own.pooled(x, mask))
    plain_logits = plain.statistics(x, mask).logits
    torch.testing.assert_close(plain_logits, own.statistics(x, mask).logits, rtol=1e-3, atol=1e-4)
    outputs = tuple(own(x, mask, torch.full((3,), d)) for d in range(D))
    torch.testing.assert_close(plain.mix(x, mask, shares, outputs), own(x, mask, shares))


def test_gates_have_the_gradients_of_the_packages_own(
    both: tuple[DepthwiseAttention, MappedAttention],
) -> None:
    x, mask, depth = texts()
    gradients = []
    attentions: tuple[Any, ...] = both
    for attention in attentions:
        soft = torch.full((3, D), 1 / D, requires_grad=True)
        gate, other = (torch.full((3,), 1 / D, requires_grad=True) for _ in range(2))
        all_gates: tuple[Any, ...] = (ExactGates(soft), Gates(gate, (depth + 1) % D, other))
        for gates in all_gates:
            gates.attend(attention, x, mask, depth).sin().sum().backward()
        gradients.append([soft.grad, gate.grad, other.grad])
    torch.testing.assert_close(gradients[0], gradients[1])


FILE = """
from pydantic import BaseModel
from torch import nn


class Config(BaseModel, extra="forbid", frozen=True):
    depths: int | str = 1


class Mine(nn.Module):
    def forward(self, {arguments}):
        return x


def build(config, weights, *, n_heads):
    return {built}
"""


def encoder(top: dict[str, Tensor], *, attention: dict[str, Any], **router: Any) -> BiEncoder:
    entry = registry.parse("attention", attention)
    routed = registry.parse("routers", router) if router else None
    return BiEncoder(top, attention=entry, router=routed)


@pytest.mark.parametrize(
    ("arguments", "built", "depths", "message"),
    [
        ("x, mask, depth", "Mine", 1, r"`build` returns type; return an nn\.Module with"),
        ("x, mask, depth", "lambda *a: a", 1, r"`build` returns function; return an nn\.Module"),
        ("x", "Mine()", 1, r"Mine\.forward cannot be called with x, mask and depth: too many"),
        ("x, mask, depth, *, y", "Mine()", 1, r"Mine\.forward cannot .*'y'; write `def forward"),
        ("x, mask, depth", "Mine()", "many", r"depths is 'many', and Mine does not say how many"),
    ],
)
def test_what_is_no_attention_is_one_line(
    arguments: str,
    built: str,
    depths: int | str,
    message: str,
    random_top: Top,
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.py").write_text(FILE.format(arguments=arguments, built=built))
    with pytest.raises(InputError, match=rf"^attention .*mine\.py: {message}") as error:
        encoder(random_top(), attention={"kind": str(tmp_path / "mine.py"), "depths": depths})
    assert "\n" not in str(error.value)


def test_a_config_without_depths_has_one(random_top: Top) -> None:
    window = Path(__file__).parents[3] / "examples/my_window.py"
    assert encoder(random_top(), attention={"kind": str(window)}).n_depths == 1


def test_positions_inside_the_attention_need_a_settle(weights: dict[str, Tensor]) -> None:
    plain = PlainAttention(nn.Identity(), kind="mine.py", weights=weights, n_heads=H, n_depths=1)
    with pytest.raises(InputError, match=r"attention mine\.py: this backbone has positions inside"):
        plain.settle(positions=positions.Positions())


def test_a_norm_before_the_attention_is_applied_or_handed_to_settle(
    weights: dict[str, Tensor],
) -> None:
    class Settled(nn.Module):
        def settle(self, *, norm: Any, positions: Any) -> None:
            self.norm = norm

        def forward(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
            return x

    x, mask, depth = texts()
    sizes: dict[str, Any] = {"weights": weights, "n_heads": H, "n_depths": 1}
    doubled = nn.Hardtanh(-1e9, 0.0)
    settled = PlainAttention(Settled(), kind="mine.py", **sizes)
    settled.settle(norm=doubled)
    assert settled.module.norm is doubled
    assert torch.equal(settled(x, mask, depth), x)


def test_without_matrices_no_router_reads_them_and_no_page_shows_them(
    weights: dict[str, Tensor],
) -> None:
    module = PlainAttention(nn.Identity(), kind="mine.py", weights=weights, n_heads=H, n_depths=2)
    x, mask, _ = texts()
    attention: Any = module
    for reader in (reading.attention, reading.statistics):
        with pytest.raises(InputError, match=r"reads attention matrices.* mine\.py gives none"):
            reader(attention, x, mask)
    with pytest.raises(InputError, match="this view reads attention matrices"):
        require_matrices(module, reader="this view")

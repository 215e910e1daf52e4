"""The counted shapes and memory are those that torch makes."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from maw.cli import app
from maw.errors import InputError
from maw.models.attention.literal import MAWAttention
from maw.theory.allocation import Memory, memory_of
from maw.theory.attentions import GroupedQueryAttention, LazyMAW, StreamedMAW
from maw.theory.shapes import AttentionForm, Shape, attention_elements, forms, parameters

SMALL = Shape(hidden=48, heads=4, n_depths=6, length=32, batch=3)


def form(name: str, shape: Shape = SMALL) -> AttentionForm:
    """The form of this name."""
    return next(form for form in forms(shape) if form.name == name)


def inputs(shape: Shape) -> tuple[torch.Tensor, torch.Tensor]:
    """A random batch without padding, and its mask."""
    x = torch.randn(shape.batch, shape.length, shape.hidden)
    return x, torch.ones(shape.batch, shape.length, dtype=torch.bool)


def lazy_memory(shape: Shape, depths: list[int]) -> Memory:
    """The memory of the lazy form when each text has this depth."""
    attention = LazyMAW(shape.hidden, shape.heads, shape.n_depths).attention
    x, mask = inputs(shape)
    depth = torch.tensor(depths)
    return memory_of(lambda: attention(x, mask, depth))


def test_the_sources_worked_example() -> None:
    # B = 4, L = 128, 768 wide, 12 heads, D = 64: 786,432 and 50,331,648 elements, 64.0×
    shape = Shape(hidden=768, heads=12, n_depths=64, length=128, batch=4)
    assert attention_elements(shape) == (786_432, 50_331_648)
    assert form("MAW, five axes", shape).largest.elements == 50_331_648
    assert form("MAW, lazy", shape).elements == 4 * 4 * 128 * 768


def test_the_lazy_form_needs_what_torch_measures() -> None:
    counted = form("MAW, lazy")
    one_depth, mixed = lazy_memory(SMALL, [2, 2, 2]), lazy_memory(SMALL, [5, 0, 2])
    assert one_depth.largest == counted.largest.elements
    assert mixed.largest <= counted.largest.elements
    for measured in (one_depth, mixed):  # beside it: the mask, and a few numbers a text
        assert measured.peak_bytes == pytest.approx(counted.bytes, rel=0.03)


@settings(max_examples=15, deadline=None)
@given(
    heads=st.sampled_from([1, 2, 4]),
    n_depths=st.integers(2, 9),
    length=st.integers(16, 40),  # shorter texts are grouped by copying them
    batch=st.integers(1, 5),
)
def test_the_lazy_form_needs_as_much_for_any_number_of_depths(
    heads: int, n_depths: int, length: int, batch: int
) -> None:
    shape = Shape(hidden=64, heads=heads, n_depths=n_depths, length=length, batch=batch)
    measured = lazy_memory(shape, [n % n_depths for n in range(batch)])
    assert measured.peak_bytes == pytest.approx(form("MAW, lazy", shape).bytes, rel=0.02)


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("standard, fused", lambda E, H, D: GroupedQueryAttention(E, H, H)),
        ("MAW, streamed mixture", StreamedMAW),
    ],
)
def test_other_forms_need_what_torch_measures(name: str, module: Callable[..., Any]) -> None:
    layer = module(SMALL.hidden, SMALL.heads, SMALL.n_depths)
    x, mask = inputs(SMALL)
    measured = memory_of(lambda: layer(x, mask))
    assert measured.peak_bytes == pytest.approx(form(name).bytes, rel=0.03)


def test_the_five_axes_need_at_least_what_is_counted() -> None:
    layer = MAWAttention(SMALL.hidden, SMALL.heads, SMALL.n_depths).eval()
    x, mask = inputs(SMALL)
    measured = memory_of(lambda: layer(x, mask))
    counted = form("MAW, five axes")
    assert measured.largest == counted.largest.elements == 3 * 4 * 32 * 32 * 6
    assert counted.bytes <= measured.peak_bytes <= 1.5 * counted.bytes


def test_parameters_are_those_of_the_modules() -> None:
    E, H, D = SMALL.hidden, SMALL.heads, SMALL.n_depths
    standard, lazy = GroupedQueryAttention(E, H, H), LazyMAW(E, H, D)
    counts = [sum(p.numel() for p in module.parameters()) for module in (standard, lazy)]
    router = D * (E + 1)
    assert counts == [parameters(SMALL, n_depths=1), parameters(SMALL, n_depths=D) + router]


def test_the_command_prints_the_example() -> None:
    sizes = {"--hidden": 768, "--heads": 12, "--depth": 64, "--length": 128, "--batch": 4}
    arguments = [str(part) for option in sizes.items() for part in option]
    output = CliRunner().invoke(app, ["shapes", *arguments], catch_exceptions=False).output
    line = "786,432 elements (standard) and 50,331,648 (MAW, five axes), 64.0×"
    assert f"Attention weights: {line}" in output
    assert re.search(r"4 × 12 × 128 × 128 × 64 +50,331,648 +192\.0", output)
    assert re.search(r"MAW, lazy .* 6\.0 +1\.00×", output)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--hidden", "7"], "shapes: hidden 7 is not a multiple of heads 12"),
        (["--length", "0"], "shapes: length is 0; give 1 or more"),
        (["--heads", "0"], "shapes: heads is 0; give 1 or more"),
    ],
)
def test_an_impossible_shape_is_one_line(arguments: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CliRunner().invoke(app, ["shapes", *arguments], catch_exceptions=False)

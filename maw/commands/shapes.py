"""`maw shapes`: every tensor of standard and MAW attention, and what each form of it needs."""

from typing import TYPE_CHECKING, Annotated

import typer

from maw.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from maw.theory.shapes import Shape


def shapes(
    hidden: Annotated[int, typer.Option(help="Hidden size E.")] = 768,
    heads: Annotated[int, typer.Option(help="Heads H; E is a multiple of it.")] = 12,
    depth: Annotated[
        int | None, typer.Option(help="Depths D; hidden / heads unless given.")
    ] = None,
    length: Annotated[int, typer.Option(help="Tokens L.")] = 128,
    batch: Annotated[int, typer.Option(help="Texts B.")] = 4,
) -> None:
    """Track the dimensions of standard and MAW attention, and count the memory of each form."""
    from maw.reporting.console import console, say
    from maw.theory.shapes import MAW, STANDARD, Shape, attention_elements

    try:
        shape = Shape(
            hidden=hidden,
            heads=heads,
            depth=depth if depth is not None else max(1, hidden // max(1, heads)),
            length=length,
            batch=batch,
        )
    except ValueError as error:
        raise InputError(f"shapes: {error}") from None
    to = console()
    for title, axes in (("Standard attention", STANDARD), ("MAW attention, five axes", MAW)):
        say(to, title)
        to.print(tensors(shape, axes))
    one, all_depths = attention_elements(shape)
    say(to, f"\nAttention: {one:,} and {all_depths:,} elements, {all_depths / one:.1f}×\n")
    to.print(memory(shape))
    say(to, "MiB: float32 at the fullest moment, weights and input not counted.")


def tensors(shape: "Shape", axes: "tuple[tuple[str, str], ...]") -> "Table":
    """Name, axes, sizes, elements, memory of each tensor on its way."""
    from maw.reporting.console import table
    from maw.theory.shapes import BYTES, track

    rows = [
        (
            tensor.name,
            ", ".join(tensor.axes.split()),
            " × ".join(map(str, tensor.sizes)),
            f"{tensor.elements:,}",
            mebibytes(BYTES * tensor.elements),
        )
        for tensor in track(shape, axes)
    ]
    heads = ("tensor", "axes", "shape", "elements", "MiB")
    return table(heads, rows, numbers=("elements", "MiB"))


def memory(shape: "Shape") -> "Table":
    """What each form holds at its fullest moment, beside fused standard attention."""
    from maw.reporting.console import table
    from maw.theory.shapes import forms

    made = forms(shape)
    fused = next(form for form in made if form.name == "standard, fused")
    rows = [
        (
            form.name,
            form.says,
            form.largest.name,
            f"{form.largest.elements:,}",
            mebibytes(form.bytes),
            f"{form.elements / fused.elements:.2f}×",
            f"{form.parameters:,}",
        )
        for form in made
    ]
    heads = ("form", "", "largest tensor", "elements", "MiB", "of fused", "parameters")
    return table(heads, rows, numbers=("elements", "MiB", "of fused", "parameters"))


def mebibytes(n: int) -> str:
    """`192.0`, `1.5`."""
    return f"{n / 2**20:,.1f}" if n >= 2**20 else f"{n / 2**20:.3f}"

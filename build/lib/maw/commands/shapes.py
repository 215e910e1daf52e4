"""The command `maw shapes`: shapes and memory of the tensors of standard and of MAW attention."""

from typing import TYPE_CHECKING, Annotated

import typer

from maw.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from maw.theory.shapes import Shape

MEBIBYTE = 2**20


def shapes(
    hidden: Annotated[int, typer.Option(help="Hidden size E of the model.")] = 768,
    heads: Annotated[int, typer.Option(help="Number of heads H; E must be a multiple of it.")] = 12,
    depth: Annotated[
        int | None, typer.Option(help="Number of depths D; hidden / heads if left out.")
    ] = None,
    length: Annotated[int, typer.Option(help="Tokens L of a text.")] = 128,
    batch: Annotated[int, typer.Option(help="Texts B of a batch.")] = 4,
) -> None:
    """Print tensor shapes and memory of standard and MAW attention."""
    from maw.reporting.console import console, say
    from maw.theory.shapes import MAW, STANDARD, Shape, attention_elements

    try:
        shape = Shape(
            hidden=hidden,
            heads=heads,
            n_depths=depth if depth is not None else max(1, hidden // max(1, heads)),
            length=length,
            batch=batch,
        )
    except ValueError as error:
        raise InputError(f"shapes: {error}") from None
    to = console()
    for title, axes in (("Standard attention", STANDARD), ("MAW attention, five axes", MAW)):
        say(to, title)
        to.print(tensors(shape, axes))
    one_depth, all_depths = attention_elements(shape)
    say(
        to,
        f"\nAttention weights: {one_depth:,} elements (standard) and {all_depths:,} (MAW, five "
        f"axes), {all_depths / one_depth:.1f}×\n",
    )
    to.print(memory(shape))
    say(to, "MiB: memory of float32 tensors at the peak; weights and input are not counted.")


def tensors(shape: "Shape", axes: "tuple[tuple[str, str], ...]") -> "Table":
    """Return a table with a row for each tensor of an attention: name, axes, sizes, memory.

    axes: (name, letters of the axes) of each tensor, such as ("values V", "B H L h").
    """
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
    """Return a table with a row for each form of attention: its memory at the peak.

    A form is one way to compute the attention, such as `standard, fused`. The column `of fused` is
    the number of elements divided by that of `standard, fused`.
    """
    from maw.reporting.console import table
    from maw.theory.shapes import forms

    all_forms = forms(shape)
    fused = next(form for form in all_forms if form.name == "standard, fused")
    rows = [
        (
            form.name,
            form.description,
            form.largest.name,
            f"{form.largest.elements:,}",
            mebibytes(form.bytes),
            f"{form.elements / fused.elements:.2f}×",
            f"{form.parameters:,}",
        )
        for form in all_forms
    ]
    heads = ("form", "", "largest tensor", "elements", "MiB", "of fused", "parameters")
    return table(heads, rows, numbers=("elements", "MiB", "of fused", "parameters"))


def mebibytes(n_bytes: int) -> str:
    """Return a number of bytes in MiB as text, such as `192.0`; below 1 MiB with three decimals."""
    return f"{n_bytes / MEBIBYTE:,.1f}" if n_bytes >= MEBIBYTE else f"{n_bytes / MEBIBYTE:.3f}"

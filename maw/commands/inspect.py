"""`maw inspect`: what did the router decide about this text, and what does the attention see?"""

from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maw.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from maw.ranking.inspection import Inspection, Pair, Token
    from maw.stages.finished.open import FinishedRun

RunFolder = Annotated[
    Path, typer.Option("--run", help="A finished run: results/runs/<dataset>/<system>/seed<seed>.")
]


class Side(StrEnum):
    """A query is cut at fewer tokens than a document."""

    query = "query"
    document = "document"


def inspect(
    text: Annotated[str, typer.Argument(help="The text to look at.")],
    run: RunFolder,
    side: Annotated[Side, typer.Option(help="Read it as a query or as a document.")] = Side.query,
    pairs: Annotated[int, typer.Option(help="How many token pairs to show.", min=1)] = 8,
) -> None:
    """Show the depth that a text chose, how surely, and its strongest token pairs."""
    from maw.reporting.console import console
    from maw.stages.finished.open import open_run

    opened = open_run(run)
    show(console(), look(opened, text, side=side, pairs=pairs), run=opened, side=side)


def look(run: "FinishedRun", text: str, *, side: Side, pairs: int) -> "Inspection":
    """The text through the frozen and the trained layers, as ranking does it."""
    if not text.strip():
        raise InputError("inspect: the text is empty; give some words")
    if run.kind != "bi_encoder":
        raise InputError(
            f"{run.folder}: {run.kind!r} has no attention to inspect; give a bi_encoder's run, "
            f"or use: maw search --run {run.folder} …"
        )
    from maw.ranking.inspection import inspect_text, marked
    from maw.stages.finished.open import encoder_of

    encoder = encoder_of(run)
    ids, whole = (encoder.frozen.tokens([text], side=side.value, whole=w)[0] for w in (False, True))
    return inspect_text(
        encoder.model,
        encoder.frozen.hidden([text], side=side.value),
        tokens=marked(ids, tokenizer_file=str(encoder.frozen.folder / "tokenizer.json")),
        n_pairs=pairs,
        n_cut=len(whole) - len(ids),
    )


def show(to: "Console", found: "Inspection", *, run: "FinishedRun", side: Side) -> None:
    """Print it: the decision in a sentence, all depths, the pairs."""
    from maw.reporting.console import say, table

    read = f"read as a {side.value}, {len(found.tokens)} tokens"
    cut = f"; {found.n_cut} more were cut off, as in ranking" if found.n_cut else ""
    say(to, f"{run.name} seed {run.seed} on {run.dataset}: {read}{cut}")
    if found.chosen is None:
        say(to, "This system has no depths to choose from: one attention for every text.")
    else:
        say(
            to,
            f"Chosen depth: {found.chosen} of 0 to {len(found.depths) - 1}, "
            f"probability {found.probability:.3f} (even odds: {1 / len(found.depths):.3f})",
        )
    heads = ("depth", "probability", "attention entropy", "cosine with the chosen")
    rows = [
        (
            f"{'→ ' if depth.number == found.chosen else ''}{depth.number}",
            f"{depth.probability:.3f}",
            f"{depth.entropy:.3f}",
            f"{depth.cosine:.4f}",
        )
        for depth in found.depths
    ]
    if found.chosen is None:
        say(to, f"Attention entropy: {found.depths[0].entropy:.3f} of its largest value")
    else:
        to.print(table(heads, rows, numbers=heads))
        say(to, "entropy: share of its largest value. cosine: 1 where the choice changes nothing.")
    where = "" if found.chosen is None else f" under depth {found.chosen}"
    say(to, f"\nStrongest token pairs{where}, mean over heads of the first trained layer")
    pairs = [
        (*_cells(any_pair), *_cells(own_pair))
        for any_pair, own_pair in zip_longest(found.pairs, found.own_pairs)
    ]
    heads_of_pairs = ("token", "attends to", "weight", "own token", "attends to own", "weight")
    to.print(table(heads_of_pairs, pairs, numbers=("weight",)))
    say(to, f"* added by the tokeniser; these get {found.to_special:.0%} of all attention.")


def _cells(pair: "Pair | None") -> tuple[str, str, str]:
    if pair is None:
        return "", "", ""
    return _name(pair.query), _name(pair.key), f"{pair.weight:.3f}"


def _name(token: "Token") -> str:
    return f"{token.text} *" if token.special else token.text

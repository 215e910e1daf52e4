"""The command `maw inspect`: the depth a router chooses for a text, and the attention under it.

A depth is one of several query and key projections of a layer. Where a router mixes depths, the
likeliest depth is shown as the chosen one.
"""

from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from maw.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from maw.ranking.inspection import Inspection, Pair, Token
    from maw.stages.finished.finished_run import FinishedRun

RunFolder = Annotated[
    Path, typer.Option("--run", help="A finished run: results/runs/<dataset>/<system>/seed<seed>.")
]
Configuration = Annotated[
    Path | None,
    typer.Option(
        help="The suite's YAML file, for a run that needs a file or module of your own code. That "
        "code is run only if this configuration names it."
    ),
]
# a query is cut at fewer tokens than a document
ReadAs = Literal["query", "document"]


def inspect(
    text: Annotated[str, typer.Argument(help="The text to inspect.")],
    run: RunFolder,
    side: Annotated[
        ReadAs, typer.Option(help="Read the text as a query or as a document.")
    ] = "query",
    pairs: Annotated[int, typer.Option(help="Number of token pairs to show.", min=1)] = 8,
    config: Configuration = None,
) -> None:
    """Show which depth a router chooses for a text, and the attention."""
    from maw.reporting.console import console
    from maw.stages.finished.finished_run import open_run

    finished_run = open_run(run, config)
    inspection = look(finished_run, text, side=side, pairs=pairs)
    show(console(), inspection, run=finished_run, side=side)


def look(run: "FinishedRun", text: str, *, side: ReadAs, pairs: int) -> "Inspection":
    """Return the depths and the strongest token pairs of a text, encoded as for ranking.

    run: the finished run whose model encodes the text. side: encode the text as a query or as a
    document. pairs: number of token pairs. InputError for an empty text and for a system that is no
    bi-encoder.
    """
    if not text.strip():
        raise InputError("inspect: the text is empty; give some words")
    if run.kind != "bi_encoder":
        raise InputError(
            f"{run.folder}: only the attention of a 'bi_encoder' can be inspected, and this run's "
            f"system is of the kind {run.kind!r}; give a bi_encoder's run"
        )
    from maw.models.encoders.backbone_files import open_tokeniser
    from maw.ranking.inspection import inspect_text, tokens_of
    from maw.stages.finished.finished_run import encoder_of

    encoder = encoder_of(run)
    ids, all_ids = (encoder.frozen.tokens([text], side=side, cut=cut)[0] for cut in (True, False))
    return inspect_text(
        encoder.model,
        encoder.frozen.hidden([text], side=side),
        tokens=tokens_of(ids, tokenizer=open_tokeniser(encoder.frozen.folder)),
        n_pairs=pairs,
        n_cut=len(all_ids) - len(ids),
    )


def show(to: "Console", inspection: "Inspection", *, run: "FinishedRun", side: ReadAs) -> None:
    """Print what `look` found: the chosen depth, a table of all depths, a table of token pairs.

    For a system without depths the entropy of its attention stands in place of the depths.
    """
    from maw.reporting.console import say

    cut = f"; {inspection.n_cut} more were cut off, as in ranking" if inspection.n_cut else ""
    size = f"read as a {side}, {len(inspection.tokens)} tokens{cut}"
    say(to, f"{run.name} seed {run.seed} on {run.dataset}: {size}")
    if inspection.chosen is None:
        say(to, "This system has no depths to choose from: one attention for every text.")
        say(to, f"Attention entropy: {inspection.depths[0].entropy:.3f} of its largest value")
    else:
        _show_depths(to, inspection)
    _show_pairs(to, inspection)


def _show_depths(to: "Console", inspection: "Inspection") -> None:
    """Print the chosen depth in a sentence, and a table with a row for each depth."""
    from maw.reporting.console import say, table

    n_depths = len(inspection.depths)
    say(
        to,
        f"Chosen depth: {inspection.chosen} of 0 to {n_depths - 1}, "
        f"probability {inspection.probability:.3f} (even odds: {1 / n_depths:.3f})",
    )
    heads = ("depth", "probability", "attention entropy", "cosine with the chosen")
    rows = [
        (
            f"{'→ ' if depth.number == inspection.chosen else ''}{depth.number}",
            f"{depth.probability:.3f}",
            f"{depth.entropy:.3f}",
            f"{depth.cosine:.4f}",
        )
        for depth in inspection.depths
    ]
    to.print(table(heads, rows, numbers=heads))
    say(
        to,
        "attention entropy: share of its largest value. cosine: of the text's vectors under this "
        "depth and the chosen one; 1 where the choice changes nothing.",
    )


def _show_pairs(to: "Console", inspection: "Inspection") -> None:
    """Print a table of the strongest token pairs.

    Pairs of any two tokens stand on the left. Pairs of two different tokens of the text itself,
    without those that the tokeniser added, stand on the right.
    """
    from maw.reporting.console import say, table

    where = "" if inspection.chosen is None else f" under depth {inspection.chosen}"
    say(to, f"\nStrongest token pairs{where}, mean over heads of the first trained layer")
    rows = [
        (*_cells(any_pair), *_cells(own_pair))
        for any_pair, own_pair in zip_longest(inspection.pairs, inspection.own_pairs)
    ]
    heads = ("token", "attends to", "weight", "own token", "attends to own", "weight")
    to.print(table(heads, rows, numbers=("weight",)))
    say(to, f"* added by the tokeniser; these get {inspection.to_special:.0%} of all attention.")


def _cells(pair: "Pair | None") -> tuple[str, str, str]:
    if pair is None:
        return "", "", ""
    return _token_text(pair.query), _token_text(pair.key), f"{pair.weight:.3f}"


def _token_text(token: "Token") -> str:
    return f"{token.text} *" if token.special else token.text

"""The command `maw score`: scores run files by any measure, and compares nothing."""

from pathlib import Path
from typing import Annotated

import typer

from maw.commands.compare import STDOUT, Format, SeedPattern

Runs = Annotated[list[Path], typer.Argument(help="Run files, and folders with a run per seed.")]
Qrels = Annotated[Path, typer.Option(help="Relevance judgements: a TREC, BEIR or parquet file.")]
Measures = Annotated[
    list[str] | None, typer.Option("--measure", "-m", help="A measure; may be repeated.")
]
PerTopic = Annotated[
    bool, typer.Option("--per-topic", "-q", help="Print the scores of each topic, too.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write each topic's scores as CSV, which `maw compare` reads; - is standard output.",
    ),
]


def score(
    runs: Runs,
    qrels: Qrels,
    measure: Measures = None,
    per_topic: PerTopic = False,
    seed_pattern: SeedPattern = None,
    file_format: Format = None,
    out: Out = None,
) -> None:
    """Score run files by any measure; compare nothing."""
    from maw.api import MEASURES
    from maw.reporting.scores_terminal import show_scores
    from maw.runs.gather import Reading
    from maw.runs.scored import score_files
    from maw.stages.finished.documents import opened_text

    reading = Reading(seed_pattern=seed_pattern, file_format=file_format)
    with opened_text(out, option="--out") as write:
        evidence = score_files(runs, qrels, measures=measure or MEASURES, reading=reading)
        write(evidence.scores.to_csv(index=False))
    if out != STDOUT:  # else standard output is the table and nothing else
        show_scores(
            evidence.scores,
            measures=evidence.measures,
            notices=evidence.notices,
            per_topic=per_topic,
        )

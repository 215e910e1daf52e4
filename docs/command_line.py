"""The reference page of the command `maw`, as Markdown, made from the commands' own help.

`python -m docs.command_line > docs/command_line.md` writes the page. Usage, arguments and options
are those of `maw COMMAND --help`. What a command reads and writes is in `NOTES`, because no command
prints it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer

from maw.cli import app

OPENING = """# Command line

`maw` is for people; the workflow runs by `snakemake`. Every command explains itself with `--help`,
and `maw --help` lists them all. The commands that need a model (`inspect`, `search`,
`export --run`) need the extra `train`; `maw compare`, `maw score`, `maw plan` and `maw calibrate`
do not.

Results go to standard output, messages about mistakes to standard error.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | `maw verify` found a damaged file |
| 2 | a mistake in an option or a file: one line says where, and how to mend it |
| 3 | `maw compare --require`: the claim did not come out |
| 130 | you pressed Ctrl-C |

This page is generated from the commands' help, by
`python -m docs.command_line > docs/command_line.md`."""


@dataclass(frozen=True, slots=True)
class Note:
    """What `--help` does not say of a command.

    reads, writes: the files, in words; writes is "" for a command that only prints. example: a
    command line that a test runs.
    """

    reads: str
    example: str
    writes: str = ""


NOTES = {
    "verdicts": Note(
        reads="the finished suite's summary and report",
        example="maw verdicts",
    ),
    "verify": Note(
        reads="every file below the folder, and the hash that it or its manifest carries",
        example="maw verify results",
    ),
    "check": Note(
        reads="the configuration, and the names of the files that it asks for",
        example="maw check workflow/config/embedded.yaml",
    ),
    "compare": Note(
        reads="runs and qrels, or scores per topic; a plan, clusters and texts of topics if given "
        "([Your own runs](own_runs.md) lists the formats)",
        writes="the folder of `--out`, as a whole; the files of `--json` and `--markdown`; nothing "
        "without these options",
        example="maw compare bm25.run.gz splade.run.gz colbert/ --qrels qrels.txt --sesoi 0.01 "
        "--out report/",
    ),
    "score": Note(
        reads="the runs and the judgements",
        writes="the file of `--out`; nothing without it",
        example="maw score bm25.run splade.run --qrels qrels.txt -m nDCG@10 -m AP --out topics.csv",
    ),
    "diff": Note(
        reads="the scores, the verdicts and the settings of two suites or comparisons",
        writes="the file of `--json`; nothing without it",
        example="maw diff before/ after/ --json diff.json",
    ),
    "plan": Note(
        reads="the plan",
        writes="the plan's hash and the time, into `plan.json` of the folder",
        example="maw plan plan.yaml --out report/",
    ),
    "calibrate": Note(
        reads="the scores and the plan of a suite or a comparison",
        writes="`calibration.parquet` beside `comparisons.parquet`, and `calibration.csv`",
        example="maw calibrate results",
    ),
    "inspect": Note(
        reads="the run's model and the backbone",
        example="maw inspect --run results/runs/pydocs/maw_grpo/seed42 "
        '"Compute the standard deviation along an axis."',
    ),
    "search": Note(
        reads="the run's model, the backbone and the suite's documents",
        example="maw search --run results/runs/pydocs/maw_grpo/seed42 "
        '"spread of a distribution" -k 5',
    ),
    "export": Note(
        reads="the run's model and the suite's verdict; with `--runs`, all rankings of the suite",
        writes="the folder `DIR`, which is there only when it is complete",
        example="maw export --run results/runs/pydocs/maw_grpo/seed42 exported/maw_grpo",
    ),
    "estimate": Note(
        reads="the configuration, and measured rates of time and space",
        example="maw estimate --config workflow/config/benchmarks.yaml",
    ),
    "shapes": Note(
        reads="no file",
        example="maw shapes --hidden 768 --heads 12 --depth 64 --length 128 --batch 4",
    ),
    "theory": Note(
        reads="no file",
        example="maw theory",
    ),
}


# typer's name of a type -> what the page calls it
PLAIN_TYPES = {
    r"<list\[(\w+)\]>": r"<\1>",
    "<Path>": "<path>",
    "<str>": "<text>",
    "<int( range)?>": "<integer>",
    "<float>": "<number>",
}


def page() -> str:
    """Return the reference page as Markdown: the opening, then a section for each command."""
    group: Any = typer.main.get_command(app)
    sections = (_section(name, command) for name, command in group.commands.items())
    return "\n\n".join([OPENING, *sections]) + "\n"


def _section(name: str, command: Any) -> str:
    """Return the section of one command. command: as typer makes it, of its own kind of click."""
    context = command.make_context(name, [], resilient_parsing=True)
    usage = " ".join(["maw", name, *command.collect_usage_pieces(context)])
    note = NOTES[name]
    blocks = [
        f"## maw {name}",
        "\n\n".join(_paragraphs(command.help)),
        f"```text\n{usage}\n```",
        *_tables(command, context),
        f"It reads {note.reads}. {_writing(note)}",
        f"```sh\n{note.example}\n```",
    ]
    return "\n\n".join(blocks)


def _writing(note: Note) -> str:
    return f"It writes {note.writes}." if note.writes else "It only prints."


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a command's help, each on one line."""
    for paragraph in text.split("\n\n"):
        yield " ".join(paragraph.split())


def _tables(command: Any, context: Any) -> Iterator[str]:
    """Yield a table of the command's arguments and one of its options, where it has any."""
    for kind in ("argument", "option"):
        rows = [
            _row(*record)
            for parameter in command.params
            if parameter.param_type_name == kind
            and (record := parameter.get_help_record(context)) is not None
        ]
        if rows:
            yield "\n".join([f"| {kind} | meaning |", "|---|---|", *rows])


def _row(name: str, meaning: str) -> str:
    """Return a row of a table. Types are written for readers, and `<system>` is no HTML."""
    for pattern, plain in PLAIN_TYPES.items():
        name = re.sub(pattern, plain, name)
    meaning = re.sub(r"\bx>=", "≥ ", " ".join(meaning.split()))
    cells = (f"`{name}`", meaning.replace("<", "\\<"))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    print(page(), end="")

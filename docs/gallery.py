"""The gallery page, as Markdown, made from the answers of committed reports.

`python -m docs.gallery > docs/gallery.md` writes the page, and
`python -m docs.gallery add NAME RESULTS` lays the finished report of the folder RESULTS, such as
`results/suites/judged`, into `docs/reports/`. For a suite NAME this folder may hold

- `NAME.json`: what the stage `report` writes beside the page for the index (`answer.json`);
- `NAME.html`: the report itself, to which the page links;
- `NAME.png`: a picture of the report's first screen.

A suite without an answer is left out. No number on the page is written by hand. `maw compare`
writes no `answer.json`, so the headings of a report without one are read from its HTML.
"""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "reports"

OPENING = """# Gallery

Reports that were made by the commands shown, each with its answer as the report gives it. A report
is one file that opens offline; [Read a verdict](verdict.md) goes through one. An answer holds for
the scope below it, and for nothing else.

This page is generated from the answers of committed reports, by
`python -m docs.gallery > docs/gallery.md`."""
EMPTY = "No report is committed yet; [the README](../README.md#more) names the suites."

# files beside a report, which are not in the gallery: what is said of them, or the link to them
NUMBERS = re.compile(r' <a href="\.\./figures/[^"]*">Its numbers</a>\.')
BESIDE = re.compile(r'<a href="(?:\.\./[^"]*|[^"#:]*\.csv)">(.*?)</a>', re.DOTALL)
HEADINGS = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
LINES = re.compile(r'<span class="line">(.*?)</span>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A report of the gallery. asks: its question, in a sentence. command: what makes it."""

    title: str
    asks: str
    command: str


def _suite(name: str) -> str:
    return f"snakemake --cores all --configfile workflow/config/{name}.yaml"


EXHIBITS = {
    "judged": Exhibit(
        title="Collections that people judged",
        asks="The same question on Cranfield, Vaswani and CISI, whose judgements people made. "
        "Every query is a test query once ([more](judged.md)).",
        command=_suite("judged"),
    ),
    "embedded": Exhibit(
        title="The default: does it work at all?",
        asks="Two kinds of attention with several depths against the same layer without them, on "
        "docstrings. It shows what a report looks like, and supports no claim about search.",
        command="make reproduce",
    ),
    "thorough": Exhibit(
        title="Every control",
        asks="Two claims about each system: that it ranks better, and that routing is the reason. "
        "Each has to beat every control that could explain the gain otherwise, after a larger "
        "search, and the study asks whether twice the training changes the answer.",
        command=_suite("thorough"),
    ),
    "rerank": Exhibit(
        title="Cross-encoders",
        asks="The same attention where it reads the query and the document together, and re-ranks "
        "BM25's best documents.",
        command=_suite("rerank"),
    ),
    "ablations": Exhibit(
        title="Each part by itself",
        asks="What depths, gating, projections, routers, rewards and strength do, one setting "
        "changed at a time, with the cost of each and the source's claim about it.",
        command=_suite("ablations"),
    ),
    "routing_control": Exhibit(
        title="Can the harness say “better”?",
        asks="A made collection in which the right depth helps. The harness must say “better” of a "
        "router that is told the right depth; what it says of the others shows which training "
        "finds it ([more](trial.md)). It is never evidence for the method.",
        command=_suite("routing_control"),
    ),
    "compare": Exhibit(
        title="Runs from elsewhere",
        asks="BM25, BM25 with query expansion, and a neural re-ranker that was not trained for the "
        "collection, on the 50 topics of DL-HARD: runs that maw did not make "
        "([more](own_runs.md)).",
        command="maw compare bm25.run.gz 'bm25+rm3.run.gz' 'bm25+t5(zs).run.gz' --qrels qrels.txt "
        "--sesoi 0.02 --dataset dl-hard --out report",
    ),
}


def page(folder: Path = FOLDER) -> str:
    """Return the gallery as Markdown. folder: that of the committed answers and reports."""
    answers = {name: answer_of(name, folder=folder) for name in EXHIBITS}
    sections = [
        "\n\n".join(_section(name, answer, folder=folder))
        for name, answer in answers.items()
        if answer is not None
    ]
    return "\n\n".join([OPENING, *(sections or [EMPTY])]) + "\n"


def add(name: str, results: Path, *, folder: Path = FOLDER) -> None:
    """Copy the report of a finished suite or comparison, and its answer, into the gallery.

    The page's links to tables and figures beside it become plain text. name: a key of EXHIBITS,
    else KeyError. results: the suite's folder, which holds `report/`, or that of a comparison.
    """
    EXHIBITS[name]
    report = results / "report" if (results / "report").is_dir() else results
    html = (report / "index.html").read_text(encoding="utf-8")
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.html").write_text(unlinked(html), encoding="utf-8")
    if (report / "answer.json").is_file():
        shutil.copyfile(report / "answer.json", folder / f"{name}.json")


def unlinked(html: str) -> str:
    """Return a report's page without links to other files of its folder."""
    return BESIDE.sub(r"\1", NUMBERS.sub("", html))


def answer_of(name: str, *, folder: Path) -> dict[str, Any] | None:
    """Return the answer of a committed report; None where there is none.

    It is the content of NAME.json or, where only NAME.html is there, its headings alone.
    """
    stored, report = folder / f"{name}.json", folder / f"{name}.html"
    if stored.is_file():
        content: dict[str, Any] = json.loads(stored.read_text(encoding="utf-8"))
        return content
    if report.is_file():
        return {"headings": headings(report.read_text(encoding="utf-8"))}
    return None


def headings(html: str) -> list[str]:
    """Return the answers in the main heading of a report's page, one for each dataset."""
    heading = "".join(HEADINGS.findall(html)[:1])
    texts = LINES.findall(heading) or [heading]
    return [" ".join(unescape(re.sub(r"<[^>]+>", "", text)).split()) for text in texts]


def _section(name: str, answer: dict[str, Any], *, folder: Path) -> Iterator[str]:
    """Yield the blocks of one report's section."""
    exhibit = EXHIBITS[name]
    yield f"## {exhibit.title}"
    yield exhibit.asks
    if (folder / f"{name}.png").is_file():
        yield f"![The first screen of the report of {name}](reports/{name}.png)"
    said = [f"> **{_plain(text)}**" for text in answer["headings"]]
    said += [f"> - {_plain(text)}" for text in answer.get("bullets", ())]
    yield "\n>\n".join(said)
    if answer.get("scope"):
        yield f"Scope: {_plain(answer['scope'])}"
    if "n_passed" in answer:
        yield _checks(answer)
    if (folder / f"{name}.html").is_file():
        yield f"[The report](reports/{name}.html), made by `{exhibit.command}`."
    else:
        yield f"Made by `{exhibit.command}`."


def _checks(answer: dict[str, Any]) -> str:
    """Return how many checks passed, and in full those that failed or could not tell."""
    n_passed = answer["n_passed"]
    text = f"{n_passed} check{'s' if n_passed != 1 else ''} of the study passed"
    failed = " ".join(map(_plain, answer["failed"]))
    unknown = " ".join(map(_plain, answer.get("unknown", ())))  # older answers have none
    text += f". Not passed: {failed}" if failed else ", and none failed."
    return f"{text} Could not tell: {unknown}" if unknown else text


def _plain(text: str) -> str:
    """Return text of a report for Markdown, in which names keep their underscores and signs."""
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", " ".join(text.split()))


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "add":
        add(sys.argv[2], Path(sys.argv[3]))
    elif len(sys.argv) > 1:
        sys.exit("usage: python -m docs.gallery [add NAME RESULTS]")
    else:
        print(page(), end="")

"""Configurations of suites with runs that were made elsewhere."""

from pathlib import Path
from typing import Any

from maw.settings.read import parse_suite
from maw.settings.suite import Suite

LINE = "{query} Q0 {document} {rank} {score} tag\n"


def write_run(path: Path, documents: list[str], *, queries: tuple[str, ...] = ("q1", "q2")) -> Path:
    """Write a TREC run that returns these documents, in this order, for each query."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        LINE.format(query=query, document=document, rank=rank, score=10 - rank)
        for query in queries
        for rank, document in enumerate(documents, start=1)
    ]
    path.write_text("".join(lines))
    return path


def given_suite(
    path: str | Path, *, baseline: dict[str, Any] | None = None, **change: Any
) -> Suite:
    """Return a suite of the given run `mine` and a baseline, as a rule BM25, with other keys."""
    content: dict[str, Any] = {
        "suite": "given",
        "datasets": {"tiny": {"loader": {"kind": "pydocs", "documents": 120}}},
        "systems": {
            "mine": {"kind": "run", "path": str(path)},
            "base": baseline or {"kind": "bm25"},
        },
        "seeds": [42, 43],
        "analysis": {"contrasts": [{"system": "mine", "baseline": "base"}]},
    }
    return parse_suite({**content, **change}, source="x.yaml")

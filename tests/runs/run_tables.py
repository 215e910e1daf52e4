"""Runs and judgements on twelve topics, small enough to check in the head."""

from collections.abc import Iterable, Sequence

import pandas as pd

from maw.runs.content import Run
from maw.runs.evidence import Evidence, Judgements, from_rankings

Rows = Sequence[tuple[str, str, float]]  # topic, document, score or grade

QRELS: list[tuple[str, str, float]] = [(str(topic), "good", 1) for topic in range(1, 13)]


def run_of(system: str, rows: Rows, *, ranks: list[float] | None = None) -> Run:
    """Return a run with seed 0 whose origin is `{system}.run`."""
    frame = pd.DataFrame(list(rows), columns=["query_id", "doc_id", "score"])
    if ranks:
        frame["rank"] = ranks
    return Run(system, 0, f"{system}.run", frame)


def full_run(
    system: str, *, best: str = "good", other: str = "bad", topics: Iterable[int] = range(1, 13)
) -> Run:
    """Return a run with two documents on every topic: `best` scores 2 and `other` scores 1."""
    pairs = ((best, 2.0), (other, 1.0))
    return run_of(system, [(str(t), document, score) for t in topics for document, score in pairs])


def rows_of_run(run: Run) -> list[tuple[str, str, float]]:
    """Return the rows of a run as topic, document and score."""
    return list(run.frame[["query_id", "doc_id", "score"]].itertuples(index=False, name=None))


def judgements_of(rows: Rows = QRELS) -> Judgements:
    """Return judgements whose origin is `q.txt`."""
    frame = pd.DataFrame(list(rows), columns=["query_id", "doc_id", "relevance"])
    return Judgements(frame, "q.txt")


def evidence_of(
    *runs: Run, qrels: Rows = QRELS, measures: Sequence[str] = ("nDCG@2", "AP")
) -> Evidence:
    """Return the evidence of runs on the dataset `toy`."""
    return from_rankings(runs, judgements_of(qrels), measures=measures, dataset="toy")


def notices_of(evidence: Evidence) -> list[tuple[str, str, int]]:
    """Return code, subject and count of each notice."""
    return [(notice.code, notice.subject, notice.count) for notice in evidence.notices]

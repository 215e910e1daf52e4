"""A ranking and its judgements as TREC files; the same input gives the same bytes.

Each score is replaced by `N − rank`, N the number of a topic's documents. trec_eval's binding
compares scores in float32, which would make ties that float64 does not have, and other tools break
ties differently; with whole numbers and no ties, every tool has the same order.
"""

import gzip
from collections.abc import Iterable

import pandas as pd

from maw.errors import InputError
from maw.measures.ordering import order_run, with_rank_scores

LARGEST_EXACT = 2**24  # float32 holds every whole number up to here exactly
GZIP_LEVEL = 6
SCORES = "N - rank, N the documents of a topic: whole numbers, no ties; order as in the ranking"


def trec_run(ranking: pd.DataFrame, *, tag: str, source: str) -> bytes:
    """Return the ranking as gzipped lines `topic Q0 document rank score tag`.

    ranking: columns query_id, doc_id, score. source: the ranking's file, for error messages.
    InputError: an id that is empty or has a blank, a document twice, a score that is not finite, or
    a topic with more than 2²⁴ documents.
    """
    ordered = with_rank_scores(order_run(ranking))
    topics, documents = ordered["query_id"].tolist(), ordered["doc_id"].tolist()
    _refuse_blanks((*dict.fromkeys(topics), *dict.fromkeys(documents)), source=source)
    if len(ordered) and ordered["score"].max() > LARGEST_EXACT:
        raise InputError(f"{source}: a topic has more than {LARGEST_EXACT:,} documents; keep fewer")
    scores = ordered["score"].astype(int).tolist()
    lines = [
        f"{topic} Q0 {document} {rank} {score} {tag}\n"
        for topic, document, rank, score in zip(
            topics, documents, ordered["rank"].tolist(), scores, strict=True
        )
    ]
    return gzip.compress("".join(lines).encode(), compresslevel=GZIP_LEVEL, mtime=0)


def trec_qrels(qrels: pd.DataFrame, *, source: str) -> bytes:
    """Return the judgements as lines `topic 0 document grade`, in the order of the frame.

    qrels: columns query_id, doc_id, relevance. source: the judgements' file, for error messages.
    InputError: an id that is empty or has a blank.
    """
    frame = qrels.astype({"query_id": str, "doc_id": str, "relevance": int})
    columns = [frame[name].tolist() for name in ("query_id", "doc_id", "relevance")]
    _refuse_blanks((*columns[0], *columns[1]), source=source)
    rows = zip(*columns, strict=True)
    return "".join(f"{topic} 0 {document} {grade}\n" for topic, document, grade in rows).encode()


def _refuse_blanks(ids: Iterable[str], *, source: str) -> None:
    for name in ids:
        if len(name.split()) != 1 or name.strip() != name:
            raise InputError(
                f"{source}: id {name!r} is empty or holds a blank, which TREC files cannot show; "
                "rename it"
            )

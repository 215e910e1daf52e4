"""A ranking and its judgements as TREC files, in bytes that are the same every time.

Scores become `N − rank`: trec_eval's binding compares in float32, where our float64 order would
blur, and other providers break ties the other way. Whole numbers without ties leave them no choice.
"""

import gzip
from collections.abc import Iterable

import pandas as pd

from maw.errors import InputError
from maw.measures.ordering import order_run, with_rank_scores

LARGEST_EXACT = 2**24  # whole numbers up to here are themselves in float32
SCORES = "N - rank, N the documents of a topic: whole numbers, no ties; order as in the ranking"


def trec_run(ranking: pd.DataFrame, *, tag: str, place: str) -> bytes:
    """gzip of `topic Q0 document rank score tag`. ranking: query_id, doc_id, score.

    InputError: an id with a blank, a document twice, a score that is not finite.
    """
    ordered = with_rank_scores(order_run(ranking))
    topics, documents = ordered["query_id"].tolist(), ordered["doc_id"].tolist()
    _refuse_blanks((*dict.fromkeys(topics), *dict.fromkeys(documents)), place=place)
    if len(ordered) and ordered["score"].max() > LARGEST_EXACT:
        raise InputError(f"{place}: a topic has more than {LARGEST_EXACT:,} documents; cut it")
    scores = ordered["score"].astype(int).tolist()
    lines = [
        f"{topic} Q0 {document} {rank} {score} {tag}\n"
        for topic, document, rank, score in zip(
            topics, documents, ordered["rank"].tolist(), scores, strict=True
        )
    ]
    return gzip.compress("".join(lines).encode(), compresslevel=6, mtime=0)


def trec_qrels(qrels: pd.DataFrame, *, place: str) -> bytes:
    """`topic 0 document grade`, in the order of the frame: query_id, doc_id, relevance."""
    frame = qrels.astype({"query_id": str, "doc_id": str, "relevance": int})
    columns = [frame[name].tolist() for name in ("query_id", "doc_id", "relevance")]
    _refuse_blanks((*columns[0], *columns[1]), place=place)
    rows = zip(*columns, strict=True)
    return "".join(f"{topic} 0 {document} {grade}\n" for topic, document, grade in rows).encode()


def _refuse_blanks(ids: Iterable[str], *, place: str) -> None:
    for name in ids:
        if len(name.split()) != 1 or name.strip() != name:
            raise InputError(f"{place}: id {name!r} holds a blank, which TREC files cannot; rename")

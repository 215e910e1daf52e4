"""In which order does a run return its documents? Decided here, before any measure sees it.

trec_eval's rule, in float64: score descending, then document id descending. Measures get `N − rank`
as scores, which no two documents of a query share: providers with another rule for ties (RR), or
which compare in float32 (pytrec_eval), then all see the same order.
"""

import numpy as np
import pandas as pd

from maw.errors import InputError

COLUMNS = ("query_id", "doc_id", "score")


def order_run(run: pd.DataFrame) -> pd.DataFrame:
    """query_id, doc_id, score, rank: queries ascending, each best first, rank from 1.

    InputError names the row with a score that is not finite, or a document returned twice.
    """
    run = _checked(run)
    query, _ = pd.factorize(run["query_id"], sort=True)
    # strings sort by code point, which in UTF-8 is the byte order of trec_eval's strcmp
    document, _ = pd.factorize(run["doc_id"], sort=True)
    score = run["score"].to_numpy()
    order = np.lexsort((-document, -score, query))
    ordered = run.iloc[order].reset_index(drop=True)
    return ordered.assign(rank=ordered.groupby("query_id", sort=False).cumcount() + 1)


def with_rank_scores(ordered: pd.DataFrame) -> pd.DataFrame:
    """`order_run`'s frame with `N − rank` in place of the scores, N the query's documents."""
    size = ordered.groupby("query_id", sort=False)["rank"].transform("size")
    return ordered.assign(score=(size - ordered["rank"]).astype(np.float64))


def _checked(run: pd.DataFrame) -> pd.DataFrame:
    """The three columns as str, str, float64. InputError names the first row that is wrong."""
    missing = [name for name in COLUMNS if name not in run]
    if missing:
        raise InputError(f"run: lacks column {missing[0]!r}; expected {', '.join(COLUMNS)}")
    run = run[list(COLUMNS)].astype({"query_id": str, "doc_id": str})
    scores = pd.to_numeric(run["score"], errors="coerce").to_numpy(np.float64)
    for row in np.flatnonzero(~np.isfinite(scores))[:1]:
        query, document, score = run.iloc[row]
        raise InputError(
            f"run: row {row} (query {query!r}, document {document!r}) has score {score!r}; "
            "scores must be finite numbers, export the run again"
        )
    for row in np.flatnonzero(run.duplicated(["query_id", "doc_id"]))[:1]:
        query, document, _ = run.iloc[row]
        raise InputError(
            f"run: row {row} returns document {document!r} for query {query!r} a second time; "
            "keep one"
        )
    return run.assign(score=scores)

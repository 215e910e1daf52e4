"""Scores that do not count unjudged documents as not relevant: condensed lists, and bpref.

Where few of the first documents are judged, a score mostly shows which documents happened to be
judged. A condensed list is a ranking without its unjudged documents; any measure can be taken of
it. Bpref counts, before each relevant document, the judged documents that are not relevant.
Sources: Sakai, SIGIR 2007, 71-78; Buckley & Voorhees, SIGIR 2004, 25-32.
"""

from collections.abc import Sequence

import pandas as pd

from maw.measures.scoring import score_run

BPREF = "Bpref"
PAIR = ["query_id", "doc_id"]


def condensed_name(measure: str) -> str:
    """Return the name of a measure of condensed lists: `nDCG@10 (condensed)`."""
    return f"{measure} (condensed)"


def condensed_run(run: pd.DataFrame, qrels: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the judged documents of a run, in their order.

    run: query_id, doc_id, score. qrels: query_id, doc_id, relevance; a grade below 0 marks a
    document that was pooled and not judged, as in trec_eval.
    """
    judged = pd.MultiIndex.from_frame(qrels.loc[qrels["relevance"] >= 0, PAIR].astype(str))
    return run[pd.MultiIndex.from_frame(run[PAIR].astype(str)).isin(judged)]


def score_judged_documents(
    run: pd.DataFrame,
    qrels: pd.DataFrame,
    queries: Sequence[str],
    *,
    measure: str,
    relevant_from: int = 1,
) -> pd.DataFrame:
    """Return the scores of one run by a measure of its condensed list, and by bpref.

    The result has a row for each judged query and measure: query_id, measure, value. Arguments and
    InputErrors as in `score_run`.
    """
    # bpref does not look at unjudged documents, so that the condensed list has the same bpref
    measures = list(dict.fromkeys((measure, BPREF)))
    condensed = condensed_run(run, qrels)
    scores = score_run(condensed, qrels, measures, queries, relevant_from=relevant_from).frame
    of_measure = scores[scores["measure"] == measure].assign(measure=condensed_name(measure))
    return pd.concat([of_measure, scores[scores["measure"] == BPREF]], ignore_index=True)

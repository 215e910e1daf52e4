"""How far could unjudged documents move the difference of two runs?

An unjudged document counts as not relevant. What is unjudged and among the first ten documents of
both runs helps neither; what only one of them returns there could help that one. For the lower
bound of A − B such documents of B get the top grade and those of A none; for the upper bound it is
the other way round. The ideal ranking, with which nDCG compares, knows the new grades, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from maw.measures.ordering import Ranking, rank_run
from maw.measures.scorer import Grades, Scorer
from maw.measures.scoring import counting_from, grades_of, parse_measures

DEPTH = 10  # documents of each run that are looked at


@dataclass(frozen=True, slots=True)
class DifferenceBounds:
    """The mean difference A − B over the judged queries, and its bounds.

    n_queries: number of judged queries. n_open_a, n_open_b: number of documents that are unjudged
    and among the first ten of A alone, and of B alone, over all queries.
    """

    difference: float
    low: float
    high: float
    n_queries: int
    n_open_a: int
    n_open_b: int


def difference_bounds(
    a: pd.DataFrame,
    b: pd.DataFrame,
    qrels: pd.DataFrame,
    queries: Sequence[str],
    *,
    measure: str,
    relevant_from: int = 1,
) -> DifferenceBounds:
    """Return the bounds of the mean difference A − B over those of `queries` that are judged.

    a, b: query_id, doc_id, score. qrels: query_id, doc_id, relevance; at least one query is judged.
    The top grade is the highest in qrels, and at least `relevant_from`, the least grade that binary
    measures count as relevant. InputErrors as in `score_run`.
    """
    grades = grades_of(qrels)
    parsed = {measure: counting_from(parse_measures([measure])[measure], relevant_from)}
    judged = {query: grades[query] for query in dict.fromkeys(queries) if query in grades}
    runs = rank_run(a), rank_run(b)
    first = [_first_documents(run) for run in runs]
    top = max(
        relevant_from, *(grade for of_query in grades.values() for grade in of_query.values())
    )
    only_a, only_b = _open(judged, *first), _open(judged, *reversed(first))

    def difference(new: dict[str, set[str]]) -> float:
        known = {query: {**judged[query], **dict.fromkeys(new[query], top)} for query in judged}
        scorer = Scorer(known, parsed)
        means = [float(np.mean(scorer.score(run)["value"])) for run in runs]
        return means[0] - means[1]

    return DifferenceBounds(
        difference=difference({query: set() for query in judged}),
        low=difference(only_b),
        high=difference(only_a),
        n_queries=len(judged),
        n_open_a=sum(map(len, only_a.values())),
        n_open_b=sum(map(len, only_b.values())),
    )


def _first_documents(run: Ranking) -> dict[str, list[str]]:
    """Return query -> its first documents."""
    return {query: run.documents(t)[:DEPTH] for t, query in enumerate(run.topics)}


def _open(
    judged: Grades, own: dict[str, list[str]], other: dict[str, list[str]]
) -> dict[str, set[str]]:
    """Return query -> its documents that are unjudged and among the first of one run alone.

    own, other: query -> the first documents of this run, and of the other run. A grade below 0
    marks a document that was pooled and not judged, as in trec_eval.
    """
    return {
        query: {
            document
            for document in own.get(query, ())
            if document not in other.get(query, ()) and grades.get(document, -1) < 0
        }
        for query, grades in judged.items()
    }

"""Development scores: the primary measure's values for a model's rankings of development queries.

A learning rate is chosen by these scores, so they use the same measure and the same order of
documents (`maw.measures.ordering`) as the scores of the test queries.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from torch import Tensor

from maw.errors import InputError
from maw.measures.ordering import ranking_of_table
from maw.measures.scoring import parse_measures, score_run


def depth_of_measure(measure: str, n_documents: int) -> int:
    """Return how many of a query's best documents the measure needs to see, at most n_documents.

    A measure with a cutoff k sees the first k documents. A measure without one sees all of them,
    and so does one that leaves out unjudged documents before it cuts off (`judged_only`).
    """
    (parsed,) = parse_measures([measure]).values()
    if parsed.params.get("judged_only", False):
        return n_documents
    return min(int(parsed.params.get("cutoff", n_documents)), n_documents)


def score_queries(
    scores: Tensor,
    *,
    query_ids: Sequence[str],
    doc_ids: Sequence[str],
    judged: pd.DataFrame,
    measure: str,
) -> pd.DataFrame:
    """Return the measure's value for each query's ranking of N documents: query_id, measure, value.

    scores [Q, N]: the model's scores of the documents for each query. judged: query_id, doc_id,
    relevance. The result has a row for each judged query, in the order of query_ids. InputError
    where a score is not finite, or no query is judged.
    """
    table = scores.double().numpy()
    finite = np.isfinite(table).all(axis=1)
    if not finite.all():
        query = query_ids[int(np.flatnonzero(~finite)[0])]
        raise InputError(
            f"query {query!r}: the model's scores are not finite; lower the learning rate"
        )
    depth = depth_of_measure(measure, len(doc_ids))
    run = ranking_of_table(table, query_ids=query_ids, doc_ids=doc_ids, depth=depth)
    return score_run(run, judged, measures=[measure], queries=query_ids).frame

"""The ranking and the score of each query when its depth is forced, one depth after another.

They are for diagnosis only: no verdict depends on them.
"""

from collections.abc import Mapping, Sequence

import pandas as pd
import torch
from torch import Tensor

from maw.measures.ordering import ranking_of_table
from maw.measures.scoring import score_run
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged
from maw.ranking.inputs import BY_DEPTH

SCORED = ("query_id", "depth", "value")


def rankings_by_depth(
    model: BiEncoder,
    *,
    queries: Ragged,
    query_rows: Mapping[str, int],
    vectors: Tensor,
    doc_ids: Sequence[str],
    n_documents: int,
) -> pd.DataFrame:
    """Return the best `n_documents` of each query under each depth: the columns `BY_DEPTH`.

    queries: hidden states below the trained layers. query_rows: id -> row of `queries`, for the
    queries that take part. vectors [N, E], doc_ids [N]: the documents, which keep the depths under
    which they were embedded. The rows are those of depth 0 first, each query's best document first.
    """
    rows = torch.tensor(list(query_rows.values()))
    frames = []
    for depth in range(model.n_depths):
        under_depth, _, _ = embed(model, queries, rows, torch.full((len(rows),), depth))
        ranking = ranking_of_table(
            (under_depth @ vectors.T).numpy(),
            query_ids=list(query_rows),
            doc_ids=doc_ids,
            depth=n_documents,
        )
        frames.append(ranking.assign(depth=depth))
    return pd.concat(frames, ignore_index=True)[list(BY_DEPTH)]


def scores_by_depth(rankings: pd.DataFrame, judged: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the score of each judged query under each depth: the columns `SCORED`.

    rankings: a result of `rankings_by_depth`. judged: query_id, doc_id, relevance. A query's depths
    stand together, in ascending order. InputError where no query is judged, or a score is not
    finite.
    """
    queries = rankings["query_id"].unique().tolist()
    frames = [
        score_run(ranking, judged, measures=[measure], queries=queries).frame.assign(depth=depth)
        for depth, ranking in rankings.groupby("depth")
    ]
    values = pd.concat(frames).pivot(index="query_id", columns="depth", values="value")
    in_order = values.reindex([query for query in queries if query in values.index])
    return in_order.stack().rename("value").reset_index()[list(SCORED)]

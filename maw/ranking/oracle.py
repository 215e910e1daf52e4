"""The gain of a perfect choice of depth. For diagnosis only: it looks at the judgements.

A maximum over D noisy scores is positive even when all depths are worth the same. So a depth is
chosen on one seed and scored on another, and beside it stands the same figure of D seeds of a
control.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged
from maw.training.development import score_queries


@dataclass(frozen=True, slots=True)
class Headroom:
    """The gain of the best option over the mean of the options, in the measure's unit.

    within: the option is chosen and scored on the same seed, which gains by noise alone; across: it
    is scored on another seed than the one it was chosen on.
    """

    within: float
    across: float


def headroom(scores: npt.ArrayLike) -> Headroom:
    """Compute the headroom of scores [S, Q, D]: by seed, query and option.

    An option is a depth, or one of D runs of a control, whose S·D seeds are S groups of D here.
    ValueError for fewer than two seeds.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 3 or len(values) < 2:
        raise ValueError(f"scores of shape {values.shape}; give [seeds >= 2, queries, options]")
    best_options = values.argmax(-1)  # [S, Q]
    means = values.mean(-1)
    gain = np.array(
        [
            [
                (np.take_along_axis(of_seed, best[:, None], -1)[:, 0] - mean).mean()
                for best in best_options
            ]
            for of_seed, mean in zip(values, means, strict=True)
        ]
    )  # [scored on, chosen on]
    same = np.eye(len(values), dtype=bool)
    return Headroom(within=float(gain[same].mean()), across=float(gain[~same].mean()))


def scores_by_depth(
    model: BiEncoder,
    *,
    queries: Ragged,
    query_rows: Mapping[str, int],
    documents: Ragged,
    document_rows: Mapping[str, int],
    judged: pd.DataFrame,
    measure: str,
) -> npt.NDArray[np.float64]:
    """Score each query under each depth [Q, D] by the measure; the model decides documents' depths.

    query_rows, document_rows: id -> row of `queries` or `documents`, of what is ranked; judged:
    query_id, doc_id, relevance. A query without a judgement scores 0.
    """
    vectors, _, _ = embed(model, documents, torch.tensor(list(document_rows.values())))
    rows = torch.tensor(list(query_rows.values()))
    position = {query: n for n, query in enumerate(query_rows)}
    scores = np.zeros((len(rows), model.n_depths))
    for depth in range(model.n_depths):
        forced = torch.full((len(rows),), depth)
        scored = score_queries(
            embed(model, queries, rows, forced)[0] @ vectors.T,
            query_ids=list(query_rows),
            doc_ids=list(document_rows),
            judged=judged,
            measure=measure,
        )
        scores[scored["query_id"].map(position), depth] = scored["value"]
    return scores

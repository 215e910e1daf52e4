"""The gain of the best depth for each query over an average depth, for diagnosis only.

The best depth is known only from the judgements of the very queries that are scored.

The largest of D noisy scores is above their mean even if all depths are equally good. Therefore a
depth is chosen on one seed and scored on another. For comparison, the same gain is computed for a
control, whose options are D seeds in place of D depths.
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
    """The mean gain of each query's best option over its mean option, in the measure's unit.

    An option is a depth, or a seed of a control without depths. within: the option is chosen and
    scored on the same seed, so that noise alone gives a gain; across: the option is scored on
    another seed than the one on which it was chosen.
    """

    within: float
    across: float


def headroom(scores: npt.ArrayLike) -> Headroom:
    """Return the headroom of scores [S, Q, D]: seeds, queries, options.

    An option is a depth. For a control without depths, an option is one of D seeds: its S·D seeds
    form S groups of D, and the groups take the place of the S seeds. ValueError for fewer than two
    seeds.
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
    """Return the score [Q, D] by `measure` of each query under each depth.

    Documents keep the depths that the model chooses. queries, documents: hidden states below the
    trained layers. query_rows, document_rows: id -> row of `queries` or `documents`, for the texts
    that take part. judged: query_id, doc_id, relevance. A query without a judgement scores 0.
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

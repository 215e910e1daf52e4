"""How much could a perfect choice of depth gain? For diagnosis only: it looks at the judgements.

A maximum over D noisy scores is positive whatever depths are worth. So a depth is chosen on one
seed and scored on another, and beside it stands the same figure of D seeds of a control.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor

from maw.measures.scoring import score_run
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged


@dataclass(frozen=True, slots=True)
class Headroom:
    """Gain over the mean of the options, in the measure's unit.

    within: chosen and scored on the same seed, positive by noise alone; across: on another seed.
    """

    within: float
    across: float


def headroom(scores: npt.ArrayLike) -> Headroom:
    """scores [S, Q, D]: of seed, query and option (a depth, or one of D control runs).

    For a control, S·D of its seeds in S rows of D: chosen the same way. ValueError for one seed.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 3 or len(values) < 2:
        raise ValueError(f"scores of shape {values.shape}; give [seeds >= 2, queries, options]")
    best = values.argmax(-1)  # [S, Q]
    mean = values.mean(-1)
    gain = np.array(
        [
            [(np.take_along_axis(there, chosen[:, None], -1)[:, 0] - of).mean() for chosen in best]
            for there, of in zip(values, mean, strict=True)
        ]
    )  # [scored on, chosen on]
    same = np.eye(len(values), dtype=bool)
    return Headroom(within=float(gain[same].mean()), across=float(gain[~same].mean()))


def scores_by_depth(
    model: BiEncoder,
    *,
    queries: Ragged,
    query_rows: Tensor,
    documents: Ragged,
    document_rows: Tensor,
    judged: pd.DataFrame,
    measure: str,
) -> npt.NDArray[np.float64]:
    """The measure of each query under each depth [Q, D]; documents as the model decides.

    judged: query_id and doc_id are positions in query_rows and document_rows, as text. A query
    without a judgement scores 0.
    """
    vectors, _, _ = embed(model, documents, document_rows)
    n_best = min(100, len(document_rows))
    asked = [str(place) for place in range(len(query_rows))]
    found = np.zeros((len(asked), model.depths))
    for depth in range(model.depths):
        forced = torch.full((len(query_rows),), depth)
        best = (embed(model, queries, query_rows, forced)[0] @ vectors.T).double().topk(n_best)
        run = pd.DataFrame(
            {
                "query_id": np.repeat(asked, n_best),
                "doc_id": best.indices.flatten().numpy().astype(str),
                "score": best.values.flatten().numpy(),
            }
        )
        scored = score_run(run, judged, measures=[measure], queries=asked).frame
        found[scored["query_id"].astype(int), depth] = scored["value"]
    return found

"""`{kind: cross_encoder}`: query and document are read together; BM25's best are ranked anew.

A document that is not among BM25's first `candidates.depth` is out of reach for every such system.
"""

from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import model_validator

from maw.jobs.stopwatch import Stopwatch
from maw.measures.ordering import best_first, id_ranks_of
from maw.ranking.inputs import Ranked, RankInputs, chosen_depths
from maw.ranking.systems.layered import Layered

if TYPE_CHECKING:
    import pandas as pd

    from maw.models.encoders.cross_encoder import CrossEncoder

NEURAL = True
PAIRWISE = True


class Config(Layered, frozen=True):
    """A cross-encoder: the backbone, its top layers trained, and a new head on the first token."""

    @model_validator(mode="after")
    def _trainable(self) -> Self:
        if self.objective is None:
            raise ValueError("a cross-encoder starts with a new head; give it an objective")
        if self.diagnostic:
            raise ValueError("the oracle's depths are of queries; it is for a bi_encoder")
        return self


def rank(config: Config, inputs: RankInputs) -> Ranked:
    """Rank each query's candidates by score, equal scores by document id, descending.

    ValueError without the trunk of pairs, their table and a trained model.
    """
    import torch

    from maw.models.encoders.embedding import embed

    if inputs.trunk is None or inputs.pairs is None or inputs.model is None:
        raise ValueError("a cross-encoder ranks with the trunk of pairs, their table and a model")
    model = _model(config, inputs)
    table = inputs.pairs.assign(row=range(len(inputs.pairs)))
    candidates = table["split"].eq("test") & table["query_id"].isin(inputs.queries["query_id"])
    table = table.loc[candidates, ["query_id", "doc_id", "row"]].reset_index(drop=True)
    watch = Stopwatch(inputs.device).start()
    rows = torch.from_numpy(table["row"].to_numpy(copy=True))
    scores, depth, chance = embed(model, inputs.trunk.texts("pair"), rows)
    watch.stop()
    depths = None
    if config.router is not None:
        depths = chosen_depths(
            depth.numpy(),
            chance.double().numpy(),
            query_ids=table["query_id"].to_numpy(dtype=object),
            doc_ids=table["doc_id"].to_numpy(dtype=object),
        )
    scored = table[["query_id", "doc_id"]].assign(score=scores.double().numpy())
    return Ranked(ranking=_ranking(scored, inputs), cost=watch.encoding(len(table)), depths=depths)


def _model(config: Config, inputs: RankInputs) -> "CrossEncoder":
    """The trained model, on its device."""
    import torch

    from maw.models.encoders.cross_encoder import CrossEncoder

    assert inputs.trunk is not None
    assert inputs.model is not None
    torch.manual_seed(inputs.seed)
    model = CrossEncoder(inputs.trunk.top, attention=config.attention, router=config.router)
    model.to(inputs.device).precision = getattr(torch, inputs.precision)
    model.load_state_dict(dict(inputs.model))
    return model


def _ranking(scored: "pd.DataFrame", inputs: RankInputs) -> "pd.DataFrame":
    """The best candidates of each query, queries in the order of the inputs."""
    query_ids = inputs.queries["query_id"]
    positions = dict(zip(query_ids, range(len(query_ids)), strict=True))
    queries = scored["query_id"].map(positions).to_numpy(np.int64)
    order = best_first(scored["score"].to_numpy(), id_ranks_of(scored["doc_id"]), queries)
    ranking = scored.iloc[order]
    return ranking.groupby("query_id", sort=False).head(inputs.depth).reset_index(drop=True)

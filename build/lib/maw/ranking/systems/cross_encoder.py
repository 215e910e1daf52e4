"""`{kind: cross_encoder}`: reads query and document together; ranks BM25's best documents anew.

No such system can return a document that is not among BM25's first `candidates.depth`.
"""

from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import model_validator

from maw.jobs.stopwatch import Stopwatch
from maw.measures.ordering import best_first, id_ranks_of
from maw.ranking.inputs import Ranked, RankInputs, chosen_depths
from maw.ranking.systems.layered import Layered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from torch import Tensor

    from maw.models.encoders.cross_encoder import CrossEncoder
    from maw.models.encoders.trunk import Trunk

NEURAL = True
PAIRWISE = True


class Config(Layered, frozen=True):
    """A cross-encoder: a backbone with trained last layers and a new head on the first token."""

    @model_validator(mode="after")
    def _trainable(self) -> Self:
        if self.objective is None:
            raise ValueError(
                "objective is missing: a cross-encoder starts with a new, untrained head; give it "
                "an objective"
            )
        if self.diagnostic:
            raise ValueError(
                "router oracle chooses a depth for a query, but a cross-encoder reads pairs; use a "
                "bi_encoder or another router"
            )
        return self


def rank(config: Config, inputs: RankInputs) -> Ranked:
    """Return each query's candidates by score, with costs and chosen depths.

    The candidates are BM25's best documents; at most `inputs.depth` are returned for a query. Equal
    scores are ordered by document id, descending. ValueError if the trunk of pairs, the table of
    pairs or the trained tensors are missing in `inputs`.
    """
    import torch

    from maw.models.encoders.embedding import embed

    if inputs.trunk is None or inputs.pairs is None or inputs.model is None:
        raise ValueError(
            "inputs.trunk, inputs.pairs or inputs.model is None; give the trunk (the frozen "
            "layers' outputs for pairs), the table of the pairs, and the trained tensors"
        )
    model = encoder(config, trunk=inputs.trunk, state=inputs.model, seed=inputs.seed)
    model.to(inputs.device).precision = getattr(torch, inputs.precision)
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


def encoder(
    config: Config,
    *,
    trunk: "Trunk",
    state: "Mapping[str, Tensor] | None",
    seed: int,
) -> "CrossEncoder":
    """Build the cross-encoder of a system, with its trained tensors or as before training.

    trunk: holds the pretrained tensors of the layers to train. state: the trained tensors, or None.
    seed: for tensors that are initialised at random.
    """
    import torch

    from maw.models.encoders.cross_encoder import CrossEncoder

    torch.manual_seed(seed)
    model = CrossEncoder(trunk.top, attention=config.attention, router=config.router)
    if state is not None:
        model.load_state_dict(dict(state))
    return model


def _ranking(scored: "pd.DataFrame", inputs: RankInputs) -> "pd.DataFrame":
    """Return the best candidates of each query; queries stand in the order of the inputs."""
    query_ids = inputs.queries["query_id"]
    positions = dict(zip(query_ids, range(len(query_ids)), strict=True))
    queries = scored["query_id"].map(positions).to_numpy(np.int64)
    order = best_first(scored["score"].to_numpy(), id_ranks_of(scored["doc_id"]), queries)
    ranking = scored.iloc[order]
    return ranking.groupby("query_id", sort=False).head(inputs.depth).reset_index(drop=True)

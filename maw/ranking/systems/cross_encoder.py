"""`{kind: cross_encoder}`: query and document are read together; the best of BM25 ranked anew.

A document that BM25 has not among its first `candidates.depth` stays out of reach for all alike.
"""

from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from maw.jobs.stopwatch import Stopwatch
from maw.ranking.inputs import Ranked, RankInputs
from maw.ranking.systems.layered import Layered

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

NEURAL = True
PAIRWISE = True


class Config(Layered, frozen=True):
    """The backbone with its top layers trained and a new head on the first token."""

    @model_validator(mode="after")
    def _headed(self) -> Self:
        if self.objective is None:
            raise ValueError("a cross-encoder starts with a new head; give it an objective")
        if self.diagnostic:
            raise ValueError("the oracle's depths are of queries; it is for a bi_encoder")
        return self


def rank(config: Config, inputs: RankInputs) -> Ranked:
    """The candidates of each query by score; ties by document id, descending."""
    import torch

    from maw.models.encoders.cross_encoder import CrossEncoder
    from maw.models.encoders.embedding import embed
    from maw.models.encoders.pairs import pairs_of
    from maw.models.encoders.trunk import top_of

    if inputs.trunk is None or inputs.pairs is None or inputs.model is None:
        raise ValueError("a cross-encoder ranks with the trunk of pairs, their table and a model")
    torch.manual_seed(inputs.seed)
    model = CrossEncoder(top_of(inputs.trunk), attention=config.attention, router=config.router)
    model.to(inputs.device).precision = getattr(torch, inputs.precision)
    model.load_state_dict(dict(inputs.model))
    table = inputs.pairs.assign(row=range(len(inputs.pairs)))
    asked = table["side"].eq("test") & table["query_id"].isin(inputs.queries["query_id"])
    table = table.loc[asked, ["query_id", "doc_id", "row"]].reset_index(drop=True)
    watch = Stopwatch(inputs.device).start()
    rows = torch.from_numpy(table["row"].to_numpy(copy=True))
    scores, depth, chance = embed(model, pairs_of(dict(inputs.trunk)), rows)
    watch.stop()
    ranked = table[["query_id", "doc_id"]].assign(score=scores.double().numpy())
    ranked = ranked.sort_values(["score", "doc_id"], ascending=False, kind="stable")
    order = inputs.queries["query_id"]
    place = dict(zip(order, range(len(order)), strict=True))
    ranked = ranked.sort_values("query_id", key=lambda names: names.map(place), kind="stable")
    routed = config.router is not None
    return Ranked(
        ranking=ranked.groupby("query_id", sort=False).head(inputs.depth).reset_index(drop=True),
        cost=watch.encoding(len(table)),
        depths=_depths(table, depth, chance) if routed else None,
    )


def _depths(table: "pd.DataFrame", depth: "Tensor", chance: "Tensor") -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(
        {
            "text_id": table["query_id"].astype(str) + " " + table["doc_id"].astype(str),
            "side": "pair",
            "depth": depth.numpy(),
            "probability": chance.double().numpy(),
        }
    )

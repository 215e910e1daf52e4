"""`{kind: bi_encoder}`: query and document each become a vector; the cosine ranks."""

from typing import TYPE_CHECKING

from pydantic import Field

from maw.jobs.stopwatch import Stopwatch
from maw.ranking.inputs import Ranked, RankInputs
from maw.ranking.systems.layered import Layered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from torch import Tensor

    from maw.models.encoders.bi_encoder import BiEncoder

NEURAL = True
EMBEDS = True  # queries and documents apart: while documents stream by, too


class Config(Layered, frozen=True):
    """Layers, router and objective; trained_layers where not as many as the backbone's section."""

    trained_layers: int | None = Field(None, ge=1)


def rank(config: Config, inputs: RankInputs) -> Ranked:
    """All documents for each query by cosine; ties by document id, descending."""
    import pandas as pd
    import torch

    from maw.models.encoders.embedding import embed
    from maw.models.encoders.trunk import level, texts_of

    if inputs.trunk is None:
        raise ValueError("a bi-encoder ranks with the trunk's tensors")
    trunk = level(inputs.trunk, config.trained_layers)
    model = encoder(config, trunk=inputs.trunk, state=None, seed=inputs.seed)
    model.to(inputs.device).precision = getattr(torch, inputs.precision)
    best = _best_depths(config, inputs, model) if config.diagnostic else None
    if inputs.model is not None:
        model.load_state_dict(dict(inputs.model))
    watch = Stopwatch(inputs.device).start()
    vectors, depths = [], []
    for side, frame in (("query", inputs.queries), ("document", inputs.documents)):
        rows = torch.from_numpy(frame["row"].to_numpy(copy=True))
        forced = best if side == "query" else None
        vector, depth, chance = embed(model, texts_of(trunk, side), rows, forced)
        vectors.append(vector)
        depths.append(_depths(frame.iloc[:, 0], depth, chance, side=side))
    watch.stop()
    queries, documents = vectors
    query_ids, doc_ids = inputs.queries["query_id"], inputs.documents["doc_id"]
    return Ranked(
        ranking=_best(queries @ documents.T, query_ids, doc_ids, depth=inputs.depth),
        cost=watch.encoding(len(query_ids) + len(doc_ids)),
        depths=pd.concat(depths, ignore_index=True) if config.router is not None else None,
    )


def encoder(
    config: Config,
    *,
    trunk: "Mapping[str, Tensor]",
    state: "Mapping[str, Tensor] | None",
    seed: int,
) -> "BiEncoder":
    """The model that makes vectors. state: what training made of it; seed: of what is drawn now."""
    import torch

    from maw.models.encoders.bi_encoder import BiEncoder
    from maw.models.encoders.trunk import level, top_of

    torch.manual_seed(seed)
    top = top_of(level(trunk, config.trained_layers))
    model = BiEncoder(top, attention=config.attention, router=config.router)
    if state is not None:
        model.load_state_dict(dict(state))
    return model


def _best_depths(config: Config, inputs: RankInputs, model: "BiEncoder") -> "Tensor":
    """Of each query [Q], by the judgements and another seed's model. Leaves that model's weights.

    The first of equal depths. ValueError without what only a diagnostic run is handed.
    """
    import torch

    from maw.models.encoders.trunk import level, texts_of
    from maw.ranking.oracle import scores_by_depth

    if inputs.judged is None or inputs.other is None or inputs.trunk is None:
        raise ValueError("an oracle needs judgements and another seed's model")
    trunk = level(inputs.trunk, config.trained_layers)
    model.load_state_dict(dict(inputs.other))
    places = {}
    for side, frame in (("query", inputs.queries), ("doc", inputs.documents)):
        names = frame[f"{side}_id"]
        places[f"{side}_id"] = dict(zip(names, map(str, range(len(names))), strict=True))
    judged = inputs.judged.assign(
        **{name: inputs.judged[name].map(numbers) for name, numbers in places.items()}
    ).dropna()
    scores = scores_by_depth(
        model,
        queries=texts_of(trunk, "query"),
        query_rows=torch.from_numpy(inputs.queries["row"].to_numpy(copy=True)),
        documents=texts_of(trunk, "document"),
        document_rows=torch.from_numpy(inputs.documents["row"].to_numpy(copy=True)),
        judged=judged,
        measure=inputs.measure,
    )
    return torch.from_numpy(scores.argmax(-1))


def _best(
    scores: "Tensor", query_ids: "pd.Series", doc_ids: "pd.Series", *, depth: int
) -> "pd.DataFrame":
    """The best documents of each query: score descending, then document id descending."""
    import numpy as np
    import pandas as pd

    names = doc_ids.to_numpy(dtype=object)
    by_name = np.argsort(names)[::-1]  # a stable sort by score then leaves ties in this order
    table = scores.double().numpy()[:, by_name]
    order = np.argsort(-table, axis=1, kind="stable")[:, :depth]
    return pd.DataFrame(
        {
            "query_id": np.repeat(query_ids.to_numpy(dtype=object), order.shape[1]),
            "doc_id": names[by_name][order].ravel(),
            "score": np.take_along_axis(table, order, axis=1).ravel(),
        }
    )


def _depths(ids: "pd.Series", depth: "Tensor", chance: "Tensor", *, side: str) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(
        {
            "text_id": ids.to_numpy(),
            "side": side,
            "depth": depth.numpy(),
            "probability": chance.double().numpy(),
        }
    )

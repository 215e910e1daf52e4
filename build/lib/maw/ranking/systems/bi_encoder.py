"""`{kind: bi_encoder}`: turns query and document into one vector each, and ranks by cosine."""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
import pandas as pd

from maw.jobs.stopwatch import Stopwatch
from maw.measures.ordering import ranking_of_table
from maw.ranking.inputs import Ranked, RankInputs, chosen_depths
from maw.ranking.systems.layered import Layered
from maw.settings.sections import TrainedLayers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from maw.models.encoders.bi_encoder import BiEncoder
    from maw.models.encoders.trunk import Trunk

Array = npt.NDArray[Any]
NEURAL = True
EMBEDS = True  # queries and documents apart, so that documents can be ranked as they stream by


class Config(Layered, frozen=True):
    """A bi-encoder: a backbone whose last layers may be trained; queries and documents share it."""

    trained_layers: TrainedLayers | None = None
    """Number of layers that are trained, or `all`; if none is given, the backbone's section states
    it."""


def rank(config: Config, inputs: RankInputs) -> Ranked:
    """Return the best documents of each query by cosine, with costs and chosen depths.

    All documents are scored, and the first `inputs.depth` of each query are returned; equal cosines
    are ordered by document id, descending. Each depth is forced where `inputs.n_by_depth` is not 0
    and the router does not mix depths. ValueError if `inputs.trunk` is None, and with the router
    `oracle` if `inputs.judged` or `inputs.other` is None.
    """
    import torch

    from maw.models.encoders.embedding import embed

    if inputs.trunk is None:
        raise ValueError(
            "inputs.trunk is None; a bi-encoder needs the trunk (the frozen layers' outputs): give "
            "it as `trunk`"
        )
    trunk = inputs.trunk.level(config.trained_layers)
    model = encoder(config, trunk=inputs.trunk, state=None, seed=inputs.seed)
    model.to(inputs.device).precision = getattr(torch, inputs.precision)
    forced = _best_depths(config, inputs, model) if config.diagnostic else None
    if inputs.model is not None:
        model.load_state_dict(dict(inputs.model))
    watch = Stopwatch(inputs.device).start()
    queries = embed(model, trunk.texts("query"), _rows(inputs.queries), forced)
    documents = embed(model, trunk.texts("document"), _rows(inputs.documents))
    watch.stop()
    depths = None
    if config.router is not None:
        query_ids, doc_ids = _ids(inputs)
        of_queries = chosen_depths(*_arrays(*queries[1:]), query_ids=query_ids)
        of_documents = chosen_depths(*_arrays(*documents[1:]), doc_ids=doc_ids)
        depths = pd.concat([of_queries, of_documents], ignore_index=True)
    return Ranked(
        ranking=_ranking(queries[0] @ documents[0].T, inputs),
        cost=watch.encoding(len(inputs.queries) + len(inputs.documents)),
        depths=depths,
        by_depth=_diagnosis(inputs, model, trunk=trunk, vectors=documents[0]),
    )


def encoder(
    config: Config,
    *,
    trunk: "Trunk",
    state: "Mapping[str, Tensor] | None",
    seed: int,
) -> "BiEncoder":
    """Build the bi-encoder of a system, with its trained tensors or as pretrained.

    trunk: holds the pretrained tensors of the layers to train. state: the trained tensors, or None
    for the layers as pretrained. seed: for tensors that are initialised at random.
    """
    import torch

    from maw.models.encoders.bi_encoder import BiEncoder

    torch.manual_seed(seed)
    top = trunk.level(config.trained_layers).top
    model = BiEncoder(top, attention=config.attention, router=config.router)
    if state is not None:
        model.load_state_dict(dict(state))
    return model


def _best_depths(config: Config, inputs: RankInputs, model: "BiEncoder") -> "Tensor":
    """Return the depth [Q] under which the model of another seed ranks best for each query.

    `inputs.measure` says which ranking is best; of equally good depths the first is taken.
    Afterwards `model` has the other seed's weights. ValueError if the judgements, the other seed's
    tensors or the trunk are missing.
    """
    import torch

    from maw.models.encoders.embedding import embed
    from maw.ranking.by_depth import scores_by_depth
    from maw.training.development import depth_of_measure

    if inputs.judged is None or inputs.other is None or inputs.trunk is None:
        raise ValueError(
            "inputs.judged, inputs.other or inputs.trunk is None; router oracle needs judgements, "
            "another seed's model and the trunk: give all three"
        )
    trunk = inputs.trunk.level(config.trained_layers)
    model.load_state_dict(dict(inputs.other))
    rankings = _under_each_depth(
        inputs,
        model,
        trunk=trunk,
        vectors=embed(model, trunk.texts("document"), _rows(inputs.documents))[0],
        n_documents=depth_of_measure(inputs.measure, len(inputs.documents)),
    )
    judged = inputs.judged[inputs.judged["doc_id"].isin(inputs.documents["doc_id"])]
    scores = scores_by_depth(rankings, judged, inputs.measure)
    table = scores.pivot(index="query_id", columns="depth", values="value")
    of_all = table.reindex(inputs.queries["query_id"], fill_value=0.0)
    return torch.from_numpy(of_all.to_numpy().argmax(-1))


def _diagnosis(
    inputs: RankInputs, model: "BiEncoder", *, trunk: "Trunk", vectors: "Tensor"
) -> "Callable[[], pd.DataFrame] | None":
    """Return a function that ranks under each depth in turn; None where no depth is forced.

    vectors [N, E]: those of all documents.
    """
    if model.mixes or not inputs.n_by_depth:
        return None
    n_documents = inputs.n_by_depth
    return partial(
        _under_each_depth, inputs, model, trunk=trunk, vectors=vectors, n_documents=n_documents
    )


def _under_each_depth(
    inputs: RankInputs,
    model: "BiEncoder",
    *,
    trunk: "Trunk",
    vectors: "Tensor",
    n_documents: int,
) -> pd.DataFrame:
    """Return the best documents of each query under each depth, as `rankings_by_depth` does.

    vectors [N, E]: those of all documents.
    """
    from maw.ranking.by_depth import rankings_by_depth

    query_ids, doc_ids = _ids(inputs)
    return rankings_by_depth(
        model,
        queries=trunk.texts("query"),
        query_rows=dict(zip(query_ids, inputs.queries["row"].tolist(), strict=True)),
        vectors=vectors,
        doc_ids=doc_ids.tolist(),
        n_documents=n_documents,
    )


def _rows(frame: pd.DataFrame) -> "Tensor":
    """Return the positions [N] of the texts in the trunk."""
    import torch

    return torch.from_numpy(frame["row"].to_numpy(copy=True))


def _ids(inputs: RankInputs) -> tuple[Array, Array]:
    """Return the ids of the queries [Q] and of the documents [N], two arrays of Python strings."""
    return (
        inputs.queries["query_id"].to_numpy(dtype=object),
        inputs.documents["doc_id"].to_numpy(dtype=object),
    )


def _arrays(depth: "Tensor", chance: "Tensor") -> tuple[Array, Array]:
    return depth.numpy(), chance.double().numpy()


def _ranking(cosines: "Tensor", inputs: RankInputs) -> pd.DataFrame:
    """Return query_id, doc_id, score of each query's best documents, from cosines [Q, N]."""
    query_ids, doc_ids = (ids.tolist() for ids in _ids(inputs))
    return ranking_of_table(
        cosines.numpy(), query_ids=query_ids, doc_ids=doc_ids, depth=inputs.depth
    )

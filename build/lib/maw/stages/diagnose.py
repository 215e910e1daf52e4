"""The stage `diagnose`: reads the policies of one routed system, and scores each depth in turn.

One job computes this for all seeds of a system on a dataset or fold, for diagnosis only: no verdict
depends on it. The stage `routing` makes the table of all quantities from its files.

- For a bi-encoder, policies are those of the test queries and of documents, at most 500 that are
  evenly spread over the collection. Where the documents are not kept encoded (`retrieve` is
  `corpus` or `pool`), they are those of the queries alone.
- For a cross-encoder, they are those of the test pairs.
- The stage `rank` has forced each depth on the test queries. Its files have no row for a
  cross-encoder, because ranking all pairs D times would cost too much, where the documents are not
  kept encoded, and for a router that mixes depths, because it chooses none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from maw.datasets.development import relevant_pairs
from maw.jobs import device
from maw.jobs.job import Job, Output, run
from maw.measures.scoring import name_counting_from
from maw.models.encoders.embedding import policies
from maw.models.encoders.trunk import Trunk
from maw.ranking.by_depth import scores_by_depth
from maw.ranking.depth_cosine import depth_cosine
from maw.ranking.inputs import BY_DEPTH as FORCED
from maw.ranking.policies import policy_quantities, rule_quantities
from maw.settings import registry
from maw.stages.shared.ranked_queries import ranked_queries
from maw.training.objectives import rules

if TYPE_CHECKING:
    from maw.models.encoders.routed_layers import RoutedLayers

POLICY = ["seed", "side", "quantity", "value"]
BY_DEPTH = ["seed", "query_id", "depth", "value"]
WEIGHTS = "weights"  # the side of a quantity of the depths themselves
DOCUMENTS = 500  # most documents whose policies are read: some routers take longer than a layer


@dataclass(frozen=True)
class DiagnosedFiles:
    """The files that the stage reads.

    trunk: the frozen layers' outputs, of texts or of pairs. pairs: the table of the pairs, for a
    cross-encoder. rankings: each seed's rankings under each depth, in the specification's order.
    models: the trained tensors of each seed, in the same order; None for a system that is not
    trained.
    """

    documents: Path
    queries: Path
    qrels: Path
    split: Path
    trunk: Path
    rankings: list[Path]
    pairs: Path | None = None
    models: list[Path] | None = None


@dataclass(frozen=True, eq=False)
class Texts:
    """The texts of one dataset whose routing is looked at.

    queries: query_id, row and, where it is known, mode, of each test query; row is that in the
    trunk. doc_ids: ids of all documents. judgements: query_id, doc_id, relevance, of all queries.
    splits: query_id, split. pairs: query_id, row, of each test pair; None for a bi-encoder.
    """

    trunk: Trunk
    queries: pd.DataFrame
    doc_ids: pd.Series
    judgements: pd.DataFrame
    splits: pd.DataFrame
    pairs: pd.DataFrame | None


def diagnose(job: Job, *, files: DiagnosedFiles, policy: Output, by_depth: Output) -> str:
    """Write what the policies say of each seed, and the score of each query under each depth.

    policy: seed, side, quantity, value; a side is query, document or pair, or `weights`. by_depth:
    seed, query_id, depth, value, by the primary measure, of each judged test query; no row where
    depths are not forced. InputError where no query is in the test split.
    """
    texts = _texts(job, files)
    system: Any = registry.parse("systems", job.spec["system"])
    rows: list[tuple[int, str, str, float]] = []
    frames = [pd.DataFrame(columns=BY_DEPTH)]
    measure = name_counting_from(job.spec["primary"], job.spec.get("relevant_from", 1))
    models = _models(job, system, texts.trunk, files.models or [])
    for (seed, model), path in zip(models, files.rankings, strict=True):
        for side, of_side in _policies(job, system, model, texts).items():
            quantities = policy_quantities(of_side.double().numpy())
            if side != "document":
                quantities |= _rule(system.objective, texts, depths=of_side.argmax(-1), model=model)
            rows += [(seed, side, name, value) for name, value in quantities.items()]
        cosine = depth_cosine(model)
        if not np.isnan(cosine):
            rows.append((seed, WEIGHTS, "depth_cosine", cosine))
        rankings = job.read_parquet(path, FORCED)
        if len(rankings):
            scores = scores_by_depth(rankings, texts.judgements, measure)
            frames.append(scores.assign(seed=seed))
    job.write_parquet(policy, pd.DataFrame(rows, columns=POLICY).astype({"value": "float64"}))
    table = pd.concat(frames[1:] or frames, ignore_index=True)[BY_DEPTH]
    types = {"seed": "int64", "depth": "int64", "value": "float64"}
    job.write_parquet(by_depth, table.astype(types))
    n_forced = f"{len(frames) - 1} of {len(job.spec['seeds'])} seeds under each depth"
    return f"{job.spec['name']}: {len(rows)} quantities, {n_forced}"


def _texts(job: Job, files: DiagnosedFiles) -> Texts:
    queries = ranked_queries(job, files.queries, files.split)
    pairs = None
    if files.pairs is not None:
        pairs = job.read_parquet(files.pairs, ("query_id", "split"))
        pairs["row"] = range(len(pairs))
        pairs = pairs[pairs["split"].eq("test") & pairs["query_id"].isin(queries["query_id"])]
    return Texts(
        trunk=Trunk.from_tensors(job.read_tensors(files.trunk)),
        queries=queries.reset_index(drop=True),
        doc_ids=job.read_parquet(files.documents, ("doc_id",), only=True)["doc_id"],
        judgements=job.read_parquet(files.qrels, ("query_id", "doc_id", "relevance")),
        splits=job.read_parquet(files.split, ("query_id", "split")),
        pairs=pairs,
    )


def _models(
    job: Job, system: Any, trunk: Trunk, paths: list[Path]
) -> "Iterator[tuple[int, RoutedLayers]]":
    """Yield each seed of the specification and its model, on the job's device."""
    torch_device = device.prepare(seed=0)
    for n, seed in enumerate(job.spec["seeds"]):
        model: RoutedLayers = registry.module_of(system).encoder(
            system,
            trunk=trunk,
            state=job.read_tensors(paths[n]) if paths else None,
            seed=seed,
        )
        model.to(torch_device).precision = getattr(torch, job.spec.get("precision", "float32"))
        yield seed, model


def _policies(job: Job, system: Any, model: "RoutedLayers", texts: Texts) -> dict[str, Tensor]:
    """Return side -> policies [N, D]."""
    if texts.pairs is not None:
        return {"pair": policies(model, texts.trunk.texts("pair"), _rows(texts.pairs))}
    trunk = texts.trunk.level(getattr(system, "trained_layers", None))
    of_sides = {"query": policies(model, trunk.texts("query"), _rows(texts.queries))}
    if job.spec["documents"]:
        n_documents = len(texts.doc_ids)
        n_read = min(n_documents, DOCUMENTS)
        rows = torch.arange(n_read) * n_documents // n_read
        of_sides["document"] = policies(model, trunk.texts("document"), rows)
    return of_sides


def _rows(frame: pd.DataFrame) -> Tensor:
    """Return the positions [N] of the texts in the trunk."""
    return torch.from_numpy(frame["row"].to_numpy(copy=True))


@dataclass(frozen=True)
class _Ruled:
    """What the rules of the objective `supervised` read about N queries or pairs."""

    n_relevant: Tensor
    quantile: Tensor | None
    mode: Tensor | None


def _rule(
    objective: Any, texts: Texts, *, depths: Tensor, model: "RoutedLayers"
) -> dict[str, float]:
    """Return how often the likeliest depths [N] of test queries or pairs are those of the rule.

    {} for another objective than `supervised`, and for the rule `quantiles` on a dataset without
    training queries, as are those that models are transferred to.
    """
    if objective is None or registry.kind_of(objective) != "supervised":
        return {}
    relevant = relevant_pairs(texts.judgements, texts.doc_ids)
    counts = relevant["query_id"].value_counts()
    training = texts.splits.loc[texts.splits["split"] == "train", "query_id"]
    among = counts.reindex(training).dropna()
    name = objective.rule
    if name == "quantiles" and among.empty:
        return {}
    routed = texts.queries if texts.pairs is None else texts.pairs
    n_relevant = torch.tensor(counts.reindex(routed["query_id"]).fillna(0).astype(int).tolist())
    quantile = None
    if not among.empty:
        quantile = rules.quantiles(n_relevant, torch.tensor(among.astype(int).tolist()))
        quantile = quantile.clamp(max=float(np.nextafter(1, 0)))  # of more than any in training
    mode = None
    if "mode" in texts.queries:
        modes = texts.queries.set_index("query_id")["mode"]
        mode = torch.tensor(modes.reindex(routed["query_id"]).tolist())
    targets = rules.targets(name, _Ruled(n_relevant, quantile, mode), model.n_depths)
    return rule_quantities(depths.numpy(), targets.numpy())


if __name__ == "__main__":
    run(diagnose)

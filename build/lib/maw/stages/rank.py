"""The stage `rank`: ranks documents for each test query with one system and seed.

A cross-encoder ranks only the documents that BM25 retrieves; a bi-encoder does so only with
`retrieve: pool`. Where the collection is too large to keep encoded, the stage `stream` has ranked
the documents for all bi-encoders at once, and this stage takes out the part of its own run.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from maw.jobs import files
from maw.jobs.job import Job, Output
from maw.jobs.job import run as run_stage
from maw.ranking.inputs import BY_DEPTH, DEPTH_COLUMNS, Ranked, RankInputs
from maw.settings import registry, traits
from maw.settings.sections import RANKING_DEPTH
from maw.stages.shared.ranked_queries import ranked_queries

if TYPE_CHECKING:
    from maw.models.encoders.trunk import Trunk


@dataclass(frozen=True)
class RankSources:
    """The files that a ranking reads; which of them are given depends on the system.

    run: run.json of the system and seed. trunk: the frozen layers' outputs, for neural systems.
    model: the trained tensors, for trained systems. pairs: the table of pairs, for cross-encoders.
    bm25: BM25's index, for BM25. retrieved, retrieved_costs: the outputs of `stream`, in place of
    run, trunk and model. received: the rankings of a run that was made elsewhere. qrels, other: the
    judgements and the model of another seed, for a diagnostic system, whose router may see the
    judgements.
    """

    documents: Path
    queries: Path
    split: Path
    run: Path | None = None
    trunk: Path | None = None
    model: Path | None = None
    pairs: Path | None = None
    bm25: Path | None = None
    received: Path | None = None
    retrieved: Path | None = None
    retrieved_costs: Path | None = None
    qrels: Path | None = None
    other: Path | None = None


@dataclass(frozen=True)
class RankingFiles:
    """The files of one ranking.

    ranking: query_id, doc_id and score, at most the best 1,000 documents of each query. cost: JSON
    of seconds and other quantities. depths: the chosen depth of each text, or of each pair for a
    cross-encoder (of mixed depths, the one with the largest weight); a system without a router has
    no row. by_depth: query_id, depth, doc_id and score of the best documents of each query under
    each depth in turn, for diagnosis; it has rows only where the specification asks for them.
    """

    ranking: Output
    cost: Output
    depths: Output
    by_depth: Output

    @classmethod
    def in_folder(cls, folder: Path) -> "RankingFiles":
        """Return the files of a ranking in a run's folder, under their usual names."""
        return cls(
            ranking=Output(folder / "ranking.parquet"),
            cost=Output(folder / "cost.json"),
            depths=Output(folder / "depths.parquet"),
            by_depth=Output(folder / "rankings_by_depth.parquet"),
        )


def rank(job: Job, *, sources: RankSources, outputs: RankingFiles) -> str:
    """Rank the documents for each test query. InputError where no query is in the test split."""
    queries = ranked_queries(job, sources.queries, sources.split)
    if sources.run is not None:
        job.note_read(sources.run)
    line = f"{job.spec['name']} seed {job.spec['seed']}: {len(queries)} queries ranked"
    if sources.retrieved is not None and sources.retrieved_costs is not None:
        started = time.process_time()
        ranked = _streamed(
            job,
            sources.retrieved,
            costs=sources.retrieved_costs,
            documents=sources.documents,
            queries=queries,
        )
        line += ", as streamed"
    else:
        inputs = _inputs(job, sources, queries)
        system = registry.parse("systems", job.spec["system"])
        started = time.process_time()  # reading files is not counted
        ranked = registry.module_of(system).rank(system, inputs)
    seconds = {"rank_cpu_seconds": time.process_time() - started}
    if sources.received is not None:
        seconds = {}  # to copy a ranking is not its cost, which nobody knows here
    _write(job, ranked, outputs, seconds=seconds)
    return line


def _inputs(job: Job, sources: RankSources, queries: pd.DataFrame) -> RankInputs:
    """Return the inputs of the system's ranking, read from the files that are given."""
    documents = _documents(job, sources)
    system = registry.parse("systems", job.spec["system"])
    computes = sources.trunk is not None or traits.uses_device(system)
    device = _prepared_device(job.spec["seed"]) if computes else "cpu"
    return RankInputs(
        documents=documents,
        queries=queries[["query_id", "text", "row"]].reset_index(drop=True),
        seed=job.spec["seed"],
        trunk=_trunk(job, sources.trunk),
        model=_tensors(job, sources.model),
        index=None if sources.bm25 is None else job.map_arrays(sources.bm25),
        pairs=None if sources.pairs is None else job.read_parquet(sources.pairs),
        received=None if sources.received is None else job.read_parquet(sources.received),
        judged=None if sources.qrels is None else job.read_parquet(sources.qrels),
        other=_tensors(job, sources.other),
        measure=_measure(job),
        n_by_depth=_n_by_depth(job),
        precision=job.spec.get("precision", "float32"),
        device=device,
    )


def _documents(job: Job, sources: RankSources) -> pd.DataFrame:
    """Return doc_id, text and row of all documents; an empty frame where no text is read.

    That is so with BM25's index, and for a run that was made elsewhere.
    """
    if sources.bm25 is None and sources.received is None:
        documents = job.read_parquet(sources.documents, ("doc_id", "text"))
    else:
        job.note_read(sources.documents)
        documents = pd.DataFrame(columns=["doc_id", "text"])
    documents["row"] = range(len(documents))
    return documents


def _streamed(
    job: Job, retrieved: Path, *, costs: Path, documents: Path, queries: pd.DataFrame
) -> Ranked:
    """Return this run's ranking, costs and depths, from the files that the stage `stream` wrote."""
    from maw.ranking.best import ranked

    runs = files.read_stamp(retrieved)["spec"]["runs"]
    names = [(entry["name"], entry["seed"]) for entry in runs]
    part = names.index((job.spec["name"], job.spec["seed"]))
    doc_ids = job.read_parquet(documents, ("doc_id",), only=True)["doc_id"]
    return ranked(
        job.map_arrays(retrieved)[part],
        cost=job.read_json(costs)["runs"][part],
        query_ids=queries["query_id"].to_numpy(dtype=object),
        doc_ids=doc_ids,
        routed=job.spec["system"].get("router") is not None,
    )


def _measure(job: Job) -> str:
    """Return the measure by which a diagnostic system chooses a depth; "" for other systems."""
    if "primary" not in job.spec:
        return ""
    from maw.measures.scoring import name_counting_from

    return name_counting_from(job.spec["primary"], job.spec.get("relevant_from", 1))


def _n_by_depth(job: Job) -> int:
    """Return how many documents the measure of the forced depths needs to see; 0 without one."""
    if "by_depth" not in job.spec:
        return 0
    from maw.training.development import depth_of_measure

    return depth_of_measure(job.spec["by_depth"], RANKING_DEPTH)


def _trunk(job: Job, path: Path | None) -> "Trunk | None":
    if path is None:
        return None
    from maw.models.encoders.trunk import Trunk  # torch, which lexical systems do not need

    return Trunk.from_tensors(job.read_tensors(path))


def _tensors(job: Job, path: Path | None) -> dict[str, Any] | None:
    return None if path is None else job.read_tensors(path)


def _prepared_device(seed: int) -> str:
    from maw.jobs import device  # imports torch, which lexical systems do without

    return device.prepare(seed).type


def _write(job: Job, ranked: Ranked, outputs: RankingFiles, *, seconds: dict[str, float]) -> None:
    depths = ranked.depths
    if depths is None:
        depths = pd.DataFrame(columns=list(DEPTH_COLUMNS))
    depths = depths.astype({"depth": "int64", "probability": "float64"})
    job.write_parquet(outputs.ranking, ranked.ranking.astype({"score": "float64"}))
    job.write_parquet(outputs.depths, depths)
    by_depth = (
        pd.DataFrame(columns=list(BY_DEPTH)) if ranked.by_depth is None else ranked.by_depth()
    )
    job.write_parquet(outputs.by_depth, by_depth.astype({"depth": "int64", "score": "float64"}))
    job.write_json(outputs.cost, {**seconds, **ranked.cost})


if __name__ == "__main__":
    run_stage(rank)

"""Which documents does one trained system put first for each test query?"""

import time
from pathlib import Path

import pandas as pd

from maw.datasets.development import of_side
from maw.errors import InputError
from maw.jobs import files
from maw.jobs.job import Job, Output
from maw.jobs.job import run as run_stage
from maw.ranking.inputs import Ranked, RankInputs
from maw.settings import registry

DEPTHS = ("text_id", "side", "depth", "probability")


def rank(
    job: Job,
    *,
    documents: Path,
    queries: Path,
    split: Path,
    run: Path | None,
    trunk: Path | None,
    model: Path | None,
    pairs: Path | None = None,
    bm25: Path | None = None,
    retrieved: Path | None = None,
    qrels: Path | None,
    other: Path | None,
    ranking: Output,
    cost: Output,
    depths: Output,
) -> str:
    """All documents for the test queries, the best 1,000 kept; what it cost; chosen depths.

    retrieved: what `stream` found with this model and others, which is then only taken out.
    """
    system = registry.parse("systems", job.spec["system"])
    asked = job.read_parquet(queries)
    asked["row"] = range(len(asked))
    sides = job.read_parquet(split, ("query_id", "split"))
    asked = of_side(asked, sides, "test")
    if asked.empty:
        raise InputError(f"{split}: no query is on the test side; enlarge split.test")
    if run is not None:
        job.note_read(run)
    told = f"{job.spec['name']} seed {job.spec['seed']}: {len(asked)} queries ranked"
    started = time.process_time()
    if retrieved is not None:
        ranked = _taken(job, retrieved, documents=documents, queries=asked)
        _write(job, ranked, started, ranking=ranking, cost=cost, depths=depths)
        return f"{told}, as streamed"
    texts = _documents(job, documents, bm25)
    texts["row"] = range(len(texts))
    placed = "cpu" if trunk is None else _prepared(job.spec["seed"])
    inputs = RankInputs(
        documents=texts,
        queries=asked[["query_id", "text", "row"]].reset_index(drop=True),
        seed=job.spec["seed"],
        trunk=_tensors(job, trunk),
        model=_tensors(job, model),
        index=None if bm25 is None else job.map_arrays(bm25),
        pairs=None if pairs is None else job.read_parquet(pairs),
        judged=None if qrels is None else job.read_parquet(qrels),
        other=_tensors(job, other),
        measure=_measure(job),
        precision=job.spec.get("precision", "float32"),
        device=placed,
    )
    started = time.process_time()
    ranked = registry.module_of(system).rank(system, inputs)
    _write(job, ranked, started, ranking=ranking, cost=cost, depths=depths)
    return told


def _write(
    job: Job, ranked: Ranked, started: float, *, ranking: Output, cost: Output, depths: Output
) -> None:
    """The three files of a ranking; started: when the processor's clock was this."""
    seconds = time.process_time() - started
    chosen = ranked.depths if ranked.depths is not None else pd.DataFrame(columns=list(DEPTHS))
    job.write_parquet(ranking, ranked.ranking.astype({"score": "float64"}))
    job.write_parquet(depths, chosen.astype({"depth": "int64", "probability": "float64"}))
    job.write_json(cost, {"rank_cpu_seconds": seconds, **ranked.cost})


def _taken(job: Job, retrieved: Path, *, documents: Path, queries: pd.DataFrame) -> Ranked:
    """This run's part of what was streamed. Its costs are those of the stream."""
    from maw.ranking.best import ranked

    runs = files.read_stamp(retrieved)["spec"]["runs"]
    mine = (job.spec["name"], job.spec["seed"])
    place = [(entry["name"], entry["seed"]) for entry in runs].index(mine)
    names = job.read_parquet(documents, ("doc_id",), only=True)["doc_id"]
    return ranked(
        job.map_arrays(retrieved)[place],
        query_ids=queries["query_id"].to_numpy(dtype=object),
        doc_ids=names,
        routed=job.spec["system"].get("router") is not None,
    )


def _documents(job: Job, documents: Path, index: Path | None) -> pd.DataFrame:
    """doc_id, text; without a row where an index is all that is read of them."""
    if index is None:
        return job.read_parquet(documents, ("doc_id", "text"))
    job.note_read(documents)
    return pd.DataFrame(columns=["doc_id", "text"])


def _measure(job: Job) -> str:
    """What a diagnosis chooses by; empty where nothing is chosen by the judgements."""
    if "primary" not in job.spec:
        return ""
    from maw.measures.scoring import name_counting_from

    return name_counting_from(job.spec["primary"], job.spec.get("relevant_from", 1))


def _tensors(job: Job, path: Path | None) -> dict[str, object] | None:
    return None if path is None else job.read_tensors(path)


def _prepared(seed: int) -> str:
    from maw.jobs import device  # torch, which lexical systems do without

    return device.prepare(seed).type


if __name__ == "__main__":
    run_stage(rank)

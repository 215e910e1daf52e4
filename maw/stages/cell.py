"""One system at one learning rate with one seed: trained, ranked and scored, the model thrown away.

The main run's own stages do it in a folder that vanishes, so that a cell at the selected rate and
the main run are one and the same; there the main run's scores are taken.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from maw.jobs.files import Claim, json_bytes, read_parquet
from maw.jobs.job import Job, Output, Stage, run
from maw.stages.evaluate import evaluate
from maw.stages.rank import rank
from maw.stages.shared.training_data import DataFiles
from maw.stages.train import train


def cell(
    job: Job,
    *,
    files: DataFiles,
    prices: list[Path] | None,
    selection: Path,
    main: Path,
    scores: Output,
) -> str:
    """One row per judged test query and measure, as `evaluate` writes. main: the main run's."""
    rate = job.spec["learning_rate"]
    if job.read_json(selection, follow=False)["learning_rate"] == rate:
        job.write_parquet(scores, job.read_parquet(main))
        return f"{job.spec['name']} at {rate:g}: the selected rate, scores of the main run"
    frame, told = made(job, files, prices=prices)
    for path in (*files.there, *(prices or ())):
        job.note_read(path)
    job.write_parquet(scores, frame)
    return f"{told} at {rate:g}"


def made(job: Job, files: DataFiles, *, prices: list[Path] | None) -> tuple[pd.DataFrame, str]:
    """Scores of a run at the specification's rate, and the last stage's line."""
    spec = job.spec
    with TemporaryDirectory(prefix="maw-cell-") as folder:
        home = Path(folder) / spec["name"] / f"seed{spec['seed']}"
        selection = home / "selection.json"
        rate = {"learning_rate": spec["learning_rate"]}
        Claim(selection).write(json_bytes(rate, {"digest": "this cell's"}))
        places = {name: home / f"{name}.safetensors" for name in ("model",)}
        places |= {name: home / f"{name}.json" for name in ("run", "cost")}
        places |= {name: home / f"{name}.parquet" for name in ("ranking", "depths", "scores")}
        paths = {"files": files, "prices": prices, "selection": selection}
        _step(train, job, paths, {name: places[name] for name in ("run", "model")})
        read = ("documents", "queries", "split", "trunk", "pairs")
        paths = {name: getattr(files, name) for name in read}
        paths |= {"run": places["run"], "model": places["model"], "qrels": None, "other": None}
        _step(rank, job, paths, {name: places[name] for name in ("ranking", "cost", "depths")})
        paths = {"ranking": places["ranking"], "qrels": files.qrels, "split": files.split}
        told = _step(evaluate, job, paths, {"scores": places["scores"]})
        return read_parquet(places["scores"]), told


def _step(stage: Stage, job: Job, inputs: Mapping[str, Any], outputs: Mapping[str, Path]) -> str:
    """Another stage in this job's name, its files held as `maw.jobs.job.run` holds them."""
    inner = Job(stage.__name__, job.spec, job.code)
    try:
        inner.claims |= {path: Claim(path) for path in outputs.values()}
        return stage(inner, **inputs, **outputs) or ""
    finally:
        for claim in inner.claims.values():
            claim.release()


if __name__ == "__main__":
    run(cell)

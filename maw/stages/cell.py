"""The stage `cell`: trains, ranks and scores one system at one learning rate with one seed.

Such a cell is part of the learning-rate sensitivity analysis; its model is not kept. The main run
of a system and seed is the one at the selected learning rate, on which the verdicts rest. Its
stages `train`, `rank` and `evaluate` make the cell too, in a temporary folder. At the selected
learning rate the cell would equal the main run to the last bit, so the main run's scores are
copied.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from maw.jobs.files import json_bytes, read_parquet
from maw.jobs.job import Job, Output, Stage, run
from maw.jobs.pending import PendingFile
from maw.stages.evaluate import evaluate
from maw.stages.rank import RankingFiles, RankSources, rank
from maw.stages.shared.training_files import TrainingFiles
from maw.stages.train import TrainedFiles, train


def cell(job: Job, *, files: TrainingFiles, selection: Path, main: Path, scores: Output) -> str:
    """Write the cell's scores, one row per judged test query and measure, as `evaluate` does.

    selection: the system's selection.json. main: scores of the main run with the same seed, which
    are copied where the cell has the selected learning rate.
    """
    learning_rate = job.spec["learning_rate"]
    if job.read_json(selection, follow=False)["learning_rate"] == learning_rate:
        job.write_parquet(scores, job.read_parquet(main))
        name = job.spec["name"]
        return f"{name} at {learning_rate:g}: the selected learning rate, scores of the main run"
    frame, line = _train_and_score(job, files)
    files.note_all_read(job)
    job.write_parquet(scores, frame)
    return f"{line} at {learning_rate:g}"


def _train_and_score(job: Job, files: TrainingFiles) -> tuple[pd.DataFrame, str]:
    """Train, rank and score at the cell's learning rate.

    Returns the scores, and the line that the stage `evaluate` would print.
    """
    spec = job.spec
    with TemporaryDirectory(prefix="maw-cell-") as temporary:
        folder = Path(temporary) / spec["name"] / f"seed{spec['seed']}"
        selection = folder / "selection.json"
        trained = TrainedFiles(
            run=Output(folder / "run.json"),
            model=Output(folder / "model.safetensors"),
            training_cost=Output(folder / "training" / "cost.json"),
            versions=Output(folder / "versions.json"),
        )
        content = {"learning_rate": spec["learning_rate"]}
        PendingFile(selection).write(json_bytes(content, {"digest": "this cell's"}))
        paths: list[Output] = list(vars(trained).values())
        _run_stage(train, job, paths, files=files, selection=selection, outputs=trained)
        ranking = RankingFiles(
            ranking=Output(folder / "ranking.parquet"),
            cost=Output(folder / "cost.json"),
            depths=Output(folder / "depths.parquet"),
        )
        sources = RankSources(
            documents=files.documents,
            queries=files.queries,
            split=files.split,
            run=trained.run,
            trunk=files.trunk,
            model=trained.model,
            pairs=files.pairs,
        )
        paths = [ranking.ranking, ranking.cost, ranking.depths]
        _run_stage(rank, job, paths, sources=sources, outputs=ranking)
        scores = Output(folder / "scores.parquet")
        line = _run_stage(
            evaluate,
            job,
            [scores],
            ranking=ranking.ranking,
            qrels=files.qrels,
            split=files.split,
            scores=scores,
        )
        return read_parquet(scores), line


def _run_stage(stage: Stage, job: Job, output_paths: Sequence[Output], **arguments: Any) -> str:
    """Run another stage with this job's specification and code; return the line it would print.

    output_paths: the files that the stage writes. arguments: the stage's other parameters.
    """
    inner = Job(stage.__name__, job.spec, job.code)
    try:
        inner.outputs |= {path: PendingFile(path) for path in output_paths}
        return stage(inner, **arguments) or ""
    finally:
        for output in inner.outputs.values():
            output.release()


if __name__ == "__main__":
    run(cell)

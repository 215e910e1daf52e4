"""The stage `cell`: trains, ranks and scores one system at one learning rate with one seed.

Such a cell is part of the learning-rate sensitivity analysis; its model is not kept. The main run
of a system and seed is the one at the selected learning rate, on which the verdicts rest. The
stage `make_run`, which makes a main run, makes the cell too, in a temporary folder. At the selected
learning rate the cell would equal the main run to the last bit, so the main run's scores are
copied. At every learning rate a cell has the option values that the search selected.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from maw.jobs.files import json_bytes, read_parquet
from maw.jobs.job import Job, Output, run
from maw.jobs.pending import PendingFile
from maw.jobs.run_specs import STAGES_OF_RUN
from maw.stages.make_run import make_run
from maw.stages.rank import RankingFiles
from maw.stages.shared.training_files import TrainingFiles
from maw.stages.train import TrainedFiles


def cell(job: Job, *, files: TrainingFiles, selection: Path, main: Path, scores: Output) -> str:
    """Write the cell's scores, one row per judged test query and measure, as `evaluate` does.

    selection: the system's selection.json. main: scores of the main run with the same seed, which
    are copied where the cell has the selected learning rate. A column more than `evaluate` writes,
    `options`, has the selected options as JSON, because no stamp shows that they have changed.
    """
    learning_rate = job.spec["learning_rate"]
    chosen = job.read_json(selection, follow=False)
    options = json.dumps(chosen["options"], sort_keys=True)
    if chosen["learning_rate"] == learning_rate:
        job.write_parquet(scores, job.read_parquet(main).assign(options=options))
        name = job.spec["name"]
        return f"{name} at {learning_rate:g}: the selected learning rate, scores of the main run"
    frame, line = _train_and_score(job, files, chosen["options"])
    files.note_all_read(job)
    job.write_parquet(scores, frame.assign(options=options))
    return line


def _train_and_score(
    job: Job, files: TrainingFiles, options: dict[str, Any]
) -> tuple[pd.DataFrame, str]:
    """Train, rank and score at the cell's learning rate, in a temporary folder.

    options: the selected options. Returns the scores, and the line that the stage `make_run` would
    print.
    """
    spec = job.spec
    with TemporaryDirectory(prefix="maw-cell-") as temporary:
        folder = Path(temporary) / spec["name"] / f"seed{spec['seed']}"
        trained, ranked = TrainedFiles.in_folder(folder), RankingFiles.in_folder(folder)
        selection, scores = folder / "selection.json", Output(folder / "scores.parquet")
        content = {"learning_rate": spec["learning_rate"], "options": options, "searched": False}
        PendingFile(selection).write(json_bytes(content, {"digest": "this cell's"}))
        entry = {"spec": spec, "code": job.code}
        inner = Job(make_run.__name__, {"stages": dict.fromkeys(STAGES_OF_RUN, entry)}, job.code)
        try:
            for path in (*vars(trained).values(), *vars(ranked).values(), scores):
                inner.outputs[path] = PendingFile(path)
            line = make_run(
                inner,
                files=files,
                selection=selection,
                trained=trained,
                ranked=ranked,
                scores=scores,
            )
        finally:
            for output in inner.outputs.values():
                output.release()
        return read_parquet(scores), line


if __name__ == "__main__":
    run(cell)

"""The work of `maw calibrate`: calibrates the plan of a finished suite or `maw compare` folder."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from maw.errors import InputError
from maw.jobs.job import Job, Output
from maw.jobs.pending import PendingFile
from maw.jobs.provenance import code_of
from maw.stages.finished.compared_scores import ComparedScores, open_compared_scores
from maw.stages.shared.calibrated_scores import calibrate_and_write

NAME = "calibration"


@dataclass(frozen=True, eq=False)
class CalibratedFolder:
    """The scores of a folder, the table of their calibration, and the files that hold the table."""

    scores: ComparedScores
    frame: pd.DataFrame
    paths: tuple[Path, ...]


def calibrate_folder(folder: Path, *, draws: int, seed: int) -> CalibratedFolder:
    """Calibrate the plan of a finished suite or comparison; write the table to its folder.

    draws: number of experiments for each dataset and each variance of seeds. seed: of the random
    numbers. InputError where the folder holds no finished suite or comparison, where its
    files do not belong together, and where it cannot be written.
    """
    compared = open_compared_scores(folder)
    spec = {
        "analysis": compared.plan.model_dump(mode="json"),
        "trained": dict(compared.trained),
        "repeats": list(compared.repeats),
        "draws": draws,
        "seed": seed,
    }
    job = Job("calibrate", spec, code_of("calibrate", spec), reads=set(compared.reads))
    outputs = (
        Output(compared.summary / f"{NAME}.parquet"),
        Output(compared.tables / f"{NAME}.csv"),
    )
    try:
        for path in outputs:  # one by one, so that a failure releases all
            job.outputs[path] = PendingFile(path)
        frame = calibrate_and_write(
            job, compared.scores, clusters=compared.clusters, outputs=outputs
        )
    except OSError as error:
        raise InputError(
            f"{error.filename or folder}: {error.strerror}; make room or allow writing there"
        ) from None
    finally:
        for output in job.outputs.values():
            output.release()
    return CalibratedFolder(compared, frame, outputs)

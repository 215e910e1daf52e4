"""The files that training reads are recorded without being read."""

from dataclasses import replace
from pathlib import Path

from maw.jobs.job import Job
from maw.stages.shared.training_files import TrainingFiles


def test_all_files_are_recorded_as_read_and_those_of_prices_too(
    training_files: TrainingFiles, tmp_path: Path
) -> None:
    prices = [training_files.qrels, training_files.split]  # any stamped files
    files = replace(training_files, training=tmp_path / "none", prices=prices)
    assert files.pairs is None
    assert files.paths == [
        *[files.documents, files.queries, files.qrels, files.split, files.training],
        *[files.negatives, files.forbidden, files.development, files.trunk, *prices],
    ]
    job = Job("train", {}, "c0")
    training_files.note_all_read(job)
    assert {"qrels", "split", "training", "negatives", "forbidden"} <= job.reads

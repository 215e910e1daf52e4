"""The files that training reads. Reading them is left to `maw.stages.shared.training_data`.

Stages that only name or compare these files import this module, and so start without torch.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from maw.jobs.job import Job


@dataclass(frozen=True)
class TrainingFiles:
    """The files that training reads; a stage that takes them has an option for each field.

    training, negatives: pairs of training queries with relevant and with mined documents.
    forbidden: pairs that are never negatives. development: the documents that development queries
    rank. trunk: the frozen layers' outputs for texts, or for pairs where the system is a
    cross-encoder; None where the system trains itself and reads none. pairs: the table of these
    pairs; None where the system reads single texts. prices: the FLOPs of a training step of this
    system and of the systems whose compute it matches; None where it matches none. halves: the
    tables split, training, negatives, forbidden and development of both halves of the train and dev
    queries, in the folders half1 and half2; None where the search is not cross-fit.
    """

    documents: Path
    queries: Path
    qrels: Path
    split: Path
    training: Path
    negatives: Path
    forbidden: Path
    development: Path
    trunk: Path | None = None
    pairs: Path | None = None
    prices: list[Path] | None = None
    halves: list[Path] | None = None

    @property
    def paths(self) -> list[Path]:
        """The paths of all these files, those of `prices` and `halves` included."""
        single = [path for path in vars(self).values() if isinstance(path, Path)]
        return [*single, *(self.prices or ()), *(self.halves or ())]

    @property
    def read_trunk(self) -> Path:
        """The path of the trunk. ValueError where the system was given none."""
        if self.trunk is None:
            raise ValueError("trunk is None; a system that maw's own loop trains needs one")
        return self.trunk

    @property
    def searched(self) -> list["TrainingFiles"]:
        """The files of each training of a search at one learning rate.

        They are these files, or those of the two halves, which have tables of their own.
        """
        if not self.halves:
            return [self]
        folders = sorted({path.parent for path in self.halves})
        tables: list[dict[str, Any]] = [
            {path.stem: path for path in self.halves if path.parent == folder} for folder in folders
        ]
        return [replace(self, **of_half, halves=None) for of_half in tables]

    def note_all_read(self, job: Job) -> None:
        """Record all these files as read by the job.

        Use it where the job does not read them through its own methods, but its result depends on
        them: it reads files made from them, or another stage that it runs reads them.
        """
        for path in self.paths:
            job.note_read(path)

"""The files that training reads. Reading them is left to `maw.stages.shared.training_data`.

Stages that only name or compare these files import this module, and so start without torch.
"""

from dataclasses import dataclass
from pathlib import Path

from maw.jobs.job import Job


@dataclass(frozen=True)
class TrainingFiles:
    """The files that training reads; a stage that takes them has an option for each field.

    training, negatives: pairs of training queries with relevant and with mined documents.
    forbidden: pairs that are never negatives. trunk: the frozen layers' outputs for texts, or for
    pairs where the system is a cross-encoder. pairs: the table of these pairs; None where the
    system reads single texts. prices: the FLOPs of a training step of this system and of the
    systems whose compute it matches; None where it matches none.
    """

    documents: Path
    queries: Path
    qrels: Path
    split: Path
    training: Path
    negatives: Path
    forbidden: Path
    trunk: Path
    pairs: Path | None = None
    prices: list[Path] | None = None

    @property
    def paths(self) -> list[Path]:
        """The paths of all these files, those of `prices` included."""
        single = [path for path in vars(self).values() if isinstance(path, Path)]
        return [*single, *(self.prices or ())]

    def note_all_read(self, job: Job) -> None:
        """Record all these files as read by the job.

        Use it where the job does not read them through its own methods, but its result depends on
        them: it reads files made from them, or another stage that it runs reads them.
        """
        for path in self.paths:
            job.note_read(path)

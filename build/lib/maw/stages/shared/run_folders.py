"""The folders of the runs that the stage `collect` puts into tables, and whose files they hold."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maw.errors import InputError
from maw.jobs.files import read_stamp

KEY = ["dataset", "system", "seed"]


@dataclass(frozen=True)
class RunFolders:
    """One run of the specification and the folders of its files.

    entry: dataset, system, seed, and the stamps' digests that its files must carry. A run of a
    model that was trained on another dataset (a transferred model) also has `trained_on`, the name
    of that dataset. A run on one fold of a `kfold` split has the fold as dataset, and the dataset
    that is split as `reported`. folder: holds ranking and scores. model_folder: holds run.json, the
    model, and for a trained one versions.json and training/cost.json.
    """

    entry: dict[str, Any]
    folder: Path
    model_folder: Path

    @property
    def key(self) -> dict[str, Any]:
        """The run's dataset, system and seed in tables; for a fold, the dataset it is part of."""
        dataset = self.entry.get("reported", self.entry["dataset"])
        return {**{name: self.entry[name] for name in KEY}, "dataset": dataset}

    @property
    def record_path(self) -> Path:
        """Path of the run's file run.json."""
        return self.model_folder / "run.json"


def folders_of(runs: Path, entry: dict[str, Any]) -> RunFolders:
    """Return a run of the specification with its folders.

    The model of a transferred run lies in a folder of the dataset that it was trained on.
    """
    below = Path(entry["system"], f"seed{entry['seed']}")
    trained_on = entry.get("trained_on", entry["dataset"])
    return RunFolders(entry, runs / entry["dataset"] / below, runs / trained_on / below)


def refuse_foreign(paths: list[Path], digests: list[str], *, whole_folder: bool = True) -> None:
    """Raise InputError for the first file that other code or another specification made.

    digests: the stamp's digest that each file must carry. whole_folder: whether the user is told to
    delete the file's folder, where all of a run's files lie, or the file alone.
    """
    for path, expected in zip(paths, digests, strict=True):
        actual = read_stamp(path)["digest"]
        if actual != expected:
            place = path.parent if whole_folder else path
            raise InputError(
                f"{path}: made by other code or another specification (stamp {actual}, "
                f"expected {expected}); delete {place} and run snakemake again"
            )

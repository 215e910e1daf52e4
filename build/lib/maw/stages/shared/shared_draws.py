"""What the trainings of a finished suite drew in common, from the digests in their run.json.

Systems that are trained with one seed draw the same batches, so their differences are taken within
a seed. That holds only where two seeds have nothing in common, and the plan calls no contrast
independent whose systems draw the same texts. Where the systems of a contrast share only a part of
their draws, or none, the tests are valid; the table says how many steps they share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.stages.shared.run_folders import RunFolders
from maw.training.draws import shared_steps

COLUMNS = ["dataset", "system", "baseline", "seed", "shared_steps", "steps"]

Contrast = Mapping[str, str]  # a planned contrast: `system`, `baseline` and `seeds`


@dataclass(frozen=True)
class Training:
    """One training whose model ranks for a run, and what it drew.

    dataset: the run's dataset in tables. place: the dataset or fold on which the model was trained.
    path: its run.json. draws: a digest for each training step.
    """

    dataset: str
    place: str
    system: str
    seed: int
    path: Path
    draws: Sequence[str]


def trainings_of(
    all_runs: Sequence[RunFolders], records: Sequence[Mapping[str, Any]]
) -> list[Training]:
    """Return the training of each run of a trained system that records what it draws.

    records: the content of each run's run.json.
    """
    return [
        Training(
            dataset=one_run.key["dataset"],
            place=one_run.entry.get("trained_on", one_run.entry["dataset"]),
            system=one_run.entry["system"],
            seed=one_run.entry["seed"],
            path=one_run.record_path,
            draws=record["draws"],
        )
        for one_run, record in zip(all_runs, records, strict=True)
        if record["trained"] and record.get("draws")
    ]


def refuse_seeds_alike(trainings: Sequence[Training]) -> None:
    """Raise InputError for two trainings of one place that drew the same texts with other seeds.

    They did where the shorter one drew what the longer one began with. A few first batches alike
    are no error: with few training queries that happens by chance.
    """
    begun: dict[tuple[str, str], list[Training]] = {}  # place, digest of the first step
    for training in trainings:
        alike = begun.setdefault((training.place, training.draws[0]), [])
        for other in alike:
            n_steps = min(len(other.draws), len(training.draws))
            is_equal = shared_steps(other.draws, training.draws) == n_steps
            if other.seed != training.seed and is_equal:
                raise InputError(
                    f"{other.path} and {training.path}: seeds {other.seed} and {training.seed} "
                    f"drew the same batches in {_in_common(other, training)}, so they are not two "
                    "trainings; delete both folders and run snakemake again, or enlarge split.train"
                )
        alike.append(training)


def refuse_unknown(
    all_runs: Sequence[RunFolders],
    records: Sequence[Mapping[str, Any]],
    contrasts: Sequence[Contrast],
) -> None:
    """Raise InputError for a contrast with shared seeds of a system that records no draws.

    Nobody can know then whether its seeds are shared. records: the content of each run's run.json.
    """
    paths = {
        one_run.entry["system"]: one_run.record_path
        for one_run, record in zip(all_runs, records, strict=True)
        if record["trained"] and not record.get("draws")
    }
    for contrast in contrasts:
        for name in (contrast["system"], contrast["baseline"]):
            if contrast["seeds"] != "independent" and name in paths:
                raise InputError(
                    f"{paths[name]}: does not record what was drawn, so the seeds of "
                    f"{contrast['system']!r} against {contrast['baseline']!r} are not known to be "
                    "shared; write `seeds: independent` in that contrast"
                )


def refuse_independent(trainings: Sequence[Training], contrasts: Sequence[Contrast]) -> None:
    """Raise InputError for an independent contrast whose two systems drew the same texts."""
    for contrast in contrasts:
        if contrast["seeds"] != "independent":
            continue
        for one, other in _pairs(trainings, contrast):
            if shared_steps(one.draws, other.draws):
                raise InputError(
                    f"{one.path} and {other.path}: drew the same batches in "
                    f"{_in_common(one, other)}, but the plan calls the seeds of {one.system!r} "
                    f"against {other.system!r} independent; write `seeds: shared` in that contrast"
                )


def rows(trainings: Sequence[Training], contrasts: Sequence[Contrast]) -> pd.DataFrame:
    """Return a row for each dataset, planned contrast of two trained systems, and seed of both.

    shared_steps: number of steps, from the first on, in which both drew the same texts. steps: the
    number of steps of the longer training. The steps of a dataset's folds are added up.
    """
    table = pd.DataFrame(
        [
            (
                one.dataset,
                one.system,
                other.system,
                one.seed,
                shared_steps(one.draws, other.draws),
                max(len(one.draws), len(other.draws)),
            )
            for contrast in contrasts
            for one, other in _pairs(trainings, contrast)
        ],
        columns=COLUMNS,
    )
    return (
        table.astype(dict.fromkeys(COLUMNS[3:], "int64"))
        .groupby(COLUMNS[:4], sort=False, as_index=False)
        .sum()
    )


def _pairs(trainings: Sequence[Training], contrast: Contrast) -> list[tuple[Training, Training]]:
    """Return the trainings of a contrast's two systems with equal dataset, place and seed."""
    baselines = {
        (training.dataset, training.place, training.seed): training
        for training in trainings
        if training.system == contrast["baseline"]
    }
    return [
        (training, baselines[key])
        for training in trainings
        if training.system == contrast["system"]
        and (key := (training.dataset, training.place, training.seed)) in baselines
    ]


def _in_common(one: Training, other: Training) -> str:
    """Return `n of N steps`, N the steps of the longer training."""
    n_steps = max(len(one.draws), len(other.draws))
    return f"{shared_steps(one.draws, other.draws)} of {n_steps} steps"

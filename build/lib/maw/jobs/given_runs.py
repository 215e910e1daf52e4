"""The runs of a suite that were made elsewhere: the file of each, and the hash of its content.

The hash is part of the specification of the job that reads the file. So a run that was exported
again is ranked again, and a file that is damaged meanwhile is noticed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maw.errors import InputError
from maw.jobs.json_files import canonical
from maw.jobs.user_files import sha256_of
from maw.settings import registry
from maw.settings.run_paths import filled, found_file, siblings
from maw.settings.split_kinds import Fold
from maw.settings.suite import Suite


def given_systems(suite: Suite) -> list[str]:
    """Return the names of the systems whose rankings were made elsewhere."""
    return [name for name in suite.systems if suite.is_given(name)]


def file_of(suite: Suite, system: str, *, unit: str, seed: int) -> Path:
    """Return the file of one run of a system whose rankings were made elsewhere.

    unit: a dataset, or a fold of one. InputError names the key of the configuration, and the file
    that is missing.
    """
    place = f"systems.{system}.path"
    split = suite.units[unit].split
    places = {"dataset": suite.reported(unit), "seed": str(seed)}
    if isinstance(split, Fold):
        places["fold"] = str(split.fold)
    path = filled(_path(suite, system), places)
    if "{fold}" in str(path):
        raise InputError(f"{place}: {unit!r} has no folds; take {{fold}} out of the path")
    try:
        return found_file(path)
    except InputError as error:
        raise InputError(f"{place}: {error}") from None


def recorded(suite: Suite, system: str, *, unit: str, seed: int) -> dict[str, str]:
    """Return `{"sha256": …}`, the hash of the file of one run; {} where maw makes the run itself.

    InputError where the file is missing or cannot be read.
    """
    if not suite.is_given(system):
        return {}
    return {"sha256": sha256_of(file_of(suite, system, unit=unit, seed=seed))}


def require(suite: Suite) -> list[tuple[str, Path]]:
    """Return the system and the file of each run that was made elsewhere, without repeats.

    InputError for a file that is missing, for a path that leads several collections to one file,
    and for two seeds with equal files, because they are not two trainings.
    """
    pairs = [(name, path) for name in given_systems(suite) for path in _files(suite, name)]
    return list(dict.fromkeys(pairs))


def left_out(suite: Suite) -> Iterator[str]:
    """Yield a line for each folder of runs that holds files which no seed of the suite names."""
    for system in given_systems(suite):
        used = set(_files(suite, system))
        for folder in dict.fromkeys(path.parent for path in used):
            others = [path.name for path in siblings(folder / "seed") if path not in used]
            if suite.varies(system) and others:
                yield (
                    f"systems.{system}: {folder} also holds {', '.join(others)}, which no seed of "
                    "the suite names"
                )


def _files(suite: Suite, system: str) -> Iterator[Path]:
    """Yield the file of each run of a system. InputError as in `require`."""
    place = f"systems.{system}.path"
    loaders = {canonical(registry.dump(data.loader)) for data in suite.datasets.values()}
    if len(loaders) > 1 and "{dataset}" not in _path(suite, system):
        raise InputError(
            f"{place}: the suite has {len(loaders)} collections, and this path leads all of them "
            "to one file; write {dataset} where the name of the dataset stands"
        )
    for unit in suite.units:
        file_with: dict[str, Path] = {}  # hash -> file
        for seed in suite.seeds_of(system):
            path = file_of(suite, system, unit=unit, seed=seed)
            other = file_with.setdefault(sha256_of(path), path)
            if other != path:
                raise InputError(
                    f"{place}: {other} and {path} are equal, so they are not two trainings; give "
                    "each seed its own run"
                )
            yield path


def _path(suite: Suite, system: str) -> str:
    entry: Any = suite.systems[system]
    return str(entry.path)

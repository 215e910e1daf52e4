"""All runs of a comparison, read from files or objects, each with its system and seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.find import RunFile, find_runs, name_of
from maw.runs.frames import scores_of_matrix
from maw.runs.matrix import fault_of_systems
from maw.runs.notices import Notice
from maw.runs.objects import is_single, run_content
from maw.runs.replicates import Replicates


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the user says about run files that their names and their content do not say.

    seed_pattern: how files are called, such as `{system}.s{seed}`. file_format: name of the format
    of all files; None: each file's content tells its format. replicates: what several runs of one
    system are; None: seeds where a name or a list numbers them, and an error elsewhere.
    """

    seed_pattern: str | None = None
    file_format: str | None = None
    replicates: Replicates | None = None


AS_IT_IS = Reading()


@dataclass(frozen=True, slots=True, eq=False)
class NamedContent:
    """One run with its system and seed, or one table of scores.

    system: "" for a table of scores, which names its systems itself. origin: the file or argument
    that messages name.
    """

    system: str
    seed: int
    origin: str
    content: Content


def gather_runs(
    runs: Any, reading: Reading = AS_IT_IS
) -> tuple[Iterator[NamedContent], tuple[Notice, ...]]:
    """Return all runs or tables of scores, and notices on files that folders hold beside the runs.

    Each run is read when it is asked for, and not kept, so that large runs need not stand in memory
    together. The system of the first path or key comes first, because it is the default baseline.
    runs: as in `maw.compare`. InputError if `runs` has another type or is empty; when a run is
    asked for, if it cannot be read.
    """
    if isinstance(runs, str | PathLike):
        runs = [runs]
    if isinstance(runs, pd.DataFrame):
        if reading.file_format is not None:
            raise InputError(
                "file_format: given, but runs is a DataFrame and no file; leave it out"
            )
        return iter([NamedContent("", 0, "runs", _frame_scores(runs))]), ()
    if isinstance(runs, Mapping):
        return _from_mapping(runs, reading), ()
    if not isinstance(runs, Sequence) or not all(isinstance(r, str | PathLike) for r in runs):
        raise InputError(
            f"runs: is a {type(runs).__name__}; expected {{system: run}}, a list with only paths, "
            "or a DataFrame of scores per topic"
        )
    if not runs:
        raise InputError("no runs given; name at least two files")
    return _from_paths([Path(run) for run in runs], reading)


def _from_paths(
    paths: Sequence[Path], reading: Reading
) -> tuple[Iterator[NamedContent], tuple[Notice, ...]]:
    """Return the runs in all files, and notices on files that folders hold beside the runs.

    The system of the first path comes first, because it is the default baseline.
    """
    files, notices = find_runs(
        paths, seed_pattern=reading.seed_pattern, replicates=reading.replicates
    )
    of_first = (file.system for file in files if _belongs(file.path, paths[0]))
    first = next(of_first, name_of(paths[0]))
    # `map` keeps no run that it has handed out
    read = partial(_of_file, file_format=reading.file_format)
    return map(read, sorted(files, key=lambda file: file.system != first)), notices


def _of_file(file: RunFile, *, file_format: str | None) -> NamedContent:
    content = run_content(file.path, origin=str(file.path), file_format=file_format)
    if content.kind == "ranking":
        return NamedContent(file.system, file.seed, str(file.path), content)
    # a table of scores names its own systems, so that its file's name is no system
    return NamedContent("", file.seed, str(file.path), _as_named(content, file))


def _as_named(content: Content, file: RunFile) -> Content:
    """Return scores under the system and the seed of their file, where they are of one system only.

    A format of one system's scores names no system: `seed42.json` in the folder `colbert` is then
    seed 42 of `colbert`.
    """
    if not content.named_by_file:
        return content
    return replace(content, frame=content.frame.assign(system=file.system, seed=file.seed))


def _belongs(path: Path, argument: Path) -> bool:
    return path == argument or path.parent == argument


def _frame_scores(frame: pd.DataFrame) -> Content:
    """Return the scores in a DataFrame: a long table, or a matrix of topics × systems.

    A long table has a row for each score, with the package's column names or PyTerrier's.
    """
    is_long = {"system", "name", "query_id", "qid", "measure", "value"} & set(frame.columns)
    is_numeric = frame.dtypes.map(pd.api.types.is_numeric_dtype).all()
    if is_long or not is_numeric or frame.empty:
        return run_content(frame, origin="runs")
    if fault := fault_of_systems([str(name) for name in frame.columns]):
        raise InputError(f"runs: {fault}")
    if not np.isfinite(frame.to_numpy(np.float64, na_value=np.nan)).all():
        raise InputError(
            "runs: the matrix has values that are no finite number; give every system a score on "
            "every topic"
        )
    for names, thing in ((frame.index, "topic"), (frame.columns, "system")):
        if names.has_duplicates:
            raise InputError(
                f"runs: {thing} {names[names.duplicated()][0]!r} is in the matrix twice; keep one"
            )
    return Content("scores", scores_of_matrix(frame))


def _from_mapping(runs: Mapping[Any, Any], reading: Reading) -> Iterator[NamedContent]:
    """Return the runs in {system: run} or {system: [a run for each seed or repeat]}.

    A list's seeds are numbered from 0. InputError names an argument that is empty, or holds scores.
    """
    arguments: list[tuple[str, int, str, Any]] = []
    for system, value in runs.items():
        if is_single(value):
            arguments.append((str(system), 0, f"runs[{system!r}]", value))
            continue
        if not value:
            raise InputError(f"runs[{system!r}]: is an empty list; give a run for each seed")
        for seed, run in enumerate(value):
            arguments.append((str(system), seed, f"runs[{system!r}][{seed}]", run))
    if not arguments:
        raise InputError("runs: is empty; give at least two systems")
    return map(partial(_of_argument, file_format=reading.file_format), arguments)


def _of_argument(entry: tuple[str, int, str, Any], *, file_format: str | None) -> NamedContent:
    """Return the run of one argument. entry: its system, its seed, its name, and the run itself."""
    system, seed, argument, run = entry
    content = run_content(run, origin=argument, file_format=file_format)
    if content.named_by_file:
        frame = content.frame.assign(system=system, seed=seed)
        return NamedContent("", seed, argument, replace(content, frame=frame))
    if content.kind == "scores":
        raise InputError(f"{argument}: is a table of scores; give it alone, not in a dict")
    origin = str(run) if isinstance(run, str | PathLike) else argument
    return NamedContent(system, seed, origin, content)

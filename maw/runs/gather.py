"""All runs of a comparison, read from files or objects, each with its system and seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.find import find_runs, name_of
from maw.runs.frames import scores_of_matrix
from maw.runs.notices import Notice
from maw.runs.objects import is_single, run_content


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
    runs: Any, *, seed_pattern: str | None
) -> tuple[list[NamedContent], tuple[Notice, ...]]:
    """Return all runs or tables of scores, and notices on files that folders hold beside the runs.

    The system of the first path or key comes first, because it is the default baseline. runs: as in
    `maw.compare`. seed_pattern: how files are called, such as `{system}.s{seed}`, or None.
    InputError if `runs` has another type or is empty, or a run cannot be read.
    """
    if isinstance(runs, str | PathLike):
        runs = [runs]
    if isinstance(runs, pd.DataFrame):
        return [NamedContent("", 0, "runs", _frame_scores(runs))], ()
    if isinstance(runs, Mapping):
        return _from_mapping(runs), ()
    if not isinstance(runs, Sequence) or not all(isinstance(r, str | PathLike) for r in runs):
        raise InputError(
            f"runs: is a {type(runs).__name__}; expected {{system: run}}, a list with only paths, "
            "or a DataFrame of scores per topic"
        )
    if not runs:
        raise InputError("no runs given; name at least two files")
    return _from_paths([Path(run) for run in runs], seed_pattern=seed_pattern)


def _from_paths(
    paths: Sequence[Path], *, seed_pattern: str | None
) -> tuple[list[NamedContent], tuple[Notice, ...]]:
    """Return the runs in all files, and notices on files that folders hold beside the runs.

    The system of the first path comes first, because it is the default baseline.
    """
    files, notices = find_runs(paths, seed_pattern=seed_pattern)
    contents = []
    for file in files:
        content = run_content(file.path, origin=str(file.path))
        # a table of scores names its own systems, so its file's name is no system
        system = file.system if content.kind == "ranking" else ""
        contents.append(NamedContent(system, file.seed, str(file.path), content))
    of_first = (file.system for file in files if _belongs(file.path, paths[0]))
    first = next(of_first, name_of(paths[0]))
    is_later = {str(file.path): file.system != first for file in files}
    return sorted(contents, key=lambda content: is_later[content.origin]), notices


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


def _from_mapping(runs: Mapping[Any, Any]) -> list[NamedContent]:
    """Return the runs in {system: run} or {system: [a run for each seed]}.

    A list's seeds are numbered from 0. InputError names an argument that is empty, or holds scores.
    """
    contents: list[NamedContent] = []
    for system, value in runs.items():
        single = is_single(value)
        if not single and not value:
            raise InputError(f"runs[{system!r}]: is an empty list; give a run for each seed")
        for seed, run in enumerate([value] if single else value):
            argument = f"runs[{system!r}]" + ("" if single else f"[{seed}]")
            content = run_content(run, origin=argument)
            if content.kind == "scores":
                raise InputError(f"{argument}: is a table of scores; give it alone, not in a dict")
            origin = str(run) if isinstance(run, str | PathLike) else argument
            contents.append(NamedContent(str(system), seed, origin, content))
    if not contents:
        raise InputError("runs: is empty; give at least two systems")
    return contents

"""All runs that a comparison is given, files or objects, under a system and a seed each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.find import find, name_of
from maw.runs.formats.table import melted
from maw.runs.notices import Notice
from maw.runs.objects import is_single, run_content


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """One run, or one table of scores, whose `system` is "": it has names of its own."""

    system: str
    seed: int
    place: str
    content: Content


def gather(runs: Any, *, seed_pattern: str | None) -> tuple[list[Given], tuple[Notice, ...]]:
    """Everything that was given, the first argument's system first. InputError: nothing usable."""
    if isinstance(runs, str | PathLike):
        runs = [runs]
    if isinstance(runs, pd.DataFrame):
        return [Given("", 0, "runs", _scores_frame(runs))], ()
    if isinstance(runs, Mapping):
        return _from_mapping(runs), ()
    if not isinstance(runs, Sequence) or not all(isinstance(r, str | PathLike) for r in runs):
        raise InputError(
            f"runs: is a {type(runs).__name__}; expected {{system: run}}, a list of paths, or a "
            "DataFrame of scores per topic"
        )
    if not runs:
        raise InputError("no runs given; name at least two files")
    return _from_paths([Path(run) for run in runs], seed_pattern=seed_pattern)


def _from_paths(
    paths: Sequence[Path], *, seed_pattern: str | None
) -> tuple[list[Given], tuple[Notice, ...]]:
    sources, notices = find(paths, seed_pattern=seed_pattern)
    found = []
    for source in sources:
        content = run_content(source.path, place=str(source.path))
        # a table of scores knows its systems; its file's name is none of them
        system = source.system if content.kind == "ranking" else ""
        found.append(Given(system, source.seed, str(source.path), content))
    # the first argument's system is the baseline, whatever its seed
    first = next((s.system for s in sources if _belongs(s.path, paths[0])), name_of(paths[0]))
    order = {source.path: source.system != first for source in sources}
    return sorted(found, key=lambda given: order[Path(given.place)]), notices


def _belongs(path: Path, argument: Path) -> bool:
    return path == argument or path.parent == argument


def _scores_frame(frame: pd.DataFrame) -> Content:
    """Long, as PyTerrier and we have it, or topics × systems."""
    long = {"system", "name", "query_id", "qid", "measure", "value"} & set(frame.columns)
    numeric = frame.dtypes.map(pd.api.types.is_numeric_dtype).all()
    if long or not numeric or frame.empty:
        return run_content(frame, place="runs")
    if not np.isfinite(frame.to_numpy(np.float64, na_value=np.nan)).all():
        raise InputError(
            "runs: the matrix has cells that are no finite number; every system needs every topic"
        )
    for names, thing in ((frame.index, "topic"), (frame.columns, "system")):
        if names.has_duplicates:
            raise InputError(f"runs: {thing} {names[names.duplicated()][0]!r} is there twice")
    return Content("scores", melted(frame))


def _from_mapping(runs: Mapping[Any, Any]) -> list[Given]:
    found: list[Given] = []
    for system, given in runs.items():
        single = is_single(given)
        if not single and not given:
            raise InputError(f"runs[{system!r}]: is an empty list; give a run per seed")
        for seed, run in enumerate([given] if single else given):
            place = f"runs[{system!r}]" + ("" if single else f"[{seed}]")
            content = run_content(run, place=place)
            if content.kind == "scores":
                raise InputError(f"{place}: is a table of scores; give it alone, not in a dict")
            shown = str(run) if isinstance(run, str | PathLike) else place
            found.append(Given(str(system), seed, shown, content))
    if not found:
        raise InputError("runs: is empty; give at least two systems")
    return found

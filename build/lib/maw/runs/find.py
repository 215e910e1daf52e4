"""The system and the seed of each run file, found from the names of files and folders.

A folder is a system, and its files, such as `seed42.run`, are that system's seeds. A file is a
system with the seed 0. With `--seed-pattern '{system}.s{seed}'`, system and seed are found in the
names of files; a pattern without `{system}` says how the files inside a folder are called. Several
files of one system whose names have no seed are numbered 0, 1, 2 only where the user says what they
are (`--replicates`): training seeds and decoding repeats lead to different verdicts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from maw.errors import InputError
from maw.runs import file_formats
from maw.runs.frames import LARGEST_SEED
from maw.runs.notices import Notice, counted, examples
from maw.runs.replicates import Replicates
from maw.settings.run_paths import IN_FOLDER, SIDECARS

UNNAMED_COLLECTION = "topics"
# names of files and folders that do not tell which collection they belong to
GENERIC_NAMES = {"qrels", "qrel", "test", "dev", "train", "scores"}


@dataclass(frozen=True, slots=True)
class RunFile:
    """A run file with its system and its seed.

    seed: the number in the file's name, else its position among its system's files, from 0.
    """

    system: str
    seed: int
    path: Path


@dataclass(frozen=True, slots=True)
class _NamedFile:
    """A run file with its system, and the seed in its name, or None where the name has none."""

    system: str
    seed: int | None
    path: Path


def name_of(path: Path | str) -> str:
    """Return a system's name: `bm25` for `a/bm25.run.gz`.

    It is the file's name without the endings that the formats declare.
    """
    name, endings = Path(path).name, file_formats.endings()
    while any(name.endswith(ending) and name != ending for ending in endings):
        name = name.removesuffix(next(e for e in endings if name.endswith(e)))
    return name


def collection_name(qrels: object) -> str:
    """Return a name for the collection, found in the path of the qrels file.

    It is the file's name up to the first dot or, if that is a word of GENERIC_NAMES such as `test`,
    the nearest folder's name that is not. For judgements that are not a file it is `topics`; a
    pipe is no file.
    """
    if not isinstance(qrels, str | PathLike) or Path(qrels).is_fifo():
        return UNNAMED_COLLECTION
    path = Path(qrels).resolve()
    names = [path.name.split(".")[0], *(parent.name for parent in path.parents)]
    telling = (name for name in names if name and name.lower() not in GENERIC_NAMES)
    return next(telling, UNNAMED_COLLECTION)


def find_runs(
    paths: Sequence[Path], *, seed_pattern: str | None, replicates: Replicates | None = None
) -> tuple[list[RunFile], tuple[Notice, ...]]:
    """Return all run files sorted by system and seed, and notices on files that are left out.

    paths: files and folders. seed_pattern: as in `--seed-pattern`, or None. replicates: what
    several runs of one system are, None where nobody said. InputError for a folder without a run,
    several files of one system that nobody tells apart, a seed beyond LARGEST_SEED, or a pattern
    that matches no file.
    """
    pattern = compiled(seed_pattern) if seed_pattern else None
    named: list[_NamedFile] = []
    notices: list[Notice] = []
    for path in paths:
        if path.is_dir():
            takes_all = replicates is not None and seed_pattern is None
            in_folder, left_out = _in_folder(
                path, pattern=seed_pattern or IN_FOLDER, takes_all=takes_all
            )
            named += in_folder
            notices += left_out
            continue
        names_system = pattern is not None and "system" in pattern.groupindex
        match = pattern.fullmatch(name_of(path)) if pattern and names_system else None
        system, seed = (match["system"], int(match["seed"])) if match else (name_of(path), None)
        named.append(_NamedFile(system, seed, path))
    if seed_pattern and all(file.seed is None for file in named):
        raise InputError(
            f"--seed-pattern {seed_pattern!r} matches no file (first: {name_of(paths[0])!r}, "
            "without its ending); write '{system}' and '{seed}' where a file's name has them"
        )
    files = _numbered(named, replicates=replicates)
    _refuse_doubles(files)
    for file in files:
        if file.seed > LARGEST_SEED:
            raise InputError(
                f"{file.path}: seed {file.seed} is beyond {LARGEST_SEED:,}; rename the file, and "
                "number the seeds 0, 1, 2"
            )
    return sorted(files, key=lambda file: (file.system, file.seed)), tuple(notices)


def compiled(seed_pattern: str) -> re.Pattern[str]:
    """Return a seed pattern as a regular expression with the groups `seed` and `system`.

    InputError unless the pattern has `{seed}` once, and `{system}` at most once.
    """
    if seed_pattern.count("{seed}") != 1 or seed_pattern.count("{system}") > 1:
        raise InputError(
            f"--seed-pattern {seed_pattern!r}: write {{seed}} once, and {{system}} at most once"
        )
    expression = re.escape(seed_pattern)
    expression = expression.replace(re.escape("{seed}"), r"(?P<seed>\d+)")
    return re.compile(expression.replace(re.escape("{system}"), "(?P<system>.+?)"))


def _in_folder(
    folder: Path, *, pattern: str, takes_all: bool
) -> tuple[list[_NamedFile], list[Notice]]:
    """Return the runs of a folder, and a notice if there are files whose names do not fit.

    pattern: how run files are called, without their endings, such as `seed{seed}`. takes_all: where
    no name fits, every file is a run without a seed in its name. Hidden files and metadata files
    beside runs (SIDECARS) are no runs and cause no notice. InputError for a folder without a run.
    """
    expression = compiled(pattern)
    shown = [p for p in sorted(folder.iterdir()) if p.is_file() and not p.name.startswith(".")]
    files, left_out = [], []
    for path in shown:
        match = expression.fullmatch(name_of(path))
        if match:
            system = match["system"] if "system" in expression.groupindex else folder.name
            files.append(_NamedFile(system, int(match["seed"]), path))
        elif path.suffix in SIDECARS and expression.fullmatch(name_of(path.stem)):
            continue
        else:
            left_out.append(path)
    if not files and takes_all:
        files = [_NamedFile(folder.name, None, p) for p in shown if p.suffix not in SIDECARS]
        left_out = []
    if not files:
        names = examples([path.name for path in folder.iterdir()]) or "nothing"
        raise InputError(
            f"{folder}: no file is called {pattern}.run; the folder holds {names}; give run files, "
            "or say with --seed-pattern how the files in the folder are called"
        )
    if not left_out:
        return files, []
    names = examples([path.name for path in left_out])
    text = f"left out {counted(len(left_out), 'file')} not called {pattern} ({names})"
    return files, [Notice("files-left-out", str(folder), len(left_out), text)]


def _numbered(files: Iterable[_NamedFile], *, replicates: Replicates | None) -> list[RunFile]:
    """Return the files, each with its seed; a file without one in its name gets its position.

    InputError where a system has several files, and a name among them has no seed: then nobody says
    what the files are to each other, unless `replicates` does.
    """
    of_system: dict[str, list[_NamedFile]] = {}
    for file in files:
        of_system.setdefault(file.system, []).append(file)
    for several in of_system.values():
        if len(several) > 1 and any(file.seed is None for file in several):
            _require_told(several, replicates=replicates)
    return [
        RunFile(system, position if file.seed is None else file.seed, file.path)
        for system, several in of_system.items()
        for position, file in enumerate(several)
    ]


def _require_told(files: Sequence[_NamedFile], *, replicates: Replicates | None) -> None:
    """Raise an InputError for files of one system that cannot be numbered.

    Some of their names have no seed. They can be numbered where no name has one, no file is there
    twice, and `replicates` says what they are.
    """
    system = files[0].system
    for file in files:
        if file.seed is not None:
            silent = next(other for other in files if other.seed is None)
            raise InputError(
                f"{silent.path}: has no seed in its name, but {file.path} is seed {file.seed} of "
                f"{system!r} as well; rename one of the files"
            )
    places: set[Path] = set()
    for file in files:
        if file.path.resolve() in places:
            raise InputError(f"{file.path}: is given twice; give each run once")
        places.add(file.path.resolve())
    if replicates is None:
        raise InputError(
            f"{files[1].path}: {system!r} is also the run in {files[0].path}; rename one of the "
            "files, or say with --replicates seeds or --replicates repeats what several runs of "
            "one system are"
        )


def _refuse_doubles(files: Iterable[RunFile]) -> None:
    """Raise an InputError where two files have the same system and seed."""
    paths: dict[tuple[str, int], Path] = {}
    for file in files:
        first = paths.setdefault((file.system, file.seed), file.path)
        if first is not file.path:
            raise InputError(
                f"{file.path}: {file.system!r}, seed {file.seed} is also the run in {first}; "
                "rename one of the files, or give --seed-pattern to find their seeds"
            )

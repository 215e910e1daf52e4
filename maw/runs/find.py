"""Which files are which system's, and which seed's? From the names on the command line.

A folder is a system, its files `seed42.run` the seeds. `--seed-pattern '{system}.s{seed}'` finds
both in file names; without `{system}` it says how files inside a folder are called.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from maw.errors import InputError
from maw.runs.notices import Notice, counted, examples

ENDINGS = (".gz", ".run", ".txt", ".trec", ".parquet")
SIDECARS = (".yml", ".yaml")  # ir_metadata of the run beside it, as `maw export` writes
IN_FOLDER = "seed{seed}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file, of which system and seed it is; a run without a seed has seed 0."""

    system: str
    seed: int
    path: Path


def name_of(path: Path | str) -> str:
    """A system's name: its file's without the endings of a run."""
    name = Path(path).name
    while any(name.endswith(ending) and name != ending for ending in ENDINGS):
        name = name.removesuffix(next(e for e in ENDINGS if name.endswith(e)))
    return name


def find(
    paths: Sequence[Path], *, seed_pattern: str | None
) -> tuple[list[Source], tuple[Notice, ...]]:
    """A source for every run, by system and seed. InputError: missing, doubled, unmatched."""
    flat = compiled(seed_pattern) if seed_pattern else None
    sources: list[Source] = []
    notices: list[Notice] = []
    n_matched = 0
    for path in paths:
        if path.is_dir():
            inside, ignored = _in_folder(path, pattern=seed_pattern or IN_FOLDER)
            sources += inside
            notices += ignored
            n_matched += len(inside)
            continue
        found = flat.fullmatch(name_of(path)) if flat and "system" in flat.groupindex else None
        n_matched += found is not None
        system, seed = (found["system"], int(found["seed"])) if found else (name_of(path), 0)
        sources.append(Source(system, seed, path))
    if seed_pattern and not n_matched:
        raise InputError(
            f"--seed-pattern {seed_pattern!r} matches no file (first: {name_of(paths[0])!r}); "
            "endings do not count, write '{system}' and '{seed}'"
        )
    _refuse_doubles(sources)
    return sorted(sources, key=lambda s: (s.system, s.seed)), tuple(notices)


def compiled(seed_pattern: str) -> re.Pattern[str]:
    """`{system}-{seed}` as a regular expression. InputError without `{seed}`."""
    if seed_pattern.count("{seed}") != 1 or seed_pattern.count("{system}") > 1:
        raise InputError(
            f"--seed-pattern {seed_pattern!r}: needs {{seed}} once, and {{system}} at most once"
        )
    expression = re.escape(seed_pattern)
    expression = expression.replace(re.escape("{seed}"), r"(?P<seed>\d+)")
    return re.compile(expression.replace(re.escape("{system}"), "(?P<system>.+?)"))


def _in_folder(folder: Path, *, pattern: str) -> tuple[list[Source], list[Notice]]:
    expression = compiled(pattern)
    found, ignored = [], []
    for path in sorted(folder.iterdir()):
        match = expression.fullmatch(name_of(path)) if path.is_file() else None
        if match:
            system = match["system"] if "system" in expression.groupindex else folder.name
            found.append(Source(system, int(match["seed"]), path))
        elif path.suffix in SIDECARS and expression.fullmatch(name_of(path.stem)):
            continue
        elif path.is_file() and not path.name.startswith("."):
            ignored.append(path.name)
    if not found:
        inside = examples([path.name for path in folder.iterdir()]) or "nothing"
        raise InputError(
            f"{folder}: no file is called {pattern}.run; holds {inside}; give runs, folders of "
            "seeds, or --seed-pattern"
        )
    told = f"{counted(len(ignored), 'file')} not called {pattern} left out ({examples(ignored)})"
    return found, [Notice("files-left-out", str(folder), len(ignored), told)] if ignored else []


def _refuse_doubles(sources: Iterable[Source]) -> None:
    seen: dict[tuple[str, int], Path] = {}
    for source in sources:
        other = seen.setdefault((source.system, source.seed), source.path)
        if other is not source.path:
            raise InputError(
                f"{source.path}: {source.system!r}, seed {source.seed} is also {other}; rename "
                "one, or say with --seed-pattern which seed each is"
            )

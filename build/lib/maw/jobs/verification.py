"""Checks all files of a results folder against their hashes, and sets damaged files aside."""

import os
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from maw.errors import InputError
from maw.jobs import manifest
from maw.jobs.content_hash import DamagedFileError, UnreadableFileError, checked, kind_of

# Endings of files that cannot carry a hash; a folder of such files has a manifest.
LISTED = (".csv", ".html", ".md", ".png", ".R", ".svg", ".tex")
# Folders whose files no stage reads, and that of the committed scores, which git keeps.
LEFT_OUT = ("logs", "expected")
# Folders of the files of one suite. The folder `suites` beside them has those of other suites.
OF_SUITE = ("data", "runs", "controls", "sweeps", "summary", "tables", "figures", "report")
ASIDE = ".damaged"  # ending of a damaged file that was set aside
MOST_LINES = 20  # lines about damaged files at the start of the workflow
MISSING = f"missing: {manifest.NAME} in its folder lists it"
UNCHECKED = f"cannot be checked, because {manifest.NAME} in its folder is missing or damaged"


@dataclass(frozen=True, slots=True)
class Check:
    """A file to check. expected: its SHA-256 in the manifest; None: it carries its own hash.

    damage: what is wrong with it; "" where nothing is, or where it was not checked yet. unreadable:
    True where it could not be read, so that it may be whole.
    """

    path: Path
    expected: str | None = None
    damage: str = ""
    unreadable: bool = False

    def done(self) -> "Check":
        """Return the check with its result, after the file was read."""
        if self.damage:
            return self
        try:
            if self.expected is None:
                checked(self.path)
            else:
                manifest.compare_listed(self.path, self.expected)
        except DamagedFileError as error:
            return Check(self.path, damage=error.reason)
        except UnreadableFileError as error:
            return Check(self.path, damage=error.reason, unreadable=True)
        except InputError:
            return Check(self.path, damage="missing: it was removed after the check began")
        return self


@dataclass(frozen=True, slots=True)
class Verification:
    """The number and the size of the files that were checked, and the damaged ones of them."""

    n_files: int
    n_bytes: int
    damaged: tuple[Check, ...]


def verify(folder: Path, *, parts: Collection[str] | None = None) -> Verification:
    """Check all files below a folder against their hashes.

    parts: names of the folders in it that are checked; None: all. Hidden files, logs and files of
    kinds that maw does not write are left out. InputError where there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give a folder of results")
    checks = [check for place in _folders(folder, parts) for check in _checks(*place)]
    n_bytes = sum(check.path.stat().st_size for check in checks if check.path.is_file())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(Check.done, checks))
    damaged = sorted((check for check in results if check.damage), key=lambda check: check.path)
    return Verification(len(checks), n_bytes, tuple(damaged))


def _folders(folder: Path, parts: Collection[str] | None) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder with the names of its files, without hidden ones and those left out."""
    for place, below, names in os.walk(folder):
        is_top = Path(place) == folder
        below[:] = [
            name
            for name in sorted(below)
            if not name.startswith(".")
            and name not in LEFT_OUT
            and not (is_top and parts is not None and name not in parts)
        ]
        if not is_top or parts is None:
            yield Path(place), sorted(name for name in names if not name.startswith("."))


def _checks(folder: Path, names: list[str]) -> Iterator[Check]:
    """Yield a check of each file in a folder, and of each that its manifest lists and it lacks."""
    try:
        listed: dict[str, str] | None = manifest.read_manifest(folder)
    except DamagedFileError:
        listed = None
    for name in names:
        path = folder / name
        if listed and name in listed:
            yield Check(path, listed[name])
        elif kind_of(path):
            yield Check(path)
        elif path.suffix in LISTED:
            yield Check(path, damage=manifest.UNLISTED if listed else UNCHECKED)
    for name in (listed or {}).keys() - set(names):
        yield Check(folder / name, damage=MISSING)


def set_damaged_aside(root: Path) -> list[str]:
    """Rename each damaged file of a suite to `.<name>.damaged`; return a line about each.

    root: folder of the suite's results. A file that cannot be read stays, because it may be whole;
    a job that needs it says so. A damaged file of an earlier call is deleted where the file
    was made again since. Where many files are damaged, the last line has the number of those
    without a line of their own.
    """
    not_as_written = verify(root, parts=OF_SUITE).damaged
    damaged = [check for check in not_as_written if check.path.is_file() and not check.unreadable]
    for aside in _set_aside(root):
        if _original(aside).exists() and all(check.path != _original(aside) for check in damaged):
            aside.unlink()
    lines = []
    for check in damaged:
        aside = check.path.with_name(f".{check.path.name}{ASIDE}")
        check.path.replace(aside)
        lines.append(f"{check.path}: {check.damage}; set aside as {aside.name}, and made again")
    further = lines[MOST_LINES:]
    return lines[:MOST_LINES] + ([f"{len(further)} more files are damaged"] if further else [])


def to_make_again(root: Path) -> list[Path]:
    """Return the paths of a suite's files that were set aside and are not there again."""
    paths = (_original(aside) for aside in _set_aside(root))
    return [path for path in paths if not path.exists()]


def _set_aside(root: Path) -> list[Path]:
    """Return the paths of all files that were set aside, `.<name>.damaged`."""
    return sorted(path for part in OF_SUITE for path in (root / part).rglob(f".*{ASIDE}"))


def _original(aside: Path) -> Path:
    """Return the path that a file had before it was set aside."""
    return aside.with_name(aside.name.removeprefix(".").removesuffix(ASIDE))

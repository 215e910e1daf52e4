"""The path of a run that was made elsewhere, as `{kind: run, path: …}` states it.

The path names one file, or a folder with a file for each seed: `seed42.run`, `seed43.run.gz` and so
on. `{dataset}`, `{fold}` and `{seed}` in it stand for the name of the dataset, the number of its
fold and the seed. Paths are relative to the folder in which the workflow is started.
"""

import glob
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from maw.errors import InputError, nearest

SEED = "{seed}"
PLACES = ("dataset", "fold", "seed")
IN_FOLDER = f"seed{SEED}"  # the names of the files of a folder, without their endings
SIDECARS = (".yml", ".yaml")  # ir_metadata beside its run, as `maw export` writes it
N_SHOWN = 4  # names of files in a message


def with_seed_place(path: str) -> str:
    """Return the path of each seed's run: `runs/mine/seed{seed}` where `runs/mine` is a folder.

    The path of a file, one with `{seed}`, and one that leads nowhere are returned as they are.
    ValueError for a place in braces that is not one of PLACES.
    """
    for name in re.findall(r"\{(.*?)\}", path):
        if name not in PLACES:
            raise ValueError(f"unknown place {{{name}}}{nearest(name, PLACES)}")
    pattern = re.sub(r"\{\w+\}", "*", glob.escape(path))
    is_folder = SEED not in path and any(Path(found).is_dir() for found in glob.iglob(pattern))
    return f"{path.rstrip('/')}/{IN_FOLDER}" if is_folder else path


def filled(path: str, places: Mapping[str, str]) -> Path:
    """Return the path with each of `places` (name -> text) in the place of its name in braces."""
    for name, text in places.items():
        path = path.replace(f"{{{name}}}", text)
    return Path(path)


def found_file(path: Path) -> Path:
    """Return the run file of a path, which may lack the endings of the file's name.

    InputError where there is no such file, several have this name, or the path is a folder.
    """
    if path.is_file():
        return path
    if path.is_dir():
        raise InputError(
            f"{path}: is a folder; write `{path}/{IN_FOLDER}` for its run of each seed, or the "
            "path of one file"
        )
    candidates = sorted(found for found in siblings(path) if found.name.startswith(f"{path.name}."))
    if len(candidates) > 1:
        names = " and ".join(found.name for found in candidates[:2])
        raise InputError(f"{path.parent}: holds both {names}; keep one of them")
    if not candidates:
        raise InputError(f"{path}: no such run; {_mend(path)}")
    return candidates[0]


def siblings(path: Path) -> Iterator[Path]:
    """Yield the files of a path's folder that may be runs: no hidden ones, and no metadata."""
    for found in sorted(path.parent.iterdir()) if path.parent.is_dir() else ():
        if found.is_file() and found.suffix not in SIDECARS and not found.name.startswith("."):
            yield found


def _mend(path: Path) -> str:
    """Return what is in the folder of a missing run, and what to do."""
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}; give the path of a run, or of a folder of runs"
    names = [found.name for found in siblings(path)]
    shown = ", ".join(names[:N_SHOWN]) + (" …" if len(names) > N_SHOWN else "")
    return f"{path.parent} holds {shown or 'no file'}; add the file, or mend the path"

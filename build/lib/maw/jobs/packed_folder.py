"""A folder of files as arrays of bytes, so that a safetensors file can hold it, and back again.

A program of the user writes its model into a folder. The files of the results are safetensors, with
a stamp and a hash of their content. Each file becomes an array under its path below the folder.
Empty folders are lost. Links, and whatever else is no plain file, are refused, and no file is ever
written outside the folder that it is unpacked into.
"""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from maw.errors import InputError

Bytes = npt.NDArray[np.uint8]
RESERVED = "__metadata__"  # a key of the header of every safetensors file


def packed(folder: Path) -> dict[str, Bytes]:
    """Return path below the folder -> the bytes [N] of the file, sorted by path.

    InputError for a link or another thing that is no file, and for a name that cannot be kept.
    """
    files: dict[str, Bytes] = {}
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(place, name)
            below = path.relative_to(folder).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise InputError(f"{below}: is a link or no file; write plain files and folders")
            if path.is_file():
                _require_name(below)
                files[below] = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    return dict(sorted(files.items()))


def unpack(files: Mapping[str, Bytes], folder: Path) -> None:
    """Write the files that `packed` returned into a folder, which is made.

    InputError for a path that leads out of the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        _require_name(name)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.tobytes())


def _require_name(name: str) -> None:
    """Raise InputError for a path that cannot be packed, or would lead out of the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name or "\\" in name:
        raise InputError(f"{name!r}: is no path below the model's folder; make the run again")
    if name == RESERVED or not name.isprintable():
        raise InputError(f"{name!r}: a file of a model cannot have this name; give it another one")

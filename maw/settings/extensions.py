"""Kinds that lie outside of `maw`: in a file, in a module, or in an installed package.

The configuration names them by `kind: path/to/file.py`, relative to the folder that the command
runs in; by `kind: module:package.module`; or by the name of an entry point of the group
`maw.<group>`, such as `maw.attention` or `maw.routers`. Naming a file or a module runs its code, so
only a configuration may name one: the folder of a saved model may not.
"""

import sys
import traceback
from collections.abc import Mapping
from hashlib import sha256
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from maw.errors import InputError

FILE, MODULE = ".py", "module:"
NAMES: dict[str, str] = {}  # module that was loaded here -> its kind, as the configuration names it


def is_place(kind: str) -> bool:
    """Say whether a kind names a file or a module, and not a kind of `maw` or of a package."""
    return kind.endswith(FILE) or kind.startswith(MODULE)


def places(content: Any) -> list[str]:
    """Return every kind in parsed JSON that names a file or a module, at any depth."""
    kinds: list[str] = []
    if isinstance(content, Mapping):
        kind = content.get("kind")
        kinds += [kind] if isinstance(kind, str) and is_place(kind) else []
        content = list(content.values())
    if isinstance(content, list):
        kinds += [kind for element in content for kind in places(element)]
    return kinds


def installed(group: str) -> dict[str, str]:
    """Return the kinds of installed packages, each with the name of its module."""
    return {entry.name: entry.module for entry in entry_points(group=f"maw.{group}")}


def source(group: str, kind: str) -> str | None:
    """Return the path of a kind's file (`….py`) or the name of its module; None if unknown."""
    if kind.endswith(FILE):
        return kind
    if kind.startswith(MODULE):
        return kind.removeprefix(MODULE)
    return installed(group).get(kind)


def load(group: str, kind: str) -> ModuleType | None:
    """Return the module of a kind; None for an unknown one.

    InputError, with file and line, for a file that is missing, fails or has no `Config`.
    """
    name = source(group, kind)
    if name is None:
        return None
    if name.endswith(FILE) and not Path(name).is_file():
        raise InputError(f"{group}: {name}: no such file in {Path.cwd()}; mend `kind`")
    try:
        module = _run_file(Path(name)) if name.endswith(FILE) else import_module(name)
    except Exception as error:  # an import may raise anything
        raise InputError(f"{group}: {_line_of(error, name)}: {_message(error)}") from error
    config = getattr(module, "Config", None)
    if not (isinstance(config, type) and issubclass(config, BaseModel)):
        raise InputError(f"{group}: {name}: defines no pydantic `Config`; each kind has one")
    NAMES.setdefault(module.__name__, kind)
    return module


def _run_file(path: Path) -> ModuleType:
    """Import a file once in a process, under a module name that no other module has."""
    name = f"maw_kind_{path.stem}_{sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _line_of(error: Exception, name: str) -> str:
    """Return `file:line` of the fault, or the kind's file or module where the import failed."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and "importlib" not in frame.filename
    ]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else name


def _message(error: Exception) -> str:
    return error.msg if isinstance(error, SyntaxError) else f"{type(error).__name__}: {error}"

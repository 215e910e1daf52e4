"""Where does a kind lie that maw does not bring? In a file, a module, or an installed package.

`kind: path/to/file.py`, from the folder that the command runs in; `kind: module:package.module`; or
the name of an entry point of the group `maw.<group>`, such as `maw.attention` or `maw.routers`.
Naming a file or a module runs its code, so only a configuration may: a model's folder may not.
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
NAMES: dict[str, str] = {}  # of a module that was loaded here -> the kind that it was asked for as


def is_place(kind: str) -> bool:
    """Says itself where its code is, instead of naming what maw or a package brings."""
    return kind.endswith(FILE) or kind.startswith(MODULE)


def places(content: Any) -> list[str]:
    """Every such kind in parsed JSON, at any depth."""
    found: list[str] = []
    if isinstance(content, Mapping):
        kind = content.get("kind")
        found += [kind] if isinstance(kind, str) and is_place(kind) else []
        content = list(content.values())
    if isinstance(content, list):
        found += [kind for one in content for kind in places(one)]
    return found


def installed(group: str) -> dict[str, str]:
    """Kinds that installed packages bring -> their modules."""
    return {entry.name: entry.module for entry in entry_points(group=f"maw.{group}")}


def source(group: str, kind: str) -> str | None:
    """The file (`….py`) or the module's name; None for a kind that nobody brings."""
    if kind.endswith(FILE):
        return kind
    if kind.startswith(MODULE):
        return kind.removeprefix(MODULE)
    return installed(group).get(kind)


def load(group: str, kind: str) -> ModuleType | None:
    """The kind's module, None for one that nobody brings. InputError names file, line and fault."""
    place = source(group, kind)
    if place is None:
        return None
    if place.endswith(FILE) and not Path(place).is_file():
        raise InputError(f"{group}: {place}: no such file in {Path.cwd()}; mend `kind`")
    try:
        module = _of_file(Path(place)) if place.endswith(FILE) else import_module(place)
    except Exception as error:  # whatever somebody's file raises while it is imported
        raise InputError(f"{group}: {_where(error, place)}: {_told(error)}") from error
    config = getattr(module, "Config", None)
    if not (isinstance(config, type) and issubclass(config, BaseModel)):
        raise InputError(f"{group}: {place}: defines no pydantic `Config`; each kind has one")
    NAMES.setdefault(module.__name__, kind)
    return module


def _of_file(path: Path) -> ModuleType:
    """Run once a process; under a name of its own, so that it hides nothing."""
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


def _where(error: Exception, place: str) -> str:
    """The file and line at fault; the kind's place where the import itself failed."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [one for one in frames if one.filename != __file__ and "importlib" not in one.filename]
    return f"{theirs[-1].filename}:{theirs[-1].lineno}" if theirs else place


def _told(error: Exception) -> str:
    return error.msg if isinstance(error, SyntaxError) else f"{type(error).__name__}: {error}"

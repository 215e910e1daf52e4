"""Kinds of attention, router, system and so on whose code lies outside of `maw`.

The code is a file, a module or an installed package. The configuration names it by
`kind: path/to/file.py`, relative to the folder that the command runs in; by
`kind: module:package.module`; or by the name of an entry point of the group `maw.<group>`, such as
`maw.attention` or `maw.routers`. Naming a file or a module runs its code, so only a configuration
of the user may name one: a result may only where `maw.jobs.own_code` allows it.
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
from maw.settings.contract_checks import require, supply_defaults
from maw.settings.contracts import CONTRACTS

FILE, MODULE = ".py", "module:"
NAMES: dict[str, str] = {}  # module that was loaded here -> its kind, as the configuration names it


def is_place(kind: str) -> bool:
    """Return True where a kind names a Python file or a module, as in `x.py` or `module:a.b`.

    False for a plain name, which is a kind of `maw` or of an installed package.
    """
    return kind.endswith(FILE) or kind.startswith(MODULE)


def places(content: Any) -> list[str]:
    """Return every value of a key `kind` that names a file or a module, at any level of nesting.

    content: parsed JSON.
    """
    kinds: list[str] = []
    if isinstance(content, Mapping):
        kind = content.get("kind")
        kinds += [kind] if isinstance(kind, str) and is_place(kind) else []
        content = list(content.values())
    if isinstance(content, list):
        kinds += [kind for element in content for kind in places(element)]
    return kinds


def installed(group: str) -> dict[str, str]:
    """Return kind -> name of its module, for the kinds that installed packages add to a group."""
    return {entry.name: entry.module for entry in entry_points(group=f"maw.{group}")}


def source(group: str, kind: str) -> str | None:
    """Return the place of a kind's code: the path of a file (`….py`) or the name of a module.

    None for a plain name that no installed package gives to a kind of this group.
    """
    if kind.endswith(FILE):
        return kind
    if kind.startswith(MODULE):
        return kind.removeprefix(MODULE)
    return installed(group).get(kind)


def load(group: str, kind: str) -> ModuleType | None:
    """Return the imported module of a kind outside of `maw`; None for an unknown kind.

    InputError for a file that is missing, for code that fails or ends the program (with file and
    line), and for a module that does not obey the contract of its group, such as one without a
    pydantic model `Config`.
    """
    name = source(group, kind)
    if name is None:
        return None
    module = module_at(name, place=group)
    config = getattr(module, "Config", None)
    if not (isinstance(config, type) and issubclass(config, BaseModel)):
        raise InputError(f"{group}: {name}: defines no pydantic model `Config`; add the class")
    require(module, CONTRACTS[group], place=f"{group}: {name}")
    supply_defaults(module, CONTRACTS[group])
    NAMES.setdefault(module.__name__, kind)
    return module


def module_at(name: str, *, place: str) -> ModuleType:
    """Return the imported module of a file (`….py`) or with a name such as `lab.attention`.

    place: where it is named, for the InputError about a file that is missing, or about code that
    fails or ends the program, with its file and line.
    """
    if name.endswith(FILE) and not Path(name).is_file():
        raise InputError(f"{place}: {name}: no such file in {Path.cwd()}; mend `kind`")
    try:
        return _run_file(Path(name)) if name.endswith(FILE) else import_module(name)
    except BaseException as error:  # also `sys.exit()`, which would end `maw check` without a line
        raise InputError(f"{place}: {fault(error, name)}") from error


def _run_file(path: Path) -> ModuleType:
    """Return the module of a Python file, which is run once in a process.

    The module's name is made from the path, so that no other module has it. Whatever the file
    raises is raised here.
    """
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


def fault(error: BaseException, name: str) -> str:
    """Return the file, the line and the message of an error that the code of a kind raised.

    name: the kind's file or module, or the configuration that names it; it is returned in place of
    file and line where the error has none.
    """
    return f"{_line_of(error, name)}: {message(error)}"


def _line_of(error: BaseException, name: str) -> str:
    """Return `file:line` of an error in the code of a kind, or in code that it called.

    name: the kind's file or module; it is returned where the error arose in the import itself, as
    for a module that does not exist.
    """
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and "importlib" not in frame.filename
    ]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else name


def message(error: BaseException) -> str:
    """Return the type and the text of an error in the code of a kind, without its place."""
    if isinstance(error, SyntaxError):
        return error.msg
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, Exception):
        return text
    return f"{text}; the code of a kind must not end the program: take this out"

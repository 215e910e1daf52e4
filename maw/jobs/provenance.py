"""Which code and which specification made this file, and would they make it again?

A code stamp is a hash of the parsed syntax, docstrings out, of a stage and of all it imports inside
maw: a comment changes nothing, a loss changes what uses it. A kind counts only where a job's
specification names it; one that lies elsewhere counts alike, with what it imports of its package.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec, resolve_name
from pathlib import Path
from typing import Any

from maw.jobs.files import canonical
from maw.settings import extensions
from maw.settings.registry import GROUPS, PACKAGES

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
PACKAGE = Path(__file__).parents[1]


def code_of(stage: str, spec: Any) -> str:
    """Hash of all code that a job of this stage with this specification runs: 16 hex digits."""
    roots = {f"maw.stages.{stage}", *(module_of(group, kind) for group, kind in named(spec))}
    modules = sorted(set().union(*(closure(root) for root in roots)))
    return digest({module: syntax(module) for module in modules})


def module_of(group: str, kind: str) -> str:
    """The module of a kind, or its file where it was named by one."""
    own = f"{PACKAGES[group]}.{kind}"
    return own if _source(own) else extensions.source(group, kind) or own


def digest(content: Any) -> str:
    """SHA-256 of canonical JSON, its first 16 hex digits."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()[:16]


def named(spec: Any) -> Iterator[tuple[str, str]]:
    """(group, kind) of each registry entry in a specification, at any depth."""
    if isinstance(spec, Mapping):
        for key, value in spec.items():
            if key in GROUPS and isinstance(value, Mapping) and "kind" in value:
                yield GROUPS[key], value["kind"]
            yield from named(value)
    elif isinstance(spec, list | tuple):
        for value in spec:
            yield from named(value)


@cache
def closure(module: str) -> frozenset[str]:
    """The module and all that it imports of maw and of its own package, found without importing."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += imports(name)
    return frozenset(seen)


@cache
def imports(module: str) -> tuple[str, ...]:
    """Modules of maw and of the module's own package that its import statements name.

    Type-only ones included. What a package's `__init__` imports inside a function it hands out on
    demand: whoever imports the package does not run it.
    """
    found: list[str] = []
    tree = _tree(module)
    is_package = (_source(module) or Path()).name == "__init__.py"
    for node in tree.body if is_package else ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or node.level):
            base = _absolute(node, module if is_package else module.rpartition(".")[0])
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    own = ("maw", module.partition(".")[0])
    near = (name for name in dict.fromkeys(found) if name.partition(".")[0] in own)
    return tuple(name for name in near if _source(name))


@cache
def syntax(module: str) -> str:
    """Hash of a module's syntax tree without docstrings."""
    tree = _tree(module)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """The module that `from … import` names, dots in front resolved."""
    return resolve_name("." * node.level + (node.module or ""), package)


def _tree(module: str) -> ast.Module:
    path = _source(module)
    if path is None:
        raise ValueError(f"{module} is not a module that is there")
    return ast.parse(path.read_bytes())


def _source(module: str) -> Path | None:
    """The file of `package.a.b`, or itself for a file; None when there is none."""
    if module.endswith(extensions.FILE):
        return Path(module) if Path(module).is_file() else None
    first, *rest = module.split(".")
    place = PACKAGE if first == "maw" else _package(first)
    if place is None:
        return None
    place = place.joinpath(*rest)
    candidates = (place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in candidates if path.is_file()), None)


def _package(name: str) -> Path | None:
    """The folder of a top-level package, or the file without its ending of a top-level module."""
    try:
        spec = find_spec(name)
    except ValueError:  # `__main__`
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0])
    return Path(spec.origin).with_suffix("") if spec.origin else None


def stamp(stage: str, *, spec: Any, code: str, reads: Iterable[str]) -> dict[str, Any]:
    """What an output carries. `reads` are the digests of the stamps of all that the job read."""
    content = {"stage": stage, "spec": spec, "code": code, "reads": sorted(set(reads))}
    return {**content, "digest": digest(content)}

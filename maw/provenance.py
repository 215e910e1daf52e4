"""Which code and which specification made this file, and would they make it again?

A code stamp is a hash of the parsed syntax, docstrings out, of a stage and of all it imports inside
maw: a comment changes nothing, a loss changes what uses it. A kind counts only where a job's
specification names it.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from maw.io import canonical
from maw.registry import GROUPS

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
PACKAGE = Path(__file__).parent


def code_of(stage: str, spec: Any) -> str:
    """Hash of all code that a job of this stage with this specification runs: 16 hex digits."""
    roots = {f"maw.stages.{stage}", *(f"maw.{group}.{kind}" for group, kind in named(spec))}
    modules = sorted(set().union(*(closure(root) for root in roots)))
    return digest({module: syntax(module) for module in modules})


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
    """The module and every maw module that it imports, directly or not, found without importing."""
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
    """Maw modules that a module's source names in import statements, type-only ones included.

    What a package's `__init__` imports inside a function it hands out on demand: whoever imports
    the package does not run it.
    """
    found: list[str] = []
    tree = _tree(module)
    is_package = (_source(module) or Path()).name == "__init__.py"
    for node in tree.body if is_package else ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(name for name in dict.fromkeys(found) if _source(name))


@cache
def syntax(module: str) -> str:
    """Hash of a module's syntax tree without docstrings."""
    tree = _tree(module)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _tree(module: str) -> ast.Module:
    path = _source(module)
    if path is None:
        raise ValueError(f"{module} is not a module of maw")
    return ast.parse(path.read_bytes())


def _source(module: str) -> Path | None:
    """The file of `maw.a.b`, or None when the name is no module of maw."""
    first, *rest = module.split(".")
    if first != "maw":
        return None
    place = PACKAGE.joinpath(*rest)
    candidates = (place / "__init__.py", place.with_suffix(".py") if rest else place)
    return next((path for path in candidates if path.is_file()), None)


def stamp(stage: str, *, spec: Any, code: str, reads: Iterable[str]) -> dict[str, Any]:
    """What an output carries. `reads` are the digests of the stamps of all that the job read."""
    content = {"stage": stage, "spec": spec, "code": code, "reads": sorted(set(reads))}
    return {**content, "digest": digest(content)}

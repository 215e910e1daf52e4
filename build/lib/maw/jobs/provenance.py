"""Stamps: records of the code, the specification and the files from which an output was made.

The code hash of a job is a hash of the parsed syntax of its stage and of all modules of `maw` that
the stage imports, without comments and docstrings. A changed loss, for example, changes the hash of
the jobs that use this loss. The module of a kind (`maw.settings.registry`), such as a router,
counts only in jobs whose specification names the kind. A kind outside of `maw` counts in the same
way, with the modules of its own package that it imports.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec, resolve_name
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from maw.jobs.files import canonical
from maw.settings import extensions, registry
from maw.settings.registry import GROUPS, PACKAGES

PACKAGE = Path(__file__).parents[1]
DIGITS = 16  # hexadecimal digits of a digest


def code_of(stage: str, spec: Any) -> str:
    """Return the hash of all code of `maw`, and of kinds outside of it, that a job can run.

    stage: name of the job's stage. spec: the job's specification. The hash has 16 hexadecimal
    digits.
    """
    kinds = {module_of(group, kind) for group, kind in named(spec)}
    return _code(frozenset({f"maw.stages.{stage}", *kinds}))


def module_of(group: str, kind: str) -> str:
    """Return the name of the module of a kind, or the file's path where the kind is a file.

    For an unknown kind it is the name that the module would have inside `maw`.
    """
    packaged = f"{PACKAGES[group]}.{kind}"
    return packaged if _source(packaged) else extensions.source(group, kind) or packaged


def digest(content: Any) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the content as canonical JSON."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()[:DIGITS]


def named(spec: Any) -> Iterator[tuple[str, str]]:
    """Yield (group, kind) of each entry of the registry in a specification, at any level.

    Entries are loaders, systems, attentions, projections, routers and objectives; an example is
    ("routers", "grpo"). Other mappings with `kind`, such as a split, are not yielded.
    """
    if isinstance(spec, Mapping):
        for key, value in spec.items():
            if key in GROUPS and isinstance(value, Mapping) and "kind" in value:
                yield GROUPS[key], value["kind"]
            yield from named(value)
    elif isinstance(spec, list | tuple):
        for value in spec:
            yield from named(value)


def own_kinds(entry: BaseModel) -> list[tuple[str, str]]:
    """Return the group and the kind of each kind outside of `maw` in a system's entry."""
    content = {"system": registry.dump(entry)}
    return [(group, kind) for group, kind in named(content) if kind not in registry.kinds(group)]


@cache
def _code(roots: frozenset[str]) -> str:
    """Return the hash of these modules and of all that they import; many jobs run the same ones."""
    modules = sorted(set().union(*(closure(root) for root in roots)))
    return digest({module: syntax(module) for module in modules})


@cache
def closure(module: str) -> frozenset[str]:
    """Return the names of a module and of all modules that it imports, directly or indirectly.

    Only modules of `maw` and of the module's own package count. Their files are parsed and not
    imported. ValueError for a module without a file.
    """
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += imports(name)
    return frozenset(seen)


def imports(module: str) -> tuple[str, ...]:
    """Return the modules of `maw` and of the module's own package that a module itself imports.

    Imports for type checkers count. Imports inside functions count, except in a package's
    `__init__`: its functions load modules only when they are called.
    """
    return _parsed(module)[0]


def syntax(module: str) -> str:
    """Return the hash of a module's syntax tree without its docstrings.

    Strings that are statements of their own are docstrings too, such as those below the fields of
    a configuration model: they compute nothing.
    """
    return _parsed(module)[1]


@cache
def _parsed(module: str) -> tuple[tuple[str, ...], str]:
    """Return what `imports` and `syntax` return; the file is parsed once for both."""
    tree = _tree(module)
    statements = _statements_without_docstrings(tree)
    is_package = (_source(module) or Path()).name == "__init__.py"
    imported = _imported(tree.body if is_package else statements, module, is_package=is_package)
    return imported, hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _statements_without_docstrings(tree: ast.Module) -> list[ast.AST]:
    """Remove the docstrings from a syntax tree; return all its statements, the outer ones first.

    Statements are looked for in statements alone, because expressions hold none.
    """
    found: list[ast.AST] = [tree]
    for node in found:  # which grows meanwhile
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            children = getattr(node, name, None)
            if isinstance(children, list):
                children[:] = [child for child in children if not _is_docstring(child)]
                found += children
    return found[1:]


def _imported(statements: Iterable[ast.AST], module: str, *, is_package: bool) -> tuple[str, ...]:
    """Return the modules that these statements of a module import, those that `imports` counts."""
    names: list[str] = []
    for node in statements:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or node.level):
            base = _absolute(node, module if is_package else module.rpartition(".")[0])
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    packages = ("maw", module.partition(".")[0])
    counted = (name for name in dict.fromkeys(names) if name.partition(".")[0] in packages)
    return tuple(name for name in counted if _source(name))


def _is_docstring(node: ast.AST) -> bool:
    """Return True where a node of a syntax tree is a statement that consists of a string alone."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the full name of the module after `from`, with leading dots resolved.

    package: the package that the dots are relative to.
    """
    return resolve_name("." * node.level + (node.module or ""), package)


def _tree(module: str) -> ast.Module:
    path = _source(module)
    if path is None:
        raise ValueError(f"{module}: no such module")
    return ast.parse(path.read_bytes())


def _source(module: str) -> Path | None:
    """Return the Python file of a module; None when there is none.

    module: a name such as `package.a.b`, or the path of a Python file, which is returned itself.
    """
    if module.endswith(extensions.FILE):
        return Path(module) if Path(module).is_file() else None
    first, *names = module.split(".")
    folder = PACKAGE if first == "maw" else _package(first)
    if folder is None:
        return None
    path = folder.joinpath(*names)
    candidates = (path / "__init__.py", path.with_suffix(".py"))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _package(name: str) -> Path | None:
    """Return the folder of a top-level package, or the file of a top-level module without `.py`.

    None where no such package or module is installed.
    """
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
    """Return the stamp of an output: stage, spec, code and reads, and the digest of these four.

    spec: the job's specification. code: the hash from `code_of`. reads: the digests in the stamps
    of all files that were read.
    """
    content = {"stage": stage, "spec": spec, "code": code, "reads": sorted(set(reads))}
    return {**content, "digest": digest(content)}

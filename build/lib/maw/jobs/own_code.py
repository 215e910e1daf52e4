"""Code outside of `maw` that a finished result needs: run it only where the user names it.

A result, such as run.json, may come from somebody else. It names the kinds of its system, and a
kind may be a Python file or a module (`maw.settings.extensions`), which is run when the kind is
loaded. A result may therefore be opened only beside a configuration of the user that names the same
files and modules, and only where their code is still that which the result was made with. Kinds of
`maw` and of entry points are installed by the user and need no configuration.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maw.errors import InputError
from maw.jobs.provenance import closure, digest, syntax
from maw.settings import extensions
from maw.settings.read import read_suite

KEY = "own_code"  # in a specification, and in the manifest of an exported model


def recorded(content: Any) -> dict[str, dict[str, str]]:
    """Return `{"own_code": {kind: hash of its code}}` for the files and modules that `content` has.

    content: parsed JSON, such as the system of a specification. {} where it names none.
    """
    kinds = sorted(set(extensions.places(content)))
    return {KEY: {kind: hash_of(kind) for kind in kinds}} if kinds else {}


def hash_of(kind: str) -> str:
    """Return the hash of a file or a module and of what it imports from its own package.

    kind: `path/to/file.py` or `module:package.module`. Comments, docstrings and the code of `maw`
    do not count. The code is parsed and not run. ValueError where it does not exist.
    """
    root = kind.removeprefix(extensions.MODULE)
    modules = {module for module in closure(root) if module.partition(".")[0] != "maw"} | {root}
    return digest({module: syntax(module) for module in sorted(modules)})


def require_named(content: Any, hashes: Any, *, place: Path, configuration: Path | None) -> None:
    """Raise InputError unless the user's configuration names all code that a result needs.

    content, hashes: the system of the result, and file or module -> hash of its code as the result
    records it; both are parsed JSON, in which anything may stand. place: the result's file, for
    messages. configuration: the YAML file of a suite, whose own code is run; None: the user gave
    none. Where this returns, the code of `content` may be run.
    """
    kinds = extensions.places(content)
    if not kinds:
        return
    if configuration is None:
        raise InputError(
            f"{place}: asks for the code in {kinds[0]!r}, which runs only if a configuration of "
            "yours names it; give the suite's with --config FILE (in Python: config=FILE)"
        )
    named_kinds = extensions.places(read_suite(configuration).model_dump(mode="json"))
    recorded_hashes = hashes if isinstance(hashes, Mapping) else {}
    for kind in kinds:
        if kind not in named_kinds:
            raise InputError(
                f"{place}: asks for the code in {kind!r}, which {configuration} does not name; "
                "give the configuration that the run was made with"
            )
        if recorded_hashes.get(kind) != hash_of(kind):
            raise InputError(
                f"{place}: was made with other code than {kind!r} has now; restore that code, or "
                "run snakemake again"
            )

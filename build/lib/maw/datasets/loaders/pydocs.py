"""`loader: {kind: pydocs}`: the docstrings of installed packages as a collection, offline.

A query is the summary line of one object (a function, class or method). A document is the rest of
an object's docstring, without *See Also* and with the object's name masked. For each query, the
document of the same object is relevant with grade 2, and the documents of the objects that its *See
Also* names are relevant with grade 1. Files are read with `ast`; nothing is imported. The texts are
real, but no person judged them: results show that the software works, and no more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions, version
from pathlib import Path
from platform import python_version
from sys import stdlib_module_names

import pandas as pd
from pydantic import BaseModel, Field

from maw.datasets.collection import Collection
from maw.datasets.loaders.docstrings import DocumentedObject, folder_of, read_package
from maw.datasets.splits import groups_of, normal
from maw.errors import InputError


class Config(BaseModel, extra="forbid", frozen=True):
    """A collection of the docstrings of installed packages."""

    packages: tuple[str, ...] = Field(("numpy", "scipy", "pandas"), min_length=1)
    """Names of the packages whose docstrings are read."""
    documents: int = Field(1200, ge=10)
    """Largest number of documents; those with the most *See Also* links are kept."""
    minimum_words: int = Field(20, ge=1)
    """Least number of words of a document."""


def sources(config: Config) -> list[Path]:
    """Return an empty list: the packages are installed, and `fingerprint` has their versions.

    InputError for a package that is not installed.
    """
    for package in config.packages:
        folder_of(package)
    return []


def fingerprint(config: Config) -> dict[str, str]:
    """Return package -> version.

    A package that comes with Python has Python's version. `of no stated version` stands for a
    package without metadata.
    """
    return {package: _version(package) for package in config.packages}


def _version(package: str) -> str:
    name = _distribution(package)
    if name is None:
        return python_version() if package in stdlib_module_names else "of no stated version"
    return version(name)


def _distribution(package: str) -> str | None:
    """Return the name under which a package is distributed: `scikit-learn` for `sklearn`.

    The result is None for a package that comes with Python, or that no distribution has.
    """
    try:
        return str(metadata(package)["Name"])
    except PackageNotFoundError:
        return next(iter(packages_distributions().get(package, ())), None)


def _licence(package: str) -> str:
    """Return the licence that the package's metadata state, or `not stated`.

    A package that comes with Python has the licence `PSF-2.0`.
    """
    name = _distribution(package)
    if name is None:
        return "PSF-2.0" if package in stdlib_module_names else "not stated"
    fields = metadata(name)
    expressions = list(fields.get_all("License-Expression", ()))
    classifiers = [c for c in fields.get_all("Classifier", ()) if c.startswith("License ::")]
    return ", ".join(expressions or [c.split(" :: ")[-1] for c in classifiers]) or "not stated"


def load(config: Config) -> Collection:
    """Return the collection: the same for the same versions of the packages and of Python.

    InputError for a package that is not installed, and if no docstring can be used as a document.
    """
    read = [entry for package in config.packages for entry in read_package(package)]
    usable, dropped = _usable(read, minimum_words=config.minimum_words)
    if not usable:
        raise InputError(
            f"pydocs: no usable docstring in {', '.join(config.packages)}; add another package"
        )
    links = _links(usable)
    kept = _dense(links, config.documents)
    entries = {name: usable[name] for name in sorted(kept)}
    namesakes = _by_last_name(entries)
    twins = [(a, b) for same in namesakes.values() for a in same for b in same if a != b]
    judged = [(name, name, 2) for name in entries]
    judged += [(a, b, 1) for a in entries for b in sorted(links[a]) if b in entries]
    summaries = {name: entry.summary for name, entry in entries.items()}
    return Collection(
        documents=pd.DataFrame(
            {"doc_id": list(entries), "text": [entry.masked for entry in entries.values()]}
        ),
        queries=pd.DataFrame(
            {
                "query_id": list(entries),
                "text": list(summaries.values()),
                "cluster": [name.rpartition(".")[0] for name in entries],
            }
        ),
        qrels=pd.DataFrame(judged, columns=["query_id", "doc_id", "relevance"]).sort_values(
            ["query_id", "doc_id"], ignore_index=True
        ),
        groups=groups_of(summaries, linked=twins),
        licence="; ".join(f"{package}: {_licence(package)}" for package in config.packages),
        source="docstrings of " + ", ".join(f"{p} {v}" for p, v in fingerprint(config).items()),
        own={name: name for name in entries},
        twins=pd.DataFrame(twins, columns=["query_id", "doc_id"], dtype="object"),
        counts={"docstrings_read": len(read), "usable": len(usable), **dropped},
    )


def _usable(
    entries: Iterable[DocumentedObject], *, minimum_words: int
) -> tuple[dict[str, DocumentedObject], dict[str, int]]:
    """Return name -> entry for the entries that can be documents, and counts of the others.

    The others are templates, entries with a short text or summary, and repeated texts or names;
    they are counted by these reasons. minimum_words: least number of words of a text.
    """
    kept: dict[str, DocumentedObject] = {}
    texts: set[str] = set()
    dropped = {"dropped_templated": 0, "dropped_short": 0, "dropped_duplicate": 0}
    for entry in sorted(entries, key=lambda entry: entry.name):
        text = normal(entry.masked)
        if entry.is_templated:
            dropped["dropped_templated"] += 1
        elif len(text.split()) < minimum_words or len(entry.summary.split()) < 3:
            dropped["dropped_short"] += 1
        elif text in texts or entry.name in kept:
            dropped["dropped_duplicate"] += 1
        else:
            kept[entry.name] = entry
            texts.add(text)
    return kept, dropped


def _links(entries: Mapping[str, DocumentedObject]) -> dict[str, set[str]]:
    """Return name -> names of the other entries that the entry's *See Also* refers to."""
    by_last = _by_last_name(entries)
    links: dict[str, set[str]] = {}
    for name, entry in entries.items():
        targets = (_resolve(target, name, by_last) for target in entry.see_also)
        links[name] = {target for target in targets if target and target != name}
    return links


def _by_last_name(names: Iterable[str]) -> dict[str, list[str]]:
    """Return last part of a dotted name -> the dotted names that end in it."""
    by_last: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        by_last[name.rpartition(".")[2]].append(name)
    return by_last


def _resolve(target: str, source: str, by_last: Mapping[str, list[str]]) -> str | None:
    """Return the name of the entry that `target`, in the *See Also* of `source`, refers to.

    A candidate is an entry of the package of `source`, or of a package that `target` names, whose
    name ends in the last part of `target` and has its other parts too. Of several, the one nearest
    to `source` is taken (same class or module first), then the one with the fewest parts. None
    without a candidate. by_last: last part of a name -> names.
    """
    *path, last = target.split(".")
    aliases = {"np": "numpy", "pd": "pandas"}
    named_parts = {aliases.get(part, part) for part in path}
    package = source.partition(".")[0]
    parent = source.rpartition(".")[0]
    outer = parent.rpartition(".")[0]
    best: tuple[bool, bool, bool, int, str] | None = None
    for name in by_last.get(last, ()):
        parts = name.split(".")
        if not named_parts <= set(parts):
            continue
        if parts[0] != package and parts[0] not in named_parts:
            continue
        near = (not name.startswith(f"{parent}."), not name.startswith(f"{outer}."))
        rank = (*near, parts[0] != package, len(parts), name)
        best = rank if best is None or rank < best else best
    return best[-1] if best else None


def _dense(links: Mapping[str, set[str]], size: int) -> set[str]:
    """Return at most `size` names, those with many links among each other.

    The name with the fewest links is removed repeatedly until `size` names are left.
    """
    neighbours: dict[str, set[str]] = {name: set() for name in links}
    for name, targets in links.items():
        for target in targets:
            neighbours[name].add(target)
            neighbours[target].add(name)
    heap = [(len(near), name) for name, near in neighbours.items()]
    heapify(heap)
    left = set(neighbours)
    while len(left) > size:
        degree, name = heappop(heap)
        if name not in left or degree != len(neighbours[name]):
            continue  # an entry of the heap from before a neighbour was removed
        left.remove(name)
        for near in neighbours[name]:
            neighbours[near].discard(name)
            heappush(heap, (len(neighbours[near]), near))
    return left

"""`loader: {kind: pydocs}`: the docstrings of installed packages as a collection, offline.

Query: an object's summary line. Document: the rest of its docstring without *See Also*, its own
name masked. Relevant: its own document at grade 2, what its *See Also* names at grade 1. Read with
`ast`; nothing is imported. It is real text, but nobody judged it: it shows that the harness works.
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
from maw.datasets.loaders.docstrings import Entry, folder_of, read_package
from maw.datasets.splits import groups_of, normal
from maw.errors import InputError


class Config(BaseModel, extra="forbid", frozen=True):
    """Which packages, and how many documents: those with the most *See Also* links."""

    packages: tuple[str, ...] = Field(("numpy", "scipy", "pandas"), min_length=1)
    documents: int = Field(1200, ge=10)
    minimum_words: int = Field(20, ge=1)


def sources(config: Config) -> list[Path]:
    """None that change: installed packages, whose versions `fingerprint` tells."""
    for package in config.packages:
        folder_of(package)
    return []


def fingerprint(config: Config) -> dict[str, str]:
    """Versions of the packages read; Python's own for a package that comes with it."""
    return {package: _version(package) for package in config.packages}


def _version(package: str) -> str:
    name = _distribution(package)
    if name is None:
        return python_version() if package in stdlib_module_names else "of no stated version"
    return version(name)


def _distribution(package: str) -> str | None:
    """What a package was installed as: `scikit-learn` for `sklearn`, None for Python's own."""
    try:
        return str(metadata(package)["Name"])
    except PackageNotFoundError:
        return next(iter(packages_distributions().get(package, ())), None)


def _licence(package: str) -> str:
    """As the package's metadata state it."""
    name = _distribution(package)
    if name is None:
        return "PSF-2.0" if package in stdlib_module_names else "not stated"
    about = metadata(name)
    stated = list(about.get_all("License-Expression", ()))
    classified = [one for one in about.get_all("Classifier", ()) if one.startswith("License ::")]
    return ", ".join(stated or [one.split(" :: ")[-1] for one in classified]) or "not stated"


def load(config: Config) -> Collection:
    """Deterministic to the byte for the same package versions."""
    read = [entry for package in config.packages for entry in read_package(package)]
    usable, dropped = _usable(read, minimum_words=config.minimum_words)
    if not usable:
        raise InputError(f"pydocs: no usable docstring in {', '.join(config.packages)}; add one")
    links = _links(usable)
    kept = _dense(links, config.documents)
    entries = {name: usable[name] for name in sorted(kept)}
    named: defaultdict[str, list[str]] = defaultdict(list)
    for name in entries:
        named[name.rpartition(".")[2]].append(name)
    twins = [(a, b) for same in named.values() for a in same for b in same if a != b]
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
    entries: Iterable[Entry], *, minimum_words: int
) -> tuple[dict[str, Entry], dict[str, int]]:
    """Entries by name without templates, short ones and repeated texts; how many went and why."""
    kept: dict[str, Entry] = {}
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


def _links(entries: Mapping[str, Entry]) -> dict[str, set[str]]:
    """name -> the entries that its *See Also* means, itself left out."""
    by_last: defaultdict[str, list[str]] = defaultdict(list)
    for name in entries:
        by_last[name.rpartition(".")[2]].append(name)
    links: dict[str, set[str]] = {}
    for name, entry in entries.items():
        meant = (_resolve(target, name, by_last) for target in entry.see_also)
        links[name] = {target for target in meant if target and target != name}
    return links


def _resolve(target: str, source: str, by_last: Mapping[str, list[str]]) -> str | None:
    """The entry that a name written in `source` means: nearest first, then the shortest name."""
    *path, last = target.split(".")
    aliases = {"np": "numpy", "pd": "pandas"}
    wanted = {aliases.get(part, part) for part in path}
    package = source.partition(".")[0]
    parent = source.rpartition(".")[0]
    outer = parent.rpartition(".")[0]
    best: tuple[bool, bool, bool, int, str] | None = None
    for name in by_last.get(last, ()):
        parts = name.split(".")
        if not wanted <= set(parts) or (parts[0] != package and parts[0] not in wanted):
            continue
        near = (not name.startswith(f"{parent}."), not name.startswith(f"{outer}."))
        rank = (*near, parts[0] != package, len(parts), name)
        best = rank if best is None or rank < best else best
    return best[-1] if best else None


def _dense(links: Mapping[str, set[str]], size: int) -> set[str]:
    """Take away whoever has the fewest links, again and again, until `size` are left."""
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
            continue  # an entry from before a neighbour went
        left.remove(name)
        for near in neighbours[name]:
            neighbours[near].discard(name)
            heappush(heap, (len(neighbours[near]), near))
    return left

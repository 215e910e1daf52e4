"""Is there room for a suite's encoded documents? An upper bound beside the disk and the memory.

Encoded documents are by far the largest files of a suite: a vector of float32 for each token, of
which a document has at most `backbone.max_document_tokens`. Their stage holds them in memory too.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from maw.errors import InputError
from maw.jobs.estimate import estimate, read_rates
from maw.settings import registry
from maw.settings.suite import Suite

BYTES = 4  # of a float32
CGROUP = Path("/sys/fs/cgroup/memory.max")  # what a container may use; `max` for no limit
MEND = (
    "use `retrieve: corpus` in the dataset, which keeps only the documents that training needs, or "
    "lower backbone.max_document_tokens"
)


def require_room(suite: Suite, *, width: int) -> None:
    """Raise InputError where encoded documents may not fit into memory, or not onto the disk.

    width: hidden size of the backbone. Datasets whose number of documents is not known before they
    are prepared, or that are encoded already, are left out.
    """
    counts = n_documents_of(suite)
    needs = {
        name: need
        for name, n_documents in counts.items()
        if (need := _need(suite, name, n_documents=n_documents, width=width))
    }
    memory, place = memory_bytes(), _existing(suite.root)
    free = shutil.disk_usage(place).free
    for name, (n_bytes, formula) in needs.items():
        if memory is not None and n_bytes > memory:
            raise InputError(
                f"datasets.{name}: the encoded documents may take up to {_gigabytes(n_bytes)} "
                f"({formula}), but this machine has {_gigabytes(memory)} of memory; {MEND}"
            )
    total = sum(n_bytes * _n_units(suite, name) for name, (n_bytes, _) in needs.items())
    if total > free:
        largest = max(needs, key=lambda name: needs[name][0] * _n_units(suite, name))
        raise InputError(
            f"datasets: all encoded documents may take up to {_gigabytes(total)} (most of it "
            f"{largest}: {needs[largest][1]}), but {place} has {_gigabytes(free)} free; free "
            f"space, {MEND}"
        )


def memory_bytes() -> int | None:
    """Return how much memory this machine, or this container, has; None where it is not known."""
    if not hasattr(os, "sysconf"):
        return None
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = CGROUP.read_text().strip() if CGROUP.is_file() else ""
    return min(memory, int(limit)) if limit.isdecimal() else memory


def n_documents_of(suite: Suite) -> Mapping[str, int]:
    """Return dataset -> number of documents, where it is published, counted or cheap to count."""
    known = {
        each.dataset: each.n_documents
        for each in estimate(suite, read_rates(None)).datasets
        if each.n_documents is not None
    }
    for name, dataset in suite.datasets.items():
        count = getattr(registry.module_of(dataset.loader), "n_documents", None)
        if name not in known and count is not None:
            known[name] = count(dataset.loader)
    return known


def _need(suite: Suite, name: str, *, n_documents: int, width: int) -> tuple[int, str] | None:
    """Return the bytes of a dataset's encoded documents, and their formula; None for none."""
    dataset = suite.datasets[name]
    encoded = suite.root / "data" / name / "trunk.safetensors"
    embeds = [n for n in suite.systems if suite.is_neural(n) and not suite.is_pairwise(n)]
    if dataset.retrieve != "stored" or not embeds or encoded.exists():
        return None
    numbers = {getattr(suite.systems[system], "trained_layers", None) for system in embeds}
    n_levels = 1 + len(numbers - {None})
    tokens = suite.backbone.max_document_tokens
    formula = f"{n_documents:,} documents × {tokens} tokens × {width} × {BYTES} bytes"
    if n_levels > 1:
        formula += f" × {n_levels} numbers of trained layers"
    return n_documents * tokens * width * BYTES * n_levels, formula


def _n_units(suite: Suite, name: str) -> int:
    """Return the number of folds of a dataset, each of which is encoded; 1 without folds."""
    return sum(suite.reported(unit) == name for unit in suite.units)


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest folder above it that exists."""
    whole = folder.absolute()
    return next(place for place in (whole, *whole.parents) if place.is_dir())


def _gigabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:,.1f} GB"

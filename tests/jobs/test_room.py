"""Encoded documents that may not fit are told with the numbers that say so."""

import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from maw.errors import InputError
from maw.jobs import room
from maw.settings.suite import Suite
from tests.smoke_suite import smoke_suite

N = 1_000  # documents; at 32 tokens of 100,000 float32 they are 12.8 GB
Usage = namedtuple("Usage", ["total", "used", "free"])


@pytest.fixture
def large(tmp_path: Path) -> dict[str, Any]:
    """Return a dataset in BEIR layout whose corpus has N lines."""
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels/test.tsv").write_text("")
    (tmp_path / "queries.jsonl").write_text("")
    (tmp_path / "corpus.jsonl").write_bytes(b"{}\n" * N)
    return {"loader": {"kind": "beir_dir", "path": str(tmp_path)}}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that gives the machine so many gigabytes of memory and of free disk."""

    def give(*, memory: float, free: float) -> None:
        monkeypatch.setattr(room, "memory_bytes", lambda: int(memory * 1e9))
        usage = Usage(0, 0, int(free * 1e9))
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)

    return give


def suite(dataset: dict[str, Any], **change: Any) -> Suite:
    return smoke_suite(datasets={"large": dataset}, **change)


def test_what_may_not_fit_into_memory_is_told(large: dict[str, Any], machine: Any) -> None:
    machine(memory=12.7, free=100)
    message = (
        r"^datasets\.large: the encoded documents may take up to 12\.8 GB \(1,000 documents × "
        r"32 tokens × 100000 × 4 bytes\), but this machine has 12\.7 GB of memory; use `retrieve: "
    )
    with pytest.raises(InputError, match=message):
        room.require_room(suite(large), width=100_000)
    machine(memory=12.9, free=100)
    room.require_room(suite(large), width=100_000)


def test_every_fold_is_on_the_disk(large: dict[str, Any], machine: Any) -> None:
    machine(memory=100, free=30)
    room.require_room(suite(large), width=100_000)
    folds = {**large, "split": {"kind": "kfold", "folds": 3}}
    with pytest.raises(InputError, match=r"may take up to 38\.4 GB .*has 30\.0 GB free; free spac"):
        room.require_room(suite(folds), width=100_000)


def test_every_number_of_trained_layers_is_encoded(large: dict[str, Any], machine: Any) -> None:
    machine(memory=20, free=100)
    systems = {"a": {"kind": "bi_encoder"}, "b": {"kind": "bi_encoder", "trained_layers": 2}}
    analysis = {"contrasts": [{"system": "a", "baseline": "b", "role": "reference"}]}
    with pytest.raises(InputError, match=r"25\.6 GB \(.* × 2 numbers of trained layers\)"):
        room.require_room(suite(large, systems=systems, analysis=analysis), width=100_000)


@pytest.mark.parametrize("retrieve", ["corpus", "pool"])
def test_what_is_not_stored_needs_no_room(
    retrieve: str, large: dict[str, Any], machine: Any
) -> None:
    machine(memory=1, free=1)
    room.require_room(suite({**large, "retrieve": retrieve}), width=100_000)


def test_a_dataset_of_unknown_size_is_left_out(machine: Any) -> None:
    machine(memory=0, free=0)
    room.require_room(smoke_suite(), width=100_000)


def test_the_memory_of_this_machine_is_known_and_a_containers_limit_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = room.memory_bytes()
    assert memory is None or memory > 1e8
    (tmp_path / "memory.max").write_text("123456789\n")
    monkeypatch.setattr(room, "CGROUP", tmp_path / "memory.max")
    assert room.memory_bytes() in (None, 123456789)

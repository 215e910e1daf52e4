"""The frozen layers are timed where the job computes, once for all systems that read the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maw.jobs.files import read_json
from maw.stages import time_frozen
from tests.stages.encoding import SPEC, FirstBatchReadError, record_devices, write_collection

Write = Callable[..., Path]
Call = Callable[..., None]
SYSTEMS: dict[str, Any] = {
    "plain": {"trained_layers": None, "pairs": False},
    "maw": {"trained_layers": None, "pairs": False},
    "crossed": {"trained_layers": 3, "pairs": True},
}
TIMING = {"backbone": SPEC["backbone"], "systems": SYSTEMS}


def times_in(folder: Path, write: Write, call: Call) -> dict[str, dict[str, float]]:
    """Time the frozen layers on three documents; return system -> its times."""
    collection = write_collection(folder, write)
    inputs = {name: collection[name] for name in ("documents", "queries")}
    call(time_frozen.time_frozen, TIMING, **inputs, times=folder / "cost.json")
    systems: dict[str, dict[str, float]] = read_json(folder / "cost.json")["systems"]
    return systems


def test_each_system_has_the_time_of_the_layers_below_its_own(
    tmp_path: Path, write: Write, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_frozen, "N_TEXTS", 4)
    monkeypatch.setattr(time_frozen, "CHUNK", 2)
    times = times_in(tmp_path, write, call)
    assert times.keys() == SYSTEMS.keys()
    assert times["plain"] == times["maw"]
    milliseconds = {name: of["frozen_cpu_ms_per_text"] for name, of in times.items()}
    assert all(value > 0 for value in milliseconds.values())
    assert len(set(milliseconds.values())) == 2
    shares = {name: (of["document_cut"], of["query_cut"]) for name, of in times.items()}
    assert shares["plain"] == shares["maw"]
    assert all(0 < documents <= 1 and queries == 0 for documents, queries in shares.values())


def test_the_layers_compute_where_the_job_does(
    tmp_path: Path, write: Write, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = record_devices(monkeypatch)
    with pytest.raises(FirstBatchReadError):
        times_in(tmp_path, write, call)
    assert set(devices.values()) == {"meta"}

"""ir_datasets with a cache of its own, and nothing to download from."""

import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache; the package, which reads its place when imported, is imported anew."""
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path / "irds"))
    monkeypatch.setenv("IR_DATASETS_DL_TRIES", "1")
    # no name of a machine resolves: offline, here as anywhere
    monkeypatch.setattr("socket.getaddrinfo", _nowhere)
    for name in [name for name in sys.modules if name.partition(".")[0] == "ir_datasets"]:
        monkeypatch.delitem(sys.modules, name)
    yield tmp_path / "irds"
    for name in [name for name in sys.modules if name.partition(".")[0] == "ir_datasets"]:
        monkeypatch.delitem(sys.modules, name, raising=False)


def _nowhere(*_: Any, **__: Any) -> Any:
    raise OSError("Name or service not known")

"""Inputs and outputs computed elsewhere, each with its source beside it."""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    path = Path(__file__).parents[1] / "reference" / "statistics.json"
    return json.loads(path.read_text(encoding="utf-8"))

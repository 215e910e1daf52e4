"""Published or independently computed examples, each with its source beside it."""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """Return the examples of tests/reference/statistics.json by name."""
    path = Path(__file__).parents[1] / "reference" / "statistics.json"
    examples: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return examples

"""Published or independently computed examples, each with its source beside it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.significance.simulated import SystemTables, simulated_scores


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """Return the examples of tests/reference/statistics.json by name."""
    path = Path(__file__).parents[1] / "reference" / "statistics.json"
    examples: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return examples


@pytest.fixture
def tables() -> SystemTables:
    """Scores of three trained systems and of BM25, which has one run."""
    generator = np.random.default_rng(12)
    trained = {
        name: simulated_scores(generator, Q=40, S=S, sd=(0.1, 0.02, 0.1))
        for name, S in (("maw", 4), ("random", 5), ("non_maw", 9))
    }
    return trained | {"bm25": simulated_scores(generator, Q=40, S=1, sd=(0.2, 0, 0))}

"""The results of the theory stage on few draws."""

import json
from typing import Any

import pytest

from maw.jobs import files
from maw.jobs.job import run
from maw.stages.theory import theory


@pytest.fixture(scope="session")
def theory_results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The content of theory.json, from five random heads a setting."""
    path = tmp_path_factory.mktemp("theory") / "theory.json"
    spec = json.dumps({"draws": 5, "lengths": [16, 32]})
    run(theory, ["--spec", spec, "--code", "c0", "--theory", str(path)])
    return files.read_json(path)

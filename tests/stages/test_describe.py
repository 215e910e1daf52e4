"""A system that is not trained has a run.json that says so."""

from collections.abc import Callable
from pathlib import Path

from maw.jobs.files import read_json
from maw.stages.describe import describe


def test_run_json_of_an_untrained_system(tmp_path: Path, call: Callable[..., None]) -> None:
    call(describe, {"name": "bm25"}, run=tmp_path / "run.json")
    record = read_json(tmp_path / "run.json")
    record.pop("stamp")
    assert record == {"trained": False, "system": "bm25", "seed": 0, "curve": []}

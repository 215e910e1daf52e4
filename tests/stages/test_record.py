"""A suite's plan is entered as a run starts and again with its scores; the record only grows."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.stages.finished import plan_record
from maw.stages.finished.plan_record import Entry, enter_start, started
from maw.stages.record import record

Told = Callable[..., dict[str, Any]]


@pytest.fixture
def told(tmp_path: Path, write: Callable[..., Path], call: Callable[..., None]) -> Told:
    """(plan, scores' value) -> what the stage says once these scores are complete."""

    def run(plan: str, value: float = 0.5) -> dict[str, Any]:
        scores = write(tmp_path / "summary/scores.parquet", pd.DataFrame({"value": [value]}))
        history = tmp_path / "summary/plan.json"
        call(record, {"plan": plan}, scores=scores, history=history)
        return dict(json.loads(history.read_text()))

    return run


def a_score(folder: Path, text: str = "scores") -> None:
    path = folder / "runs/toy/new/seed42/scores.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_plan_that_was_there_when_the_run_started_came_first(tmp_path: Path, told: Told) -> None:
    enter_start(tmp_path, plan="p")
    a_score(tmp_path)
    found = told("p")
    assert "before any scores" in found["told"]
    assert not found["changed_late"]
    assert [(entry["plan"], bool(entry["scores"])) for entry in found["seen"]] == [
        ("p", False),
        ("p", True),
    ]


def test_a_plan_edited_after_the_scores_is_told_for_good(tmp_path: Path, told: Told) -> None:
    enter_start(tmp_path, plan="p")
    a_score(tmp_path)
    told("p")
    enter_start(tmp_path, plan="q")
    found = told("q")
    assert "CHANGED after scores existed" in found["told"]
    assert found["changed_late"]
    shutil.rmtree(tmp_path / "summary")  # a re-run re-makes the summary, not the record
    enter_start(tmp_path, plan="q")
    assert told("q", value=0.6)["changed_late"]
    assert not told("p")["changed_late"]  # taken back: this one did come first


def test_a_plan_edited_while_half_of_the_runs_had_scores_is_seen(
    tmp_path: Path, told: Told
) -> None:
    enter_start(tmp_path, plan="p")
    a_score(tmp_path)  # and killed
    enter_start(tmp_path, plan="q")
    found = told("q")
    assert found["changed_late"]
    assert found["seen"][1]["plan"] == "p"


def test_a_killed_run_that_goes_on_keeps_its_plan(tmp_path: Path, told: Told) -> None:
    enter_start(tmp_path, plan="p")
    a_score(tmp_path)
    enter_start(tmp_path, plan="p")
    assert "before any scores" in told("p")["told"]


def test_results_without_a_record_do_not_show_that_the_plan_came_first(
    tmp_path: Path, told: Told
) -> None:
    a_score(tmp_path)
    enter_start(tmp_path, plan="p")
    assert "first seen together" in told("p")["told"]


def test_a_start_that_brings_nothing_new_writes_nothing(tmp_path: Path) -> None:
    enter_start(tmp_path, plan="p")
    before = (tmp_path / plan_record.FILE).stat().st_mtime_ns
    enter_start(tmp_path, plan="p")
    assert (tmp_path / plan_record.FILE).stat().st_mtime_ns == before
    entry = Entry("2026-01-01", "p", "")
    assert started([entry], plan="p", scores="") == [entry]

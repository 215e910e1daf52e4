"""A plan is entered when a run of the suite starts, and with its scores; the record only grows."""

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

HistoryOf = Callable[..., dict[str, Any]]


@pytest.fixture
def history_of(tmp_path: Path, write: Callable[..., Path], call: Callable[..., None]) -> HistoryOf:
    """Return a function (plan, value of the scores, …) -> content of the stage's history file."""

    def run(
        plan: str,
        value: float = 0.5,
        *,
        seeds: tuple[int, ...] = (42, 43),
        declared: tuple[int, ...] = (),
    ) -> dict[str, Any]:
        scores = write(tmp_path / "summary/scores.parquet", pd.DataFrame({"value": [value]}))
        path = tmp_path / "summary/plan.json"
        spec = {"plan": plan, "seeds": list(seeds), "looks": list(declared)}
        call(record, spec, scores=scores, history=path)
        return dict(json.loads(path.read_text()))

    return run


def write_score(folder: Path, text: str = "scores") -> None:
    path = folder / "runs/toy/new/seed42/scores.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_plan_that_was_there_when_the_run_started_came_first(
    tmp_path: Path, history_of: HistoryOf
) -> None:
    enter_start(tmp_path, plan="p")
    write_score(tmp_path)
    history = history_of("p")
    assert "before any scores" in history["told"]
    assert not history["changed_late"]
    assert [(entry["plan"], bool(entry["scores"])) for entry in history["seen"]] == [
        ("p", False),
        ("p", True),
    ]


def test_a_plan_edited_after_the_scores_is_told_for_good(
    tmp_path: Path, history_of: HistoryOf
) -> None:
    enter_start(tmp_path, plan="p")
    write_score(tmp_path)
    history_of("p")
    enter_start(tmp_path, plan="q")
    history = history_of("q")
    assert "CHANGED after scores existed" in history["told"]
    assert history["changed_late"]
    shutil.rmtree(tmp_path / "summary")  # a re-run re-makes the summary, not the record
    enter_start(tmp_path, plan="q")
    assert history_of("q", value=0.6)["changed_late"]
    assert not history_of("p")["changed_late"]  # taken back: this one did come first


def test_a_plan_edited_while_half_of_the_runs_had_scores_is_seen(
    tmp_path: Path, history_of: HistoryOf
) -> None:
    enter_start(tmp_path, plan="p")
    write_score(tmp_path)  # and killed
    enter_start(tmp_path, plan="q")
    history = history_of("q")
    assert history["changed_late"]
    assert history["seen"][1]["plan"] == "p"


def test_a_killed_run_that_goes_on_keeps_its_plan(tmp_path: Path, history_of: HistoryOf) -> None:
    enter_start(tmp_path, plan="p")
    write_score(tmp_path)
    enter_start(tmp_path, plan="p")
    assert "before any scores" in history_of("p")["told"]


def test_results_without_a_record_do_not_show_that_the_plan_came_first(
    tmp_path: Path, history_of: HistoryOf
) -> None:
    write_score(tmp_path)
    enter_start(tmp_path, plan="p")
    assert "first seen together" in history_of("p")["told"]


def test_a_start_that_brings_nothing_new_writes_nothing(tmp_path: Path) -> None:
    enter_start(tmp_path, plan="p")
    before = (tmp_path / plan_record.FILE).stat().st_mtime_ns
    enter_start(tmp_path, plan="p")
    assert (tmp_path / plan_record.FILE).stat().st_mtime_ns == before
    entry = Entry("2026-01-01", "p", "")
    assert started([entry], plan="p", scores="") == [entry]


def test_every_set_of_seeds_is_a_look_and_the_same_seeds_are_one(
    tmp_path: Path, history_of: HistoryOf
) -> None:
    enter_start(tmp_path, plan="p")
    assert history_of("p")["undeclared_looks"] == 0
    assert history_of("p", value=0.6)["undeclared_looks"] == 0  # other code, the same seeds
    more = history_of("p", seeds=(42, 43, 44))
    assert more["undeclared_looks"] == 1
    assert [look["seeds"] for look in more["looks"]] == [[42, 43], [42, 43, 44]]
    assert more["told"].endswith("with another set of seeds, which the plan does not declare")
    enter_start(tmp_path, plan="q")  # a start keeps the looks
    assert len(plan_record.read_looks(tmp_path)) == 2


def test_declared_looks_are_not_told(history_of: HistoryOf) -> None:
    history_of("p", seeds=(42, 43), declared=(2, 3))
    history = history_of("p", seeds=(42, 43, 44), declared=(2, 3))
    assert history["undeclared_looks"] == 0
    assert "declare" not in history["told"]


def test_a_record_of_an_earlier_version_has_no_looks(tmp_path: Path) -> None:
    entry = {"seen": "2026-01-01", "plan": "p", "scores": ""}
    (tmp_path / "plan.json").write_text(json.dumps({"seen": [entry]}))
    assert plan_record.read(tmp_path) == [Entry(**entry)]
    assert plan_record.read_looks(tmp_path) == []

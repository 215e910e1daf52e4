"""The record says whether the plan came first, and never forgets."""

from pathlib import Path

import pytest

from maw.errors import InputError
from maw.stages.finished import plan_record
from maw.stages.finished.plan_record import Entry, entered, history

EARLY, TOGETHER = Entry("2026-01-01", "p", ""), Entry("2026-02-02", "p", "s")
CHANGED = Entry("2026-03-03", "other", "s")


@pytest.mark.parametrize(
    ("record", "plan", "told"),
    [
        ([EARLY], "p", "the plan was entered 2026-01-01, before any scores"),
        ([EARLY, TOGETHER], "p", "before any scores (first seen 2026-02-02)"),
        ([TOGETHER], "p", "plan and scores were first seen together, 2026-02-02"),
        ([TOGETHER, CHANGED], "other", "the plan CHANGED after scores existed"),
        ([TOGETHER, CHANGED], "p", "plan and scores were first seen together"),
        ([TOGETHER, Entry("2026-03-03", "other", "")], "other", "CHANGED after scores existed"),
    ],
)
def test_the_record_tells_what_came_first(record: list[Entry], plan: str, told: str) -> None:
    assert told in history(record, plan=plan)


def test_the_same_plan_and_scores_are_entered_once() -> None:
    once = entered([], plan="p", scores="s")
    assert entered(once, plan="p", scores="s") == once
    assert [entry.plan for entry in entered(once, plan="q", scores="s")] == ["p", "q"]


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert plan_record.read(tmp_path) == []
    (tmp_path / plan_record.FILE).write_bytes(plan_record.to_bytes([EARLY, TOGETHER], []))
    assert plan_record.read(tmp_path) == [EARLY, TOGETHER]


@pytest.mark.parametrize("content", ["", "{}", '{"seen": [{"plan": 1}]}', "[]"])
def test_a_file_that_is_no_record_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / plan_record.FILE).write_text(content)
    with pytest.raises(InputError, match="not a record of a plan by maw, or damaged; restore"):
        plan_record.read(tmp_path)


def test_a_record_of_an_earlier_version_has_no_hash_and_is_read(tmp_path: Path) -> None:
    entry = '{"seen": "2026-01-01", "plan": "p", "scores": ""}'
    (tmp_path / plan_record.FILE).write_text(f'{{"seen": [{entry}]}}')
    assert plan_record.read(tmp_path) == [EARLY]


def test_each_flipped_bit_of_a_record_is_noticed(tmp_path: Path) -> None:
    content = plan_record.to_bytes([EARLY], [])
    for position in range(len(content)):
        for bit in (0, 3, 5, 7):
            changed = bytearray(content)
            changed[position] ^= 1 << bit
            (tmp_path / plan_record.FILE).write_bytes(changed)
            with pytest.raises(InputError, match="or damaged; restore it or move it away"):
                plan_record.read(tmp_path)

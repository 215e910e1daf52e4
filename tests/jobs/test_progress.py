"""A terminal shows a bar with speed and time left; a log has a plain line every few seconds."""

import io
import time

import pytest
import rich.console

from maw.jobs.progress import progress

Console = rich.console.Console


def test_a_log_gets_plain_lines_with_rate_and_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 2.0, 6.0, 8.0, 12.0])
    monkeypatch.setattr("maw.jobs.progress.time.monotonic", lambda: next(clock))
    with progress("encode", 4000, unit="texts") as advance:
        for n in (500, 700, 300, 2500):
            advance(n)
    assert capsys.readouterr().out == "encode: 1,200 of 4,000 texts, 200 texts/s, 14 s left\n"


def test_where_the_end_is_not_known_the_rate_alone_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 2.0, 6.0])
    monkeypatch.setattr("maw.jobs.progress.time.monotonic", lambda: next(clock))
    with progress("prepare", None, unit="documents") as advance:
        for n in (500, 700):
            advance(n)
    assert capsys.readouterr().out == "prepare: 1,200 documents, 200 documents/s\n"


def test_what_is_short_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("encode", 10, unit="texts") as advance:
        advance(10)
    assert capsys.readouterr() == ("", "")


def test_a_person_sees_a_bar_with_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.StringIO()
    console = Console(file=buffer, force_terminal=True, width=120)
    monkeypatch.setattr(rich.console, "Console", lambda stderr: console)
    with progress("encode", 4, unit="texts") as advance:
        for _ in range(3):
            advance(1)
            time.sleep(0.02)
    shown = buffer.getvalue()
    assert "/s" in shown
    assert "3/4 texts" in shown.replace("\x1b[0m", "").replace("\x1b[32m", "")

"""The moving line: a person sees how fast and how long, a log file nothing."""

import io
import time

import pytest
import rich.console

from maw.progress import progress

Console = rich.console.Console


@pytest.mark.parametrize("terminal", [True, False])
def test_a_person_sees_rate_and_time_left_and_a_file_nothing(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = io.StringIO()
    made = Console(file=buffer, force_terminal=terminal, width=120)
    monkeypatch.setattr(rich.console, "Console", lambda stderr: made)
    with progress("encode", 4, unit="texts") as advance:
        for _ in range(3):
            advance(1)
            time.sleep(0.02)
    shown = buffer.getvalue()
    assert ("/s" in shown) is terminal
    assert ("3/4 texts" in shown.replace("\x1b[0m", "").replace("\x1b[32m", "")) is terminal

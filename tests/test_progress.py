"""In a log: a plain line with rate and time left now and then, nothing for what is short."""

import pytest

from maw import progress as module
from maw.progress import progress


def test_a_log_gets_plain_lines_with_rate_and_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 2.0, 6.0, 8.0, 12.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    with progress("encode", 4000, unit="texts") as advance:
        for n in (500, 700, 300, 2500):
            advance(n)
    assert capsys.readouterr().out == "encode: 1,200 of 4,000 texts, 200 texts/s, 14 s left\n"


def test_what_is_short_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("encode", 10, unit="texts") as advance:
        advance(10)
    assert capsys.readouterr() == ("", "")

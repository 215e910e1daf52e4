"""`maw verdicts` prints the lines of a finished suite."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import Result

from maw.jobs.files import json_bytes, parquet_bytes
from maw.jobs.pending import PendingFile
from maw.stages.finished.verdicts import verdict_lines
from maw.verdicts.claims import CLAIMS
from maw.verdicts.decide import COLUMNS
from maw.verdicts.leaderboard import LEADERBOARD
from tests.scored import plan_of


def test_every_line_is_printed(tmp_path: Path, maw: Callable[..., Result]) -> None:
    tables = {"comparisons": COLUMNS, "claims": CLAIMS, "leaderboard": LEADERBOARD}
    stamp = {"digest": "d0", "spec": {"analysis": plan_of().model_dump(mode="json")}}
    for name, columns in tables.items():
        content = parquet_bytes(pd.DataFrame(columns=columns), stamp)
        PendingFile(tmp_path / f"summary/{name}.parquet").write(content)
    outcome = {"checked": True, "agrees": True, "largest": 0.0}
    PendingFile(tmp_path / "summary/expected.json").write(json_bytes(outcome, stamp))
    lines = maw("verdicts", "--results", tmp_path).output.splitlines()
    assert lines == verdict_lines(tmp_path)
    assert lines == [
        "The plan names no claim.",
        "Committed scores reproduced: largest difference 0.000000.",
        f"Report: {tmp_path / 'report/index.html'}",
    ]


def test_no_line_is_longer_than_80_characters_but_that_with_the_path(
    maw: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [
        "On toy, 1 of 2 claims holds: " + "word " * 30,
        "  " + "word " * 30,
        "Report: " + "x" * 90,
    ]
    monkeypatch.setattr("maw.stages.finished.verdicts.verdict_lines", lambda _: told)
    *lines, place = maw("verdicts").output.splitlines()
    assert max(map(len, lines)) <= 80
    assert place == told[-1]

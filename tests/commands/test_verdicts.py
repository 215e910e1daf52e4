"""`maw verdicts` prints the lines of a finished suite."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from typer.testing import Result

from maw.jobs.files import json_bytes, parquet_bytes
from maw.jobs.pending import PendingFile
from maw.stages.finished.verdicts import verdict_lines


def test_every_line_is_printed(tmp_path: Path, maw: Callable[..., Result]) -> None:
    frames = {
        "comparisons": pd.DataFrame({"role": pd.Series([], dtype=str)}),
        "runs": pd.DataFrame({"converged": pd.Series([True, False], dtype=object)}),
    }
    stamp = {"digest": "d0"}
    for name, frame in frames.items():
        PendingFile(tmp_path / f"summary/{name}.parquet").write(parquet_bytes(frame, stamp))
    outcome = {"checked": True, "agrees": True, "largest": 0.0}
    PendingFile(tmp_path / "summary/expected.json").write(json_bytes(outcome, stamp))
    lines = maw("verdicts", "--results", tmp_path).output.splitlines()
    assert lines == verdict_lines(tmp_path)
    assert lines == [
        "The plan names no claim.",
        "Not converged: 1 of 2 runs still gained at the end.",
        "Committed scores reproduced: largest difference 0.000000.",
        f"Report: {tmp_path / 'report/index.html'}",
    ]

"""The folder of `maw compare --out` is complete and stamped, and holds the plan's record."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from maw.comparison import Comparison, conclude
from maw.errors import InputError
from maw.jobs.files import PendingFile, read_stamp
from maw.runs.evidence import Evidence
from maw.stages.finished import plan_record
from maw.stages.finished.publish import enter, publish, write
from tests.scored import plan_of, scored

Q = 12


@pytest.fixture
def comparison() -> Comparison:
    generator = np.random.default_rng(0)
    tables = {name: generator.uniform(size=(Q, 4)) for name in ("new", "old")}
    return conclude(Evidence(scored(tables), ("nDCG@10",), ()), plan=plan_of(("new", "old")))


def test_every_table_is_there_as_parquet_and_csv_with_one_stamp(
    comparison: Comparison, tmp_path: Path
) -> None:
    publish(comparison, tmp_path)
    parquet = sorted(tmp_path.glob("*.parquet"))
    assert {"comparisons", "claims", "leaderboard", "scores"} <= {path.stem for path in parquet}
    for path in parquet:
        assert len(pd.read_csv(path.with_suffix(".csv"))) == len(pd.read_parquet(path))
        assert read_stamp(path) == read_stamp(parquet[0])
    spec = read_stamp(parquet[0])["spec"]
    assert spec["plan_digest"] == comparison.plan.digest()
    others = {path.name for path in tmp_path.iterdir() if path.suffix not in (".parquet", ".csv")}
    assert others == {"index.html", "check.R", "verdicts.tex", "leaderboard.tex", "plan.json"}


def test_a_plan_that_was_entered_first_is_said_to_have_come_first(
    comparison: Comparison, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    line = enter(comparison.plan, folder)
    assert line.startswith(f"SHA-256 {comparison.plan.digest()}; the plan was entered ")
    assert enter(comparison.plan, folder) == line
    assert "before any scores (first seen " in publish(comparison, folder)
    assert len(plan_record.read(folder)) == 2
    assert "before any scores" in (folder / "index.html").read_text()


def test_draws_add_the_calibration(comparison: Comparison, tmp_path: Path) -> None:
    publish(comparison, tmp_path, draws=20)
    assert len(pd.read_parquet(tmp_path / "calibration.parquet")) > 0


def test_a_folder_that_cannot_be_written_is_one_line(
    comparison: Comparison, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    for attempt in (publish, enter):
        value = comparison if attempt is publish else comparison.plan
        with pytest.raises(InputError, match="file.*; give another --out") as error:
            attempt(value, tmp_path / "file" / "out")  # type: ignore[arg-type]
        assert "\n" not in str(error.value)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_file_that_another_command_is_writing_leaves_all_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    pending = PendingFile(tmp_path / "b")
    try:
        with pytest.raises(InputError, match="another run is writing this file"):
            write(tmp_path, {"a": b"new", "b": b"new"})
        assert (tmp_path / "a").read_bytes() == b"old"
    finally:
        pending.release()
    write(tmp_path, {"a": b"new", "b": b"new"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert (tmp_path / "b").read_bytes() == b"new"

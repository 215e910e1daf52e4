"""The folder of `maw compare --out` is complete and stamped, and holds the plan's record."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from maw.comparison import Comparison, conclude
from maw.errors import InputError
from maw.jobs.files import read_stamp
from maw.jobs.verification import verify
from maw.runs.evidence import Evidence
from maw.stages.finished import plan_record
from maw.stages.finished.compared_scores import open_compared_scores
from maw.stages.finished.publish import enter, left_out, publish
from tests.scored import plan_of, scored

Q = 12


def comparison_of(n_seeds: int) -> Comparison:
    """Compare two systems of random scores."""
    generator = np.random.default_rng(0)
    tables = {name: generator.uniform(size=(Q, n_seeds)) for name in ("new", "old")}
    return conclude(Evidence(scored(tables), ("nDCG@10",), ()), plan=plan_of(("new", "old")))


@pytest.fixture
def comparison() -> Comparison:
    return comparison_of(4)


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
    assert others == {
        *("index.html", "check.R", "verdicts.tex", "leaderboard.tex"),
        *("verdicts.md", "leaderboard.md", "README.md"),
        *("plan.json", "manifest.json"),
    }
    verification = verify(tmp_path)
    assert verification.damaged == ()
    assert verification.n_files == len(list(tmp_path.iterdir()))


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


def test_a_look_with_other_seeds_is_told_on_the_page(
    comparison: Comparison, tmp_path: Path
) -> None:
    assert "declare" not in publish(comparison, tmp_path)
    assert "declare" not in publish(comparison, tmp_path)
    told = "the scores were also seen with another set of seeds, which the plan does not declare"
    assert told in publish(comparison_of(5), tmp_path)
    assert told in (tmp_path / "index.html").read_text()
    seeds = [look.seeds for look in plan_record.read_looks(tmp_path)]
    assert seeds == [(42, 43, 44, 45), (42, 43, 44, 45, 46)]
    enter(plan_of(("old", "new")), tmp_path)
    assert len(plan_record.read_looks(tmp_path)) == 2


def test_draws_add_the_calibration(comparison: Comparison, tmp_path: Path) -> None:
    publish(comparison, tmp_path, draws=20)
    assert len(pd.read_parquet(tmp_path / "calibration.parquet")) > 0


def test_a_folder_that_cannot_be_written_is_one_line(
    comparison: Comparison, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    for attempt in (publish, enter):
        value = comparison if attempt is publish else comparison.plan
        with pytest.raises(InputError, match="out: .*file is a file; give another folder") as error:
            attempt(value, tmp_path / "file" / "out")  # type: ignore[arg-type]
        assert "\n" not in str(error.value)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_second_comparison_replaces_the_first_and_nothing_else(
    comparison: Comparison, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    publish(comparison, folder, draws=5)
    (folder / "notes.txt").write_text("mine")
    record = plan_record.read(folder)
    (folder / "check.R").unlink()
    (folder / "check.R").symlink_to("notes.txt")
    publish(comparison, folder)
    names = {path.name for path in folder.iterdir()}
    assert "notes.txt" in names
    assert not {name for name in names if name.startswith(("calibration", "."))}
    assert (folder / "notes.txt").read_text() == "mine"
    assert not (folder / "check.R").is_symlink()
    assert plan_record.read(folder) == record
    assert os.listdir(tmp_path) == ["out"]


def test_without_pyarrow_the_tables_are_csv_and_those_of_an_earlier_comparison_go(
    comparison: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(comparison, tmp_path)
    tables = {path.stem for path in tmp_path.glob("*.parquet")}
    (tmp_path / "mine.parquet").write_text("mine")
    assert left_out() == []
    monkeypatch.setattr("maw.stages.finished.publish.has_pyarrow", lambda: False)
    publish(comparison, tmp_path)
    assert {path.stem for path in tmp_path.glob("*.csv")} == tables
    assert [path.name for path in tmp_path.glob("*.parquet")] == ["mine.parquet"]
    (line,) = left_out()
    assert line.startswith("tables: as CSV only; for parquet files too, pip install 'maw-bench[par")
    with pytest.raises(InputError, match=r"CSV only, because .*\[parquet\].*; then run `maw comp"):
        open_compared_scores(tmp_path)


def test_an_error_while_writing_leaves_the_first_comparison(
    comparison: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        if path.name == "index.html":
            raise OSError(errno.ENOSPC, "No space left on device")
        path.write_bytes(content)

    folder = tmp_path / "out"
    publish(comparison, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr("maw.stages.finished.publish.write_new", full)
    for place in (folder, tmp_path / "new"):
        with pytest.raises(InputError, match="No space left on device; make room or allow writ"):
            publish(comparison, place, draws=5)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert os.listdir(tmp_path) == ["out"]


FILE_OF_LIMITED_SIZE = """
import resource, sys
from pathlib import Path
from maw.errors import InputError
from maw.settings.plan import read_plan
from maw.stages.finished.publish import enter
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
try:
    enter(read_plan(Path(sys.argv[2])), Path(sys.argv[3]))
except InputError as error:
    sys.exit(str(error))
"""


def test_a_disk_that_takes_no_more_leaves_the_plans_record(tmp_path: Path) -> None:
    plan, folder = tmp_path / "plan.yaml", tmp_path / "out"
    plan.write_text("contrasts: [{system: new, baseline: old}]")
    first = enter(plan_of(("new", "old")), folder)
    before = (folder / "plan.json").read_bytes()
    command = [sys.executable, "-c", FILE_OF_LIMITED_SIZE, "40", str(plan), str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (
        1,
        f"{folder}: File too large; make room or allow writing there, or give another folder\n",
    )
    assert (folder / "plan.json").read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["out", "plan.yaml"]
    assert enter(plan_of(("new", "old")), folder) == first

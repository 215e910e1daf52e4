"""`maw calibrate` prints the error rates of the tests and names the files that hold them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import Result

from maw.comparison import conclude
from maw.errors import InputError
from maw.runs.evidence import Evidence
from maw.stages.finished.publish import publish
from tests.scored import plan_of, scored


def test_a_comparison_is_calibrated_beside_its_tables(
    tmp_path: Path, maw: Callable[..., Result]
) -> None:
    generator = np.random.default_rng(0)
    tables = {name: generator.uniform(size=(12, 4)) for name in ("new", "old")}
    evidence = Evidence(scored(tables), ("nDCG@10",), ())
    publish(conclude(evidence, plan=plan_of(("new", "old"))), tmp_path)
    output = maw("calibrate", tmp_path, "--draws", 20).output
    assert "new − old" in output
    paths = f"{tmp_path / 'calibration.parquet'}, {tmp_path / 'calibration.csv'}"
    assert output.splitlines()[-1] == f"calibration: {paths}"
    assert (tmp_path / "calibration.csv").is_file()


def test_a_folder_without_a_comparison_is_refused(
    tmp_path: Path, maw: Callable[..., Result]
) -> None:
    with pytest.raises(InputError, match=r"holds no comparisons\.parquet; give a suite's"):
        maw("calibrate", tmp_path)

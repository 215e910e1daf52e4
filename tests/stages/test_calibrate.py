"""`maw calibrate` and the stage write the same table, stamped, beside the comparisons."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest

from maw.comparison import conclude
from maw.jobs import files
from maw.jobs.files import read_stamp
from maw.jobs.pending import PendingFile
from maw.runs.evidence import Evidence
from maw.stages.calibrate import calibrate
from maw.stages.finished.calibrated_folder import calibrate_folder
from maw.stages.finished.compared_scores import open_compared_scores
from maw.stages.finished.publish import publish
from maw.stages.shared.summary import OptionalPaths, SummaryPaths, without_foreign_calibration

Call = Callable[..., None]
Finish = Callable[..., Path]
PLAN = {"sesoi": 0.1, "contrasts": [{"system": "new", "baseline": "bm25"}]}


@pytest.fixture
def results(finish: Finish) -> Path:
    return finish(PLAN, seeds={"bm25": [0], "new": [42, 43, 44, 45]})


def test_the_stage_and_the_command_write_the_same(results: Path, call: Call) -> None:
    calibrated = calibrate_folder(results, draws=20, seed=3)
    parquet, csv = calibrated.paths
    assert parquet == results / "summary/calibration.parquet"
    assert csv == results / "tables/calibration.csv"
    by_hand, stamp = parquet.read_bytes(), read_stamp(parquet)
    spec = {
        "analysis": calibrated.scores.plan.model_dump(mode="json"),
        "trained": {"bm25": False, "new": True},
        "repeats": [],
        "draws": 20,
        "seed": 3,
    }
    call(
        calibrate,
        spec,
        scores=results / "summary/scores.parquet",
        queries=[results / "data/toy/queries.parquet"],
        calibration=parquet,
        calibration_csv=csv,
    )
    pd.testing.assert_frame_equal(pd.read_parquet(parquet), calibrated.frame)
    again = read_stamp(parquet)
    assert (again["spec"], again["reads"]) == (stamp["spec"], stamp["reads"])
    assert (stamp["stage"], stamp["spec"]) == ("calibrate", spec)
    assert len(pd.read_csv(csv)) == len(calibrated.frame)
    calibrate_folder(results, draws=20, seed=3)
    assert parquet.read_bytes() == by_hand
    assert not list(results.rglob(".*.part"))


def test_what_compare_left_is_calibrated_beside_its_comparisons(
    results: Path, tmp_path: Path
) -> None:
    suite = open_compared_scores(results)
    evidence = Evidence(suite.scores, ("nDCG@10", "RR@1000", "AP"), ())
    publish(conclude(evidence, plan=suite.plan, clusters=suite.clusters), tmp_path / "out")
    calibrated = calibrate_folder(tmp_path / "out", draws=20, seed=0)
    assert calibrated.paths == (
        tmp_path / "out/calibration.parquet",
        tmp_path / "out/calibration.csv",
    )
    expected = calibrate_folder(results, draws=20, seed=0).frame
    pd.testing.assert_frame_equal(calibrated.frame, expected)


def test_the_report_takes_a_calibration_of_its_own_scores_and_plan_only(results: Path) -> None:
    calibrated = calibrate_folder(results, draws=20, seed=0)
    own = OptionalPaths(calibration=calibrated.paths[0])
    comparisons, plan = (
        results / "summary/comparisons.parquet",
        calibrated.scores.plan.model_dump(mode="json"),
    )
    paths = dict.fromkeys((field.name for field in fields(SummaryPaths)), comparisons)
    summary, foreign = SummaryPaths(**paths), OptionalPaths()
    assert without_foreign_calibration(own, summary, plan=plan) == own
    assert without_foreign_calibration(own, summary, plan=plan | {"sesoi": 0.2}) == foreign
    stamp = read_stamp(comparisons)
    later = files.parquet_bytes(pd.read_parquet(comparisons), stamp | {"reads": ["later"]})
    PendingFile(comparisons).write(later)
    assert without_foreign_calibration(own, summary, plan=plan) == foreign
    assert without_foreign_calibration(foreign, summary, plan=plan) == foreign

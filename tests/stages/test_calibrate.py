"""`maw calibrate` and the workflow's stage: the same table, stamped, beside the comparisons."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from maw.comparison import conclude
from maw.jobs import files
from maw.jobs.files import read_stamp
from maw.runs.evidence import Evidence
from maw.stages.calibrate import calibrate, calibrate_folder
from maw.stages.finished.judged import open_judged
from maw.stages.finished.publish import publish
from maw.stages.report import fits

Call = Callable[..., None]
Finish = Callable[..., Path]
PLAN = {"sesoi": 0.1, "contrasts": [{"system": "new", "baseline": "bm25"}]}


@pytest.fixture
def results(finish: Finish) -> Path:
    return finish(PLAN, seeds={"bm25": [0], "new": [42, 43, 44, 45]})


def test_the_stage_and_the_command_write_the_same(results: Path, call: Call) -> None:
    judged, found, places = calibrate_folder(results, draws=20, seed=3)
    assert places == [results / "summary/calibration.parquet", results / "tables/calibration.csv"]
    by_hand, stamp = places[0].read_bytes(), read_stamp(places[0])
    spec = {
        "analysis": judged.plan.model_dump(mode="json"),
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
        calibration=places[0],
        calibration_csv=places[1],
    )
    pd.testing.assert_frame_equal(pd.read_parquet(places[0]), found)
    again = read_stamp(places[0])
    assert (again["spec"], again["reads"]) == (stamp["spec"], stamp["reads"])
    assert (stamp["stage"], stamp["spec"]) == ("calibrate", spec)
    assert len(pd.read_csv(places[1])) == len(found)
    calibrate_folder(results, draws=20, seed=3)
    assert places[0].read_bytes() == by_hand
    assert not list(results.rglob(".*.part"))


def test_what_compare_left_is_calibrated_beside_its_comparisons(
    results: Path, tmp_path: Path
) -> None:
    suite = open_judged(results)
    evidence = Evidence(suite.scores, ("nDCG@10", "RR@1000", "AP"), ())
    publish(conclude(evidence, plan=suite.plan, clusters=suite.clusters), tmp_path / "out")
    _, found, places = calibrate_folder(tmp_path / "out", draws=20, seed=0)
    assert places == [tmp_path / "out/calibration.parquet", tmp_path / "out/calibration.csv"]
    pd.testing.assert_frame_equal(found, calibrate_folder(results, draws=20, seed=0)[1])


def test_the_report_takes_a_calibration_of_its_own_scores_and_plan_only(results: Path) -> None:
    judged, _, (place, _) = calibrate_folder(results, draws=20, seed=0)
    comparisons, plan = results / "summary/comparisons.parquet", judged.plan.model_dump(mode="json")
    assert fits(place, comparisons, plan=plan)
    assert not fits(place, comparisons, plan=plan | {"sesoi": 0.2})
    stamp = read_stamp(comparisons)
    later = files.parquet_bytes(pd.read_parquet(comparisons), stamp | {"reads": ["later"]})
    files.Claim(comparisons).write(later)
    assert not fits(place, comparisons, plan=plan)

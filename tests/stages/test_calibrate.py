"""`maw calibrate` and the workflow's stage: the same table, stamped, beside the comparisons."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from maw.io import read_stamp
from maw.stages.calibrate import calibrate, calibrate_folder

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

"""The typed frames: which of them make a file, and when a verdict has to name its claim."""

from dataclasses import FrozenInstanceError, replace

import pandas as pd
import pytest

from tests.reporting.small_suite import comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

FRAMES = comparison_frames(random_tables(), plan_of(("new", "old")))


def test_files_are_called_as_in_a_suites_summary() -> None:
    names = ["comparisons", "claims", "leaderboard", "components", "prospects", "datasets", "seeds"]
    assert list(FRAMES.by_file_name()) == names
    assert FRAMES.by_file_name()["datasets"] is FRAMES.across
    calibrated = replace(FRAMES, calibration=pd.DataFrame())
    assert list(calibrated.by_file_name()) == [*names, "calibration"]


def test_claims_have_names_where_there_are_several() -> None:
    assert not FRAMES.has_named_claims
    second = FRAMES.claims.assign(claim="routing helps")
    assert replace(FRAMES, claims=pd.concat([FRAMES.claims, second])).has_named_claims


def test_frames_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        suite_frames(FRAMES).runs = pd.DataFrame()  # type: ignore[misc]

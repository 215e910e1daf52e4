"""The first screen of a suite's page: one line on all verdicts, then a card on each claim."""

import pandas as pd
import pytest

from maw.reporting import first_screen
from maw.reporting.frames import VerdictFrames
from tests.reporting.small_suite import comparison_frames, random_tables, suite_frames
from tests.scored import plan_of


def frames_of(rows: pd.DataFrame) -> VerdictFrames:
    """Return verdicts whose claims are the confirmatory rows themselves."""
    rows = pd.DataFrame({"role": "confirmatory", "claim": "better", "dataset": "toy"} | dict(rows))
    return VerdictFrames(comparisons=rows, claims=rows, leaderboard=pd.DataFrame())


def test_many_claims_are_told_by_verdict() -> None:
    words = ["worse", *["inconclusive"] * 6]
    rows = pd.DataFrame({"system": list("abcdefg"), "verdict": words})
    line = first_screen.headline(frames_of(rows))
    assert line == "worse: a; inconclusive: b, c, d, e, f, g"
    assert first_screen.headline(frames_of(rows.iloc[:2])) == "a: worse; b: inconclusive"


def test_with_several_datasets_every_verdict_names_its_dataset() -> None:
    rows = pd.DataFrame(
        {"system": "maw", "dataset": ["one", "two"], "verdict": ["better", "worse"]}
    )
    assert first_screen.headline(frames_of(rows)) == "maw on one: better; maw on two: worse"
    many = pd.DataFrame(
        {
            "system": [*"abcd"] * 2,
            "dataset": ["one"] * 4 + ["two"] * 4,
            "verdict": ["better"] * 7 + ["worse"],
        }
    )
    assert first_screen.headline(frames_of(many)) == (
        "better: a on one, b on one, c on one, d on one, a on two, b on two, c on two; "
        "worse: d on two"
    )
    named = pd.concat([rows.assign(claim="better"), rows.assign(claim="routing helps")])
    assert first_screen.headline(frames_of(named)) == (
        "maw on one, better: better; maw on two, better: worse; "
        "maw on one, routing helps: better; maw on two, routing helps: worse"
    )


def test_a_plan_without_claims_says_so() -> None:
    rows = pd.DataFrame({"system": ["maw"], "verdict": ["reference"]})
    frames = frames_of(rows)
    frames.comparisons["role"] = "reference"
    assert first_screen.headline(frames) == "The plan names no claim"


def test_the_controls_own_gain_stands_beside_the_systems() -> None:
    plan = plan_of(("new", "old"), ("new", "random", "reference"), ("old", "random", "reference"))
    frames = suite_frames(comparison_frames(random_tables(), plan))
    (card,) = first_screen.claims(frames, plan=plan)
    gains = frames.comparisons.set_index(["system", "baseline"])["difference"]
    assert card["scale"] == {
        "random": (gains["new", "random"], pytest.approx(gains["old", "random"]))
    }
    assert card["row"]["baseline"] == "old"
    without = plan_of(("new", "old"), ("new", "random", "reference"))
    frames = suite_frames(comparison_frames(random_tables(), without))
    (card,) = first_screen.claims(frames, plan=without)
    assert card["scale"]["random"][1] is None

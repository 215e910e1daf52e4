"""The first screen: the answer as its heading, what to add, the scale, and a card on each claim."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from maw.reporting import first_screen
from maw.reporting.first_screen import cards, endings_once, opening, scales, what_to_add
from maw.settings.plan import Analysis
from tests.reporting.small_suite import comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

PLAN = plan_of(("new", "old"), ("new", "random", "reference"), ("old", "random", "reference"))
FRAMES = suite_frames(comparison_frames(random_tables(), PLAN))
CONTROLS = pd.DataFrame(
    {
        "dataset": ["toy"], "control": ["further seeds"], "kind": ["negative"], "system": ["old"],
        "baseline": ["old"], "passed": [False], "outcome": ["excludes 0"],
    }
)  # fmt: skip


def test_the_heading_is_the_answer_with_what_must_stand_in_it() -> None:
    content = opening(FRAMES, plan=PLAN, queries="queries")
    assert content["headline"] == "Undecided, on toy: new may or may not rank better than old."
    assert content["level"] == "95 %"
    assert content["given"] == first_screen.GIVEN
    assert content["claim_table"]["body"][0][:2] == ["toy", "new"]
    failed = opening(
        replace(FRAMES, controls=CONTROLS), plan=PLAN, queries="topics", undeclared_look=True
    )
    assert failed["headline"].endswith(
        "better than old, a control failed: further seeds, after an undeclared look."
    )
    assert failed["given"] == first_screen.GIVEN_RUNS


def test_a_plan_without_claims_says_so() -> None:
    plan = plan_of(("new", "old", "reference"))
    content = opening(comparison_frames(random_tables(), plan), plan=plan, queries="queries")
    assert content["headline"] == "The plan names no claim."
    assert content["claim_table"] is None
    assert content["answers"] == ()


@pytest.mark.parametrize(
    ("detectable", "to_add"),
    [
        ([0.05, 0.03, 0.019, 0.01], "10 more seeds"),
        ([0.01, 0.01, 0.01, 0.01], None),
        ([0.05, 0.04, 0.03, 0.03], None),
    ],
)
def test_what_to_add_is_the_first_forecast_that_finds_the_sesoi(
    detectable: list[float], to_add: str | None
) -> None:
    plans = ["as it is", "5 more seeds", "10 more seeds", "twice the queries"]
    pair = {"dataset": "toy", "system": "new", "claim": "better", "baseline": "old"}
    prospects = pd.DataFrame({**pair, "plan": plans, "mde": detectable})
    frames = replace(FRAMES, prospects=prospects)
    expected = {} if to_add is None else {("toy", "new", "better"): to_add}
    assert what_to_add(frames, plan=PLAN) == expected
    assert what_to_add(frames, plan=plan_of(("new", "old"), sesoi=None)) == {}
    assert what_to_add(replace(frames, prospects=prospects.iloc[:0]), plan=PLAN) == {}


def test_the_scale_takes_the_kinds_of_systems_from_their_configuration() -> None:
    encoder = {"kind": "bi_encoder"}
    systems = {"new": encoder, "old": encoder, "random": encoder, "bm25": {"kind": "bm25"}}
    runs = pd.DataFrame({"system": ["new", "old", "random"], "trained": [True, True, False]})
    gains = FRAMES.comparisons.set_index(["system", "baseline"])["difference"]
    (sentence,), folded = scales(replace(FRAMES, runs=runs), plan=PLAN, systems=systems)
    assert folded == ()
    verb = "gains" if gains["new", "random"] > 0 else "loses"
    assert sentence.startswith(f"Over the untrained model new {verb} ")
    assert "; its control " in sentence


def test_the_scale_of_several_datasets_is_told_of_all_and_folded_of_each() -> None:
    runs = pd.DataFrame({"system": ["new", "old"], "trained": [True, True]})
    systems = {name: {"kind": "bi_encoder"} for name in ("new", "old", "random")}
    board = pd.concat([FRAMES.leaderboard, FRAMES.leaderboard.assign(dataset="other")])
    frames = replace(FRAMES, runs=runs, leaderboard=board)
    shown, folded = scales(frames, plan=PLAN, systems=systems)
    assert [text.split(",")[0] for text in shown] == ["By training alone"]
    assert [text.partition(":")[0] for text in folded] == ["On toy"]


def test_a_card_is_about_the_deciding_control() -> None:
    (card,) = cards(FRAMES, plan=PLAN, queries="queries")
    assert card["row"]["baseline"] == "old"
    assert (card["against"], card["verdict"]) == ("old", "inconclusive")
    assert "4 seeds. Seed s gives both systems the same batches and negatives" in card["basis"]


def test_claims_with_names_have_a_card_each() -> None:
    contrasts: list[dict[str, Any]] = [
        {"system": "new", "baseline": "old", "claims": ["better", "routing helps"]},
        {"system": "new", "baseline": "random", "claims": ["routing helps"]},
    ]
    plan = Analysis.model_validate({"contrasts": contrasts})
    frames = suite_frames(comparison_frames(random_tables(), plan))
    first, second = cards(frames, plan=plan, queries="queries")
    assert (first["named"], first["against"]) == ("better", "old")
    assert (second["named"], second["against"]) == ("routing helps", "all 2 controls")


def test_what_two_claims_end_with_is_said_once() -> None:
    ending = "Gains and losses of 0.02 are excluded; smaller ones are not."
    leads = [f"a − c is −.005 [−.013, +.003]. {ending}", f"b − c is +.001 [−.01, +.01]. {ending}"]
    assert endings_once(leads) == ("a − c is −.005 [−.013, +.003].", leads[1])
    assert endings_once([*leads, "d − c is +.4."]) == (*endings_once(leads), "d − c is +.4.")
    assert endings_once(["The same. One.", "The same. One."]) == ("The same.", "The same. One.")
    assert endings_once([]) == ()

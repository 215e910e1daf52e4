"""The heading over all claims: alike, mixed, of several datasets, and what must stand in it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from maw.reporting import answer
from maw.reporting.answer import Answer, answers, remarks_on
from maw.reporting.frames import VerdictFrames
from maw.reporting.words import WITHHELD
from maw.settings.plan import Analysis
from tests.reporting.test_words import CONTROL, ROW

SYSTEMS = ("S1", "S2")
BOARD = pd.DataFrame(columns=["dataset", "system", "measure", "mean"])


def plan_of(*systems: str, claims: tuple[str, ...] = (), **keys: Any) -> Analysis:
    contrasts = [{"system": name, "baseline": "C", "claims": claims} for name in systems]
    return Analysis.model_validate({"sesoi": 0.02, "contrasts": contrasts, **keys})


def frames_of(
    *claims: Mapping[str, object], board: pd.DataFrame = BOARD, extra: tuple[Any, ...] = ()
) -> VerdictFrames:
    """Return frames with these changes of ROW as claims, each against the one control C."""
    rows = pd.DataFrame([{**ROW, **claim} for claim in claims], columns=list(ROW))
    key = rows[["dataset", "system"]].drop_duplicates().to_dict("records")
    controls = [{**CONTROL, **pair, "measure": "nDCG@10"} for pair in [*key, *extra]]
    columns = ["dataset", "system", "measure", *CONTROL]
    compared = pd.DataFrame(controls, columns=columns)
    return VerdictFrames(comparisons=compared, claims=rows, leaderboard=board)


def alike(word: str, **row: object) -> VerdictFrames:
    return frames_of(*({"system": name, "word": word, **row} for name in SYSTEMS))


@pytest.mark.parametrize(
    ("word", "heading"),
    [
        ("better", "Yes, on D: S1 and S2 each rank better than all their controls."),
        (
            "better, by at least SESOI",
            "Yes, on D: S1 and S2 each rank better than all their controls.",
        ),
        (
            "better, but by less than SESOI",
            "Better, but too little to matter, on D: S1 and S2 each lead a control by less than "
            "0.02.",
        ),
        ("refuted", "No, on D: S1 loses to C, S2 to C."),
        (
            "equivalent",
            "No difference that matters, on D: S1 and S2 are each within 0.02 of all their "
            "controls.",
        ),
        (
            "no relevant gain",
            "No gain that matters, on D: neither S1 nor S2 leads every control by 0.02.",
        ),
        ("inconclusive", "Undecided, on D: S1 and S2 may or may not rank better."),
        ("not controlled", "Not judged, on D: S1 and S2 have too few seeds."),
        (
            "not estimable",
            "Not judged, on D: the effect of training S1 or S2 cannot be estimated.",
        ),
    ],
)
def test_claims_with_one_word_share_a_heading(word: str, heading: str) -> None:
    (found,) = answers(alike(word, loses_to="C"), plan=plan_of(*SYSTEMS))
    assert (found.heading, found.bullets) == (heading, ())
    assert [text.partition(": ")[0].split()[0] for text in found.leads] == ["S1", "S2"]


def test_three_systems_without_a_relevant_gain() -> None:
    rows = [{"system": name, "word": "no relevant gain"} for name in ("a", "b", "c")]
    (found,) = answers(frames_of(*rows), plan=plan_of("a", "b", "c"))
    assert found.heading == (
        "No gain that matters, on D: none of a, b and c leads every control by 0.02."
    )


def test_several_withheld_words_share_the_sentence() -> None:
    (found,) = answers(alike("equivalent", withheld="planted loss"), plan=plan_of(*SYSTEMS))
    assert found.heading == f"Undecided, on D: {WITHHELD}"


def test_a_single_claim_has_its_own_heading_and_lead() -> None:
    found = answers(frames_of({}), plan=plan_of("S"), to_add={("D", "S", "better"): "5 more seeds"})
    assert found == (
        Answer(
            "D",
            "Undecided, on D: S may or may not rank better than C.",
            (),
            (
                "S − C is +.010 [−.008, +.028]: 0 and 0.02 both fit. This is not evidence of "
                "equality. What to add: 5 more seeds.",
            ),
        ),
    )


def test_mixed_claims_are_counted_and_each_has_a_bullet() -> None:
    rows: list[dict[str, Any]] = [
        {"system": "S1", "word": "better", "lower": 0.01},
        {"system": "S2"},
        {"system": "S3", "word": "equivalent"},
    ]
    (found,) = answers(frames_of(*rows), plan=plan_of("S1", "S2", "S3"))
    assert found.heading == "On D, 1 of 3 claims holds."
    assert found.bullets == (
        "Yes, on D: S1 ranks better than C.",
        "Undecided, on D: S2 may or may not rank better than C.",
        "No difference that matters, on D: S3 and C are within 0.02.",
    )
    (none,) = answers(frames_of(*rows[1:]), plan=plan_of("S2", "S3"))
    assert none.heading == "On D, none of 2 claims holds."
    word = "better, but by less than SESOI"
    both = frames_of(rows[0], {"system": "S2", "word": word, "lower": 0.01})
    assert answers(both, plan=plan_of("S1", "S2"))[0].heading == "On D, 2 of 2 claims hold."


def test_another_suffix_is_another_verdict() -> None:
    rows = [{"system": name, "word": "refuted", "loses_to": "C"} for name in SYSTEMS]
    frames = frames_of(rows[0], {**rows[1], "suffix": "by less than SESOI"})
    (found,) = answers(frames, plan=plan_of(*SYSTEMS))
    assert found.heading == "On D, none of 2 claims holds."


def test_claims_about_one_system_with_one_word_share_a_bullet_with_their_names() -> None:
    rows: list[dict[str, Any]] = [{"claim": "better"}, {"claim": "routing helps"}]
    plan = plan_of("S", claims=("better", "routing helps"))
    (found,) = answers(frames_of(*rows), plan=plan)
    assert found.heading == "On D, none of 2 claims holds."
    sentence = "Undecided, on D: S may or may not rank better than C."
    assert found.bullets == (f"“better” and “routing helps”: {sentence}",)
    assert found.leads[1].startswith("S, “routing helps”: S − C is")
    (apart,) = answers(frames_of(rows[0], {**rows[1], "word": "equivalent"}), plan=plan)
    assert apart.bullets == (
        f"“better”: {sentence}",
        "“routing helps”: No difference that matters, on D: S and C are within 0.02.",
    )


def test_systems_with_the_same_word_in_each_of_their_claims_share_a_bullet() -> None:
    rows: list[dict[str, Any]] = [
        {"system": name, "claim": claim, "word": word}
        for name, word in (
            ("S1", "no relevant gain"),
            ("S2", "inconclusive"),
            ("S3", "no relevant gain"),
        )
        for claim in ("better", "routing helps")
    ]
    plan = plan_of("S1", "S2", "S3", claims=("better", "routing helps"))
    (found,) = answers(frames_of(*rows), plan=plan)
    assert found.bullets == (
        "“better” and “routing helps”: No gain that matters, on D: neither S1 nor S3 leads every "
        "control by 0.02.",
        "“better” and “routing helps”: Undecided, on D: S2 may or may not rank better than C.",
    )


def test_a_control_is_not_named_by_the_bar_of_another_claim() -> None:
    claims: dict[str, Any] = {
        "n_controls": 2,
        "word": "better, but by less than SESOI",
        "claim": "second",
    }
    contrasts = [
        {"system": "S", "baseline": "C", "claims": ["first", "second"]},
        {"system": "S", "baseline": "C2", "claims": ["second"]},
    ]
    plan = Analysis.model_validate({"sesoi": 0.02, "contrasts": contrasts})
    (found,) = answers(frames_of(claims), plan=plan)
    assert found.heading.endswith("S leads its closest control by less than 0.02.")


def test_each_dataset_has_its_own_line() -> None:
    rows: list[dict[str, Any]] = [
        {"dataset": "one", "word": "better", "lower": 0.01},
        {"dataset": "two"},
    ]
    found = answers(frames_of(*rows), plan=plan_of("S"))
    assert [line.heading for line in found] == [
        "Yes, on one: S ranks better than C.",
        "Undecided, on two: S may or may not rank better than C.",
    ]
    assert all(";" not in line.heading for line in found)
    assert [line.leads[0].partition(": ")[0] for line in found] == ["S on one", "S on two"]


def test_with_several_datasets_claims_that_are_alike_share_a_bullet() -> None:
    alike_rows = [{"system": name, "word": "no relevant gain"} for name in ("S1", "S2")]
    rows = [*alike_rows, {"system": "S3"}, {"system": "S1", "dataset": "two"}]
    first, _ = answers(frames_of(*rows), plan=plan_of("S1", "S2", "S3"))
    assert first.bullets == (
        "No gain that matters, on D: neither S1 nor S2 leads every control by 0.02.",
        "Undecided, on D: S3 may or may not rank better than C.",
    )


def test_what_cannot_be_judged_has_a_bullet_each_whatever_the_number_of_datasets() -> None:
    rows = [{"system": name, "word": "not estimable"} for name in ("S1", "S2")]
    frames = frames_of(*rows, {"system": "S3"}, {"system": "S1", "dataset": "two"})
    first, _ = answers(frames, plan=plan_of("S1", "S2", "S3"))
    assert len(first.bullets) == 3


def test_withheld_claims_of_two_systems_keep_a_bullet_each() -> None:
    rows = [{"system": name, "withheld": "planted loss"} for name in ("S1", "S2")]
    (found,) = answers(frames_of(*rows, {"system": "S3"}), plan=plan_of("S1", "S2", "S3"))
    assert len(found.bullets) == 3


def test_a_lead_that_does_not_name_its_system_is_preceded_by_it() -> None:
    rows = [{"system": name, "word": "better", "lower": 0.01} for name in SYSTEMS]
    (found,) = answers(frames_of(*rows), plan=plan_of(*SYSTEMS))
    assert found.leads[0].startswith("S1: Its smallest lead, over C, is +.010 [.010, .028]")
    undecided = frames_of(*({"system": name} for name in SYSTEMS))
    (found,) = answers(undecided, plan=plan_of(*SYSTEMS))
    assert found.leads[1].startswith("S2 − C is +.010")


def test_without_a_claim_there_is_no_answer() -> None:
    assert answers(frames_of(), plan=plan_of()) == ()
    assert answer.level(frames_of(), plan=plan_of()) == ""
    assert remarks_on(frames_of().claims, controls=None) == {}


CONTROLS = pd.DataFrame(
    {
        "dataset": "D",
        "control": ["planted loss", "noise floor", "budget of S", "judged"],
        "kind": ["planted", "negative", "budget", "judged"],
        "system": ["C", "C", "S", "S"],
        "baseline": ["C", "C", "C", "C"],
        "passed": pd.array([False, False, False, False], dtype="boolean"),
        "outcome": ["", "", "at this budget only", ""],
    }
)


def test_failed_controls_the_budget_and_looks_stand_in_the_heading() -> None:
    frames = frames_of({})
    remarks = remarks_on(frames.claims, controls=CONTROLS, undeclared_look=True)
    (found,) = answers(frames, plan=plan_of("S"), remarks=remarks)
    assert found.heading == (
        "Undecided, on D: S may or may not rank better than C, at this budget only, a control "
        "failed: planted loss and noise floor, after an undeclared look."
    )


def test_controls_that_passed_or_could_not_be_run_are_no_remark() -> None:
    passed = CONTROLS.assign(
        passed=pd.array([True, True, True, None], dtype="boolean"), outcome="holds"
    )
    claims = frames_of({}).claims
    assert remarks_on(claims, controls=passed) == {("D", "S", "better"): ()}
    elsewhere = CONTROLS.assign(dataset="E")
    assert remarks_on(claims, controls=elsewhere) == {("D", "S", "better"): ()}


def test_a_control_that_withholds_the_word_is_not_told_twice() -> None:
    claims = frames_of({"word": "equivalent", "withheld": "planted loss"}).claims
    (texts,) = remarks_on(claims, controls=CONTROLS).values()
    assert texts == ("at this budget only", "a control failed: noise floor")


def test_shared_remarks_stand_once_and_others_with_their_claim() -> None:
    frames = frames_of({"system": "S"}, {"system": "S2", "word": "equivalent"})
    remarks = remarks_on(frames.claims, controls=CONTROLS.iloc[2:], undeclared_look=True)
    (found,) = answers(frames, plan=plan_of("S", "S2"), remarks=remarks)
    assert found.heading == "On D, none of 2 claims holds, after an undeclared look."
    assert found.bullets == (
        "Undecided, on D: S may or may not rank better than C, at this budget only.",
        "No difference that matters, on D: S2 and C are within 0.02.",
    )


@pytest.mark.parametrize(
    ("levels", "keys", "text"),
    [
        ([0.05], {}, "95 %"),
        ([0.025, 0.025], {}, "95 % over 2 claims together: each at 97.5 %"),
        (
            [0.01, 0.04],
            {"weights": {"S1": 0.2, "S2": 0.8}},
            "95 % over 2 claims together, each at its own share",
        ),
        (
            [0.001, 0.004],
            {
                "weights": {"S1": 0.2, "S2": 0.8},
                "looks": [{"seeds": 5, "alpha": 0.005}, {"seeds": 10, "alpha": 0.045}],
            },
            "99.5 % over 2 claims together, each at its own share",
        ),
    ],
)
def test_the_level_is_told_once(levels: list[float], keys: dict[str, Any], text: str) -> None:
    names = ("S1", "S2")[: len(levels)]
    rows = [{"system": name, "level": level} for name, level in zip(names, levels, strict=True)]
    assert answer.level(frames_of(*rows), plan=plan_of(*names, **keys)) == text


def test_the_smallest_difference_that_matters_is_defined_by_the_plan() -> None:
    assert answer.margin(plan_of("S", sesoi_reason="users do not see less.")) == (
        "0.02 is the smallest difference that the plan says matters: users do not see less."
    )
    assert answer.margin(plan_of("S")) == (
        "0.02 is the smallest difference that the plan says matters."
    )
    assert answer.margin(plan_of("S", sesoi=None)) == (
        "The plan names no smallest difference that matters."
    )

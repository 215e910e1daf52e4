"""Choices at the edge of a search are one check, with whom they underrate."""

from typing import Any

import pytest

from maw.reporting.checks import PUSHES, Check
from maw.reporting.edges import edge_checks
from maw.settings.plan import Analysis
from tests.reporting.small_suite import comparison_frames, random_tables, selection_frame
from tests.scored import plan_of

PLAN = plan_of(("new", "old"))
CLAIMS = comparison_frames(random_tables(), PLAN).claims


def checks(*searches: dict[str, Any], plan: Analysis = PLAN) -> list[Check]:
    """Return the checks of searches: what is not told of each is as in `selection_frame`."""
    return list(edge_checks(selection_frame(list(searches)), CLAIMS, plan=plan))


def at_edge(*systems: str) -> list[dict[str, Any]]:
    return [{"system": system, "at_edge": True} for system in systems]


@pytest.mark.parametrize(
    ("system", "pushes"),
    [
        ("new", "If anything, new looks worse than it is."),
        ("old", "If anything, this control is underrated, and the claims look better than they "
         "are."),
        ("random", "No claim needs it."),
    ],
)  # fmt: skip
def test_a_choice_at_an_edge_says_whom_it_underrates(system: str, pushes: str) -> None:
    (check,) = checks(*at_edge(system))
    assert check.state == "failed"
    assert check.sentence == (
        f"What the search chose for {system} lies at the edge of what it tried: learning rate "
        "0.001."
    )
    assert check.pushes == pushes


def test_several_systems_share_a_sentence_which_has_their_choice_if_it_is_one() -> None:
    (check,) = checks(*at_edge("new", "old"), {"system": "bm25"})
    assert check.sentence == (
        "What the searches chose for new and old lies at the edge of what they tried: learning "
        "rate 0.001."
    )
    assert check.pushes == (
        "If anything, old is underrated, and the claims look better than they are; new looks worse "
        "than it is."
    )
    other = {"system": "random", "at_edge": True, "parameters": '{"learning_rate": 0.01}'}
    (apart,) = checks(*at_edge("new", "old"), other)
    assert apart.sentence == (
        "What the searches chose for new, old and random lies at the edge of what they tried."
    )
    (many,) = checks(*at_edge("new", "old", "stat"), other, {"system": "fixed"})
    assert many.sentence == "4 of 5 searches chose an edge of what they tried."
    assert checks(*at_edge("random", "further"))[0].pushes == "No claim needs them."


def test_several_controls_are_not_named_again() -> None:
    (check,) = checks(*at_edge("old", "random"), plan=plan_of(("new", "old"), ("new", "random")))
    assert check.pushes == (
        "If anything, the controls among them are underrated, and the claims look better than they "
        "are."
    )


def test_a_system_that_another_claim_needs_as_its_control_pushes_both_ways() -> None:
    chained = plan_of(("new", "old"), ("old", "new"))
    (check,) = checks(*at_edge("new"), plan=chained)
    assert check.pushes == PUSHES["both"]


def test_a_system_is_told_once_although_it_is_at_the_edge_on_several_datasets() -> None:
    other = {"at_edge": True, "dataset": "other"}
    (check,) = checks(*at_edge("new"), other)
    assert check.sentence.endswith(
        "for new lies at the edge of what it tried: learning rate 0.001."
    )
    (apart,) = checks(*at_edge("new"), {**other, "parameters": '{"learning_rate": 0.03}'})
    assert apart.sentence.endswith("for new lies at the edge of what it tried.")


def test_choices_inside_the_range_pass_and_without_a_search_there_is_no_check() -> None:
    (check,) = checks({})
    assert check.state == "passed"
    assert checks({"n_dev": 0, "at_edge": False}) == []

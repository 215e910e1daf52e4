"""The section `selection`: how many trials a system has, and what it cannot hold."""

from typing import Any

import pytest
from pydantic import ValidationError

from maw.settings.selection import Selection

NOISE = {"maw": {"attention.noise": [0.5, 0.1]}}


@pytest.mark.parametrize(
    ("section", "n_trials"),
    [
        ({}, 3),
        ({"options": NOISE}, 6),
        ({"learning_rates": [3e-3], "options": NOISE}, 2),
        ({"learning_rates": [3e-3]}, 0),
    ],
)
def test_a_system_has_a_trial_for_each_rate_and_value(
    section: dict[str, Any], n_trials: int
) -> None:
    selection = Selection.model_validate(section)
    assert selection.n_trials("maw") == n_trials
    assert selection.searches == (n_trials > 0)


def test_a_number_that_yaml_reads_as_text_is_a_number_and_a_word_stays_a_word() -> None:
    for values, expected in ((("1e-3", 2), (1e-3, 2)), (("source", "mode"), ("source", "mode"))):
        selection = Selection.model_validate({"options": {"maw": {"objective.x": values}}})
        assert selection.options["maw"]["objective.x"] == expected


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"learning_rates": [3, 2, 1]}, "learning_rates do not rise; give each once"),
        (
            {"learning_rates": [1e-3, 3e-3]},
            "learning_rates are two, of which each is an edge; give one, to search nothing, or at "
            "least three",
        ),
        ({"learning_rates": []}, "at least 1 item"),
        (
            {"options": {"maw": {"attention.noise": [0.5, 1], "training.warmup": [0, 0.1]}}},
            "'maw' searches 2 options; give one option and its values",
        ),
        (
            {"options": {"maw": {"attention.noise": [0.5]}}},
            r"'maw' has \[0.5\] for 'attention.noise'; give at least two values, each once",
        ),
        ({"options": {"maw": {"attention.noise": [1, 1.0]}}}, "give at least two values, each"),
    ],
)
def test_a_search_that_cannot_be_is_named(section: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Selection.model_validate(section)

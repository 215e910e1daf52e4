"""Searches as tables: a row for each trial, and one for what was chosen."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from maw.errors import InputError
from maw.stages.shared.run_folders import RunFolders, folders_of
from maw.stages.shared.searches import (
    SEARCHED,
    SELECTED,
    refuse_other_parameters,
    search_rows,
    selection_rows,
)

NOISE = "attention.noise"
ENTRY = {"dataset": "toy", "system": "maw", "seed": 42, "stamps": {}}


def trial(noise: float, dev: float | None, *, at_edge: bool = False) -> dict[str, Any]:
    """A trial at the learning rate 0.001."""
    return {"learning_rate": 1e-3, "options": {NOISE: noise}, "dev": dev, "at_edge": at_edge}


SEARCH: dict[str, Any] = {
    **trial(0.1, 0.75),
    "dataset": "toy",
    "system": "maw",
    "trials": [trial(0.5, 0.5, at_edge=True), trial(0.1, 0.75), trial(0.05, 0.25, at_edge=True)],
    "n_dev": 17,
    "dev_se": 0.02,
}


def test_a_trial_has_its_number_and_its_parameters_as_sorted_json() -> None:
    table = search_rows([SEARCH])
    assert list(table.columns) == SEARCHED
    assert table["trial"].tolist() == [1, 2, 3]
    assert table["parameters"].iloc[0] == '{"attention.noise": 0.5, "learning_rate": 0.001}'
    assert table["dev"].tolist() == [0.5, 0.75, 0.25]
    assert table["chosen"].tolist() == [False, True, False]
    assert table["at_edge"].tolist() == [True, False, True]


def test_a_search_has_a_row_of_what_it_chose() -> None:
    table = selection_rows([SEARCH])
    assert list(table.columns) == SELECTED
    (row,) = table.to_dict("records")
    assert row["parameters"] == '{"attention.noise": 0.1, "learning_rate": 0.001}'
    assert (row["dev"], row["at_edge"], row["n_dev"], row["dev_se"]) == (0.75, False, 17, 0.02)


def test_where_nothing_was_searched_there_is_no_development_score() -> None:
    fixed = {"learning_rate": 3e-3, "options": {}, "dev": None, "at_edge": False}
    content = {**SEARCH, **fixed, "trials": [fixed], "n_dev": 0, "dev_se": None}
    searched, selected = search_rows([content]), selection_rows([content])
    assert searched["dev"].isna().all()
    assert searched["chosen"].tolist() == [True]
    assert selected[["dev", "dev_se"]].isna().all(axis=None)
    assert selected["parameters"].tolist() == ['{"learning_rate": 0.003}']


@pytest.fixture
def run(tmp_path: Path) -> RunFolders:
    return folders_of(tmp_path, ENTRY)


@pytest.mark.parametrize(
    "used",
    [
        {"learning_rate": 1e-3, "options": {NOISE: 0.5}},
        {"learning_rate": 3e-3, "options": {NOISE: 0.1}},
        {"learning_rate": 1e-3, "options": {}},
    ],
    ids=["option", "learning rate", "no option"],
)
def test_a_run_with_other_parameters_than_were_chosen_is_refused(
    run: RunFolders, used: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match=r"run\.json: trained with \{.*\}, but \{.*was chosen"):
        refuse_other_parameters([run], [used], selection_rows([SEARCH]))


def test_a_run_as_chosen_and_one_that_was_not_searched_pass(run: RunFolders) -> None:
    untrained = replace(run, entry={**ENTRY, "system": "bm25"})
    chosen = {"learning_rate": 1e-3, "options": {NOISE: 0.1}}
    refuse_other_parameters([run, untrained], [chosen, {}], selection_rows([SEARCH]))

"""What was searched: a table, and sentences on how sure it is."""

import json
from typing import Any

import pandas as pd

from maw.reporting import searches
from tests.reporting.small_suite import search_frame, selection_frame

NOISE = "attention.noise"
TRIED = [(0.0003, 0.5), (0.0003, 0.1), (0.001, 0.5), (0.001, 0.1), (0.003, 0.5), (0.003, 0.1)]


def trial(number: int, dev: float, **parameters: Any) -> dict[str, Any]:
    """A row of the search; the fourth trial is chosen."""
    row: dict[str, Any] = {"trial": number, "dev": dev, "chosen": number == 4}
    return row | {"parameters": json.dumps(parameters, sort_keys=True)}


SEARCH = search_frame(
    [
        trial(number, 0.1 * number, learning_rate=rate, **{NOISE: noise})
        for number, (rate, noise) in enumerate(TRIED, 1)
    ]
)
FIXED: dict[str, Any] = {"parameters": '{"learning_rate": 0.003}', "dev": None, "n_dev": 0}


def test_a_search_has_a_row_with_what_was_tried_and_chosen() -> None:
    (row,) = searches.table(SEARCH).to_dict("records")
    assert row == {
        "Dataset": "toy",
        "System": "new",
        "Trials": 6,
        "Hyper-parameters searched": "learning rate 0.0003, 0.001, 0.003; attention.noise 0.5, 0.1",
        "Chosen": "learning rate 0.001, attention.noise 0.1",
        "Dev": "0.400",
        "At edge": "no",
    }
    edge = searches.table(SEARCH.assign(at_edge=True))
    assert edge["At edge"].tolist() == ["yes"]


def test_where_nothing_was_searched_there_is_no_row() -> None:
    fixed = search_frame([{**FIXED, "chosen": True}])
    assert searches.table(fixed).empty
    assert searches.table(search_frame([])).empty


def test_words_stand_as_they_are() -> None:
    assert searches.shown('{"learning_rate": 0.001, "objective.rule": "mode"}') == (
        "learning rate 0.001, objective.rule mode"
    )


def test_a_choice_on_few_queries_is_warned_of_where_the_dataset_has_a_search() -> None:
    rows: list[dict[str, Any]] = [
        {"n_dev": 19},
        {"n_dev": 3, "system": "old"},
        {"n_dev": 2, "dataset": "all.fold1"},
    ]
    assert list(searches.few_development_queries(selection_frame(rows), ["toy", "moved"])) == [
        "Hyper-parameters for toy were chosen on 3 development queries only: enlarge split.dev."
    ]
    enough = selection_frame([{"n_dev": 20}, {**FIXED, "system": "old"}])
    assert list(searches.few_development_queries(enough, ["toy"])) == []


def test_how_surely_values_were_chosen_is_told() -> None:
    rows = selection_frame([{"dev_se": 0.0124}, {"dev_se": 0.0141, "system": "old"}])
    few = rows.assign(n_dev=171)
    assert list(searches.told(few)) == [
        "Hyper-parameters for toy were chosen on 171 judged development queries; over these, the "
        "best trial's lead over the second-best has a standard error of 0.012 to 0.014."
    ]
    (equal,) = searches.told(few.iloc[:1])
    assert equal.endswith("a standard error of 0.012.")
    (unknown,) = searches.told(few.assign(dev_se=float("nan")))
    assert unknown == "Hyper-parameters for toy were chosen on 171 judged development queries."
    assert list(searches.told(few.assign(n_dev=300))) == []


def test_a_fixed_learning_rate_is_told() -> None:
    rows = selection_frame([FIXED, {**FIXED, "system": "old"}])
    assert list(searches.told(rows)) == [
        "Nothing was searched for toy: the configuration fixes learning rate 0.003."
    ]
    assert list(searches.told(pd.DataFrame(rows.iloc[:0]))) == []

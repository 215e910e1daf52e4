"""Every trained system tries the same learning rates; the best trial is selected."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.jobs.files import read_json
from maw.stages.select import select

Write = Callable[..., Path]
Call = Callable[..., None]


def trials(**values: float) -> dict[str, Any]:
    """Return the content of trials.json: `trials(_1e3=.6)` has the score 0.6 at 1e-3.

    Three queries have the score, 0.03 more and 0.03 less; the best two learning rates differ.
    """
    queries = {name: [value, value + 0.03, value - 0.03] for name, value in values.items()}
    return {
        "query_ids": ["a", "b", "c"],
        "trials": [
            {
                "learning_rate": float(name[1:].replace("e", "e-")),
                "options": {},
                "dev": value,
                "of_queries": queries[name],
            }
            for name, value in values.items()
        ],
    }


@pytest.fixture
def selected(tmp_path: Path, write: Write, call: Call) -> Callable[..., dict[str, Any]]:
    """Return a function (own trials, shared grid, keys of the spec) -> content of selection.json.

    The system has tried every learning rate of the grid; without trials nothing is searched.
    """

    def run(
        own_trials: dict[str, Any] | None, learning_rates: list[float], **spec: Any
    ) -> dict[str, Any]:
        names = (
            *("documents", "qrels", "split", "training", "negatives"),
            *("forbidden", "development", "trunk"),
        )
        files = {
            name: write(tmp_path / f"{name}.parquet", pd.DataFrame({"x": [1]}), name)
            for name in names
        }
        files["queries"] = write(
            tmp_path / "queries.parquet",
            pd.DataFrame({"query_id": ["a", "b", "c"], "cluster": ["x", "y", "y"]}),
            "queries",
        )
        if own_trials is not None:
            files["trials"] = write(tmp_path / "trials.json", own_trials, "trials")
            grid = {"learning_rates": learning_rates}
            files["grid"] = write(tmp_path / "grid.json", grid, "grid")
        selection = tmp_path / "selection.json"
        call(select, {"name": "plain", "selection": {}, **spec}, **files, selection=selection)
        return read_json(tmp_path / "selection.json")

    return run


def test_the_best_rate_of_the_grid_is_chosen_and_all_trials_are_told(
    selected: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    own = trials(_1e3=0.2, _3e4=0.3, _1e4=0.1)
    selection = selected(own, [1e-4, 3e-4, 1e-3])
    assert (selection["learning_rate"], selection["dev"], selection["at_edge"]) == (
        3e-4,
        0.3,
        False,
    )
    assert selection["grid"] == [1e-4, 3e-4, 1e-3]
    assert [trial["learning_rate"] for trial in selection["trials"]] == selection["grid"]
    assert "plain: best of 3 trials: learning rate 0.0003, dev 0.3000 (" in capsys.readouterr().out


def test_a_winner_on_the_edge_is_told(
    selected: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    selection = selected(trials(_1e4=0.1, _3e4=0.3, _1e3=0.4), [1e-4, 3e-4, 1e-3])
    assert (selection["learning_rate"], selection["at_edge"]) == (1e-3, True)
    assert "(at the edge of what was tried)" in capsys.readouterr().out


def test_the_stamp_follows_the_data_and_the_trials_but_not_the_shared_grid(
    selected: Callable[..., dict[str, Any]],
) -> None:
    # an edit of one system would otherwise unsettle all
    selection = selected(trials(_1e4=0.1, _3e4=0.3, _1e3=0.2), [1e-4, 3e-4, 1e-3])
    assert {"documents", "trunk", "trials"} <= set(selection["stamp"]["reads"])
    assert "grid" not in selection["stamp"]["reads"]


def test_the_difference_to_the_second_best_has_the_standard_error_of_its_clusters(
    tmp_path: Path, selected: Callable[..., dict[str, Any]]
) -> None:
    own = trials(_1e3=0.2, _3e4=0.3, _1e4=0.1)
    own["trials"][1]["of_queries"] = [0.4, 0.2, 0.3]  # 3e-4 against 0.2, 0.23, 0.17 at 1e-3
    selection = selected(own, [1e-4, 3e-4, 1e-3])
    # a is one cluster, b and c another: without a (-.03 + .13)/2, without b and c .2; all .1
    expected = (1 / 2 * ((0.05 - 0.1) ** 2 + (0.2 - 0.1) ** 2)) ** 0.5
    assert selection["n_dev"] == 3
    assert selection["dev_se"] == pytest.approx(expected)
    assert "of_queries" not in selection["trials"][0]


def test_the_first_value_of_equals_is_chosen_with_its_learning_rate(
    selected: Callable[..., dict[str, Any]],
) -> None:
    own = trials(_1e3=0.2, _3e4=0.3, _1e4=0.1)
    values = {"attention.noise": [0.5, 0.1]}
    own["trials"] = [
        {**entry, "options": {"attention.noise": value}}
        for entry in own["trials"]
        for value in values["attention.noise"]
    ]
    selection = selected(own, [1e-4, 3e-4, 1e-3], options=values)
    assert (selection["learning_rate"], selection["options"]) == (3e-4, {"attention.noise": 0.5})
    assert selection["searched"] is True
    at_edge = [trial["at_edge"] for trial in selection["trials"]]
    assert at_edge == [True, True, False, False, True, True]
    assert selection["dev_se"] == 0.0  # the second-best has the same scores


def test_where_nothing_is_searched_the_one_learning_rate_is_selected(
    selected: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    one = {"learning_rate": 3e-3, "options": {}, "dev": None}
    selection = selected(None, [], selection={"learning_rates": [3e-3]})
    stamp = selection.pop("stamp")
    assert selection == {
        **one,
        "searched": False,
        "at_edge": False,
        "grid": [3e-3],
        "trials": [{**one, "at_edge": False}],
        "n_dev": 0,
        "dev_se": None,
    }
    assert {"documents", "trunk"} <= set(stamp["reads"])
    assert "plain: learning rate 0.003, which the configuration fixes (" in capsys.readouterr().out

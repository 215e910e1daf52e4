"""A suite reproduces the committed scores, or every mean that differs is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs import files
from maw.stages.check import check, path_of, read_reference

Write = Callable[..., Path]
Call = Callable[..., None]
HEAD = "dataset,system,seed,measure,value,path\n"
VERSIONS = {"processor": "x86", "torch": "2.13.0", "numpy": "2.4.6"}
PATH = "cpu; onednn; x86; torch 2.13.0; numpy 2.4.6"


def scores(shift: float = 0.0, *, seeds: tuple[int, ...] = (42, 43)) -> pd.DataFrame:
    """Return scores of two systems on two queries.

    `bm25` has one run; the means of `maw` are 0.5 and 0.6 plus the shift.
    """
    rows = [("2019", "bm25", 0, query, "AP", 0.25) for query in "ab"]
    rows += [
        ("2019", "maw", seed, query, "AP", 0.4 + 0.1 * (seed - 41) + apart + shift)
        for seed in seeds
        for query, apart in (("a", -0.1), ("b", 0.1))
    ]
    columns = ["dataset", "system", "seed", "query_id", "measure", "value"]
    return pd.DataFrame(rows, columns=columns)


ROWS = "2019,bm25,0,AP,0.25,{0}\n2019,maw,42,AP,0.5,{0}\n2019,maw,43,AP,0.60000000000000009,{0}\n"
COMMITTED = HEAD + ROWS.format("elsewhere")
HERE = HEAD + ROWS.format(PATH)


@pytest.fixture
def checked(tmp_path: Path, write: Write, call: Call) -> Callable[..., dict[str, Any]]:
    """Return a function (scores, committed CSV or None, tolerance) -> content of expected.json."""

    def run(frame: pd.DataFrame, committed: str | None, tolerance: float = 0.01) -> dict[str, Any]:
        reference = None
        if committed is not None:
            reference = tmp_path / "embedded.csv"
            reference.write_text(committed)
        systems = frame[["dataset", "system", "seed"]].drop_duplicates()
        trained = systems["system"] != "bm25"
        runs = systems.assign(
            trained=trained,
            device=trained.map({True: "cpu", False: None}),
            products=trained.map({True: "onednn", False: None}),
        )
        versions = trained.map({True: json.dumps(VERSIONS), False: "{}"})
        call(
            check,
            {"suite": "embedded", "tolerance": tolerance},
            scores=write(tmp_path / "scores.parquet", frame),
            runs=write(tmp_path / "runs.parquet", runs),
            costs=write(tmp_path / "costs.parquet", systems.assign(versions=versions)),
            reference=reference,
            expected=tmp_path / "out/expected.json",
            fresh=tmp_path / "out/expected.csv",
        )
        return files.read_json(tmp_path / "out/expected.json")

    return run


def test_the_means_of_this_run_are_what_to_commit(
    tmp_path: Path, checked: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = checked(scores(), None)
    assert (tmp_path / "out/expected.csv").read_text() == HERE
    assert (outcome["checked"], outcome["agrees"], outcome["lines"]) == (False, True, [])
    assert "no committed scores for this suite; nothing to check" in capsys.readouterr().out


def test_what_was_written_agrees_with_itself(
    checked: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = checked(scores(), COMMITTED)
    assert (outcome["checked"], outcome["agrees"], outcome["rows"]) == (True, True, 2)
    assert (outcome["largest"], outcome["lines"]) == (pytest.approx(0, abs=1e-9), [])
    output = capsys.readouterr().out
    assert "maw check: reproduces the committed scores: largest difference 0 (" in output


def test_on_the_same_path_every_run_must_be_equal_to_the_last_bit(
    checked: Callable[..., dict[str, Any]],
) -> None:
    outcome = checked(scores(), HERE)
    assert (outcome["agrees"], outcome["same_path"], outcome["tolerance"]) == (True, True, 0)
    assert (outcome["path"], outcome["largest"], outcome["rows"]) == (PATH, 0, 3)
    outcome = checked(scores(), HERE.replace("0.60000000000000009", "0.59999999999999998"))
    assert not outcome["agrees"]
    assert outcome["lines"] == ["2019/maw/43/AP: 0.6 (seeds: 1), committed 0.6 (seeds: 1)"]
    assert 0 < outcome["largest"] < 1e-15


def test_a_program_says_nothing_of_the_library_that_it_computes_with() -> None:
    runs = pd.DataFrame({"trained": [True, True], "device": "cpu", "products": ["onednn", None]})
    costs = pd.DataFrame({"versions": [json.dumps(VERSIONS)] * 2})
    assert path_of(runs, costs) == f"cpu; onednn; {PATH[13:]} | {PATH.replace('onednn; ', '')}"
    assert path_of(runs[1:].drop(columns="products"), costs[1:]) == PATH.replace("onednn; ", "")


def test_a_suite_that_trains_nothing_has_no_path(checked: Callable[..., dict[str, Any]]) -> None:
    only = scores()[lambda frame: frame["system"] == "bm25"]
    outcome = checked(only, f"{HEAD}2019,bm25,0,AP,0.2505,\n")
    assert (outcome["path"], outcome["same_path"], outcome["agrees"]) == ("", False, True)


def test_a_mean_within_the_tolerance_agrees(checked: Callable[..., dict[str, Any]]) -> None:
    outcome = checked(scores(0.009), COMMITTED)
    assert outcome["agrees"]
    assert (outcome["largest"], outcome["tolerance"]) == (pytest.approx(0.009), 0.01)


def test_a_mean_beyond_the_tolerance_is_named_with_both_values(
    checked: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = checked(scores(-0.02), COMMITTED)
    assert not outcome["agrees"]
    assert outcome["lines"] == ["2019/maw/AP: 0.53 (seeds: 2), committed 0.55 (seeds: 2)"]
    assert outcome["largest"] == pytest.approx(0.02)
    assert "maw check: DOES NOT reproduce the committed scores" in capsys.readouterr().out


def test_single_seeds_may_differ_where_their_mean_agrees(
    checked: Callable[..., dict[str, Any]],
) -> None:
    committed = COMMITTED.replace("AP,0.5,", "AP,0.45,").replace("0.60000000000000009", "0.65")
    assert checked(scores(), committed)["agrees"]


@pytest.mark.parametrize(
    ("committed", "line"),
    [
        (
            f"{COMMITTED}2019,old,42,AP,0.3,elsewhere\n",
            "2019/old/AP: absent, committed 0.3 (seeds: 1)",
        ),
        (
            COMMITTED.replace("2019,bm25,0,AP,0.25,elsewhere\n", ""),
            "2019/bm25/AP: 0.25 (seeds: 1), committed absent",
        ),
        (
            f"{COMMITTED}2019,maw,44,AP,0.55,elsewhere\n",  # the mean of the others
            "2019/maw/AP: 0.55 (seeds: 2), committed 0.55 (seeds: 3)",
        ),
    ],
)
def test_a_row_on_one_side_only_is_named(
    checked: Callable[..., dict[str, Any]], committed: str, line: str
) -> None:
    outcome = checked(scores(), committed)
    assert not outcome["agrees"]
    assert outcome["lines"] == [line]
    assert outcome["largest"] == pytest.approx(0, abs=1e-9)


def test_a_suite_without_a_row_in_common_is_still_a_report(
    checked: Callable[..., dict[str, Any]],
) -> None:
    outcome = checked(scores(), f"{HEAD}other,maw,42,AP,0.5,\n")
    assert (outcome["agrees"], outcome["largest"], len(outcome["lines"])) == (False, 0.0, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r": not a readable CSV \(.+\); restore it from git"),
        (b'a,b\n"', r": not a readable CSV"),
        (b"\xff\xfe", r": not a readable CSV"),
        (b"system,value\nx,1\n", r":1: expected \['dataset', .+\], got \['system', 'value'\]; res"),
        (f"{HEAD}p,m,42,AP,high,\n".encode(), r":2: value 'high' is not a number; restore it"),
        (f"{HEAD}p,m,42,AP,0.5,\np,m,43,AP,,\n".encode(), r":3: value '' is not a number"),
        (f"{HEAD}p,m,42,AP,inf,\n".encode(), r":2: value 'inf' is not a number"),
        (f"{HEAD}<<<<<<< HEAD\np,m,42,AP,0.5,\n".encode(), r":2: seed .+ is not a number"),
        (
            f"{HEAD}p,m,42,AP,.5,\np,m,42,AP,.6,\n".encode(),
            r":3: a second mean of the same run and measure",
        ),
    ],
)
def test_a_malformed_reference_is_named_with_the_mend(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "embedded.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"embedded\.csv{message}"):
        read_reference(path)


def test_names_that_look_like_numbers_or_nothing_stay_names(tmp_path: Path) -> None:
    path = tmp_path / "embedded.csv"
    path.write_text(f"{HEAD}2019,NA,42,AP,0.5,\n")
    frame = read_reference(path)
    assert frame.to_dict("list") == {
        "dataset": ["2019"],
        "system": ["NA"],
        "seed": [42],
        "measure": ["AP"],
        "value": [0.5],
        "path": [""],
    }

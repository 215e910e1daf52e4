"""Runs and judgements of other libraries are recognised by what their objects can do."""

from collections import namedtuple
from pathlib import Path
from typing import Any

import ir_measures
import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs.objects import is_single, judgements, run_content

NESTED = {"1": {"d1": 2.0, "d2": 1.0}, "2": {"d1": 0.5}}
ROWS = [(query, document, value) for query, ds in NESTED.items() for document, value in ds.items()]
FRAME = pd.DataFrame(ROWS, columns=["query_id", "doc_id", "score"])
Foreign = namedtuple("Foreign", "a b")


class RanxLike:
    """An object with ranx's method `to_dict`."""

    def to_dict(self) -> dict[str, dict[str, float]]:
        return NESTED


@pytest.mark.parametrize(
    "run",
    [NESTED, FRAME, [ir_measures.ScoredDoc(*row) for row in ROWS], RanxLike(), iter(
        [ir_measures.ScoredDoc(*row) for row in ROWS]
    )],
    ids=["dict", "DataFrame", "ScoredDoc", "ranx", "iterator"],
)  # fmt: skip
def test_every_form_of_a_run_is_the_same_ranking(run: Any) -> None:
    content = run_content(run, origin="runs['a']")
    assert content.kind == "ranking"
    pd.testing.assert_frame_equal(content.frame, FRAME)


def test_a_path_is_read_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.run"
    path.write_text("".join(f"{q} Q0 {d} 0 {score} t\n" for q, d, score in ROWS))
    content = run_content(str(path), origin="runs['a']")
    pd.testing.assert_frame_equal(content.frame[list(FRAME)], FRAME)


def test_a_format_is_named_for_a_path_and_for_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("".join(f"{q} Q0 {d} 0 {score} t\n" for q, d, score in ROWS))
    content = run_content(path, origin="a", file_format="trec")
    pd.testing.assert_frame_equal(content.frame[list(FRAME)], FRAME)
    with pytest.raises(InputError, match="a: is a dict and no file, so that it has no format"):
        run_content(NESTED, origin="a", file_format="trec")


def test_judgements_come_in_the_same_forms(tmp_path: Path) -> None:
    rows = [("1", "d1", 1), ("2", "d1", 0)]
    path = tmp_path / "q.txt"
    path.write_text("".join(f"{q} 0 {d} {grade}\n" for q, d, grade in rows))
    known, source, notices = judgements(path)
    assert (known.origin, source.origin, notices) == (str(path), str(path), ())
    for qrels in (
        {"1": {"d1": 1}, "2": {"d1": 0}},
        [ir_measures.Qrel(*row) for row in rows],
        pd.DataFrame(rows, columns=["qid", "docno", "label"]),
    ):
        found, source, notices = judgements(qrels)
        pd.testing.assert_frame_equal(found.frame, known.frame)
        assert (found.origin, source.origin, source.sha256, notices) == ("qrels", "qrels", "", ())


@pytest.mark.parametrize(
    ("run", "single"),
    [
        (NESTED, True),
        (FRAME, True),
        ("a.run", True),
        ([ir_measures.ScoredDoc(*row) for row in ROWS], True),
        ([NESTED, NESTED], False),
        ([FRAME, FRAME], False),
        (["a.run", "b.run"], False),
        ([], False),
    ],
)
def test_a_list_of_documents_is_one_run_and_a_list_of_runs_is_not(run: Any, single: bool) -> None:
    assert is_single(run) is single


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (7, "runs: is a int; expected a path, a DataFrame .query_id, doc_id, score., a dict"),
        (b"bytes", "runs: is a bytes; expected a path"),
        ({"1": 2.0}, r"runs\['1'\]: is a float; expected a dict of documents"),
        (iter([Foreign(1, 2)]), r"runs\[0\]: is a Foreign; expected .*ScoredDoc or a ranx.Run"),
    ],
)
def test_another_object_is_refused_with_the_forms_that_are_read(run: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        run_content(run, origin="runs")


def test_another_object_for_judgements_names_the_forms_of_judgements() -> None:
    forms = (
        "qrels: is a int; expected a path, a DataFrame .query_id, doc_id, relevance., .*ranx.Qrels"
    )
    with pytest.raises(InputError, match=forms):
        judgements(7)

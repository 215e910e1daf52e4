"""Tables of pandas become rankings, judgements or scores; the first wrong row is named."""

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs.content import SCORES
from maw.runs.frames import (
    clean_judgements,
    clean_ranking,
    clean_scores,
    content_of,
    named,
    rows_of,
    scores_of_matrix,
)

RANKING = pd.DataFrame({"query_id": [1, 2], "doc_id": ["d1", "d2"], "score": ["0.5", 2]})
LONG = pd.DataFrame({"system": ["a", "b"], "query_id": "1", "measure": "AP", "value": [0.5, 1]})


def test_an_alias_gives_way_to_our_own_name() -> None:
    frame = pd.DataFrame(columns=["qid", "query_id", "docno", "label", "name"])
    assert list(named(frame)) == ["qid", "query_id", "doc_id", "relevance", "system"]


def test_a_ranking_is_text_and_numbers() -> None:
    frame = clean_ranking(RANKING.assign(rank=["1", "second"]), locate=rows_of("runs"))
    assert frame["query_id"].tolist() == ["1", "2"]
    assert frame["score"].tolist() == [0.5, 2.0]
    assert frame["rank"].tolist() == [1.0, pytest.approx(np.nan, nan_ok=True)]


def test_scores_without_dataset_and_seed_get_the_defaults() -> None:
    frame = clean_scores(LONG, locate=rows_of("runs"))
    assert list(frame) == list(SCORES)
    assert frame.iloc[0].tolist() == ["", "a", 0, "1", "AP", 0.5]
    seeded = clean_scores(LONG.assign(seed=["42", 43.0]), locate=rows_of("runs"))
    assert seeded["seed"].tolist() == [42, 43]


def test_the_columns_say_whether_a_table_is_a_ranking_or_scores() -> None:
    assert content_of(RANKING, origin="runs").kind == "ranking"
    assert content_of(LONG, origin="runs").kind == "scores"
    with pytest.raises(
        InputError, match="runs: has columns a; a run needs query_id, doc_id, score"
    ):
        content_of(pd.DataFrame({"a": [1]}), origin="runs")
    with pytest.raises(InputError, match="runs: holds no row; export it again"):
        content_of(RANKING[:0], origin="runs")


def test_a_matrix_is_melted_system_by_system() -> None:
    matrix = pd.DataFrame([[0.1, 0.2], [0.3, 0.4]], index=[7, 8], columns=["a", "b"])
    frame = scores_of_matrix(matrix)
    assert list(frame) == list(SCORES)
    assert frame["system"].tolist() == ["a", "a", "b", "b"]
    assert frame["query_id"].tolist() == ["7", "8", "7", "8"]
    assert frame["value"].tolist() == [0.1, 0.3, 0.2, 0.4]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (RANKING.assign(score=[1, np.inf]), "runs: row 1: score inf is not a finite number"),
        (RANKING.assign(doc_id=["d1", None]), "runs: row 1: doc_id is missing; fill it in"),
        (RANKING.assign(query_id=1, doc_id="d"),
         r"row 1: returns document 'd' for topic '1' a second time \(first: runs: row 0\); keep"),
    ],
)  # fmt: skip
def test_the_first_wrong_row_of_a_ranking_is_named(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        clean_ranking(frame, locate=rows_of("runs"))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            LONG.assign(seed=[0, 0.5]),
            "row 1: seed 0.5 is not a whole number; give each seed a whole",
        ),
        (
            LONG.assign(seed=[1, 1e30]),
            r"row 1: seed 1e\+30 is beyond ±9,007,199,254,740,991",
        ),
        (LONG.assign(seed=["1", "9007199254740993"]), "row 1: seed 9007199254740993 is beyond"),
        (LONG.assign(system="a"), "row 1: scores topic '1' of 'a', seed 0, by AP a second time"),
        (LONG.assign(value=["high", 1]), "row 0: value 'high' is not a finite number"),
    ],
)
def test_the_first_wrong_row_of_scores_is_named(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        clean_scores(frame, locate=rows_of("runs"))


def test_a_grade_is_a_whole_number_and_each_document_is_judged_once() -> None:
    judged = RANKING.rename(columns={"score": "relevance"})
    with pytest.raises(InputError, match="qrels: row 0: grade 0.5 is not a whole number; round it"):
        clean_judgements(judged, locate=rows_of("qrels"))
    for grade in (1e30, 99_999_999_999, -(2**70), "100001"):
        far = judged.assign(relevance=pd.Series([1, grade], dtype=object))
        message = r"qrels: row 1: grade \S+ is beyond ±100,000, the largest that .*; give small"
        with pytest.raises(InputError, match=message):
            clean_judgements(far, locate=rows_of("qrels"))
    whole = clean_judgements(judged.assign(relevance=["2", -1.0]), locate=rows_of("qrels"))
    assert whole["relevance"].tolist() == [2, -1]
    with pytest.raises(InputError, match="row 1: judges document 'd' for topic '1' a second time"):
        clean_judgements(
            judged.assign(query_id=1, doc_id="d", relevance=1), locate=rows_of("qrels")
        )

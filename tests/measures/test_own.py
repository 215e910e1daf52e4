"""The measures that ir_measures lacks have their hand values and follow its rules."""

import pandas as pd
import pytest

from maw.errors import InputError
from maw.measures.scoring import parse_measures, score_run

RUN = pd.DataFrame(
    [("q", "a", 4.0), ("q", "b", 3.0), ("q", "c", 2.0), ("q", "d", 1.0), ("p", "a", 1.0)],
    columns=["query_id", "doc_id", "score"],
)
QRELS = pd.DataFrame(
    [("q", "a", 1), ("q", "b", 0), ("q", "c", 2), ("q", "z", 1), ("p", "b", 1), ("r", "a", 2)],
    columns=["query_id", "doc_id", "relevance"],
)


def f1(name: str, *, relevant_from: int = 1) -> list[float]:
    """The values of queries q, p, r."""
    scored = score_run(RUN, QRELS, [name], ["q", "p", "r"], relevant_from=relevant_from)
    return [float(value) for value in scored.frame["value"]]


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    # by hand: P@3 = 2/3, R@3 = 2/3; q has 3 relevant documents, p none in the run, r no answer
    assert f1("F1@3") == [pytest.approx(2 / 3), 0.0, 0.0]
    # P@10 = 2/10, R@10 = 2/3
    assert f1("F1@10")[0] == pytest.approx(2 * (0.2 * 2 / 3) / (0.2 + 2 / 3))
    precision, recall = (
        score_run(RUN, QRELS, [m], ["q"]).frame["value"][0] for m in ("P@2", "R@2")
    )
    assert f1("F1@2")[0] == pytest.approx(2 * precision * recall / (precision + recall))


def test_f1_counts_from_the_grade_that_is_relevant() -> None:
    assert f1("F1@3", relevant_from=2)[0] == pytest.approx(2 * 1 / (3 + 1))
    assert f1("F1(rel=2)@3")[0] == f1("F1@3", relevant_from=2)[0]


def test_its_name_is_parsed_and_suggested_like_any_other() -> None:
    assert str(parse_measures(["F1@3"])["F1@3"]) == "F1@3"
    with pytest.raises(InputError, match="cannot be read"):
        parse_measures(["F1"])
    with pytest.raises(InputError, match="did you mean 'F1@3'"):
        parse_measures(["f1@3"])

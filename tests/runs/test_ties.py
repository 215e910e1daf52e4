"""Ties of ordinary runs are one line, and a run that mostly ties has a line of its own."""

import pytest

from maw.measures.ordering import rank_run
from maw.runs.ties import Ties, tie_notices, ties_of
from tests.runs.run_tables import evidence_of, full_run, notices_of, rows_of_run, run_of

A, B = full_run("a"), full_run("b", best="bad", other="good")
USUAL = Ties(n_documents=100, n_tied=3, n_topics=2, n_tied_in_float32=0)


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [(1.0, 1.0, "tied-scores"), (0.5, 0.5 + 1e-12, "float32-ties")],
)
def test_ties_are_counted_and_told_apart(low: float, high: float, code: str) -> None:
    rows = [*rows_of_run(B), ("1", "x", 0.0)]
    tied = run_of("b", [(t, d, {2.0: high, 1.0: low}.get(s, s)) for t, d, s in rows])
    assert notices_of(evidence_of(A, tied))[0] == (code, "b.run", 12)


def test_scores_beyond_float32_are_compared_without_a_complaint() -> None:
    big = run_of("b", [(t, d, s * 1e300) for t, d, s in rows_of_run(B)])
    assert notices_of(evidence_of(A, big)) == [("float32-ties", "b.run", 12)]


def test_the_text_of_ties_agrees_with_their_number() -> None:
    two = run_of("b", [("1", "x", 1.0), ("1", "y", 1.0)])
    (notice,) = tie_notices({"b.run": ties_of(rank_run(two.frame))})
    assert notice.text.startswith("1 document of 1 topic ties with the document before")
    three = run_of("b", [("1", "x", 1.0), ("1", "y", 1.0), ("1", "z", 1.0)])
    (notice,) = tie_notices({"b.run": ties_of(rank_run(three.frame))})
    assert notice.text.startswith("2 documents of its 3 of 1 topic tie with the document before")


def test_ordinary_runs_share_one_line_and_a_run_that_mostly_ties_has_its_own() -> None:
    mostly = Ties(n_documents=100, n_tied=80, n_topics=9, n_tied_in_float32=0)
    none = Ties(n_documents=100, n_tied=0, n_topics=0, n_tied_in_float32=0)
    more = Ties(n_documents=100, n_tied=5, n_topics=5, n_tied_in_float32=0)
    notices = tie_notices({"a": USUAL, "b": mostly, "c": more, "d": none})
    assert [(notice.subject, notice.count) for notice in notices] == [("b", 80), ("", 8)]
    assert str(notices[0]).startswith("b: 80 documents of its 100 of 9 topics tie")
    assert str(notices[1]).startswith("2 of 4 runs have tied scores, at most 5 documents (c);")


def test_ties_in_float32_of_several_runs_are_one_line() -> None:
    single = Ties(n_documents=9, n_tied=0, n_topics=0, n_tied_in_float32=2)
    (notice,) = tie_notices({"a": single, "b": single})
    assert str(notice).startswith("4 scores of 2 runs equal to the score before in float32 only")

"""Each oddity of runs, judgements and scores gives one notice, and ordinary input gives none."""

from collections.abc import Sequence

import pandas as pd
import pytest

from maw.measures.ordering import rank_run
from maw.runs import observe
from maw.runs.content import Run
from tests.runs.run_tables import (
    QRELS,
    Rows,
    evidence_of,
    full_run,
    notices_of,
    rows_of_run,
    run_of,
)

A, B = full_run("a"), full_run("b", best="bad", other="good")


def test_ordinary_runs_give_no_notice() -> None:
    assert evidence_of(A, B).notices == ()


@pytest.mark.parametrize(
    ("runs", "qrels", "measures", "notice"),
    [
        ([A, B], [*QRELS, ("13", "good", 1)], ("AP",), ("topics-nobody-answers", "q.txt", 1)),
        ([A, full_run("b", best="x", topics=range(1, 11))], QRELS, ("AP",),
         ("topics-missing", "b.run", 2)),
        ([full_run("a", topics=range(1, 15)), full_run("b", best="x", topics=range(1, 15))], QRELS,
         ("AP",), ("unjudged-topics", "q.txt", 2)),
        ([A, full_run("b", best="x", topics=range(1, 14))], QRELS, ("AP",),
         ("topics-not-in-qrels", "b.run", 1)),
        ([A, B], [*QRELS[1:], ("1", "good", 0)], ("AP",), ("topics-without-relevant", "q.txt", 1)),
        ([A, B], QRELS, ("AP", "R@10", "R@20"), ("deeper-than-every-run", "R@10, R@20", 2)),
        ([full_run("a"), full_run("b")], QRELS, ("AP",), ("identical-runs", "a", 2)),
        ([A, full_run("b", best="x", other="y")], QRELS, ("AP",), ("all-zero", "toy", 1)),
        ([A, B], [(t, "gone", g) for t, _, g in QRELS], ("AP", "RR"), ("all-zero", "toy", 2)),
        ([A, B], QRELS[:2], ("AP",), ("few-topics", "toy", 2)),
    ],
)  # fmt: skip
def test_what_runs_and_judgements_show_is_noticed(
    runs: list[Run], qrels: Rows, measures: Sequence[str], notice: tuple[str, str, int]
) -> None:
    notices = notices_of(evidence_of(*runs, qrels=qrels, measures=measures))
    assert notices.count(notice) == 1
    assert [code for code, *_ in notices].count(notice[0]) == 1


def test_topics_that_are_not_numbers_are_text() -> None:
    rows = [(f"q{topic}", document, grade) for topic, document, grade in QRELS]
    runs = [
        Run(run.system, 0, run.origin, run.frame.assign(query_id="q" + run.frame["query_id"]))
        for run in (A, B)
    ]
    assert notices_of(evidence_of(*runs, qrels=rows)) == [("topic-ids", "toy", 12)]


def test_a_primary_measure_that_nobody_chose_is_noticed() -> None:
    (notice,) = observe.primary_choice(["AP", "RR"], preferred="nDCG@10")
    assert (notice.code, notice.count) == ("primary-measure", 2)
    assert notice.text.startswith("the primary measure is AP, the first of 2, because nobody names")
    assert observe.primary_choice(["nDCG@10", "RR"], preferred="nDCG@10") == []
    assert observe.primary_choice(["AP"], preferred="nDCG@10") == []


def test_runs_of_unequal_depth_are_noticed() -> None:
    deep = run_of("b", [*rows_of_run(B), ("1", "x", 0.0)])
    assert notices_of(evidence_of(A, deep)) == [("unequal-depth", "a.run", 2)]


def test_scores_decide_where_ranks_contradict_them() -> None:
    rows = rows_of_run(B)
    agreeing, wrong = [1.0, 2.0] * 12, [2.0, 1.0] + [1.0, 2.0] * 11
    assert evidence_of(A, run_of("b", rows, ranks=agreeing)).notices == ()
    assert evidence_of(A, run_of("b", rows, ranks=[7.0] * 24)).notices == ()  # no rank decides
    evidence = evidence_of(A, run_of("b", rows, ranks=wrong))
    assert notices_of(evidence) == [("ranks-contradict-scores", "b.run", 1)]
    pd.testing.assert_frame_equal(evidence.scores, evidence_of(A, B).scores)


def test_seeds_that_changed_nothing_are_noticed() -> None:
    twin = Run("b", 1, "b1.run", B.frame)
    notices = evidence_of(A, B, twin).notices
    assert [notice.text for notice in notices] == [
        "the same documents in the same order on every judged topic: b, seed 0, b, seed 1"
    ]


def test_a_fingerprint_is_that_of_documents_in_order_on_judged_topics() -> None:
    judged = ["1", "2"]
    first = observe.fingerprint(rank_run(A.frame), judged)
    scaled = A.frame.assign(score=A.frame["score"] * 3)
    assert observe.fingerprint(rank_run(scaled), judged) == first
    assert observe.fingerprint(rank_run(full_run("a", topics=[1, 2]).frame), judged) == first
    assert observe.fingerprint(rank_run(B.frame), judged) != first

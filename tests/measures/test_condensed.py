"""Condensed lists and bpref against values worked out by hand, and against trec_eval's own."""

from math import log2

import pandas as pd
import pytest

from maw.errors import InputError
from maw.measures.condensed import (
    BPREF,
    condensed_name,
    condensed_run,
    score_judged_documents,
)
from maw.measures.scoring import score_run

COLUMNS = ["query_id", "doc_id", "score"]
# judged: a and c relevant (2 and 1), n not relevant; u and v unjudged, p pooled and not judged
QRELS = pd.DataFrame(
    [("q", "a", 2), ("q", "c", 1), ("q", "n", 0), ("q", "p", -1), ("other", "u", 1)],
    columns=["query_id", "doc_id", "relevance"],
)
RUN = pd.DataFrame(
    [("q", name, -rank) for rank, name in enumerate(["u", "n", "v", "a", "p", "c"])],
    columns=COLUMNS,
)


def test_a_condensed_list_has_judged_documents_alone() -> None:
    # u is judged, but for another query
    assert condensed_run(RUN, QRELS)["doc_id"].tolist() == ["n", "a", "c"]


def test_both_scores_are_those_worked_out_by_hand() -> None:
    frame = score_judged_documents(RUN, QRELS, ["q"], measure="nDCG@10")
    assert frame["measure"].tolist() == ["nDCG@10 (condensed)", "Bpref"]
    # condensed: n, a, c: gains 0, 2, 1 at ranks 1 to 3; ideal: 2, 1
    expected = (2 / log2(3) + 1 / log2(4)) / (2 / log2(2) + 1 / log2(3))
    # bpref: R = 2, N = 1: one judged document that is not relevant stands before a and before c, so
    # each adds 1 - min(1, R) / min(R, N) = 0
    assert frame["value"].tolist() == pytest.approx([expected, 0.0], abs=1e-12)
    better = pd.DataFrame(
        [("q", name, -rank) for rank, name in enumerate(["u", "a", "v", "n", "c"])],
        columns=COLUMNS,
    )
    # a has none before it and adds 1, c adds 0; over R = 2
    bpref = score_judged_documents(better, QRELS, ["q"], measure="nDCG@10")["value"].iloc[1]
    assert bpref == pytest.approx(0.5)


def test_the_condensed_list_is_that_of_ir_measures() -> None:
    own = score_judged_documents(RUN, QRELS, ["q"], measure="nDCG@3")["value"].iloc[0]
    # trec_eval -J
    theirs = score_run(RUN, QRELS, ["nDCG(judged_only=True)@3"], ["q"]).frame["value"].iloc[0]
    assert own == pytest.approx(theirs, abs=1e-12)


def test_bpref_counts_from_the_least_relevant_grade() -> None:
    # from grade 2 on, c is not relevant: R = 1, N = 2, and n before a: 1 - 1/1 = 0
    run = RUN.assign(score=[0, 1, 2, 5, 3, 4])  # a, c, p, v, n, u
    binary = score_judged_documents(run, QRELS, ["q"], measure="nDCG@10", relevant_from=2)
    assert binary["value"].iloc[1] == pytest.approx(1.0)


def test_a_run_without_any_judged_document_scores_0() -> None:
    run = RUN[RUN["doc_id"].isin(["u", "v"])]
    frame = score_judged_documents(run, QRELS, ["q"], measure="nDCG@10")
    assert frame["value"].tolist() == [0.0, 0.0]


def test_names() -> None:
    assert (condensed_name("RR@10"), BPREF) == ("RR@10 (condensed)", "Bpref")


def test_queries_that_nobody_judged_are_refused() -> None:
    with pytest.raises(InputError, match="none of the 1 queries is judged"):
        score_judged_documents(RUN, QRELS, ["unknown"], measure="nDCG@10")

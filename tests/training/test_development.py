"""Development scores see as many documents as the measure does, in the order of every other run."""

import math

import pandas as pd
import pytest
import torch

from maw.errors import InputError
from maw.training.development import depth_of_measure, score_queries


@pytest.mark.parametrize(
    ("measure", "depth"),
    [
        ("nDCG@10", 10),
        ("RR(rel=2)@20", 20),
        ("R@1000", 250),  # as many as there are
        ("AP", 250),
        ("AP@100", 100),
        ("nDCG", 250),
        ("Rprec", 250),
        ("nDCG(judged_only=True)@10", 250),  # unjudged documents are left out before it cuts off
    ],
)
def test_a_measure_sees_documents_up_to_its_cutoff(measure: str, depth: int) -> None:
    assert depth_of_measure(measure, 250) == depth


def value(scores: list[float], *, doc_ids: list[str], relevant: str, measure: str) -> float:
    """The score of one query with one relevant document."""
    judged = pd.DataFrame({"query_id": ["q"], "doc_id": [relevant], "relevance": 1})
    scored = score_queries(
        torch.tensor([scores]), query_ids=["q"], doc_ids=doc_ids, judged=judged, measure=measure
    )
    return float(scored["value"].item())


def test_equal_scores_at_the_cutoff_are_settled_by_the_document_id() -> None:
    # d9, d8, …, d10, d1, d0: of 300 equal scores the highest ids come first, whatever their place
    doc_ids = [f"d{n}" for n in range(300)]
    best = sorted(doc_ids, reverse=True)
    for rank in (1, 10, 100, 101, 300):
        relevant = best[rank - 1]
        found = value([0.5] * 300, doc_ids=doc_ids, relevant=relevant, measure="RR")
        assert found == pytest.approx(1 / rank)
        for cutoff in (rank - 1, rank):
            if cutoff:
                measure = f"R@{cutoff}"
                found = value([0.5] * 300, doc_ids=doc_ids, relevant=relevant, measure=measure)
                assert found == (1.0 if cutoff == rank else 0.0)


@pytest.mark.parametrize("measure", ["AP", "RR", "nDCG@1000", "R@1000"])
def test_a_relevant_document_beyond_rank_100_counts_where_the_measure_counts_it(
    measure: str,
) -> None:
    scores = [-float(n) for n in range(200)]
    doc_ids = [f"d{n}" for n in range(200)]
    expected = {"nDCG@1000": 1 / math.log2(151), "R@1000": 1.0}.get(measure, 1 / 150)
    found = value(scores, doc_ids=doc_ids, relevant="d149", measure=measure)
    assert found == pytest.approx(expected)


def test_a_deeper_ranking_than_the_cutoff_would_score_the_same() -> None:
    scores = torch.randn(3, 60, generator=torch.Generator().manual_seed(0))
    scores = (4 * scores).round()  # with many equal scores
    query_ids, doc_ids = ["a", "b", "c"], [f"d{n}" for n in range(60)]
    judged = pd.DataFrame(
        [(query, f"d{(7 * n) % 60}", 1 + n % 2) for query in query_ids for n in range(9)],
        columns=["query_id", "doc_id", "relevance"],
    )
    run = pd.DataFrame(
        [
            (query, document, scores[q, d].item())
            for q, query in enumerate(query_ids)
            for d, document in enumerate(doc_ids)
        ],
        columns=["query_id", "doc_id", "score"],
    )
    from maw.measures.scoring import score_run

    for measure in ("nDCG@10", "RR@3", "AP@20", "P@5", "Judged@10", "nDCG(judged_only=True)@10"):
        expected = score_run(run, judged, measures=[measure], queries=query_ids).frame
        found = score_queries(
            scores, query_ids=query_ids, doc_ids=doc_ids, judged=judged, measure=measure
        )
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_a_query_that_is_not_judged_has_no_row() -> None:
    judged = pd.DataFrame({"query_id": ["b"], "doc_id": ["d0"], "relevance": [1]})
    scored = score_queries(
        torch.tensor([[0.1, 0.2], [0.4, 0.3]]),
        query_ids=["a", "b"],
        doc_ids=["d0", "d1"],
        judged=judged,
        measure="RR@10",
    )
    assert scored[["query_id", "value"]].to_dict("list") == {"query_id": ["b"], "value": [1.0]}


@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_a_score_that_is_not_finite_is_one_line(score: float) -> None:
    with pytest.raises(InputError, match="query 'q': the model's scores are not finite; lower the"):
        value([0.5, score, 0.1], doc_ids=["a", "b", "c"], relevant="a", measure="RR@1")

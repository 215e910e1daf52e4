"""BM25's scores are those computed by hand."""

import math
from typing import Any

import pandas as pd
import pytest

from maw.ranking.bm25_index import retrieve, shard_of
from maw.ranking.inputs import RankInputs
from maw.ranking.systems import bm25
from maw.settings.sections import Lexical

DOCUMENTS = pd.DataFrame(
    {"doc_id": ["d1", "d2", "d3"], "text": ["a red fox", "Red! red dogs", "the blue"]}
)
# Robertson & Zaragoza (2009) as Lucene 8 has it: Σ idf · tf / (tf + k1 (1 - b + b · length / mean))
#   idf = ln(1 + (n - df + .5) / (df + .5)); n = 3; lengths without stop words 2, 3, 1: mean 2
RED, FOX = math.log(1 + 1.5 / 2.5), math.log(1 + 2.5 / 1.5)


def lengthened(length: int) -> float:
    """BM25's k1 (1 - b + b · length / mean) with its default k1 and b."""
    return 0.9 * (1 - 0.4 + 0.4 * length / 2)


def queries_of(*texts: str) -> pd.DataFrame:
    ids = [f"q{number}" for number in range(1, len(texts) + 1)]
    return pd.DataFrame({"query_id": ids, "text": texts})


def ranked(*texts: str, documents: pd.DataFrame = DOCUMENTS, depth: int = 10) -> pd.DataFrame:
    inputs = RankInputs(documents=documents, queries=queries_of(*texts), seed=0, depth=depth)
    return bm25.rank(bm25.Config(), inputs).ranking


def pairs_of(ranking: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(ranking[["query_id", "doc_id"]].itertuples(index=False, name=None))


def test_scores_are_those_worked_by_hand() -> None:
    ranking = ranked("red fox", "blue")
    assert pairs_of(ranking) == [("q1", "d1"), ("q1", "d2"), ("q2", "d3")]
    expected = [
        (RED + FOX) / (1 + lengthened(2)),  # .7636
        RED * 2 / (2 + lengthened(3)),  # .3052
        FOX / (1 + lengthened(1)),  # as rare as the fox
    ]
    assert ranking["score"].tolist() == pytest.approx(expected, rel=1e-6)  # float32 inside
    assert ranking["score"].dtype == "float64"


def test_k1_and_b_are_the_configurations() -> None:
    inputs = RankInputs(documents=DOCUMENTS, queries=queries_of("red"), seed=0)
    ranking = bm25.rank(bm25.Config(k1=2.0, b=0.0), inputs).ranking
    # length does not matter: 2 / (2 + 2) and 1 / (1 + 2)
    assert pairs_of(ranking) == [("q1", "d2"), ("q1", "d1")]
    assert ranking["score"].tolist() == pytest.approx([RED / 2, RED / 3], rel=1e-6)


def test_words_are_stemmed_and_case_does_not_matter() -> None:
    assert pairs_of(ranked("FOXES", "dog")) == [("q1", "d1"), ("q2", "d2")]


def test_a_document_without_a_term_of_the_query_is_not_returned() -> None:
    ranking = ranked("red")
    # d2 has it twice: 2 / (2 + 1.08) against 1 / (1 + .9)
    assert pairs_of(ranking) == [("q1", "d2"), ("q1", "d1")]
    assert (ranking["score"] > 0).all()


def test_a_query_of_stop_words_or_unknown_words_returns_nothing() -> None:
    assert pairs_of(ranked("the of and", "zebra", "fox")) == [("q3", "d1")]
    empty = ranked("the of and")
    assert empty.empty
    assert list(empty.columns) == ["query_id", "doc_id", "score"]


def test_no_more_than_depth_or_than_there_are() -> None:
    assert pairs_of(ranked("red fox", depth=1)) == [("q1", "d1")]
    assert len(ranked("red", depth=1000)) == 2


def test_ties_go_to_the_larger_document_id() -> None:
    # trec_eval: score descending, then document id descending
    twins = pd.DataFrame({"doc_id": ["d2", "d10", "e", "d9"], "text": ["fox"] * 3 + ["dog"]})
    assert ranked("fox", documents=twins)["doc_id"].tolist() == ["e", "d2", "d10"]


def test_the_pool_of_negatives_is_ranked_alike() -> None:
    lexical = Lexical(depth=1)
    pool = retrieve([shard_of(DOCUMENTS)], queries_of("red fox", "blue"), lexical=lexical)
    pd.testing.assert_frame_equal(pool, ranked("red fox", "blue", depth=1))

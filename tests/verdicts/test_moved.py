"""The differences of each query, the queries that move most, their ranks and their depths."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.significance.clean import Array
from maw.verdicts.claims import CLAIMS
from maw.verdicts.decide import decide
from maw.verdicts.moved import (
    DIFFERENCES,
    ClaimDifferences,
    Moves,
    best_ranks,
    claim_differences,
    differences_frame,
    movers,
    moves,
    query_depths,
    shortened,
)
from tests.scored import plan_of, scored

NEW = np.array([[0.5, 0.9], [0.2, 0.4], [1.0, 1.0]])  # means .7, .3, 1
OLD = np.array([[0.3, 0.5], [0.5, 0.7], [1.0, 1.0]])  # means .4, .6, 1
WEAK = np.zeros((3, 2))
CLAIM = {"dataset": "toy", "system": "new", "claim": "better", "decided_by": "old"}
PLAN = plan_of(("new", "old"))


def claims(**change: str) -> pd.DataFrame:
    return pd.DataFrame([{**CLAIM, **change}])


def of(tables: dict[str, Array], **change: str) -> ClaimDifferences:
    plan = plan_of(*(("new", name) for name in tables if name != "new"))
    (found,) = claim_differences(scored(tables), claims(**change), plan=plan, clusters=None)
    return found


def test_a_difference_is_the_mean_over_seeds_of_the_system_minus_that_of_its_control() -> None:
    table = of({"new": NEW, "old": OLD}).table
    assert table["query_id"].tolist() == ["q00", "q02", "q01"]  # the largest gain first
    assert table["score"].tolist() == pytest.approx([0.7, 1.0, 0.3])
    assert table["score_baseline"].tolist() == pytest.approx([0.4, 1.0, 0.6])
    assert table["difference"].tolist() == pytest.approx([0.3, 0.0, -0.3])
    assert table["difference"].iloc[1] == 0  # and no rounding error
    assert table["cluster"].tolist() == table["query_id"].tolist()


def test_the_mean_difference_is_the_estimate_of_the_claim() -> None:
    generator = np.random.default_rng(3)
    tables = {name: generator.uniform(size=(30, 4)) for name in ("new", "one", "two", "three")}
    plan = plan_of(("new", "one"), ("new", "two"), ("new", "three"))
    scores = scored(tables)
    trained = dict.fromkeys(tables, True)
    judged = decide(scores, plan=plan, trained=trained, clusters=None, measures=[plan.primary])
    (found,) = claim_differences(scores, judged.claims, plan=plan, clusters=None)
    row = judged.claims.iloc[0]
    assert found.baseline == row["decided_by"]
    assert found.table["difference"].mean() == pytest.approx(row["estimate"], abs=1e-14)
    assert list(judged.claims.columns) == CLAIMS


def test_without_a_deciding_control_the_one_with_the_smallest_lead_stands_there() -> None:
    found = of({"new": NEW, "weak": WEAK, "old": OLD}, decided_by="")
    assert found.key == {"dataset": "toy", "system": "new", "claim": "better", "baseline": "old"}


def test_shared_seeds_with_unequal_labels_are_compared_on_those_that_both_have() -> None:
    third = np.column_stack([NEW, [0.0, 0.0, 0.0]])
    found = of({"new": third, "old": OLD})
    assert found.seeds == found.seeds_baseline == (42, 43)
    assert found.table["score"].tolist() == pytest.approx([0.7, 1.0, 0.3])


@pytest.mark.parametrize("form", ["independent", "auto"])
def test_other_seeds_are_all_compared(form: str) -> None:
    contrast = {"system": "new", "baseline": "old", "seeds": form}
    plan = PLAN.model_validate({"contrasts": [contrast]})
    third = np.column_stack([NEW, [0.0, 0.0, 0.0]])
    scores = scored({"new": third, "old": OLD})
    (found,) = claim_differences(scores, claims(), plan=plan, clusters=None)
    assert (found.seeds, found.seeds_baseline) == ((42, 43, 44), (42, 43))
    assert found.table["score"].max() == pytest.approx(2 / 3)


def test_the_table_of_all_claims_names_claim_control_cluster_and_seeds() -> None:
    scores = scored({"new": NEW, "old": OLD[:, :1]})
    clusters = {"toy": {"q00": "a", "q01": "a", "q02": "b"}}
    frame = differences_frame(claim_differences(scores, claims(), plan=PLAN, clusters=clusters))
    assert list(frame.columns) == DIFFERENCES
    assert frame["cluster"].tolist() == ["a", "b", "a"]
    assert set(frame["baseline"]) == {"old"}
    assert set(zip(frame["n_seeds"], frame["n_seeds_baseline"], strict=True)) == {(2, 1)}
    assert list(differences_frame([]).columns) == DIFFERENCES


def test_moves_are_counted_by_sign_and_beyond_a_tenth() -> None:
    differences = pd.Series([0.3, 0.1, 0.05, 0.0, 0.0, -0.1, -0.11])
    assert moves(differences) == Moves(n=7, up=3, tied=2, down=2, gain=1, lose=1)


def test_the_best_and_the_worst_queries_come_in_order_and_still_ones_never() -> None:
    table = pd.DataFrame(
        {"query_id": ["b", "a", "c", "d", "e"], "difference": [0.2, 0.2, 0.5, 0.0, -0.1]}
    )
    shown = movers(table, 2)
    assert shown["side"].tolist() == ["best", "best", "worst"]
    assert shown["query_id"].tolist() == ["c", "a", "e"]
    assert shown["place"].tolist() == [1, 2, 1]


def test_the_rank_is_that_of_the_first_document_with_the_highest_grade() -> None:
    ranking = pd.DataFrame(
        [("q1", "d1", 0.9), ("q1", "d2", 0.5), ("q1", "d3", 0.5), ("q1", "d4", 0.1),
         ("q2", "d1", 1.0), ("q3", "d9", 1.0)],
        columns=["query_id", "doc_id", "score"],
    )  # fmt: skip
    relevant = pd.DataFrame(
        [("q1", "d1", 1), ("q1", "d2", 2), ("q1", "d4", 2), ("q2", "d7", 1), ("q3", "d9", 1)],
        columns=["query_id", "doc_id", "relevance"],
    )
    # trec_eval's rule for ties puts d3 before d2; q2's document is not returned
    assert best_ranks(ranking, relevant) == {"q1": 3, "q3": 1}


def test_depths_of_queries_are_read_and_those_of_pairs_counted() -> None:
    rows = [
        ("maw", 1, "q1", "query", 3),
        ("maw", 1, None, "document", 0),
        ("cross", 1, "q1", "pair", 2),
        ("cross", 1, "q1", "pair", 2),
        ("cross", 1, "q1", "pair", 0),
        ("cross", 2, "q1", "pair", 1),
        ("cross", 2, "q1", "pair", 0),
    ]
    depths = pd.DataFrame(rows, columns=["system", "seed", "query_id", "side", "depth"])
    assert query_depths(depths) == {
        ("maw", 1, "q1"): 3,
        ("cross", 1, "q1"): 2,
        ("cross", 2, "q1"): 0,  # as many pairs have depth 1
    }


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("two words", 9, "two words"),
        ("two  words\nand more", 12, "two words …"),
        ("unbreakable", 5, "unbr…"),
        ("a\u202eb\x00c", 9, "abc"),  # neither turns the line nor breaks the page
        ("", 9, ""),
    ],
)
def test_long_texts_are_cut_behind_a_word(text: str, length: int, shown: str) -> None:
    assert shortened(text, length) == shown


@settings(max_examples=25)
@given(st.text(max_size=60), st.integers(2, 40))
def test_a_shown_text_is_one_line_of_printed_characters(text: str, length: int) -> None:
    shown = shortened(text, length)
    assert len(shown) <= length
    assert shown.isprintable()
    assert shown.startswith(shown.removesuffix("…").strip()[:1])

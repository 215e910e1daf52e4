"""The decision view: one row for each depth, columns for the most attended tokens."""

from typing import Any

import pandas as pd

from maw.reporting.routers.decisions import TOKENS, decisions, without_attention

ROW: dict[str, Any] = {
    "dataset": "toy", "system": "new", "seed": 1, "query_id": "q", "doc_id": None, "text": "a b",
    "chosen": False, "probability": 0.5, "best_relevant_rank": 3.0, "n_ranked": 10.0, "note": "",
    "special": False,
}  # fmt: skip


def attention_of(weights: list[list[float]], *, chosen: int = -1, **row: Any) -> pd.DataFrame:
    """Return the rows of one query. weights: of each token under each depth."""
    return pd.DataFrame(
        [
            {**ROW, "depth": depth, "chosen": depth == chosen, "position": n, "token": f"t{n}",
             "weight": weight, **row}
            for depth, of_depth in enumerate(weights)
            for n, weight in enumerate(of_depth)
        ]
    )  # fmt: skip


def test_a_row_is_a_depth_and_the_chosen_one_is_marked() -> None:
    (query,) = decisions(attention_of([[0.75, 0.25], [0.5, 0.5]], chosen=1))
    (table,) = query["systems"]
    assert (query["text"], query["query_id"], table["tokens"]) == ("a b", "q", ["t0", "t1"])
    assert [row["chosen"] for row in table["rows"]] == [False, True]
    assert not table["mixes"]
    first, second = table["rows"]
    assert first["cells"] == [{"text": "75", "share": "1.00"}, {"text": "25", "share": "0.33"}]
    assert (second["rank"], second["probability"], second["rest"]) == ("3", "0.50", "0")


def test_only_the_most_attended_tokens_have_columns_in_the_order_of_the_text() -> None:
    rare = [0.01] * 5
    (query,) = decisions(attention_of([[*rare, *[0.095] * TOKENS]]))
    (table,) = query["systems"]
    assert table["tokens"] == [f"t{n}" for n in range(5, 5 + TOKENS)]
    assert table["rows"][0]["rest"] == "5"
    assert table["mixes"]


def test_a_rank_beyond_what_was_ranked_is_no_rank() -> None:
    beyond = attention_of([[1.0]], best_relevant_rank=None)
    unknown = attention_of([[1.0]], best_relevant_rank=None, n_ranked=None)
    for rows, rank in ((beyond, "> 10"), (unknown, "–")):
        (query,) = decisions(rows)
        assert query["systems"][0]["rows"][0]["rank"] == rank


def test_systems_of_a_query_stand_together_and_a_pair_names_its_document() -> None:
    rows = pd.concat([attention_of([[1.0]]), attention_of([[1.0]], system="pairs", doc_id="d1")])
    (query,) = decisions(rows)
    assert [(one["system"], one["document"]) for one in query["systems"]] == [
        ("new", ""), ("pairs", "d1"),
    ]  # fmt: skip


def test_a_system_without_attention_has_its_reason_alone() -> None:
    rows = attention_of([[None]], note="It gives none.")  # type: ignore[list-item]
    assert decisions(rows) == []
    assert without_attention(rows) == ["new on toy: It gives none."]

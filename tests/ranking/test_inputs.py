"""The table of chosen depths has one layout for queries, documents and pairs."""

import numpy as np
import pytest

from maw.ranking.inputs import DEPTH_COLUMNS, chosen_depths

DEPTH, CHANCE = np.array([3, 0]), np.array([0.5, 0.75])
IDS = np.array(["a", "b"], dtype=object)


@pytest.mark.parametrize(
    ("ids", "side", "expected"),
    [
        ({"query_ids": IDS}, "query", [("a", None), ("b", None)]),
        ({"doc_ids": IDS}, "document", [(None, "a"), (None, "b")]),
        ({"query_ids": IDS, "doc_ids": IDS[::-1]}, "pair", [("a", "b"), ("b", "a")]),
    ],
)
def test_a_row_has_the_ids_of_its_text_or_pair(
    ids: dict[str, np.ndarray], side: str, expected: list[tuple[str | None, str | None]]
) -> None:
    table = chosen_depths(DEPTH, CHANCE, **ids)
    assert tuple(table.columns) == DEPTH_COLUMNS
    assert [*zip(table["query_id"], table["doc_id"], strict=True)] == expected
    assert table["side"].tolist() == [side, side]
    assert table["depth"].tolist() == [3, 0]
    assert table["probability"].tolist() == [0.5, 0.75]


def test_depths_without_ids_are_refused() -> None:
    with pytest.raises(
        ValueError, match="give the ids of queries, of documents, or both for pairs"
    ):
        chosen_depths(DEPTH, CHANCE)

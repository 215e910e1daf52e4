"""A collection yields its documents in blocks, whether they are in memory or streamed."""

import pandas as pd

from maw.datasets.collection import Collection

DOCUMENTS = pd.DataFrame({"doc_id": ["d1", "d2"], "text": ["lift", "drag"]})
NO_ROWS = pd.DataFrame()


def collection_of(documents: pd.DataFrame) -> Collection:
    return Collection(documents, NO_ROWS, NO_ROWS, groups={}, licence="", source="")


def test_documents_in_memory_are_one_block() -> None:
    (block,) = collection_of(DOCUMENTS).blocks()
    pd.testing.assert_frame_equal(block, DOCUMENTS)


def test_streamed_documents_are_read_once() -> None:
    parts = [DOCUMENTS.head(1), DOCUMENTS.tail(1)]
    streamed = Collection(iter(parts), NO_ROWS, NO_ROWS, groups={}, licence="", source="")
    assert [*streamed.blocks()] == parts
    assert [*streamed.blocks()] == []


def test_a_collection_has_no_splits_or_twins_of_its_own_by_default() -> None:
    collection = collection_of(DOCUMENTS)
    assert collection.splits == {}
    assert collection.twins.empty
    assert list(collection.twins.columns) == ["query_id", "doc_id"]

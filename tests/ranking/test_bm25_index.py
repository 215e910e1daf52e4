"""Shards together score as one index of bm25s does, to the last bit."""

from pathlib import Path

import bm25s
import numpy as np
import pandas as pd
import pytest
import Stemmer
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.errors import InputError
from maw.jobs import files
from maw.jobs.pending import PendingFile
from maw.ranking.bm25_index import Shard, retrieve, shard_of
from maw.settings.sections import Lexical

WORDS = st.sampled_from(
    ["wing", "wings", "flow", "heat", "shock", "drag", "the", "of", "lift", "é", "ηλιος", "a1"]
)
TEXT = st.lists(WORDS, max_size=12).map(" ".join)


def collection(texts: list[str]) -> pd.DataFrame:
    # ids whose order is not that of the rows
    ids = [f"d{(row * 7919) % 10007}" for row in range(len(texts))]
    return pd.DataFrame({"doc_id": ids, "text": texts})


def queries_of(texts: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"query_id": [f"q{n}" for n in range(len(texts))], "text": texts})


def in_shards(documents: pd.DataFrame, size: int) -> list[Shard]:
    """The documents in shards of this size."""
    starts = range(0, len(documents), size)
    return [shard_of(documents.iloc[start : start + size]) for start in starts]


def by_bm25s(documents: pd.DataFrame, query: str, *, lexical: Lexical) -> list[tuple[float, str]]:
    """The scores of the library's own index of all documents, in trec_eval's order."""
    index = bm25s.BM25(method="lucene", k1=lexical.k1, b=lexical.b)
    document_terms, (terms,) = (
        bm25s.tokenize(
            texts,
            stopwords="en",
            stemmer=Stemmer.Stemmer("english"),
            show_progress=False,
            return_ids=False,
        )
        for texts in (documents["text"].tolist(), [query])
    )
    if not terms or not any(document_terms):
        return []
    index.index(document_terms, show_progress=False)
    scores = index.get_scores(terms).astype(np.float64).tolist()
    pairs = zip(scores, documents["doc_id"], strict=True)
    return sorted((pair for pair in pairs if pair[0] > 0), reverse=True)[: lexical.depth]


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(TEXT, min_size=1, max_size=30),
    query=TEXT,
    size=st.integers(1, 31),
    depth=st.integers(1, 12),
    k1=st.sampled_from([0.9, 1.2, 2.0]),
    b=st.sampled_from([0.0, 0.4, 1.0]),
)
def test_any_shards_give_the_scores_and_order_of_bm25s_own_index(
    texts: list[str], query: str, size: int, depth: int, k1: float, b: float
) -> None:
    documents, lexical = collection(texts), Lexical(k1=k1, b=b, depth=depth)
    ranking = retrieve(in_shards(documents, size), queries_of([query]), lexical=lexical)
    pairs = [*zip(ranking["score"].tolist(), ranking["doc_id"].tolist(), strict=True)]
    assert pairs == by_bm25s(documents, query, lexical=lexical)  # equal bits, ties by id


def test_a_mapped_file_of_shards_answers_as_memory_does(tmp_path: Path) -> None:
    documents = collection([f"wing {n % 5} heat{n} flow{n % 3}" for n in range(50)])
    path = tmp_path / "bm25.safetensors"
    content = files.array_blocks(in_shards(documents, 8), {"digest": "d1"}, folder=tmp_path)
    PendingFile(path).write(content)
    queries = queries_of(["wing heat7 flow1", "heat3 heat49"])
    mapped = retrieve(files.map_arrays(path), queries, lexical=Lexical(depth=9))
    in_memory = retrieve([shard_of(documents)], queries, lexical=Lexical(depth=9))
    pd.testing.assert_frame_equal(mapped, in_memory, check_exact=True)
    assert len(files.map_arrays(path)) == 7
    assert files.read_stamp(path) == {"digest": "d1"}
    # nothing was left beside it
    assert [entry.name for entry in tmp_path.iterdir()] == ["bm25.safetensors"]


def test_the_file_is_one_that_safetensors_reads(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    path, documents = tmp_path / "bm25.safetensors", collection(["wing flow", "flow", "heat"])
    content = files.array_blocks(in_shards(documents, 2), {"digest": "d1"}, folder=tmp_path)
    PendingFile(path).write(content)
    arrays = load_file(path)
    assert arrays["000000.lengths"].tolist() == [2, 1]
    assert bytes(arrays["000001.terms"]) == b"heat"


def test_half_an_index_is_refused(tmp_path: Path) -> None:
    path, documents = tmp_path / "bm25.safetensors", collection(["wing flow", "flow heat"])
    PendingFile(path).write(
        files.array_blocks([shard_of(documents)], {"digest": "d1"}, folder=tmp_path)
    )
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=f"{path}: damaged: its content does not match its hash"):
        files.map_arrays(path)

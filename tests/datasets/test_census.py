"""Counts, hash and judged ids are right after all documents, whatever the blocks."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from maw.datasets import census
from maw.datasets.census import Census

TEXTS = {"d1": "lift", "d2": " \t", "é": "drag\nheat", "d4": ""}
FRAME = pd.DataFrame({"doc_id": [*TEXTS], "text": [*TEXTS.values()]})
QRELS = pd.DataFrame({"query_id": ["q"], "doc_id": ["d4"], "relevance": [2]})


@pytest.mark.parametrize("size", [1, 3, 4])
def test_documents_are_counted_and_hashed_whatever_the_blocks(size: int) -> None:
    taken = Census({"d4", "d1", "d9"})
    blocks = [FRAME.iloc[start : start + size] for start in range(0, 4, size)]
    pd.testing.assert_frame_equal(pd.concat(taken.of(blocks)), FRAME)
    assert (taken.n_documents, taken.n_empty, taken.known) == (4, 2, {"d1", "d4"})
    lines = [json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in TEXTS.items()]
    content = "".join(f"{line}\n" for line in [*lines, '["q","d4",2]']).encode()
    assert taken.sha256(QRELS) == hashlib.sha256(content).hexdigest()
    assert taken.sha256(QRELS) == hashlib.sha256(content).hexdigest()  # asking changes nothing


def test_an_id_that_is_there_twice_is_found_in_whatever_blocks() -> None:
    blocks = [FRAME, FRAME.iloc[2:3].assign(text="other")]
    taken = Census(set())
    assert sum(map(len, taken.of(blocks))) == 5
    assert taken.doubled(block["doc_id"] for block in blocks) == "é"


def test_ids_that_hash_alike_are_not_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "_hashes", lambda names: np.zeros(len(names), dtype=np.uint64))
    taken = Census(set())
    assert sum(map(len, taken.of([FRAME]))) == 4
    assert taken.doubled([FRAME["doc_id"]]) is None

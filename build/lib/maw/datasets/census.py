"""Counts, content hash and judged ids of a collection, taken while its documents stream by."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.jobs.files import canonical


@dataclass
class Census:
    """Counts, hash and judged ids of a collection's documents, which grow while `of` yields them.

    named: the document ids that judgements name; known: those of `named` that the collection has.
    n_empty: number of documents without any text. Memory, besides these ids: 8 bytes for each
    document, about three times that during `doubled`.
    """

    named: set[str]
    known: set[str] = field(default_factory=set)
    n_documents: int = 0
    n_empty: int = 0
    _total: Any = field(default_factory=hashlib.sha256)
    _hashes: list[npt.NDArray[np.uint64]] = field(default_factory=list)

    def of(self, blocks: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yield the blocks of documents (doc_id, text) unchanged, and add them to the census."""
        for block in blocks:
            self.n_documents += len(block)
            self.n_empty += int(block["text"].str.strip().eq("").sum())
            self.known.update(self.named.intersection(block["doc_id"]))
            self._hashes.append(_hashes(block["doc_id"]))
            _add(self._total, block)
            yield block

    def doubled(self, ids: Iterable[pd.Series]) -> str | None:
        """Return the first id that two documents have, or None if all ids are distinct.

        ids: the ids of all documents, in parts; they are read only if two ids have the same hash.
        """
        hashes = np.sort(np.concatenate(self._hashes)) if self._hashes else np.empty(0, np.uint64)
        equal = hashes[1:][hashes[1:] == hashes[:-1]]
        seen: set[str] = set()
        for block in ids if len(equal) else ():
            for name in block[np.isin(_hashes(block), equal)]:
                if name in seen:
                    return str(name)
                seen.add(name)
        return None

    def sha256(self, *frames: pd.DataFrame) -> str:
        """Return the SHA-256 of the documents and then `frames`, each row as canonical JSON."""
        total = self._total.copy()
        for frame in frames:
            _add(total, frame)
        return str(total.hexdigest())


def _add(total: Any, frame: pd.DataFrame) -> None:
    """Add a frame to the hash `total`: each row is a JSON list on a line of its own."""
    for row in frame.itertuples(index=False):
        total.update(canonical(list(row)).encode() + b"\n")


def _hashes(names: pd.Series) -> npt.NDArray[np.uint64]:
    hashed: npt.NDArray[np.uint64] = pd.util.hash_pandas_object(names, index=False).to_numpy()
    return hashed

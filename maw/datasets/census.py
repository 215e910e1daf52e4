"""What must be known of documents that have gone by? Counts, a hash, the judged ones."""

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
    """named: the ids that judgements name; known: those of them that were there.

    Memory: 8 bytes for each document, twice that while `doubled` looks.
    """

    named: set[str]
    known: set[str] = field(default_factory=set)
    n_documents: int = 0
    n_empty: int = 0
    _total: Any = field(default_factory=hashlib.sha256)
    _hashes: list[npt.NDArray[np.uint64]] = field(default_factory=list)

    def of(self, blocks: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """The blocks (doc_id, text) as they come, counted."""
        for block in blocks:
            self.n_documents += len(block)
            self.n_empty += int(block["text"].str.strip().eq("").sum())
            self.known.update(self.named.intersection(block["doc_id"]))
            self._hashes.append(_hashes(block["doc_id"]))
            _add(self._total, block)
            yield block

    def doubled(self, ids: Iterable[pd.Series]) -> str | None:
        """The first id that is there twice. ids: of all documents, looked at in case of need."""
        hashes = np.sort(np.concatenate(self._hashes)) if self._hashes else np.empty(0, np.uint64)
        alike = hashes[1:][hashes[1:] == hashes[:-1]]
        seen: set[str] = set()
        for block in ids if len(alike) else ():
            for name in block[np.isin(_hashes(block), alike)]:
                if name in seen:
                    return str(name)
                seen.add(name)
        return None

    def sha256(self, *frames: pd.DataFrame) -> str:
        """Of the content: documents, then these, each row as a line of canonical JSON."""
        total = self._total.copy()
        for frame in frames:
            _add(total, frame)
        return str(total.hexdigest())


def _add(total: Any, frame: pd.DataFrame) -> None:
    """Hash a frame's rows, as JSON lists under each other."""
    for row in frame.itertuples(index=False):
        total.update(canonical(list(row)).encode() + b"\n")


def _hashes(names: pd.Series) -> npt.NDArray[np.uint64]:
    hashed: npt.NDArray[np.uint64] = pd.util.hash_pandas_object(names, index=False).to_numpy()
    return hashed

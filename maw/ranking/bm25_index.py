"""BM25 as bm25s computes it: Lucene's variant, English stop words, Snowball stems.

bm25s indexes one collection that fits in memory, by that collection's own statistics. Here its
tokeniser and its formula serve shards: document frequencies and the mean length are summed over all
of them when a query is asked, so that scores are those of one index, to the last bit. A shard keeps
counts, not scores: one index serves every k1 and b.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.settings.sections import Lexical

COLUMNS = ["query_id", "doc_id", "score"]
SHARD = 200_000  # documents: some 400 MB of memory while one is made

Array = npt.NDArray[Any]
# Of N documents, T terms and P postings (a term and a document that has it):
#   starts [T + 1]: term t has postings starts[t] to starts[t + 1]; places [P]: the document's place
#   in the shard; counts [P]: how often; lengths [N], in terms; terms and names: UTF-8, terms sorted
#   and divided by line ends, document n's id ending before name_ends[n]
Shard = Mapping[str, Array]


def shard_of(documents: pd.DataFrame) -> Shard:
    """The postings of these documents alone. Equal documents give equal bytes."""
    ids, vocabulary = _tokens(documents["text"], numbered=True)
    terms = sorted(vocabulary)
    number = np.empty(len(terms), dtype=np.int64)
    number[[vocabulary[term] for term in terms]] = np.arange(len(terms))
    n = len(ids)
    lengths = np.fromiter(map(len, ids), dtype=np.int32, count=n)
    said = np.fromiter(chain.from_iterable(ids), dtype=np.int64, count=int(lengths.sum()))
    keys, counts = np.unique(
        number[said] * n + np.repeat(np.arange(n), lengths), return_counts=True
    )
    names = [name.encode() for name in documents["doc_id"]]
    words, joined = "\n".join(terms).encode(), b"".join(names)
    joined += bytes(-(4 * n + len(words) + len(joined)) % 8)  # the next shard starts aligned
    return {
        "starts": np.searchsorted(keys, np.arange(len(terms) + 1) * n),
        "name_ends": np.cumsum([len(name) for name in names], dtype=np.int64),
        "lengths": lengths,
        "places": (keys % n).astype(np.int32),
        "counts": counts.astype(np.int32),
        "terms": np.frombuffer(words, dtype=np.uint8),
        "names": np.frombuffer(joined, dtype=np.uint8),
    }


def search(shards: Sequence[Shard], queries: pd.DataFrame, *, lexical: Lexical) -> pd.DataFrame:
    """query_id, doc_id, score: documents that share a term with the query, best first.

    queries: query_id, text. Ties by document id, descending, as trec_eval. Held in memory: the best
    `lexical.depth` of each query, and what one shard says of the queries' terms.
    """
    asked = _tokens(queries["text"], numbered=False)
    weigh = _Weigher(shards, set(chain.from_iterable(asked)), lexical)
    best: list[list[tuple[float, str]]] = [[] for _ in asked]
    for shard, weights in weigh:
        for place, terms in enumerate(asked):
            there = [weights[term] for term in terms if term in weights]
            if there:
                full = len(best[place]) == lexical.depth
                floor = best[place][-1][0] if full else 0.0
                found = _best_of(shard, there, depth=lexical.depth, floor=floor)
                best[place] = sorted([*best[place], *found], reverse=True)[: lexical.depth]
    rows = [
        (query, doc, score)
        for query, found in zip(queries["query_id"], best, strict=True)
        for score, doc in found
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


class _Weigher:
    """What a term adds to a document's score, by the statistics of all shards together."""

    def __init__(self, shards: Iterable[Shard], wanted: set[str], lexical: Lexical) -> None:
        self.lexical = lexical
        self.shards = [(shard, _postings(shard, wanted)) for shard in shards]
        self.frequency: Counter[str] = Counter()
        self.n_documents = n_tokens = 0
        for shard, postings in self.shards:
            self.n_documents += len(shard["lengths"])
            n_tokens += int(shard["lengths"].sum(dtype=np.int64))
            for term, (start, end) in postings.items():
                self.frequency[term] += end - start
        # a NumPy number, as in bm25s: with a Python one its formula would round to 32 bits earlier
        self.mean_length = np.float64(n_tokens) / max(self.n_documents, 1)

    def __iter__(self) -> Iterator[tuple[Shard, dict[str, tuple[Array, Array]]]]:
        """Each shard, and term -> places of its documents and what it adds to each, in 32 bits."""
        for shard, postings in self.shards:
            yield shard, self._weights(shard, postings)

    def _weights(
        self, shard: Shard, postings: Mapping[str, tuple[int, int]]
    ) -> dict[str, tuple[Array, Array]]:
        from bm25s.scoring import _select_idf_scorer, _select_tfc_scorer

        rarity, share = _select_idf_scorer("lucene"), _select_tfc_scorer("lucene")
        found = {}
        for term, (start, end) in postings.items():
            places = shard["places"][start:end]
            part = share(
                tf_array=shard["counts"][start:end].astype(np.float32),
                l_d=shard["lengths"][places],
                l_avg=self.mean_length,
                k1=self.lexical.k1,
                b=self.lexical.b,
                delta=None,
            )
            idf = np.float32(rarity(self.frequency[term], N=self.n_documents))
            found[term] = (places, (idf * part).astype(np.float32))
        return found


def _postings(shard: Shard, wanted: set[str]) -> dict[str, tuple[int, int]]:
    """Of the wanted terms, where in the shard their postings start and end."""
    starts = shard["starts"]
    return {
        term: (int(starts[number]), int(starts[number + 1]))
        for number, term in enumerate(shard["terms"].tobytes().decode().split("\n"))
        if term in wanted
    }


def _best_of(
    shard: Shard, weights: Iterable[tuple[Array, Array]], *, depth: int, floor: float
) -> list[tuple[float, str]]:
    """Score and id of the shard's best documents that are not below the floor, in no order."""
    scores = np.zeros(len(shard["lengths"]), dtype=np.float32)
    for places, added in weights:
        scores[places] += added  # a term has a document once
    kept = np.flatnonzero(scores if not floor else scores >= floor)
    if len(kept) > depth:
        least = np.partition(scores[kept], -depth)[-depth]
        kept = kept[scores[kept] >= least]  # all that tie with the last: their ids decide
    ends = shard["name_ends"]
    return [
        (score, shard["names"][ends[n - 1] if n else 0 : ends[n]].tobytes().decode())
        for n, score in zip(kept.tolist(), scores[kept].tolist(), strict=True)
    ]


def _tokens(texts: pd.Series, *, numbered: bool) -> Any:
    """Terms of each text; numbered: their numbers, and the vocabulary term -> number."""
    import bm25s
    import Stemmer

    return bm25s.tokenize(
        texts.tolist(),
        stopwords="en",
        stemmer=Stemmer.Stemmer("english"),
        show_progress=False,
        return_ids=numbered,
    )

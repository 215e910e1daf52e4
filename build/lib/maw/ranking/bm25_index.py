"""BM25 as bm25s computes it: Lucene's variant, English stop words, Snowball stems.

bm25s indexes one collection that fits in memory, with that collection's own statistics. Here its
tokeniser and its formula serve an index that is divided into shards, each with a part of the
documents. Document frequencies and the mean length are summed over all shards when queries are
answered, so that scores equal those of one index to the last bit. A shard keeps counts, not scores,
so that one index serves every k1 and b.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.measures.ordering import best_first, id_ranks_of
from maw.settings.sections import Lexical

COLUMNS = ["query_id", "doc_id", "score"]
SHARD = 200_000  # documents of a shard: about 400 MB of memory while it is made

Array = npt.NDArray[Any]
# Of N documents, T terms and P postings (a term and a document that has it):
#   starts [T + 1]: term t has postings starts[t] to starts[t + 1]; places [P]: the document's
#   position in the shard; counts [P]: how often; lengths [N], in terms; terms and names: UTF-8,
#   terms sorted and divided by line ends, document n's id ending before name_ends[n]
Shard = Mapping[str, Array]


@dataclass(frozen=True)
class _Hits:
    """Retrieved documents: their ids [K] as Python strings, and their scores [K] in float32."""

    ids: Array
    scores: Array

    def best(self, depth: int) -> "_Hits":
        """Return the best `depth` documents, best first."""
        order = best_first(self.scores, id_ranks_of(self.ids))[:depth]
        return _Hits(self.ids[order], self.scores[order])

    def with_more(self, other: "_Hits") -> "_Hits":
        """Return these documents followed by those of `other`."""
        return _Hits(
            np.concatenate([self.ids, other.ids]), np.concatenate([self.scores, other.scores])
        )


NO_HITS = _Hits(np.empty(0, dtype=object), np.empty(0, dtype=np.float32))


def shard_of(documents: pd.DataFrame) -> Shard:
    """Return the index of these documents alone, as a `Shard`: a dict of arrays.

    Equal documents give equal bytes. documents: doc_id, text; the ids are distinct.
    """
    term_numbers, vocabulary = _tokens(documents["text"], numbered=True)
    terms = sorted(vocabulary)
    position = np.empty(len(terms), dtype=np.int64)
    position[[vocabulary[term] for term in terms]] = np.arange(len(terms))
    n = len(term_numbers)
    lengths = np.fromiter(map(len, term_numbers), dtype=np.int32, count=n)
    joined_numbers = chain.from_iterable(term_numbers)
    occurrences = np.fromiter(joined_numbers, dtype=np.int64, count=int(lengths.sum()))
    keys, counts = np.unique(
        position[occurrences] * n + np.repeat(np.arange(n), lengths), return_counts=True
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


def retrieve(shards: Sequence[Shard], queries: pd.DataFrame, *, lexical: Lexical) -> pd.DataFrame:
    """Return query_id, doc_id and score: documents that share a term with the query, best first.

    shards: the index of a collection. queries: query_id, text; the result follows their order. Each
    query gets at most `lexical.depth` documents; equal scores are ordered by document id,
    descending. Memory: the best documents of each query, and the weights of the queries' terms in
    one shard.
    """
    queries_terms = _tokens(queries["text"], numbered=False)
    term_weights = _TermWeights(shards, set(chain.from_iterable(queries_terms)), lexical)
    best = [NO_HITS] * len(queries_terms)
    for shard, weights in term_weights:
        for query, terms in enumerate(queries_terms):
            postings = [weights[term] for term in terms if term in weights]
            if postings:
                full = len(best[query].ids) == lexical.depth
                floor = float(best[query].scores[-1]) if full else 0.0
                hits = _best_of(shard, postings, depth=lexical.depth, floor=floor)
                best[query] = best[query].with_more(hits).best(lexical.depth)
    n_hits = [len(hits.ids) for hits in best]
    columns = (
        np.repeat(queries["query_id"].to_numpy(dtype=object), n_hits),
        np.concatenate([NO_HITS.ids, *(hits.ids for hits in best)]),
        np.concatenate([NO_HITS.scores, *(hits.scores for hits in best)]).astype(np.float64),
    )
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


class _TermWeights:
    """The scores that terms add to documents, by the statistics of all shards together.

    terms: the terms of all queries. lexical: has the parameters k1 and b.
    """

    def __init__(self, shards: Iterable[Shard], terms: set[str], lexical: Lexical) -> None:
        self.lexical = lexical
        self.shards = [(shard, _postings(shard, terms)) for shard in shards]
        self.frequency: Counter[str] = Counter()
        self.n_documents = n_tokens = 0
        for shard, postings in self.shards:
            self.n_documents += len(shard["lengths"])
            n_tokens += int(shard["lengths"].sum(dtype=np.int64))
            for term, (start, end) in postings.items():
                self.frequency[term] += end - start
        # a NumPy number as in bm25s: with Python's own its formula would round to 32 bits earlier
        self.mean_length = np.float64(n_tokens) / max(self.n_documents, 1)

    def __iter__(self) -> Iterator[tuple[Shard, dict[str, tuple[Array, Array]]]]:
        """Yield each shard with a dict of those terms of the queries that the shard has.

        term -> (positions in the shard of the documents that have the term, float32 scores that the
        term adds to them).
        """
        for shard, postings in self.shards:
            yield shard, self._weights(shard, postings)

    def _weights(
        self, shard: Shard, postings: Mapping[str, tuple[int, int]]
    ) -> dict[str, tuple[Array, Array]]:
        from bm25s.scoring import _select_idf_scorer, _select_tfc_scorer

        idf_of, tf_of = _select_idf_scorer("lucene"), _select_tfc_scorer("lucene")
        weights = {}
        for term, (start, end) in postings.items():
            places = shard["places"][start:end]
            tf = tf_of(
                tf_array=shard["counts"][start:end].astype(np.float32),
                l_d=shard["lengths"][places],
                l_avg=self.mean_length,
                k1=self.lexical.k1,
                b=self.lexical.b,
                delta=None,
            )
            idf = np.float32(idf_of(self.frequency[term], N=self.n_documents))
            weights[term] = (places, (idf * tf).astype(np.float32))
        return weights


def _postings(shard: Shard, terms: set[str]) -> dict[str, tuple[int, int]]:
    """Return term -> start and end of the term's postings, for `terms` that the shard has.

    A posting is one term in one document.
    """
    starts = shard["starts"]
    return {
        term: (int(starts[number]), int(starts[number + 1]))
        for number, term in enumerate(shard["terms"].tobytes().decode().split("\n"))
        if term in terms
    }


def _best_of(
    shard: Shard, postings: Iterable[tuple[Array, Array]], *, depth: int, floor: float
) -> _Hits:
    """Return, unordered, the shard's best documents that do not score below `floor`.

    postings: for each term of the query, the positions of its documents and the scores that it
    adds. More than `depth` documents are returned if several have the score of the last one,
    because their ids decide later. With floor 0, only documents with a score other than 0 are
    returned.
    """
    scores = np.zeros(len(shard["lengths"]), dtype=np.float32)
    for places, added in postings:
        scores[places] += added  # a term has a document once
    kept = np.flatnonzero(scores if not floor else scores >= floor)
    if len(kept) > depth:
        least = np.partition(scores[kept], -depth)[-depth]
        kept = kept[scores[kept] >= least]
    ends = shard["name_ends"]
    ids = np.empty(len(kept), dtype=object)
    ids[:] = [
        shard["names"][ends[n - 1] if n else 0 : ends[n]].tobytes().decode() for n in kept.tolist()
    ]
    return _Hits(ids, scores[kept])


def _tokens(texts: pd.Series, *, numbered: bool) -> Any:
    """Return the terms of each text.

    With `numbered`, the terms are given as numbers, together with the vocabulary term -> number.
    """
    import bm25s
    import Stemmer

    return bm25s.tokenize(
        texts.tolist(),
        stopwords="en",
        stemmer=Stemmer.Stemmer("english"),
        show_progress=False,
        return_ids=numbered,
    )

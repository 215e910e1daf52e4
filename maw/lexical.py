"""BM25 as bm25s computes it: Lucene's variant, English stop words, Snowball stems."""

import pandas as pd

from maw.sections import Lexical

COLUMNS = ["query_id", "doc_id", "score"]


def rank_lexically(
    documents: pd.DataFrame, queries: pd.DataFrame, *, lexical: Lexical
) -> pd.DataFrame:
    """query_id, doc_id, score: documents that share a term with the query, best first.

    documents: doc_id, text; queries: query_id, text. Scores not above zero are no match and are
    dropped. Ties by document id, descending, as trec_eval.
    """
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    index = bm25s.BM25(method="lucene", k1=lexical.k1, b=lexical.b)
    tokens = [
        bm25s.tokenize(
            texts.tolist(), stopwords="en", stemmer=stemmer, show_progress=False, return_ids=False
        )
        for texts in (documents["text"], queries["text"])
    ]
    if not any(tokens[0]):  # bm25s cannot index a collection without a single term
        return pd.DataFrame(columns=COLUMNS)
    index.index(tokens[0], show_progress=False)
    names = documents["doc_id"].to_numpy(dtype=object)
    found = []
    for query, terms in zip(queries["query_id"], tokens[1], strict=True):
        if not terms:
            continue
        scores = index.get_scores(terms)
        places = scores.nonzero()[0]
        ranked = pd.DataFrame({"doc_id": names[places], "score": scores[places].astype("float64")})
        ranked = ranked[ranked["score"] > 0].sort_values(
            ["score", "doc_id"], ascending=False, kind="stable"
        )
        ranked = ranked.head(lexical.depth)
        ranked.insert(0, "query_id", query)
        found.append(ranked)
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)

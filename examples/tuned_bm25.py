"""BM25 whose k1 and b are learned from the training queries: docs/own_model.md, "Any program".

The seed draws the queries that choose: another seed is another training.
"""

import csv
import json
import random
import sys
from collections import defaultdict
from itertools import product
from pathlib import Path

import bm25s

K1, B = (0.4, 0.9, 1.2, 2.0), (0.0, 0.4, 0.75, 1.0)


def texts(path: Path) -> dict[str, str]:
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["_id"]: row["text"] for row in rows}


def ranked(documents, queries, *, k1, b, depth):
    """Return the ids and the scores of each query's best documents."""
    ids, retriever = [*documents], bm25s.BM25(k1=k1, b=b)
    words = bm25s.tokenize([*documents.values()], stopwords="en", show_progress=False)
    retriever.index(words, show_progress=False)
    asked = bm25s.tokenize([*queries.values()], stopwords="en", show_progress=False)
    rows, scores = retriever.retrieve(asked, k=min(depth, len(ids)), show_progress=False)
    return [[ids[n] for n in row] for row in rows], scores


def train(data: Path, model: Path, seed: int) -> None:
    documents, queries = texts(data / "corpus.jsonl"), texts(data / "queries.jsonl")
    relevant = defaultdict(set)
    with open(data / "qrels/train.tsv", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            relevant[row["query-id"]].add(row["corpus-id"])
    drawn = random.Random(seed).choices(sorted(queries), k=min(200, len(queries)))
    asked = {query: queries[query] for query in drawn}

    def reciprocal_rank(k1: float, b: float) -> float:
        lists, _ = ranked(documents, asked, k1=k1, b=b, depth=10)
        hits = (
            next((1 / (n + 1) for n, doc in enumerate(row) if doc in relevant[query]), 0.0)
            for query, row in zip(asked, lists, strict=True)
        )
        return sum(hits)

    best = max(product(K1, B), key=lambda chosen: reciprocal_rank(*chosen))
    (model / "bm25.json").write_text(json.dumps(dict(zip(("k1", "b"), best, strict=True))))


def rank(data: Path, model: Path, queries: Path, out: Path) -> None:
    documents, questions = texts(data / "corpus.jsonl"), texts(queries)
    learned = json.loads((model / "bm25.json").read_text())
    lists, scores = ranked(documents, questions, **learned, depth=1000)
    with out.open("w") as run:
        for query, row, values in zip(questions, lists, scores, strict=True):
            for place, (doc, score) in enumerate(zip(row, values, strict=True), start=1):
                if score > 0:
                    run.write(f"{query} Q0 {doc} {place} {score:.9f} tuned_bm25\n")


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
    else:
        rank(*map(Path, sys.argv[2:]))

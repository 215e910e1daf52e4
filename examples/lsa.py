"""Latent semantic analysis, trained and ranked as a program: docs/own_model.md, "Any program"."""

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize


def texts(path: Path) -> dict[str, str]:
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["_id"]: row["text"] for row in rows}


def train(data: Path, model: Path, seed: int) -> None:
    documents = texts(data / "corpus.jsonl")
    tfidf = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    terms = tfidf.fit_transform(documents.values())  # [N, V]
    drawn = np.random.default_rng(seed).integers(len(documents), size=len(documents))
    svd = TruncatedSVD(min(100, min(terms.shape) - 1), random_state=seed).fit(terms[drawn])
    (model / "ids.json").write_text(json.dumps([*documents]))
    (model / "vocabulary.json").write_text(json.dumps([*tfidf.get_feature_names_out()]))
    vectors = normalize(svd.transform(terms))
    np.savez(model / "lsa.npz", idf=tfidf.idf_, axes=svd.components_, vectors=vectors)


def rank(model: Path, queries: Path, out: Path) -> None:
    ids, words = (json.loads((model / f"{x}.json").read_text()) for x in ("ids", "vocabulary"))
    lsa = np.load(model / "lsa.npz")
    tfidf = TfidfVectorizer(sublinear_tf=True, stop_words="english", vocabulary=words)
    tfidf.idf_ = lsa["idf"]
    questions = texts(queries)
    scores = normalize(tfidf.transform(questions.values()) @ lsa["axes"].T) @ lsa["vectors"].T
    with out.open("w") as run:
        for query, row in zip(questions, scores, strict=True):
            for place, n in enumerate(np.argsort(-row, kind="stable")[:1000], start=1):
                run.write(f"{query} Q0 {ids[n]} {place} {row[n]:.9f} lsa\n")


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
    else:
        rank(*map(Path, sys.argv[2:]))

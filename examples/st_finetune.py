"""Fine-tunes a model of sentence-transformers as a program: docs/own_model.md, "Any program".

The first argument of `train` is a folder or an id of the hub. `kind: sentence_transformer` does
the same without a program, on maw's own batches.
"""

import csv
import json
import random
import sys
from collections import defaultdict
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

BATCH = 16


def texts(path: Path) -> dict[str, str]:
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["_id"]: row["text"] for row in rows}


def pairs(path: Path) -> dict[str, list[str]]:
    """Return query -> documents, in the order of the lines."""
    of_query = defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            of_query[row["query-id"]].append(row["corpus-id"])
    return of_query


def train(name: str, data: Path, folder: Path, *, seed: int, rate: float, steps: int) -> None:
    torch.manual_seed(seed)
    draw = random.Random(seed)
    documents, queries = texts(data / "corpus.jsonl"), texts(data / "queries.jsonl")
    positives, negatives = pairs(data / "qrels/train.tsv"), pairs(data / "negatives.tsv")
    usable = sorted(query for query in positives if negatives.get(query))
    model = SentenceTransformer(name, device="cpu")
    loss = MultipleNegativesRankingLoss(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate)
    model.train()
    for _ in range(steps):
        batch = draw.sample(usable, min(BATCH, len(usable)))
        columns = [
            [queries[query] for query in batch],
            [documents[draw.choice(positives[query])] for query in batch],
            [documents[draw.choice(negatives[query])] for query in batch],
        ]
        optimiser.zero_grad()
        loss([model.preprocess(column) for column in columns], labels=None).backward()
        optimiser.step()
    model.save_pretrained(str(folder), create_model_card=False)


def rank(data: Path, folder: Path, queries: Path, out: Path) -> None:
    model = SentenceTransformer(str(folder), device="cpu")
    documents, questions = texts(data / "corpus.jsonl"), texts(queries)
    ids = [*documents]
    vectors = model.encode_document([*documents.values()], convert_to_tensor=True)
    scores = model.similarity(
        model.encode_query([*questions.values()], convert_to_tensor=True), vectors
    )
    best = scores.topk(min(1000, len(ids)))
    with out.open("w") as run:
        for query, values, rows in zip(questions, best.values, best.indices, strict=True):
            for place, (value, n) in enumerate(zip(values, rows, strict=True), start=1):
                run.write(f"{query} Q0 {ids[n]} {place} {value:.9f} st\n")


if __name__ == "__main__":
    if sys.argv[1] == "train":
        name, data, folder, seed, rate, steps = sys.argv[2:]
        train(name, Path(data), Path(folder), seed=int(seed), rate=float(rate), steps=int(steps))
    else:
        rank(*map(Path, sys.argv[2:]))

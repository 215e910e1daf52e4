"""The files of a prepared dataset as rows of its trunk: read alike by every stage that trains."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor

from maw.datasets.development import ROWS, of_side, pool, relevant_pairs
from maw.datasets.rows_of_ids import rows_of
from maw.errors import InputError
from maw.jobs.job import Job
from maw.measures.scoring import name_counting_from
from maw.models.encoders.pairs import pairs_of
from maw.models.encoders.trunk import level, texts_of, top_of
from maw.training.loop import Data, TrainingData
from maw.training.pairs import PairData


@dataclass(frozen=True)
class DataFiles:
    """Where the dataset's files are."""

    documents: Path
    queries: Path
    qrels: Path
    split: Path
    training: Path
    negatives: Path
    forbidden: Path
    trunk: Path
    pairs: Path | None = None

    @property
    def there(self) -> tuple[Path, ...]:
        """All but the pairs where the system reads single texts."""
        return tuple(path for path in vars(self).values() if path is not None)


def read(
    job: Job, files: DataFiles, *, measure: str, system: Any = None
) -> tuple[Data, dict[str, Tensor]]:
    """What to train on, and the pretrained tensors of the layers to train.

    system: its configuration says how many layers it trains; without, as many as the backbone.
    With a table of pairs the trunk is one of pairs.
    """
    if files.pairs is not None:
        return read_pairs(job, files, measure=measure)
    return read_texts(job, files, measure=measure, system=system)


def read_pairs(job: Job, files: DataFiles, *, measure: str) -> tuple[PairData, dict[str, Tensor]]:
    """A cross-encoder's training lists and the development queries' candidates."""
    if files.pairs is None:
        raise ValueError("no table of pairs")
    known = job.read_parquet(files.documents, ("doc_id",), only=True)["doc_id"]
    relevant, judged = _judgements(job, files, known)
    for path in (files.training, files.negatives, files.forbidden):
        job.note_read(path)
    table = job.read_parquet(files.pairs, ("query_id", "doc_id", "side", "relevant"))
    table["row"] = range(len(table))
    trained = table[table["side"] == "train"]
    rows = {
        kind: trained[trained["relevant"] == kind].groupby("query_id")["row"].agg(list).to_dict()
        for kind in (True, False)
    }
    if not any(query in rows[False] for query in rows[True]):
        raise InputError(
            f"{files.pairs}: no training query has both a positive and a negative; "
            "enlarge split.train"
        )
    tensors = job.read_tensors(files.trunk)
    return PairData(
        pairs=pairs_of(tensors),
        positives=rows[True],
        negatives=rows[False],
        n_relevant=relevant["query_id"].value_counts().to_dict(),
        development=table[table["side"] == "dev"],
        judged=judged,
        measure=name_counting_from(measure, job.spec.get("relevant_from", 1)),
    ), top_of(tensors)


def _judgements(job: Job, files: DataFiles, known: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The relevant pairs of the collection, and those of the development queries."""
    job.note_read(files.queries)
    qrels = job.read_parquet(files.qrels, ("query_id", "doc_id", "relevance"))
    relevant = relevant_pairs(qrels, known)
    judged = of_side(relevant, job.read_parquet(files.split, ("query_id", "split")), "dev")
    if judged.empty:
        raise InputError(f"{files.split}: no dev query has a relevant document; enlarge split.dev")
    return relevant, judged


def read_texts(
    job: Job, files: DataFiles, *, measure: str, system: Any = None
) -> tuple[TrainingData, dict[str, Tensor]]:
    """A bi-encoder's training pairs and development pool."""
    known = job.read_parquet(files.documents, ("doc_id",), only=True)["doc_id"]
    query_row = _rows(job.read_parquet(files.queries, ("query_id",))["query_id"])
    relevant, judged = _judgements(job, files, known)
    trunk = job.read_tensors(files.trunk)
    tensors = level(trunk, getattr(system, "trained_layers", None))
    stored = known if ROWS not in trunk else known.iloc[trunk[ROWS].numpy()]
    doc_row = _rows(stored)
    rows = {
        name: _pairs(job, path, query_row, doc_row)
        for name, path in vars(files).items()
        if name in ("training", "negatives", "forbidden")
    }
    if not rows["training"]:
        raise InputError(f"{files.training}: no training pair is left; enlarge split.train")
    asked = judged["query_id"].drop_duplicates()
    numbered = pd.DataFrame(
        {
            "query_id": judged["query_id"].map(query_row).astype(str),
            "doc_id": judged["doc_id"].map(doc_row).astype(str),
            "relevance": judged["relevance"],
        }
    )
    counts = relevant["query_id"].value_counts()
    return TrainingData(
        documents=texts_of(tensors, "document"),
        queries=texts_of(tensors, "query"),
        positives=rows["training"],
        negatives=rows["negatives"],
        forbidden={query: set(rows["forbidden"].get(query, ())) for query in rows["training"]},
        n_relevant={query_row[name]: int(n) for name, n in counts.items()},
        development=[query_row[name] for name in asked],
        pool=_pool(judged, known, doc_row),
        judged=numbered,
        measure=name_counting_from(measure, job.spec.get("relevant_from", 1)),
    ), top_of(tensors)


def _rows(ids: Iterable[str]) -> dict[str, int]:
    return {name: row for row, name in enumerate(ids)}


def _pairs(
    job: Job, path: Path, query_row: dict[str, int], doc_row: dict[str, int]
) -> dict[int, list[int]]:
    """query row -> document rows, in the file's order."""
    frame = job.read_parquet(path, ("query_id", "doc_id"))
    found: defaultdict[int, list[int]] = defaultdict(list)
    for query, document in zip(frame["query_id"], frame["doc_id"], strict=True):
        if document in doc_row:
            found[query_row[query]].append(doc_row[document])
    return dict(found)


def _pool(judged: pd.DataFrame, known: pd.Series, doc_row: dict[str, int]) -> list[int]:
    """What development queries rank, as rows of the trunk."""
    relevant = rows_of(known, judged["doc_id"])
    rows = pool(relevant.tolist(), n_documents=len(known))
    return [doc_row[name] for name in known.iloc[rows]]

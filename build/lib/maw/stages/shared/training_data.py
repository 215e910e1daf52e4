"""Training data, read from the files of a prepared dataset for every stage that trains.

The trunk is the file of the frozen layers' outputs. For a bi-encoder, queries and documents are
replaced by their row numbers in the trunk; for a cross-encoder, pairs of a query and a document are
replaced by theirs.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor

from maw.datasets.development import judged_for_development, relevant_pairs
from maw.errors import InputError
from maw.jobs.job import Job
from maw.measures.scoring import name_counting_from
from maw.models.encoders.trunk import Trunk
from maw.stages.shared.training_files import TrainingFiles
from maw.training.loop import TrainingData
from maw.training.pairs import PairData
from maw.training.texts import TextData


def read(
    job: Job, files: TrainingFiles, *, measure: str, system: Any = None
) -> tuple[TrainingData, Mapping[str, Tensor]]:
    """Return the training data, and the pretrained tensors of the layers to train.

    measure: the primary measure, which scores the development queries. system: the configuration of
    the system; a bi-encoder's may say how many layers are trained. Else as many are trained as the
    backbone's section says.
    InputError where no training query is usable, or no development query has a relevant document.
    """
    if files.pairs is not None:
        return _read_pairs(job, files, files.pairs, measure=measure)
    return _read_texts(job, files, measure=measure, system=system)


def _read_pairs(
    job: Job, files: TrainingFiles, pairs: Path, *, measure: str
) -> tuple[PairData, Mapping[str, Tensor]]:
    """Return a cross-encoder's training data, and the pretrained tensors of the layers to train.

    The data are the rows of positive and negative pairs of each training query, and the candidate
    documents of the development queries.
    """
    doc_ids = job.read_parquet(files.documents, ("doc_id",), only=True)["doc_id"]
    queries = job.read_parquet(files.queries, ("query_id",))
    relevant, judged = _judgements(job, files, doc_ids)
    for path in (files.training, files.negatives, files.forbidden, files.development):
        job.note_read(path)
    table = job.read_parquet(pairs, ("query_id", "doc_id", "split", "relevant"))
    table["row"] = range(len(table))
    training_pairs = table[table["split"] == "train"]
    positives, negatives = (
        training_pairs[training_pairs["relevant"] == relevance]
        .groupby("query_id")["row"]
        .agg(list)
        .to_dict()
        for relevance in (True, False)
    )
    if not any(query in negatives for query in positives):
        raise InputError(
            f"{pairs}: no training query has both a positive and a negative; enlarge split.train"
        )
    trunk = Trunk.from_tensors(job.read_tensors(files.read_trunk))
    return PairData(
        pairs=trunk.texts("pair"),
        doc_ids=table["doc_id"].tolist(),
        positives=positives,
        negatives=negatives,
        n_relevant=relevant["query_id"].value_counts().to_dict(),
        development=table[table["split"].eq("dev") & table["query_id"].isin(judged["query_id"])],
        judged=judged,
        measure=name_counting_from(measure, job.spec.get("relevant_from", 1)),
        modes=modes_of(queries),
    ), trunk.top


def modes_of(queries: pd.DataFrame) -> dict[str, int] | None:
    """Return query id -> mode, from the table of a collection's queries.

    None where the table has no column `mode`, as most collections have none.
    """
    if "mode" not in queries:
        return None
    return {
        query: int(mode) for query, mode in zip(queries["query_id"], queries["mode"], strict=True)
    }


def _judgements(
    job: Job, files: TrainingFiles, doc_ids: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the relevant pairs of all queries, and those of the queries that score a model.

    doc_ids: ids of the collection's documents. InputError where the second table is empty.
    """
    qrels = job.read_parquet(files.qrels, ("query_id", "doc_id", "relevance"))
    relevant = relevant_pairs(qrels, doc_ids)
    splits = job.read_parquet(files.split, ("query_id", "split"))
    judged = judged_for_development(relevant, splits)
    if judged.empty:
        raise InputError(f"{files.split}: no dev query has a relevant document; enlarge split.dev")
    return relevant, judged


def _read_texts(
    job: Job, files: TrainingFiles, *, measure: str, system: Any
) -> tuple[TextData, Mapping[str, Tensor]]:
    """Return a bi-encoder's training data, and the pretrained tensors of the layers to train.

    The data are training pairs, negatives, and the documents that development queries rank.
    """
    doc_ids = job.read_parquet(files.documents, ("doc_id",), only=True)["doc_id"]
    queries = job.read_parquet(files.queries, ("query_id",))
    query_row, modes = _rows(queries["query_id"]), modes_of(queries)
    relevant, judged = _judgements(job, files, doc_ids)
    whole_trunk = Trunk.from_tensors(job.read_tensors(files.read_trunk))
    trunk = whole_trunk.level(getattr(system, "trained_layers", None))
    # the trunk of a large collection holds only the documents that training needs
    kept = whole_trunk.document_rows
    doc_row = _rows(doc_ids if kept is None else doc_ids.iloc[kept.numpy()])
    positives, negatives, forbidden = (
        _document_rows(job.read_parquet(path, ("query_id", "doc_id")), query_row, doc_row)
        for path in (files.training, files.negatives, files.forbidden)
    )
    if not positives:
        raise InputError(f"{files.training}: no training pair is left; enlarge split.train")
    # by ids, because documents with equal scores are ordered by id, as in every ranking
    pool = job.read_parquet(files.development, ("doc_id",))["doc_id"]
    counts = relevant["query_id"].value_counts()
    return TextData(
        documents=trunk.texts("document"),
        queries=trunk.texts("query"),
        doc_ids=list(doc_row),
        query_ids=list(query_row),
        positives=positives,
        negatives=negatives,
        forbidden={query: set(forbidden.get(query, ())) for query in positives},
        n_relevant={query_row[query]: int(n) for query, n in counts.items()},
        development={query: query_row[query] for query in judged["query_id"].drop_duplicates()},
        pool={doc_id: doc_row[doc_id] for doc_id in pool},
        judged=judged,
        measure=name_counting_from(measure, job.spec.get("relevant_from", 1)),
        modes=None if modes is None else {query_row[query]: mode for query, mode in modes.items()},
    ), trunk.top


def _rows(ids: Iterable[str]) -> dict[str, int]:
    """Return id -> row number, from 0 in the order of the ids."""
    return {name: row for row, name in enumerate(ids)}


def _document_rows(
    pairs: pd.DataFrame, query_row: dict[str, int], doc_row: dict[str, int]
) -> dict[int, list[int]]:
    """Return row of a query -> rows of its documents, in the order of the pairs.

    pairs: columns query_id and doc_id. Documents without a row in the trunk are left out.
    """
    rows: defaultdict[int, list[int]] = defaultdict(list)
    for query, document in zip(pairs["query_id"], pairs["doc_id"], strict=True):
        if document in doc_row:
            rows[query_row[query]].append(doc_row[document])
    return dict(rows)

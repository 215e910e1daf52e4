"""`loader: {kind: irds, id: beir/scifact/test}`: any dataset of the package `ir_datasets`.

The text of a document or a query is the one that the package gives as its default, such as title
and text of a BEIR document. `train` and `dev` name further ids of the same corpus, whose queries
and judgements are added. `split: {kind: official}` then keeps each query in the split of its id and
leaves out train and dev queries that would leak; any other split mixes the queries of all ids.
Documents and queries are counted as they are read; the package's own figures are not used. A file
that is found to be empty, cut off or broken is an error.
"""

import re
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, Self

import pandas as pd
from pydantic import BaseModel, Field, model_validator

from maw.datasets.collection import Collection
from maw.datasets.loaders import irds_files, irds_terms
from maw.datasets.splits import groups_of
from maw.errors import InputError, nearest
from maw.measures.grades import LARGEST_GRADE

CHUNK = 100_000  # documents in memory at a time
GRADED_PASSAGES = re.compile(r"msmarco-passage(-v2)?/trec-dl-")


class Config(BaseModel, extra="forbid", frozen=True):
    """One dataset id of `ir_datasets`, or several ids of one corpus."""

    id: str = Field(min_length=1)
    """The id, like `beir/scifact/test`; its queries are the test split of an official split."""
    train: tuple[str, ...] = ()
    """Further ids of the same corpus, whose queries are the train split of an official split."""
    dev: tuple[str, ...] = ()
    """Further ids of the same corpus, whose queries are the dev split of an official split."""
    train_topics: int | None = Field(None, ge=1)
    """Largest number of queries of each id in `train`; a hash of the query id chooses them."""
    verify: bool = True
    """Whether a downloaded file is refused if its MD5 is not that of the published file."""

    @model_validator(mode="after")
    def _one_corpus(self) -> Self:
        ids = self.ids
        if len(set(ids)) != len(ids):
            raise ValueError("an id is named twice among `id`, `train` and `dev`; name it once")
        if len({_first_relevant(name) for name in ids}) > 1:
            raise ValueError(
                "the ids in `id`, `train` and `dev` count different grades as relevant; make them "
                "two datasets and use `split: {kind: transfer}`"
            )
        if self.train_topics and not self.train:
            raise ValueError(
                "train_topics is set but `train` is empty; name in `train` the ids whose queries "
                "are to be used, or drop train_topics"
            )
        return self

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids: the id of the test queries, then the ids in `train`, then those in `dev`."""
        return (self.id, *self.train, *self.dev)


def sources(config: Config) -> list[Path]:
    """Return an empty list, because `ir_datasets` finds its files itself.

    dataset.json says whether the files were verified by their MD5.
    """
    return []


def check(config: Config) -> None:
    """Raise InputError for an unknown id, or one without documents, queries or judgements.

    Nothing is downloaded.
    """
    for name in config.ids:
        _opened(name)


def fingerprint(config: Config) -> dict[str, str]:
    """Return the version of `ir_datasets`."""
    return {"ir_datasets": version("ir_datasets")}


def relevant_from(config: Config) -> int:
    """Return the least grade that binary measures count as relevant.

    It is 2 for the passage tasks of TREC DL, as in TREC's own evaluation (Craswell et al., Overview
    of the TREC 2019 deep learning track, section 3), and 1 for all other ids.
    """
    return _first_relevant(config.id)


def _first_relevant(name: str) -> int:
    return 2 if GRADED_PASSAGES.match(name) else 1


def load(config: Config) -> Collection:
    """Return the corpus of `config.id`, with the queries and judgements of all ids.

    The documents are an iterator over blocks, which can be read once. InputError for an unknown id,
    an id without documents, queries or judgements, a file that is broken or cannot be downloaded, a
    query that is empty or there twice, and a grade that is no integer or contradicts another one.
    """
    datasets = {name: _opened(name) for name in config.ids}
    verified = irds_files.check(config.id, datasets.values(), verify=config.verify)
    query_texts: dict[str, str] = {}
    splits: dict[str, str] = {}
    judged: list[pd.DataFrame] = []
    n_dropped = 0
    for split, names in (("test", (config.id,)), ("dev", config.dev), ("train", config.train)):
        for name in names:
            texts = dict(_queries(name, datasets[name]))
            if split == "train" and config.train_topics:
                kept = _sampled(texts, config.train_topics)
                n_dropped, texts = n_dropped + len(texts) - len(kept), kept
            if repeated := next((query for query in texts if query in splits), None):
                raise InputError(
                    f"{name}: query {repeated!r} is in another of the ids too; leave one id out"
                )
            query_texts |= texts
            splits |= dict.fromkeys(texts, split)
            judged.append(_judgements(name, datasets[name], queries=texts))
    queries = pd.DataFrame({"query_id": list(query_texts), "text": list(query_texts.values())})
    return Collection(
        documents=_documents(config.id, datasets[config.id]),
        queries=queries.assign(cluster=queries["query_id"]),
        qrels=pd.concat(judged, ignore_index=True),
        groups=groups_of(query_texts),
        splits=splits if len(config.ids) > 1 else {},
        licence=irds_terms.licence(config.id),
        source=f"ir_datasets {', '.join(config.ids)}; {verified}",
        citation=irds_terms.citation(datasets[config.id]),
        counts={"train_topics_left_out": n_dropped},
    )


def _opened(name: str) -> Any:
    """Return the package's dataset for an id.

    InputError for an unknown id, or a dataset without documents, queries or judgements.
    """
    import ir_datasets

    try:
        dataset = ir_datasets.load(name)
    except KeyError:
        near = nearest(name, list(ir_datasets.registry._registered))
        raise InputError(f"irds: unknown id {name!r}{near}") from None
    for part in ("docs", "queries", "qrels"):
        if not dataset.has(part):
            raise InputError(f"irds: {name} has no {part}; give another id, like {name}/test")
    return dataset


def _documents(name: str, dataset: Any) -> Iterator[pd.DataFrame]:
    """Yield frames of doc_id, text, at most `CHUNK` rows each. InputError without a document."""
    documents = irds_files.reading(name, dataset, _document_iterator(name, dataset))
    n_documents = 0
    while rows := [(item.doc_id, _text(item)) for item in islice(documents, CHUNK)]:
        yield pd.DataFrame(rows, columns=["doc_id", "text"])
        n_documents += len(rows)
    if not n_documents:
        raise InputError(
            f"{name}: has no document; delete its files in ir_datasets' cache and run again"
        )


def _document_iterator(name: str, dataset: Any) -> Callable[[], Iterator[Any]]:
    """Return the function that starts an iteration over the documents.

    For BEIR it reads the archive itself, because the package's `docs_iter` would first copy all
    documents into a store of pickles.
    """
    handler = dataset.docs_handler()
    direct = getattr(handler, "_docs_iter", None) if name.startswith("beir/") else None
    return direct or handler.docs_iter  # type: ignore[no-any-return]


def _queries(name: str, dataset: Any) -> Iterator[tuple[str, str]]:
    """Yield id and text of each query.

    InputError for an empty query, an id that two queries have, and a dataset without queries.
    """
    seen: set[str] = set()
    for query in irds_files.reading(name, dataset, dataset.queries_iter):
        text = _text(query)
        if not text:
            raise InputError(
                f"{name}: query {query.query_id!r} has no text; choose another dataset id"
            )
        if query.query_id in seen:
            raise InputError(
                f"{name}: query {query.query_id!r} is there twice; delete the files of {name} in "
                "ir_datasets' cache and run again"
            )
        seen.add(query.query_id)
        yield query.query_id, text
    if not seen:
        raise InputError(
            f"{name}: has no query; delete its files in ir_datasets' cache and run again"
        )


def _judgements(name: str, dataset: Any, *, queries: dict[str, str]) -> pd.DataFrame:
    """Return query_id, doc_id, relevance for `queries`; a repeated judgement counts once.

    queries: query_id -> text. InputError for a grade that is not an integer, two different grades
    of a query and a document, and queries of which none is judged.
    """
    grades: dict[tuple[str, str], int] = {}
    for judgement in irds_files.reading(name, dataset, dataset.qrels_iter):
        pair = (judgement.query_id, judgement.doc_id)
        grade = getattr(judgement, "relevance", None)
        if not isinstance(grade, int):
            raise InputError(
                f"{name}: {pair[0]!r} × {pair[1]!r} has grade {grade!r}, not a whole number; "
                "choose another dataset id"
            )
        if abs(grade) > LARGEST_GRADE:
            raise InputError(
                f"{name}: {pair[0]!r} × {pair[1]!r} has grade {grade}, beyond ±{LARGEST_GRADE:,}, "
                "the largest that measures can read; choose another dataset id"
            )
        if pair[0] in queries and grades.setdefault(pair, grade) != grade:
            raise InputError(
                f"{name}: {pair[0]!r} × {pair[1]!r} has grade {grade}, but {grades[pair]} before; "
                "choose another dataset id"
            )
    if not grades:
        raise InputError(
            f"{name}: no judgement of its queries; delete its files in ir_datasets' cache and run "
            "again"
        )
    rows = [(*pair, grade) for pair, grade in grades.items()]
    return pd.DataFrame(rows, columns=["query_id", "doc_id", "relevance"])


def _text(item: Any) -> str:
    """Return the text of a document or a query, with lone surrogates replaced.

    It is the `default_text` of the package where the item has one. Otherwise it is a document's
    title and text, or the first of `text`, `title` and `query` that a query has.
    """
    default_text = getattr(item, "default_text", None)
    if default_text is not None:
        text = default_text()
    else:
        fields = ("title", "text") if hasattr(item, "doc_id") else ("text", "title", "query")
        present = [value for name in fields if (value := getattr(item, name, ""))]
        text = " ".join(present if hasattr(item, "doc_id") else present[:1])
    return re.sub("[\ud800-\udfff]", "�", text).strip()


def _sampled(texts: dict[str, str], n: int) -> dict[str, str]:
    """Return the n queries whose ids have the smallest hashes, in their given order.

    texts: query_id -> text.
    """
    from hashlib import sha256

    kept = set(sorted(texts, key=lambda name: sha256(name.encode()).digest())[:n])
    return {name: text for name, text in texts.items() if name in kept}

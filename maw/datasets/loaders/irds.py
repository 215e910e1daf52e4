"""`loader: {kind: irds, id: beir/scifact/test}`: any set of `ir_datasets`, with its real formats.

Documents are title and text, as BEIR joins them; queries their `text`, `title` or `query`. Topics
and judgements of further ids of the same corpus are added by `train` and `dev`; `split: {kind:
official}` then keeps each on its side, any other split takes them together. Counts are of what was
read, never the figures that the package carries. Nothing is read from a file that is not whole.
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

CHUNK = 100_000  # documents in memory at a time
GRADED_PASSAGES = re.compile(r"msmarco-passage(-v2)?/trec-dl-")


class Config(BaseModel, extra="forbid", frozen=True):
    """One id, or more of one corpus.

    train_topics: no more training topics than so many, those with the least hash. verify: False
    reads files that are not the published ones, as their MD5 tells.
    """

    id: str = Field(min_length=1)
    train: tuple[str, ...] = ()
    dev: tuple[str, ...] = ()
    train_topics: int | None = Field(None, ge=1)
    verify: bool = True

    @model_validator(mode="after")
    def _alike(self) -> Self:
        ids = self.ids
        if len(set(ids)) != len(ids):
            raise ValueError("an id is named twice")
        if len({_first_relevant(one) for one in ids}) > 1:
            raise ValueError(
                "these ids count different grades as relevant; make them two datasets and use "
                "`split: {kind: transfer}`"
            )
        if self.train_topics and not self.train:
            raise ValueError("train_topics goes with `train`, the ids that it takes them from")
        return self

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids; the first one's topics are the test side of an official split."""
        return (self.id, *self.train, *self.dev)


def sources(config: Config) -> list[Path]:
    """None: `ir_datasets` fetches what it lacks; what was read is in dataset.json by its MD5."""
    return []


def fingerprint(config: Config) -> dict[str, str]:
    """The package's version."""
    return {"ir_datasets": version("ir_datasets")}


def relevant_from(config: Config) -> int:
    """The least grade that binary measures count: 2 for TREC DL's passages, as TREC does.

    Craswell et al., Overview of the TREC 2019 deep learning track, section 3.
    """
    return _first_relevant(config.id)


def _first_relevant(name: str) -> int:
    return 2 if GRADED_PASSAGES.match(name) else 1


def load(config: Config) -> Collection:
    """The corpus in blocks, as it is read; topics and judgements of all ids, each once."""
    found = {name: _opened(name) for name in config.ids}
    checked = irds_files.check(config.id, found.values(), verify=config.verify)
    topics: dict[str, str] = {}
    sides: dict[str, str] = {}
    judged: list[pd.DataFrame] = []
    n_dropped = 0
    for side, names in (("test", (config.id,)), ("dev", config.dev), ("train", config.train)):
        for name in names:
            texts = dict(_topics(name, found[name]))
            if side == "train" and config.train_topics:
                kept = _sampled(texts, config.train_topics)
                n_dropped, texts = n_dropped + len(texts) - len(kept), kept
            if doubled := next((one for one in texts if one in sides), None):
                raise InputError(f"{name}: topic {doubled!r} is in another of the ids; name one")
            topics |= texts
            sides |= dict.fromkeys(texts, side)
            judged.append(_judgements(name, found[name], topics=texts))
    queries = pd.DataFrame({"query_id": list(topics), "text": list(topics.values())})
    return Collection(
        documents=_documents(config.id, found[config.id]),
        queries=queries.assign(cluster=queries["query_id"]),
        qrels=pd.concat(judged, ignore_index=True),
        groups=groups_of(topics),
        sides=sides if len(config.ids) > 1 else {},
        licence=irds_terms.licence(config.id),
        source=f"ir_datasets {', '.join(config.ids)}; {checked}",
        citation=irds_terms.citation(found[config.id]),
        counts={"train_topics_left_out": n_dropped},
    )


def _opened(name: str) -> Any:
    """The package's dataset. InputError for an unknown id, or one without topics or judgements."""
    import ir_datasets

    try:
        dataset = ir_datasets.load(name)
    except KeyError:
        near = nearest(name, list(ir_datasets.registry._registered))
        raise InputError(f"irds: unknown id {name!r}{near}") from None
    for part in ("docs", "queries", "qrels"):
        if not dataset.has(part):
            raise InputError(f"irds: {name} has no {part}; give another, like {name}/test")
    return dataset


def _documents(name: str, dataset: Any) -> Iterator[pd.DataFrame]:
    """doc_id, text: so many at a time."""
    there = irds_files.reading(name, dataset, _document_iterator(name, dataset))
    n_documents = 0
    while rows := [(one.doc_id, _text(one)) for one in islice(there, CHUNK)]:
        yield pd.DataFrame(rows, columns=["doc_id", "text"])
        n_documents += len(rows)
    if not n_documents:
        raise InputError(f"{name}: has no document; delete its files and run again")


def _document_iterator(name: str, dataset: Any) -> Callable[[], Iterator[Any]]:
    """BEIR's archive itself: `docs_iter` would first copy all of it into a store of pickles."""
    handler = dataset.docs_handler()
    direct = getattr(handler, "_docs_iter", None) if name.startswith("beir/") else None
    return direct or handler.docs_iter  # type: ignore[no-any-return]


def _topics(name: str, dataset: Any) -> Iterator[tuple[str, str]]:
    """id, text. InputError for an empty topic, or an id that is there twice."""
    seen: set[str] = set()
    for query in irds_files.reading(name, dataset, dataset.queries_iter):
        text = _text(query)
        if not text:
            raise InputError(f"{name}: topic {query.query_id!r} is empty; leave it out")
        if query.query_id in seen:
            raise InputError(f"{name}: topic {query.query_id!r} is there twice; delete its files")
        seen.add(query.query_id)
        yield query.query_id, text
    if not seen:
        raise InputError(f"{name}: has no topic; delete its files and run again")


def _judgements(name: str, dataset: Any, *, topics: dict[str, str]) -> pd.DataFrame:
    """query_id, doc_id, relevance of these topics; the same judgement twice counts once."""
    grades: dict[tuple[str, str], int] = {}
    for one in irds_files.reading(name, dataset, dataset.qrels_iter):
        grade = getattr(one, "relevance", None)
        if not isinstance(grade, int):
            raise InputError(f"{name}: {one.query_id!r} × {one.doc_id!r} has grade {grade!r}")
        pair = (one.query_id, one.doc_id)
        if one.query_id in topics and grades.setdefault(pair, grade) != grade:
            raise InputError(
                f"{name}: {pair[0]!r} × {pair[1]!r} has grade {grade}, but {grades[pair]} before"
            )
    if not grades:
        raise InputError(f"{name}: no judgement of its topics; delete its files and run again")
    rows = [(*pair, grade) for pair, grade in grades.items()]
    return pd.DataFrame(rows, columns=["query_id", "doc_id", "relevance"])


def _text(item: Any) -> str:
    """Title and text of a document, or what a topic is asked by; half a character is none."""
    said = getattr(item, "default_text", None)
    if said is not None:
        text = said()
    else:
        fields = ("title", "text") if hasattr(item, "doc_id") else ("text", "title", "query")
        there = [value for name in fields if (value := getattr(item, name, ""))]
        text = " ".join(there if hasattr(item, "doc_id") else there[:1])
    return re.sub("[\ud800-\udfff]", "�", text).strip()


def _sampled(texts: dict[str, str], n: int) -> dict[str, str]:
    """n of them by a hash of their id, in their own order: the same ones whatever is added."""
    from hashlib import sha256

    kept = set(sorted(texts, key=lambda name: sha256(name.encode()).digest())[:n])
    return {name: text for name, text in texts.items() if name in kept}

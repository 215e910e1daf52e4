"""A collection of questions and answers: a text file with `question<TAB>answer` in each line.

It is chosen by `loader: {kind: examples/my_loader.py, path: answers.tsv}`. Each answer is a
document, and the one relevant document of its question.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel


class Config(BaseModel, extra="forbid", frozen=True):
    """A file of questions and answers."""

    path: Path
    """The file, relative to the folder that Snakemake is started in."""


def sources(config: Config) -> Sequence[Path]:
    """Return the files that are read: the dataset is made again when one of them is newer."""
    return [config.path]


def fingerprint(config: Config) -> Mapping[str, str]:
    """Return what else the collection depends on, such as a package's version: nothing here."""
    return {}


def check(config: Config) -> None:
    """Raise an error that `maw check` shows, for what is known before anything is read."""
    from maw.errors import InputError

    if not config.path.is_file():
        raise InputError(f"{config.path}: no such file; give `question<TAB>answer` lines")


def load(config: Config) -> Any:
    """Return the collection. Near-duplicate questions stay in one split."""
    import pandas as pd

    from maw.datasets.collection import Collection
    from maw.datasets.splits import groups_of

    lines = config.path.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line.strip()]
    query_ids, doc_ids = ([f"{side}{n}" for n in range(len(pairs))] for side in "qd")
    questions = [question for question, _ in pairs]
    return Collection(
        documents=pd.DataFrame({"doc_id": doc_ids, "text": [answer for _, answer in pairs]}),
        queries=pd.DataFrame({"query_id": query_ids, "text": questions, "cluster": query_ids}),
        qrels=pd.DataFrame({"query_id": query_ids, "doc_id": doc_ids, "relevance": 1}),
        groups=groups_of(dict(zip(query_ids, questions, strict=True))),
        licence="not stated",
        source=f"questions and answers in {config.path.name}",
    )

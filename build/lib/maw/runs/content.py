"""The content of an input file or object: a ranking of documents, or scores per topic."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from maw.runs.notices import Notice

RANKING = ("query_id", "doc_id", "score")
SCORES = ("dataset", "system", "seed", "query_id", "measure", "value")
SCORE_KEY = SCORES[:5]  # the columns that name one score


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A checked table, and notices on the oddities of its file.

    frame: for a ranking the columns RANKING (query_id, doc_id, score), and `rank` where the file
    has ranks; for scores the columns SCORES (dataset, system, seed, query_id, measure, value), with
    "" for a dataset or a measure that the input does not name. sha256: digest of the file's bytes,
    "" for an object in memory. named_by_file: True for scores in a file that names no system: their
    system is the file's name, and their seed is 0. model: the model that the file names, "" where
    it names none. only_one: what all runs of one system have in common, such as
    `the model 'lab/first'`; "" where the user's own names of files tell systems apart.
    """

    kind: Literal["ranking", "scores"]
    frame: pd.DataFrame
    notices: tuple[Notice, ...] = ()
    sha256: str = ""
    named_by_file: bool = False
    model: str = ""
    only_one: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """The rankings of one system with one seed, for all of its topics.

    frame: columns query_id, doc_id, score, and perhaps `rank`. origin: the file or argument that
    messages name.
    """

    system: str
    seed: int
    origin: str
    frame: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a comparison. origin: its file's path, or the name of its argument.

    sha256: digest of the file's bytes, "" for an object in memory.
    """

    origin: str
    sha256: str

"""What did one input hold? A ranking, or scores per topic: the two things that can be compared."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from maw.runs.notices import Notice

RANKING = ("query_id", "doc_id", "score")
SCORES = ("dataset", "system", "seed", "query_id", "measure", "value")


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """frame, by kind: RANKING (and `rank` where the file has one), or SCORES, checked.

    In scores "" stands for a dataset or a measure that the input does not name.
    """

    kind: Literal["ranking", "scores"]
    frame: pd.DataFrame
    notices: tuple[Notice, ...] = ()
    sha256: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One ranking of one system. place: what a message calls it, a file or an argument."""

    system: str
    seed: int
    place: str
    frame: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was read, or an object's place; sha256 of the file's bytes, "" for an object."""

    place: str
    sha256: str

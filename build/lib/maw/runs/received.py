"""Runs that were made elsewhere and are systems of a suite: read with suspicion, and checked.

What makes a score ambiguous is an error: a document that is there twice, a score that is no number,
a document that the collection does not have, a run that answers no test query. What is odd, and
changes no score's meaning, is told.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from maw.errors import InputError
from maw.measures.ordering import first_documents, rank_checked
from maw.runs import file_formats
from maw.runs.content import Content, Run
from maw.runs.notices import examples
from maw.runs.observe import ranks_against_scores
from maw.runs.ties import MANY_TIES, tie_notices, ties_of
from maw.settings.sections import RANKING_DEPTH


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """The rankings of one run for the test queries, and what is odd about its file.

    frame: query_id, doc_id and score of at most RANKING_DEPTH documents of each query, best first.
    n_missing: number of test queries that the run does not answer. oddities: a sentence each,
    without a full stop.
    """

    frame: pd.DataFrame
    n_missing: int
    oddities: tuple[str, ...]


def read_run(path: Path, file_format: str | None = None) -> Content:
    """Return the rankings in a file. file_format: as in `maw.runs.file_formats.read`.

    InputError for a file that cannot be read, or that holds scores in place of rankings.
    """
    content = file_formats.read(path, file_format)
    if content.kind != "ranking":
        raise InputError(
            f"{path}: holds scores of queries and no rankings; give the run itself, or compare "
            "scores with `maw compare`"
        )
    return content


def of_test_queries(
    content: Content, *, path: Path, test: Collection[str], known: Collection[str], dataset: str
) -> Received:
    """Return the rankings of a run for the test queries of a dataset.

    test: the ids of its test queries. known: those of all its queries. InputError where the run
    answers no test query.
    """
    run = content.frame
    rows = run[run["query_id"].isin(list(test))]
    answered = set(rows["query_id"])
    if not answered:
        raise InputError(
            f"{path}: answers none of the {_queries(len(test), 'test ')} of {dataset!r} (its first "
            f"query is {run['query_id'].iloc[0]!r}); give the run of this dataset"
        )
    ties = ties_of(rank_checked(rows))
    notices = [
        *content.notices,
        *ranks_against_scores(Run("", 0, str(path), rows)),
        *(tie_notices({str(path): ties}) if ties.n_tied > MANY_TIES * ties.n_documents else ()),
    ]
    oddities = [
        *_unanswered(run, test=test, known=known),
        *(_about_queries(notice.text) for notice in notices),
    ]
    frame = first_documents(rows, RANKING_DEPTH)
    return Received(frame, n_missing=len(set(test) - answered), oddities=tuple(oddities))


def refuse_foreign_documents(
    rankings: pd.DataFrame, documents: pd.Series, *, path: Path, dataset: str
) -> None:
    """Raise InputError for documents of a ranking that the collection does not have.

    rankings: query_id, doc_id. documents: the ids of all documents of the dataset.
    """
    foreign = rankings[~rankings["doc_id"].isin(documents)]
    if foreign.empty:
        return
    first = foreign.iloc[0]
    raise InputError(
        f"{path}: query {first['query_id']!r} has document {first['doc_id']!r}, which is not in "
        f"the collection of {dataset!r} (so have {len(foreign):,} of {len(rankings):,} rows); give "
        "the run of this collection"
    )


def _unanswered(
    run: pd.DataFrame, *, test: Collection[str], known: Collection[str]
) -> Iterator[str]:
    """Yield a sentence on test queries without an answer, and one on queries of no side."""
    queries = set(run["query_id"])
    if missing := set(test) - queries:
        yield (
            f"does not answer {_queries(len(missing), 'test ')}, which "
            f"score{'s' * (len(missing) == 1)} 0 ({examples([*missing])})"
        )
    if foreign := queries - set(known):
        yield (
            f"answers {_queries(len(foreign))} that the dataset does not have: left out "
            f"({examples([*foreign])})"
        )


def _queries(n: int, kind: str = "") -> str:
    return f"{n:,} {kind}{'query' if n == 1 else 'queries'}"


def _about_queries(text: str) -> str:
    """Return a notice's text with a suite's word for what a ranking is made for."""
    return re.sub(r"\btopics\b", "queries", re.sub(r"\btopic\b", "query", text))

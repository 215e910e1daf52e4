"""Documents with equal scores, counted for each run, and the notices on them.

Almost every run has a few: they get one line for all runs. Where most documents of a run tie, the
ids of the documents make its order, and the run gets a line of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from maw.measures.ordering import Ranking
from maw.runs.notices import Notice, counted

MANY_TIES = 0.5  # share of a run's documents; with more, document ids make most of the order
TIES_RULE = "the larger document id goes first, as in trec_eval"


@dataclass(frozen=True, slots=True)
class Ties:
    """How many documents of a run have the score of the document before them in the topic.

    n_tied: documents with an equal score, in n_topics topics. n_tied_in_float32: documents whose
    score is equal in float32 only.
    """

    n_documents: int
    n_tied: int
    n_topics: int
    n_tied_in_float32: int


def ties_of(ranking: Ranking) -> Ties:
    """Return how many documents have the score of the document before them in the topic."""
    topics = np.repeat(np.arange(len(ranking.topics), dtype=np.int32), ranking.n_documents)
    score = ranking.scores
    with np.errstate(over="ignore"):
        single = score.astype(np.float32)
    same_topic = topics[1:] == topics[:-1]
    tied = same_topic & (score[1:] == score[:-1])
    tied_in_float32 = same_topic & ~tied & (single[1:] == single[:-1])
    return Ties(
        n_documents=len(score),
        n_tied=int(tied.sum()),
        n_topics=len(np.unique(topics[1:][tied])),
        n_tied_in_float32=int(tied_in_float32.sum()),
    )


def tie_notices(counts: Mapping[str, Ties]) -> list[Notice]:
    """Return notices on tied scores: one line for all runs that have as many as is usual.

    counts: origin of a run -> its ties. A run in which most documents tie has a line of its own,
    because there the ids of the documents make most of the order.
    """
    tied = {origin: of for origin, of in counts.items() if of.n_tied}
    mostly = {origin: of for origin, of in tied.items() if of.n_tied > MANY_TIES * of.n_documents}
    usual = {origin: of for origin, of in tied.items() if origin not in mostly}
    if len(usual) == 1:
        mostly |= usual
    notices = [_ties_of_run(origin, of) for origin, of in mostly.items()]
    if len(usual) > 1:
        n_most, most = max((of.n_tied, origin) for origin, of in usual.items())
        text = (
            f"{len(usual)} of {counted(len(counts), 'run')} have tied scores, at most "
            f"{counted(n_most, 'document')} ({most}); {TIES_RULE}"
        )
        total = sum(of.n_tied for of in usual.values())
        notices.append(Notice("tied-scores", "", total, text))
    return notices + _float32_notices(counts)


def _ties_of_run(origin: str, ties: Ties) -> Notice:
    share = ""
    if ties.n_tied > MANY_TIES * ties.n_documents:
        share = f" of its {ties.n_documents:,}"
    text = (
        f"{counted(ties.n_tied, 'document')}{share} of {counted(ties.n_topics, 'topic')} "
        f"{'ties' if ties.n_tied == 1 else 'tie'} with the document before; {TIES_RULE}"
    )
    return Notice("tied-scores", origin, ties.n_tied, text)


def _float32_notices(counts: Mapping[str, Ties]) -> list[Notice]:
    """Return a notice on scores that are equal in float32 only, one line for all runs."""
    origins = [origin for origin, of in counts.items() if of.n_tied_in_float32]
    if not origins:
        return []
    n_scores = sum(of.n_tied_in_float32 for of in counts.values())
    runs = "" if len(origins) == 1 else f" of {counted(len(origins), 'run')}"
    text = (
        f"{counted(n_scores, 'score')}{runs} equal to the score before in float32 only; "
        "maw compares in float64, pytrec_eval would take them for ties"
    )
    return [Notice("float32-ties", origins[0] if len(origins) == 1 else "", n_scores, text)]

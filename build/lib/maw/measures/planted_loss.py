"""A planted loss: a ranking that is made worse by a known amount of nDCG@k.

Documents of few ranks change places, in as many queries as it takes, until the mean over the
queries has lost the wanted amount. The loss follows from ranks and grades alone, without a library
of measures, so that a difference of exactly this size shows that scores, tables and tests work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.measures.ordering import rank_run
from maw.measures.scoring import grades_of, parse_measures

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PlantedRun:
    """A run with a planted loss.

    run: query_id, doc_id and score, for the first k + 1 documents of each query; the measure reads
    no others. The scores are N − rank, N the number of documents of a query. achieved: what the
    mean of nDCG@k over all judged queries has lost. n_queries: number of judged queries. n_changed:
    number of queries in which two documents changed places.
    """

    run: pd.DataFrame
    achieved: float
    n_queries: int
    n_changed: int


def plant_loss(
    run: pd.DataFrame, qrels: pd.DataFrame, queries: list[str], *, loss: float, cutoff: int
) -> PlantedRun:
    """Return the run after it has lost about `loss` of nDCG@cutoff, the mean over judged queries.

    run: query_id, doc_id, score. qrels: query_id, doc_id, relevance. queries: those that are
    scored. They are visited in the order of the SHA-256 of their ids. In each of them those two
    documents change places whose change loses most, but no more than an equal share of what is
    still to be lost. Taking the largest loss that is possible would put the whole of it into a few
    queries. InputError as in `rank_run` and `grades_of`.
    """
    ranking, grades = rank_run(run), grades_of(qrels)
    first = {
        query: ranking.documents(topic)[: cutoff + 1] for topic, query in enumerate(ranking.topics)
    }
    judged = sorted((q for q in dict.fromkeys(queries) if q in grades), key=_hash_of)
    remaining = loss * len(judged)
    n_changed, lost = 0, 0.0
    for position, query in enumerate(judged):
        documents = first.get(query, [])
        losses = losses_of_pairs(
            [grades[query].get(document, 0) for document in documents],
            list(grades[query].values()),
            cutoff=cutoff,
        )
        pair = _largest_below(losses, remaining / (len(judged) - position))
        if pair is not None:
            upper, lower = pair
            documents[upper], documents[lower] = documents[lower], documents[upper]
            lost, n_changed = lost + float(losses[pair]), n_changed + 1
            remaining -= float(losses[pair])
    return PlantedRun(
        _frame(first),
        achieved=lost / len(judged) if judged else 0.0,
        n_queries=len(judged),
        n_changed=n_changed,
    )


def _frame(rankings: Mapping[str, list[str]]) -> pd.DataFrame:
    """Return query_id, doc_id and score N − rank. rankings: query -> documents, the best first."""
    rows = [
        (query, document, float(len(documents) - rank))
        for query, documents in rankings.items()
        for rank, document in enumerate(documents, start=1)
    ]
    frame = pd.DataFrame(rows, columns=["query_id", "doc_id", "score"])
    return frame.astype({"query_id": "str", "doc_id": "str", "score": "float64"})


def losses_of_pairs(returned: list[int], judged: list[int], *, cutoff: int) -> Array:
    """Return what nDCG@cutoff loses where two documents change places, [R, R].

    returned [R]: grades of the first documents of a ranking, at most cutoff + 1, the best first.
    judged: grades of all judged documents. The entry of the ranks r < r′ is (g_r − g_r′)(D_r −
    D_r′)/IDCG, with D = 1/log₂(1 + rank) and 0 beyond the cutoff; all other entries are 0. Grades
    below 0 count as 0.
    """
    ranks = np.arange(1, cutoff + 2)
    discounts = np.where(ranks <= cutoff, 1 / np.log2(1 + ranks), 0.0)
    gains = np.maximum(np.array(returned, dtype=np.float64), 0)
    ideal = np.sort(np.maximum(np.array(judged, dtype=np.float64), 0))[::-1][:cutoff]
    ideal_gain = float(ideal @ discounts[: len(ideal)])
    if ideal_gain == 0:
        return np.zeros((len(gains), len(gains)))
    own = discounts[: len(gains)]
    losses: Array = np.triu((gains[:, None] - gains) * (own[:, None] - own), k=1) / ideal_gain
    return losses


def cutoff_of(measure: str) -> int | None:
    """Return k where a measure is nDCG@k without other parameters; None for all other measures."""
    parsed = parse_measures([measure])[measure]
    is_plain = parsed.NAME == "nDCG" and set(parsed.params) == {"cutoff"}
    return int(parsed["cutoff"]) if is_plain else None


def _hash_of(query: str) -> bytes:
    return sha256(query.encode()).digest()


def _largest_below(losses: Array, most: float) -> tuple[int, int] | None:
    """Return the ranks, from 0, of the largest loss above 0 and up to `most`; None for none."""
    allowed = np.where(losses <= most, losses, 0.0)
    if not allowed.size or allowed.max() <= 0:
        return None
    upper, lower = divmod(int(allowed.argmax()), allowed.shape[1])
    return upper, lower

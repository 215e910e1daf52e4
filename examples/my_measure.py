"""A measure: Halved@k, half as good with each rank that the first relevant document comes later.

A measure is a class of ir_measures. An installed package makes it known by an entry point of the
group `maw.measures`; a configuration then names it like any other, as in `measures: [Halved@10]`:

    [project.entry-points."maw.measures"]
    halved = "lab.measures"
"""

from collections.abc import Iterator

import pandas as pd
from ir_measures import Metric, measures


class _Halved(measures.Measure):
    """Halved@k: 1 for a relevant document at rank 1, 1/2 at rank 2, 1/4 at rank 3; 0 beyond k."""

    __name__ = "Halved"
    NAME = __name__
    SUPPORTED_PARAMS = {  # noqa: RUF012  declared so by ir_measures
        "cutoff": measures.ParamInfo(dtype=int, required=True),
        "rel": measures.ParamInfo(dtype=int, default=1),
    }

    def runtime_impl(self, qrels: pd.DataFrame, run: pd.DataFrame) -> Iterator[Metric]:
        """Yield the value of each query with a relevant document among its first k.

        qrels: query_id, doc_id, relevance. run: query_id, doc_id, score, each query best first.
        """
        relevant = qrels[qrels["relevance"] >= self["rel"]]
        ranked = run.assign(rank=run.groupby("query_id").cumcount())
        hits = ranked[ranked["rank"] < self["cutoff"]].merge(relevant, on=["query_id", "doc_id"])
        for query, rank in hits.groupby("query_id")["rank"].min().items():
            yield Metric(query, self, 0.5**rank)


MEASURES = (_Halved(),)

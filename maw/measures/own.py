"""Measures that ir_measures lacks. A measure registered here can be named in a configuration.

To add a measure, write a class with its name, its parameters and `runtime_impl`, and register it.
`runtime_impl` gets qrels (query_id, doc_id, relevance; of judged queries) and run (query_id,
doc_id, score; each query's best document first, scores without ties). It yields a value for each
query of the run; a query without a value scores 0. A measure with a parameter `rel` counts from the
least grade that the collection calls relevant (`counting_from`).
"""

from collections.abc import Iterator

import pandas as pd
from ir_measures import Metric, measures


class _F1(measures.Measure):
    """F1@k: harmonic mean of precision and recall of the first k documents.

    It is 2·r / (k + R), where r documents of the first k, and R documents of all, are judged
    relevant.
    """

    __name__ = "F1"
    NAME = __name__
    SUPPORTED_PARAMS = {  # noqa: RUF012  declared so by ir_measures
        "cutoff": measures.ParamInfo(dtype=int, required=True),  # type: ignore[no-untyped-call]
        "rel": measures.ParamInfo(dtype=int, default=1),  # type: ignore[no-untyped-call]
    }

    def runtime_impl(self, qrels: pd.DataFrame, run: pd.DataFrame) -> Iterator[Metric]:
        """Yield F1 of each query that has a relevant document."""
        relevant = qrels[qrels["relevance"] >= self["rel"]]
        n_relevant = relevant["query_id"].value_counts()
        first = run.groupby("query_id").head(self["cutoff"])
        hits = first.merge(relevant, on=["query_id", "doc_id"])["query_id"].value_counts()
        for query, n in n_relevant.items():
            yield Metric(query, self, 2 * int(hits.get(query, 0)) / (self["cutoff"] + int(n)))


measures.register(_F1())  # type: ignore[no-untyped-call]

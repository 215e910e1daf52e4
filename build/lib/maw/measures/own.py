"""Measures that ir_measures lacks. A measure registered here can be named in a configuration.

To add a measure, write a class with its name, its parameters and `runtime_impl`, and register it.
`runtime_impl` gets qrels (query_id, doc_id, relevance; of judged queries) and run (query_id,
doc_id, score; each query's best document first, scores without ties). It yields a value for each
query of the run; a query without a value scores 0. A measure with a parameter `rel` counts from the
least grade that the collection calls relevant (`counting_from`).

An installed package adds measures by an entry point of the group `maw.measures`: a module with
MEASURES, a tuple of such measures. They are registered when a name is not known otherwise.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

import ir_measures
import pandas as pd
from ir_measures import Metric, measures

from maw.errors import InputError

GROUP = "maw.measures"


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


def parsed(name: str) -> ir_measures.Measure:
    """Return the measure with this name, of ir_measures, of `maw` or of an installed package.

    NameError for an unknown name. ValueError or AssertionError for wrong parameters. InputError for
    a package whose measures cannot be registered.
    """
    try:
        return ir_measures.parse_measure(name)
    except NameError:
        register_installed()
        return ir_measures.parse_measure(name)


@cache
def register_installed() -> None:
    """Register the measures of installed packages. InputError names the package at fault."""
    registry: Mapping[str, ir_measures.Measure] = measures.registry
    for entry in entry_points(group=GROUP):
        for measure in _measures_of(entry):
            name = str(getattr(measure, "NAME", ""))
            if not isinstance(measure, measures.Measure) or not name:
                raise InputError(
                    f"{GROUP}: {entry.value}: {measure!r} is no measure; write a class like that "
                    "of examples/my_measure.py, and put an object of it into MEASURES"
                )
            if name in registry:
                raise InputError(
                    f"{GROUP}: {entry.value}: a measure {name!r} is known already; rename yours"
                )
            measures.register(measure)  # type: ignore[no-untyped-call]


def _measures_of(entry: EntryPoint) -> tuple[object, ...]:
    """Return MEASURES of an entry point's module. InputError where it fails or has none."""
    try:
        module = entry.load()
    except Exception as error:
        raise InputError(
            f"{GROUP}: {entry.value}: {type(error).__name__}: {error}; mend or remove the package"
        ) from error
    if not isinstance(found := getattr(module, "MEASURES", None), tuple):
        raise InputError(
            f"{GROUP}: {entry.value}: has no tuple MEASURES; list its measures there, as in "
            "examples/my_measure.py"
        )
    return found

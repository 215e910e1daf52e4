"""What does each query score? ir_measures, on an order that is ours, for every judged query.

Unjudged queries are left out; judged ones stay whatever happened to them: without any relevant
document, or missing from the run, they score 0. All three are counted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TypeVar

import ir_measures
import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.measures.ordering import order_run, with_rank_scores

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRun:
    """frame: query_id, measure, value (float64, unrounded), a row per judged query × measure."""

    frame: pd.DataFrame
    n_unjudged: int  # left out
    n_without_relevant: int  # kept, score 0
    n_missing: int  # judged, but the run has no answer: kept, score 0


def score_run(
    run: pd.DataFrame,
    qrels: pd.DataFrame,
    measures: Sequence[str],
    queries: Sequence[str],
    *,
    relevant_from: int = 1,
) -> ScoredRun:
    """Score one run on those of `queries` that are judged, in their order.

    run: query_id, doc_id, score; rows of other queries are ignored. qrels: query_id, doc_id,
    relevance; grades below 0 count as not relevant. measures: names of ir_measures ("nDCG@10").
    relevant_from: the least grade that binary measures count; nDCG sees every grade.
    InputError: duplicate document, score not finite, no judged query, unknown measure.
    """
    parsed = {
        name: counting_from(measure, relevant_from)
        for name, measure in parse_measures(measures).items()
    }
    grades = grades_of(qrels)
    wanted = list(dict.fromkeys(str(query) for query in queries))
    judged = [query for query in wanted if query in grades]
    if not judged:
        raise InputError(
            f"qrels: none of the {len(wanted)} queries is judged (first: {wanted[:1]}); "
            "check that run and qrels use the same query ids"
        )
    grades = {query: grades[query] for query in judged}
    scored = score_ordered(order_run(run), grades=grades, measures=parsed)
    return replace(scored, n_unjudged=len(wanted) - len(judged))


def score_ordered(
    ordered: pd.DataFrame,
    *,
    grades: Mapping[str, Mapping[str, int]],
    measures: Mapping[str, ir_measures.Measure],
) -> ScoredRun:
    """Score a run that `order_run` has ordered on all queries of `grades`: many runs, one qrels."""
    answers = _answers(with_rank_scores(ordered[ordered["query_id"].isin(list(grades))]))
    return ScoredRun(
        frame=_frame(answers, grades=grades, measures=measures),
        n_unjudged=0,
        n_without_relevant=sum(max(found.values()) <= 0 for found in grades.values()),
        n_missing=sum(query not in answers for query in grades),
    )


def parse_measures(names: Sequence[str]) -> dict[str, ir_measures.Measure]:
    """Name as written -> measure. InputError with the nearest right name for an unknown one."""
    parsed: dict[str, ir_measures.Measure] = {}
    for name in names:
        measure = _parse(name)
        same = [other for other, known in parsed.items() if known == measure]
        if same:
            raise InputError(f"measures: {name!r} is the same as {same[0]!r}; name it once")
        parsed[name] = measure
    return parsed


def counting_from(measure: ir_measures.Measure, grade: int) -> ir_measures.Measure:
    """A binary measure that counts documents from this grade on; others, and what says its own."""
    if grade == 1 or "rel" not in measure.SUPPORTED_PARAMS or "rel" in measure.params:
        return measure
    counting: ir_measures.Measure = measure(rel=grade)
    return counting


def name_counting_from(name: str, grade: int) -> str:
    """The same as a name: `RR@10` from grade 2 is `RR(rel=2)@10`."""
    return name if grade == 1 else str(counting_from(_parse(name), grade))


def _parse(name: str) -> ir_measures.Measure:
    try:
        measure = ir_measures.parse_measure(name)
        measure.validate_params()  # type: ignore[no-untyped-call]
    except NameError:
        raise InputError(f"measures: unknown measure {name!r}{_suggestion(name)}") from None
    except (ValueError, AssertionError) as error:  # ir_measures asserts on its parameters
        reason = " ".join(str(error).split())
        raise InputError(f"measures: {name!r} cannot be read ({reason}); try 'nDCG@10'") from None
    if measure.params.get("cutoff", 1) < 1:
        raise InputError(f"measures: {name!r} cuts off before the first rank; use at least 1")
    supported: bool = ir_measures.DefaultPipeline.supports(measure)  # type: ignore[no-untyped-call]
    if not supported:
        raise InputError(f"measures: {name!r} has no installed provider; try 'nDCG@10'")
    return measure


def _suggestion(name: str) -> str:
    """The nearest name that ir_measures knows, with the same cutoff; case does not count."""
    head = re.split(r"\W", name, maxsplit=1)[0]
    rest = name[len(head) :]
    registry: Mapping[str, ir_measures.Measure] = ir_measures.measures.registry
    # aliases (NDCG, MAP, MRR) lead to the name that is printed
    known = {alias.lower(): str(measure.NAME) for alias, measure in registry.items()}
    known |= {"hit": "Success", "hits": "Success", "hitrate": "Success"}
    close = get_close_matches(head.lower(), known, n=1)
    return f"; did you mean {known[close[0]] + rest!r}?" if close else "; try 'nDCG@10'"


def grades_of(qrels: pd.DataFrame) -> dict[str, dict[str, int]]:
    """query -> document -> grade. InputError names a grade that is not whole, or a second one."""
    qrels = qrels.astype({"query_id": str, "doc_id": str})
    relevance = pd.to_numeric(qrels["relevance"], errors="coerce").to_numpy(np.float64)
    wrong = ~np.isfinite(relevance) | (relevance != np.rint(relevance))
    for row in np.flatnonzero(wrong)[:1]:
        raise InputError(
            f"qrels: row {row} has relevance {qrels['relevance'].tolist()[row]!r}; "
            "expected a whole number"
        )
    for row in np.flatnonzero(qrels.duplicated(["query_id", "doc_id"]))[:1]:
        query, document = qrels[["query_id", "doc_id"]].iloc[row]
        raise InputError(
            f"qrels: row {row} judges document {document!r} for query {query!r} a second time; "
            "keep one"
        )
    return _nested(qrels, np.maximum(relevance, 0).astype(int).tolist())


def _answers(ordered: pd.DataFrame) -> dict[str, dict[str, float]]:
    """query -> document -> score."""
    return _nested(ordered, ordered["score"].tolist())


def _nested(frame: pd.DataFrame, values: list[T]) -> dict[str, dict[str, T]]:
    nested: dict[str, dict[str, T]] = {}
    for query, document, value in zip(
        frame["query_id"].tolist(), frame["doc_id"].tolist(), values, strict=True
    ):
        nested.setdefault(query, {})[document] = value
    return nested


def _frame(
    answers: dict[str, dict[str, float]],
    *,
    grades: Mapping[str, Mapping[str, int]],
    measures: Mapping[str, ir_measures.Measure],
) -> pd.DataFrame:
    """A row per query and measure. What a provider drops is 0: it is a failure, not a gap."""
    found = {
        (metric.query_id, metric.measure): float(metric.value)
        for metric in ir_measures.iter_calc(list(measures.values()), grades, answers)
    }
    rows = [
        (query, name, found.get((query, measure), 0.0))
        for query in grades
        for name, measure in measures.items()
    ]
    return pd.DataFrame(rows, columns=["query_id", "measure", "value"])

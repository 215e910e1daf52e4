"""The scores of one run: one value for each query and measure, computed by ir_measures.

Documents are ordered by `maw.measures.ordering`. Queries without judgements are left out. Judged
queries without a relevant document, and judged queries that the run does not answer, are kept and
score 0. Queries of these three kinds are counted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

import ir_measures
import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.measures import own
from maw.measures.ordering import rank_run
from maw.measures.repeats import repeated_rows
from maw.measures.scorer import Scorer

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRun:
    """The scores of one run.

    frame: query_id, measure, value (float64, unrounded), a row for each judged query and measure.
    n_unjudged: number of queries without judgements, which are left out. n_without_relevant: number
    of judged queries without a relevant document. n_missing: number of judged queries that the run
    does not answer.
    """

    frame: pd.DataFrame
    n_unjudged: int
    n_without_relevant: int
    n_missing: int


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
    relevance; a grade below 0 is not relevant. measures: names of ir_measures ("nDCG@10").
    relevant_from: the least grade that binary measures count as relevant; nDCG reads every grade.
    InputError for a document that is there twice, a score that is not finite, an unknown measure,
    or no judged query.
    """
    parsed = {
        name: counting_from(measure, relevant_from)
        for name, measure in parse_measures(measures).items()
    }
    grades = grades_of(qrels)
    distinct = list(dict.fromkeys(str(query) for query in queries))
    judged = [query for query in distinct if query in grades]
    if not judged:
        raise InputError(
            f"qrels: none of the {len(distinct)} queries is judged (first: {distinct[:1]}); "
            "check that run and qrels use the same query ids"
        )
    ranking = rank_run(run)
    answered = set(ranking.topics)
    return ScoredRun(
        frame=Scorer({query: grades[query] for query in judged}, parsed).score(ranking),
        n_unjudged=len(distinct) - len(judged),
        n_without_relevant=sum(max(grades[query].values()) <= 0 for query in judged),
        n_missing=sum(query not in answered for query in judged),
    )


def parse_measures(names: Sequence[str]) -> dict[str, ir_measures.Measure]:
    """Return the measures of ir_measures by their names, as the names are written.

    InputError for an unknown measure, with the nearest known name, and for a measure named twice.
    """
    parsed: dict[str, ir_measures.Measure] = {}
    for name in names:
        measure = _parse(name)
        equal = [other for other, parsed_before in parsed.items() if parsed_before == measure]
        if equal:
            raise InputError(f"measures: {name!r} is the same as {equal[0]!r}; name it once")
        parsed[name] = measure
    return parsed


def counting_from(measure: ir_measures.Measure, grade: int) -> ir_measures.Measure:
    """Return a measure that counts documents of this grade or higher as relevant.

    A measure that reads grades, and a measure whose name states its own `rel`, are returned
    unchanged.
    """
    if grade == 1 or "rel" not in measure.SUPPORTED_PARAMS or "rel" in measure.params:
        return measure
    counting: ir_measures.Measure = measure(rel=grade)
    return counting


def name_counting_from(name: str, grade: int) -> str:
    """Return the name of a measure when it counts documents of this grade or higher as relevant.

    It is `RR(rel=2)@10` for `RR@10` and grade 2. A measure that `counting_from` does not change
    keeps its name.
    """
    return name if grade == 1 else str(counting_from(_parse(name), grade))


def _parse(name: str) -> ir_measures.Measure:
    try:
        measure = own.parsed(name)
        measure.validate_params()  # type: ignore[no-untyped-call]
    except NameError:
        raise InputError(f"measures: unknown measure {name!r}{_suggestion(name)}") from None
    except (ValueError, AssertionError) as error:  # ir_measures asserts on its parameters
        # ir_measures shows a parameter that is missing as an object without a name
        reason = re.sub(r"invalid param (\w+)=<object.*>", r"it needs \1", str(error))
        reason = " ".join(reason.split())
        raise InputError(f"measures: {name!r} cannot be read ({reason}); try 'nDCG@10'") from None
    if measure.params.get("cutoff", 1) < 1:
        raise InputError(f"measures: {name!r} cuts off before the first rank; use at least 1")
    if measure.params.get("rel", 1) < 1:  # pytrec_eval refuses it with an error of its own
        raise InputError(f"measures: {name!r} counts grades below 1 as relevant; use at least 1")
    supported: bool = ir_measures.DefaultPipeline.supports(measure)  # type: ignore[no-untyped-call]
    if not supported:
        raise InputError(f"measures: {name!r} {_not_provided(measure)}")
    return measure


def _not_provided(measure: ir_measures.Measure) -> str:
    """Return why nothing computes a measure, and the way out, as the end of an error message.

    It is the line that installs the first provider that would compute it; else the parameters that
    a provider of measures with this name needs.
    """
    providers = ir_measures.DefaultPipeline.providers
    for provider in providers:
        if provider.supports(measure) and not provider.is_available():
            line = provider.install_instructions() or f"install {provider.NAME}"
            quoted = re.sub(r"\S+\[\S+\]", r'"\g<0>"', line)  # a shell reads brackets itself
            return f"needs {provider.NAME}, which is not installed: {quoted}"
    for provider in providers:
        for known in provider.SUPPORTED_MEASURES:
            specs = known.params if known.NAME == measure.NAME else {}
            if wrong := [name for name, spec in specs.items() if not spec.validate(measure[name])]:
                return (
                    f"has no provider with these parameters; {provider.NAME} needs another "
                    f"{' and '.join(wrong)}"
                )
    return "has no provider in ir_measures; try 'nDCG@10'"


def _suggestion(name: str) -> str:
    """Return the end of an error message: `; did you mean 'nDCG@10'?`

    It has the nearest registered measure, and the cutoff as given; it is `; try 'nDCG@10'` if no
    measure is near. Case does not count.
    """
    head = re.split(r"\W", name, maxsplit=1)[0]
    parameters = name[len(head) :]
    registry: Mapping[str, ir_measures.Measure] = ir_measures.measures.registry
    # aliases (NDCG, MAP, MRR) lead to the name that is printed
    names = {alias.lower(): str(measure.NAME) for alias, measure in registry.items()}
    names |= {"hit": "Success", "hits": "Success", "hitrate": "Success"}
    close = get_close_matches(head.lower(), names, n=1)
    return f"; did you mean {names[close[0]] + parameters!r}?" if close else "; try 'nDCG@10'"


def grades_of(qrels: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return query -> document -> grade; negative grades stay as they are.

    InputError names the first row whose grade is not a whole number, or that judges a document of a
    query a second time.
    """
    qrels = qrels.astype({"query_id": str, "doc_id": str})
    relevance = pd.to_numeric(qrels["relevance"], errors="coerce").to_numpy(np.float64)
    wrong = ~np.isfinite(relevance) | (relevance != np.rint(relevance))
    for row in np.flatnonzero(wrong)[:1]:
        raise InputError(
            f"qrels: row {row} has relevance {qrels['relevance'].tolist()[row]!r}; "
            "expected a whole number"
        )
    for row in repeated_rows(qrels, ["query_id", "doc_id"])[:1]:
        query, document = qrels[["query_id", "doc_id"]].iloc[row]
        raise InputError(
            f"qrels: row {row} judges document {document!r} for query {query!r} a second time; "
            "keep one"
        )
    return _nested(qrels, relevance.astype(int).tolist())


def _nested(frame: pd.DataFrame, values: list[T]) -> dict[str, dict[str, T]]:
    nested: dict[str, dict[str, T]] = {}
    for query, document, value in zip(
        frame["query_id"].tolist(), frame["doc_id"].tolist(), values, strict=True
    ):
        nested.setdefault(query, {})[document] = value
    return nested

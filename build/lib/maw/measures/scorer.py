"""Computes measures with ir_measures for many runs that share their judgements.

Three things save time and memory, and none changes a value. Topics are scored in blocks, so that
only one block of a run stands in memory as Python objects. The evaluators of ir_measures, which
hold copies of the judgements, are made once for all runs. A measure of the first documents gets
only these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ir_measures
import numpy as np
import pandas as pd

from maw.measures.ordering import Ranking

Grades = Mapping[str, Mapping[str, int]]  # query -> document -> grade

BLOCK = 100  # topics in memory at once
# Measures that are computed topic by topic, inside this process. Others may start a program for
# each block, or fail where a block has no answered topic: they get all topics at once.
IN_BLOCKS = {"nDCG", "RR", "Success", "AP", "P", "R", "Judged", "F1", "Bpref", "Rprec"}
IN_BLOCKS_PARAMETERS = {"cutoff", "rel", "judged_only", "gains"}
# Of these, measures that read no document beyond their cutoff, and the parameters with which this
# holds: `judged_only` would first take out the documents that nobody judged.
SHALLOW, SHALLOW_PARAMETERS = {"nDCG", "RR", "Success", "P", "R", "Judged"}, {"cutoff", "rel"}
DEEPEST_SHALLOW = 100  # cutoffs beyond it save too little to be computed apart
# parameters that change judgements or run for a whole call of pytrec_eval, so that ir_measures
# would hand a measure without them the changed ones of another measure
PARAMETERS_OF_A_CALL = ("gains", "judged_only")


@dataclass(frozen=True, slots=True)
class _Call:
    """Measures that one call of ir_measures computes together.

    depth: number of documents of each topic that they read; None for all. in_blocks: False where
    they get all topics at once.
    """

    measures: list[ir_measures.Measure]
    depth: int | None
    in_blocks: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """Judged queries that are scored at once, and an evaluator of ir_measures for each call."""

    queries: list[str]
    calls: list[_Call]
    evaluators: list[Any]


class Scorer:
    """Computes all measures for one run after another, on the same judged queries."""

    def __init__(self, grades: Grades, measures: Mapping[str, ir_measures.Measure]) -> None:
        """Make the evaluators.

        grades: all judged queries; each has a judged document. measures: by the names that
        they get in the result of `score`.
        """
        self.measures = dict(measures)
        self.queries = list(grades)
        self.calls = _calls(list(measures.values()))
        in_blocks = [call for call in self.calls if call.in_blocks]
        at_once = [call for call in self.calls if not call.in_blocks]
        starts = range(0, len(self.queries), BLOCK)
        parts = [(self.queries[start : start + BLOCK], in_blocks) for start in starts]
        parts.append((self.queries, at_once))
        self.blocks = [_block(queries, grades, calls=calls) for queries, calls in parts if calls]

    def score(self, ranking: Ranking) -> pd.DataFrame:
        """Return query_id, measure, value: a row for each judged query and each measure.

        Queries are in the order of the judgements. A value that ir_measures omits is 0: the run
        does not answer the query, or the query has no relevant document.
        """
        position_of = {topic: t for t, topic in enumerate(ranking.topics)}
        deepest = int(ranking.n_documents.max(initial=0))
        # N − rank: no two documents of a query share it, so all providers see one order
        scores = [float(score) for score in range(deepest - 1, -1, -1)]
        values: dict[tuple[str, ir_measures.Measure], float] = {}
        for block in self.blocks:
            run = {
                query: _documents(ranking, position_of[query], scores)
                for query in block.queries
                if query in position_of
            }
            for call, evaluator in zip(block.calls, block.evaluators, strict=True):
                for metric in evaluator.iter_calc(_shortened(run, depth=call.depth)):
                    values[metric.query_id, metric.measure] = float(metric.value)
        pairs = [(query, measure) for query in self.queries for measure in self.measures.values()]
        frame = pd.DataFrame(
            {
                "query_id": np.repeat(np.array(self.queries, dtype=object), len(self.measures)),
                "measure": np.tile(np.array(list(self.measures), dtype=object), len(self.queries)),
                "value": np.array([values.get(pair, 0.0) for pair in pairs], dtype=np.float64),
            }
        )
        return frame.astype({"query_id": str, "measure": str})


def _block(queries: list[str], grades: Grades, *, calls: list[_Call]) -> _Block:
    judged = _without_all_negative({query: grades[query] for query in queries})
    return _Block(queries, calls, [ir_measures.evaluator(c.measures, judged) for c in calls])


def _documents(ranking: Ranking, topic: int, scores: list[float]) -> dict[str, float]:
    """Return document -> score of one topic, the best first. scores: N − rank, deepest topic."""
    documents = ranking.documents(topic)
    return dict(zip(documents, scores[len(scores) - len(documents) :], strict=True))


def _shortened(
    run: Mapping[str, dict[str, float]], *, depth: int | None
) -> Mapping[str, dict[str, float]]:
    """Return the first `depth` documents of each query, or the run itself where depth is None."""
    if depth is None:
        return run
    return {query: dict(list(documents.items())[:depth]) for query, documents in run.items()}


def _calls(measures: Sequence[ir_measures.Measure]) -> list[_Call]:
    """Return the calls of ir_measures that compute the measures."""
    together: dict[tuple[bool, bool, str], list[ir_measures.Measure]] = {}
    for measure in measures:
        parameters = repr([measure.params.get(name) for name in PARAMETERS_OF_A_CALL])
        key = _in_blocks(measure), _is_shallow(measure), parameters
        together.setdefault(key, []).append(measure)
    return [
        _Call(
            group,
            depth=max(measure["cutoff"] for measure in group) if is_shallow else None,
            in_blocks=in_blocks,
        )
        for (in_blocks, is_shallow, _), group in together.items()
    ]


def _in_blocks(measure: ir_measures.Measure) -> bool:
    return measure.NAME in IN_BLOCKS and set(measure.params) <= IN_BLOCKS_PARAMETERS


def _is_shallow(measure: ir_measures.Measure) -> bool:
    return (
        measure.NAME in SHALLOW
        and set(measure.params) <= SHALLOW_PARAMETERS
        and measure.params.get("cutoff", DEEPEST_SHALLOW + 1) <= DEEPEST_SHALLOW
    )


def _without_all_negative(grades: Grades) -> dict[str, Mapping[str, int]]:
    """Return the judgements, with 0 for every grade of a query whose grades are all negative.

    trec_eval reads a negative grade as "in the pool, but not judged". It counts documents in a
    table as long as the largest grade (form_res_rels.c), so where all grades are negative it reads
    memory that is not its own, and may never return. Such a query scores 0 with negative grades and
    with zeros.
    """
    return {
        query: judged if max(judged.values()) >= 0 else dict.fromkeys(judged, 0)
        for query, judged in grades.items()
    }

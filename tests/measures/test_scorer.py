"""Blocks, shared evaluators and shortened runs leave every value as ir_measures computes it."""

from typing import Any

import ir_measures
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.measures import scorer
from maw.measures.ordering import order_run, rank_run, with_rank_scores
from maw.measures.scorer import Scorer
from maw.measures.scoring import parse_measures

NAMES = (
    "nDCG@3", "nDCG", "RR@2", "RR", "Success@1", "AP", "AP@5", "P@5", "R@5", "R@1000", "Judged@3",
    "P(rel=2)@3", "RR(rel=2)@3", "P(judged_only=True)@2", "RR(judged_only=True)", "F1@3", "Bpref",
    "nDCG(gains={1:5})@2", "Rprec", "RBP(rel=1)", "infAP",
)  # fmt: skip
MEASURES = {
    name: measure
    for name in NAMES
    if ir_measures.DefaultPipeline.supports(ir_measures.parse_measure(name))  # type: ignore[no-untyped-call]
    for measure in parse_measures([name]).values()
}


Measures = dict[str, ir_measures.Measure]


def drawn(seed: int, *, n_topics: int = 7) -> tuple[pd.DataFrame, dict[str, dict[str, int]]]:
    """A run with ties, unjudged and unanswered topics, and grades that are partly negative."""
    draw = np.random.default_rng(seed)
    run = [
        (f"q{q}", f"d{d}", float(draw.integers(-2, 9)) / 4)
        for q in range(1, n_topics + 2)
        for d in draw.permutation(12)[: draw.integers(1, 12)]
    ]
    grades = {
        f"q{q}": {f"d{d}": int(draw.integers(-1, 4)) for d in draw.permutation(14)[:5]}
        for q in draw.permutation(n_topics)
    }
    return pd.DataFrame(run, columns=["query_id", "doc_id", "score"]), grades


def literal(
    run: pd.DataFrame, grades: dict[str, dict[str, int]], measures: Measures
) -> dict[tuple[str, str], float]:
    """The values of one measure at a time, of all topics at once, by ir_measures."""
    nested: dict[str, dict[str, float]] = {}
    for row in with_rank_scores(order_run(run)).itertuples():
        if row.query_id in grades:
            nested.setdefault(str(row.query_id), {})[str(row.doc_id)] = float(row.score)
    judged = {q: g if max(g.values()) >= 0 else dict.fromkeys(g, 0) for q, g in grades.items()}
    values: dict[tuple[str, str], float] = {}
    for name, measure in measures.items():
        for metric in ir_measures.iter_calc([measure], judged, nested):
            values[metric.query_id, name] = float(metric.value)
    return {(q, name): values.get((q, name), 0.0) for q in grades for name in measures}


def scored(frame: pd.DataFrame) -> dict[tuple[str, str], float]:
    columns = (frame[name].tolist() for name in ("query_id", "measure", "value"))
    return {(query, name): value for query, name, value in zip(*columns, strict=True)}


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), block=st.sampled_from([1, 2, 100]))
def test_every_value_is_ir_measures_own_to_the_bit(seed: int, block: int) -> None:
    run, grades = drawn(seed)
    other, _ = drawn(seed + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scorer, "BLOCK", block)
        shared = Scorer(grades, MEASURES)
        for table in (run, other, run):  # evaluators serve many runs
            assert scored(shared.score(rank_run(table))) == literal(table, grades, MEASURES)


def test_a_measure_of_another_program_gets_all_topics_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measures = parse_measures(["ERR@5", "nDCG(dcg='exp-log2')@5", "nDCG@5"])
    monkeypatch.setattr(scorer, "BLOCK", 1)
    shared = Scorer({"q1": {"d1": 1}, "unanswered": {"d1": 1}}, measures)
    assert [len(block.queries) for block in shared.blocks] == [1, 1, 2]
    run, grades = drawn(2)
    run["query_id"] = run["query_id"].str.removeprefix("q")  # gdeval reads whole numbers only
    grades = {q[1:]: {d: max(g, 0) for d, g in of_q.items()} for q, of_q in grades.items()}
    grades["99"] = {"d1": 1}
    assert scored(Scorer(grades, measures).score(rank_run(run))) == literal(run, grades, measures)


def test_rows_are_in_the_order_of_judgements_and_measures() -> None:
    run, grades = drawn(1)
    frame = Scorer(grades, MEASURES).score(rank_run(run))
    assert frame["query_id"].tolist() == [query for query in grades for _ in MEASURES]
    assert frame["measure"].tolist() == list(MEASURES) * len(grades)
    assert frame.dtypes.astype(str).tolist() == ["str", "str", "float64"]


@pytest.mark.parametrize(
    ("names", "depths"),
    [
        (["nDCG@10", "RR@20", "AP", "R@1000"], [20, None]),
        (["AP"], [None]),
        (["P@5", "P(judged_only=True)@5"], [5, None]),
        (["nDCG(gains={1:5})@2", "nDCG@2"], [None, 2]),
        (["nDCG@101"], [None]),
    ],
)
def test_only_measures_of_the_first_documents_get_no_others(
    names: list[str], depths: list[Any]
) -> None:
    assert [call.depth for call in Scorer({}, parse_measures(names)).calls] == depths

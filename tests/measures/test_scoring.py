"""Scores equal hand values, pytrec_eval's and ir_measures'; odd queries are counted."""

from math import log2
from typing import Any

import ir_measures
import numpy as np
import pandas as pd
import pytest
import pytrec_eval

from maw.errors import InputError
from maw.measures.scoring import grades_of, name_counting_from, parse_measures, score_run

MEASURES = ("nDCG@3", "RR@3", "Success@1", "Success@3", "AP")


def run_of(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["query_id", "doc_id", "score"])


def qrels_of(*rows: tuple[str, str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["query_id", "doc_id", "relevance"])


def values(
    run: pd.DataFrame, qrels: pd.DataFrame, *measures: str, queries: tuple[str, ...] = ("q",)
) -> dict[tuple[str, str], float]:
    """(query, measure) -> value."""
    frame = score_run(run, qrels, measures, queries).frame
    columns = (frame[name].tolist() for name in ("query_id", "measure", "value"))
    return {(query, measure): value for query, measure, value in zip(*columns, strict=True)}


def test_measures_have_their_hand_values() -> None:
    # ranking: grade 0, 1, 2, (unjudged), 1; trec_eval's nDCG takes the grade itself as gain
    run = run_of(*(("q", doc, score) for doc, score in zip("abcde", (9, 8, 7, 6, 5), strict=True)))
    qrels = qrels_of(("q", "a", 0), ("q", "b", 1), ("q", "c", 2), ("q", "e", 1))
    found = values(run, qrels, *MEASURES)
    gain = 1 / log2(3) + 2 / log2(4)
    ideal = 2 / log2(2) + 1 / log2(3) + 1 / log2(4)
    assert found["q", "nDCG@3"] == pytest.approx(gain / ideal, abs=1e-12)
    assert found["q", "RR@3"] == 0.5
    assert found["q", "Success@1"] == 0
    assert found["q", "Success@3"] == 1
    assert found["q", "AP"] == pytest.approx((1 / 2 + 2 / 3 + 3 / 5) / 3, abs=1e-12)


def test_beyond_the_cutoff_nothing_counts() -> None:
    run = run_of(("q", "a", 3), ("q", "b", 2), ("q", "c", 1))
    found = values(run, qrels_of(("q", "c", 1)), "RR@2", "RR@3", "nDCG@2", "Success@2")
    assert list(found.values()) == [0, pytest.approx(1 / 3), 0, 0]


def test_scores_are_those_of_pytrec_eval_where_float32_holds_them() -> None:
    # integers: many ties, which pytrec_eval breaks by trec_eval's rule too
    generator = np.random.default_rng(4)
    pairs = [(f"q{q}", f"d{d}") for q in range(20) for d in range(40)]
    run = run_of(*((q, d, float(generator.integers(8))) for q, d in pairs))
    qrels = qrels_of(
        *((q, d, int(generator.integers(3))) for q, d in pairs if generator.random() < 0.3)
    )
    expected = pytrec_eval.RelevanceEvaluator(
        nested(qrels, "relevance"), {"ndcg_cut.10", "map", "success.5", "recip_rank"}
    ).evaluate(nested(run, "score"))
    queries = tuple(expected)
    found = values(run, qrels, "nDCG@10", "AP", "Success@5", "RR", queries=queries)
    for ours, theirs in {
        "nDCG@10": "ndcg_cut_10",
        "AP": "map",
        "Success@5": "success_5",
        "RR": "recip_rank",
    }.items():
        for query in queries:
            assert found[query, ours] == pytest.approx(expected[query][theirs], abs=1e-12)


def nested(frame: pd.DataFrame, column: str) -> dict[str, dict[str, Any]]:
    """query -> document -> value of the column."""
    return {
        query: dict(zip(group["doc_id"], group[column], strict=True))
        for query, group in frame.groupby("query_id")
    }


def test_reciprocal_rank_follows_our_rule_for_ties_not_its_providers() -> None:
    # ir_measures' RR@k puts the smaller document id first: 1. trec_eval: the larger, so 1/2
    run = run_of(("q", "a", 1.0), ("q", "b", 1.0))
    found = values(run, qrels_of(("q", "a", 1)), "RR@10", "nDCG@10", "Success@1")
    assert found["q", "RR@10"] == 0.5
    assert found["q", "nDCG@10"] == pytest.approx(1 / log2(3))
    assert found["q", "Success@1"] == 0


def test_scores_equal_in_float32_only_are_not_a_tie() -> None:
    # pytrec_eval alone would put "b" first
    run = run_of(("q", "a", 0.5 + 1e-12), ("q", "b", 0.5))
    assert values(run, qrels_of(("q", "a", 1)), "Success@1")["q", "Success@1"] == 1


def test_odd_queries_are_kept_or_left_out_as_told_and_counted() -> None:
    run = run_of(("q1", "a", 1.0), ("unjudged", "a", 1.0), ("q2", "a", 1.0), ("other", "a", 1.0))
    qrels = qrels_of(("q1", "a", 1), ("q2", "a", 0), ("q3", "a", 1), ("other", "a", 1))
    scored = score_run(run, qrels, MEASURES, ["q3", "q1", "unjudged", "q2"])
    assert (scored.n_unjudged, scored.n_without_relevant, scored.n_missing) == (1, 1, 1)
    table = scored.frame.pivot(index="query_id", columns="measure", values="value")
    assert sorted(table.index) == ["q1", "q2", "q3"]
    assert (table.loc["q1"] == 1).all()
    assert (table.loc[["q2", "q3"]] == 0).all(axis=None)
    assert scored.frame["query_id"].tolist() == [q for q in ("q3", "q1", "q2") for _ in MEASURES]


def test_an_empty_run_scores_zero_on_every_judged_query() -> None:
    scored = score_run(run_of(), qrels_of(("q", "a", 1)), MEASURES, ["q"])
    assert scored.frame["value"].tolist() == [0.0] * len(MEASURES)
    assert scored.n_missing == 1


def test_a_grade_below_zero_is_not_relevant() -> None:
    run = run_of(("q", "spam", 2.0), ("q", "a", 1.0))
    found = values(run, qrels_of(("q", "spam", -2), ("q", "a", 1)), *MEASURES)
    assert found["q", "RR@3"] == 0.5
    assert found["q", "nDCG@3"] == pytest.approx(1 / log2(3))


@pytest.mark.parametrize("junk", [-1, -2, -5])
def test_negative_grades_are_scored_as_ir_measures_scores_them(junk: int) -> None:
    draw = np.random.default_rng(5)
    pairs = [(f"q{q}", f"d{d}") for q in range(20) for d in range(30)]
    run = run_of(*((q, d, float(draw.random())) for q, d in pairs if draw.random() < 0.7))
    grades = [int(grade) for grade in draw.choice([junk, 0, 1, 2], len(pairs))]
    qrels = qrels_of(
        *((q, d, grade) for (q, d), grade in zip(pairs, grades, strict=True) if draw.random() < 0.5)
    )
    assert (qrels["relevance"] < 0).any()
    assert (qrels.groupby("query_id")["relevance"].max() > 0).all()
    names = ["nDCG@10", "nDCG", "RR@10", "RR", "Success@5", "AP", "R@10", "Bpref", "P@5", "infAP"]
    names += ["Judged@10", "P(rel=2)@5", "P(judged_only=True)@5", "Accuracy"]
    queries = tuple(qrels["query_id"].unique())
    found = values(run, qrels, *names, queries=queries)
    literal = ir_measures.iter_calc(
        [ir_measures.parse_measure(name) for name in names],
        nested(qrels, "relevance"),
        nested(run, "score"),
    )
    expected = {(metric.query_id, str(metric.measure)): metric.value for metric in literal}
    assert len(found) == len(expected) == len(queries) * len(names)
    for query, name in found:
        key = query, str(ir_measures.parse_measure(name))
        assert found[query, name] == pytest.approx(expected[key], abs=1e-12), (query, name)


def test_a_negative_grade_is_unjudged_for_bpref() -> None:
    # trec_eval: a negative grade is "in the pool, but not judged"; as grade 0 it would cost 1
    run = run_of(("q", "spam", 2.0), ("q", "a", 1.0))
    assert list(values(run, qrels_of(("q", "spam", -1), ("q", "a", 1)), "Bpref").values()) == [1.0]
    assert list(values(run, qrels_of(("q", "spam", 0), ("q", "a", 1)), "Bpref").values()) == [0.0]


def test_a_query_with_negative_grades_alone_scores_zero() -> None:
    # trec_eval would read beyond its table of grades, and sometimes never return
    run = run_of(*((f"q{q}", d, 1.0) for q in range(40) for d in "abcd"))
    qrels = qrels_of(*((f"q{q}", d, -1 - q % 3) for q in range(40) for d in "abc"))
    queries = [f"q{q}" for q in range(40)]
    scored = score_run(run, qrels, ["nDCG", "nDCG@10", "AP", "Bpref", "Success@1", "RR"], queries)
    assert (scored.frame["value"] == 0).all()
    assert scored.n_without_relevant == 40
    assert min(min(grades.values()) for grades in grades_of(qrels).values()) == -3


def test_a_measure_does_not_get_the_gains_of_another() -> None:
    # ir_measures puts both nDCG into one call of pytrec_eval, with the gains of either
    run = run_of(("q", "a", 3.0), ("q", "x", 2.5), ("q", "b", 2.0))
    qrels = qrels_of(("q", "a", 1), ("q", "b", 2))
    names = ["nDCG(gains={1:5})@10", "nDCG@10", "P(judged_only=True)@2", "P@2"]
    together = values(run, qrels, *names)
    assert together == {("q", name): values(run, qrels, name)["q", name] for name in names}
    assert together["q", "nDCG@10"] == pytest.approx((1 + 2 / 2) / (2 + 1 / log2(3)), abs=1e-12)
    assert together["q", "P(judged_only=True)@2"] == 1.0
    assert together["q", "P@2"] == 0.5


def test_row_order_does_not_matter() -> None:
    run = run_of(("q", "a", 1.0), ("q", "b", 1.0), ("q", "c", 0.0))
    qrels = qrels_of(("q", "b", 2), ("q", "a", 1))
    assert values(run, qrels, *MEASURES) == values(run.iloc[::-1], qrels.iloc[::-1], *MEASURES)


@pytest.mark.parametrize(
    ("qrels", "message"),
    [
        (qrels_of(("other", "a", 1)), "none of the 1 queries is judged"),
        (qrels_of(("q", "a", 1.5)), "row 0 has relevance 1.5"),
        (qrels_of(("q", "a", "high")), "row 0 has relevance 'high'"),
        (
            qrels_of(("q", "a", 1), ("q", "a", 0)),
            "row 1 judges document 'a' for query 'q' a second",
        ),
    ],
)
def test_unusable_judgements_are_named(qrels: pd.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        score_run(run_of(("q", "a", 1.0)), qrels, MEASURES, ["q"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ndcg@10", "unknown measure 'ndcg@10'; did you mean 'nDCG@10'"),
        ("Hit@5", "did you mean 'Success@5'"),
        ("hut@5", "did you mean 'Success@5'"),
        ("Sucess@5", "did you mean 'Success@5'"),
        ("nDCG@", "cannot be read"),
        ("nDCG@1.5", "cannot be read"),
        ("nDCG@0", "before the first rank"),
        ("P(rel=0)@5", "counts grades below 1 as relevant; use at least 1"),
        ("nDCG(foo=1)", "cannot be read"),
        ("RBP", "has no provider with these parameters; cwl_eval needs another rel"),
        ("SetAP@5", "cannot be read"),
        ("BPM", r"'BPM' cannot be read \(it needs cutoff\); try"),
        ("alpha_nDCG@10", 'needs pyndeval, which is not installed: pip install "ir-measures'),
        ("", "cannot be read"),
    ],
)
def test_a_measure_nobody_knows_is_named_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_measures([name])


def test_a_measure_under_two_names_is_refused() -> None:
    with pytest.raises(InputError, match=r"'MRR@10' is the same as 'RR@10'"):
        parse_measures(["RR@10", "MRR@10"])


def test_scores_carry_the_name_that_was_asked_for() -> None:
    found = values(run_of(("q", "a", 1.0)), qrels_of(("q", "a", 1)), "MRR@10")
    assert list(found) == [("q", "MRR@10")]


def test_binary_measures_count_from_the_grade_asked_for_and_ndcg_sees_all() -> None:
    run = run_of(("q", "a", 3.0), ("q", "b", 2.0), ("q", "c", 1.0))
    qrels = qrels_of(("q", "a", 1), ("q", "b", 0), ("q", "c", 3))
    names = ["RR@10", "Success@1", "AP", "R@3", "P@3", "nDCG@10", "RR(rel=3)@10", "Judged@10"]
    plain = score_run(run, qrels, names, ["q"]).frame.set_index("measure")["value"]
    graded = score_run(run, qrels, names, ["q"], relevant_from=2).frame.set_index("measure")[
        "value"
    ]
    # by hand: a is related only; the one relevant document is third of three
    expected = {"RR@10": 1 / 3, "Success@1": 0.0, "AP": 1 / 3, "R@3": 1.0, "P@3": 1 / 3}
    assert graded[list(expected)].to_dict() == pytest.approx(expected)
    assert plain["RR@10"] == plain["Success@1"] == 1.0
    # what says its own grade keeps it; graded measures do not change
    for name in ("nDCG@10", "RR(rel=3)@10", "Judged@10"):
        assert graded[name] == plain[name]
    assert name_counting_from("RR@10", 2) == "RR(rel=2)@10"
    assert name_counting_from("nDCG@10", 2) == "nDCG@10"

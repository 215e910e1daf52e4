"""Whatever could mislead a reader is noticed, once each; the scores are everybody's."""

import numpy as np
import pandas as pd
import pytest
import pytrec_eval

from maw.errors import InputError
from maw.runs.content import SCORES, Run
from maw.runs.evidence import Evidence, Judgements, from_rankings, from_scores

QRELS = [(str(topic), "good", 1) for topic in range(1, 13)]


def run_of(
    system: str, rows: list[tuple], *, seed: int = 0, ranks: list[float] | None = None
) -> Run:
    frame = pd.DataFrame(rows, columns=["query_id", "doc_id", "score"])
    if ranks:
        frame["rank"] = ranks
    return Run(system, seed, f"{system}.run", frame)


def full(
    system: str, *, best: str = "good", other: str = "bad", topics: object = range(1, 13)
) -> Run:
    """Two documents on every topic."""
    pairs = ((best, 2.0), (other, 1.0))
    return run_of(system, [(str(t), document, score) for t in topics for document, score in pairs])


def judged(rows: list[tuple] = QRELS) -> Judgements:
    return Judgements(pd.DataFrame(rows, columns=["query_id", "doc_id", "relevance"]), "q.txt")


def evidence(
    *runs: Run, qrels: list[tuple] = QRELS, measures: tuple = ("nDCG@2", "AP")
) -> Evidence:
    return from_rankings(runs, judged(qrels), measures=measures, dataset="toy")


def noticed(found: Evidence) -> list[tuple[str, str, int]]:
    return [(notice.code, notice.place, notice.count) for notice in found.notices]


A, B = full("a"), full("b", best="bad", other="good")


def test_ordinary_runs_give_no_notice() -> None:
    assert evidence(A, B).notices == ()


@pytest.mark.parametrize(
    ("runs", "qrels", "measures", "notice"),
    [
        ([A, B], [*QRELS, ("13", "good", 1)], ("AP",), ("topics-nobody-answers", "q.txt", 1)),
        ([A, full("b", best="x", topics=range(1, 11))], QRELS, ("AP",),
         ("topics-missing", "b.run", 2)),
        ([full("a", topics=range(1, 15)), full("b", best="x", topics=range(1, 15))], QRELS,
         ("AP",), ("unjudged-topics", "q.txt", 2)),
        ([A, full("b", best="x", topics=range(1, 14))], QRELS, ("AP",),
         ("topics-not-in-qrels", "b.run", 1)),
        ([A, B], [*QRELS[1:], ("1", "good", 0)], ("AP",), ("topics-without-relevant", "q.txt", 1)),
        ([A, B], QRELS, ("AP", "R@10", "R@20"), ("deeper-than-every-run", "R@10, R@20", 2)),
        ([full("a"), full("b")], QRELS, ("AP",), ("identical-runs", "a", 2)),
        ([A, full("b", best="x", other="y")], QRELS, ("AP",), ("all-zero", "toy", 1)),
        ([A, B], [(t, "gone", g) for t, _, g in QRELS], ("AP", "RR"), ("all-zero", "toy", 2)),
        ([A, B], QRELS[:2], ("AP",), ("few-topics", "toy", 2)),
    ],
)  # fmt: skip
def test_what_runs_and_judgements_show_is_noticed(
    runs: list[Run], qrels: list[tuple], measures: tuple, notice: tuple
) -> None:
    found = noticed(evidence(*runs, qrels=qrels, measures=measures))
    assert found.count(notice) == 1
    assert [code for code, *_ in found].count(notice[0]) == 1


def test_topics_that_are_not_numbers_are_text() -> None:
    rows = [(f"q{topic}", document, grade) for topic, document, grade in QRELS]
    runs = [
        Run(run.system, 0, run.place, run.frame.assign(query_id="q" + run.frame["query_id"]))
        for run in (A, B)
    ]
    assert noticed(evidence(*runs, qrels=rows)) == [("topic-ids", "toy", 12)]


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [(1.0, 1.0, "tied-scores"), (0.5, 0.5 + 1e-12, "float32-ties")],
)
def test_ties_are_counted_and_told_apart(low: float, high: float, code: str) -> None:
    rows = [*B.frame.itertuples(index=False, name=None), ("1", "x", 0.0)]
    tied = run_of("b", [(t, d, {2.0: high, 1.0: low}.get(s, s)) for t, d, s in rows])
    assert noticed(evidence(A, tied))[0] == (code, "b.run", 12)


def test_scores_beyond_float32_are_compared_without_a_complaint() -> None:
    big = run_of("b", [(t, d, s * 1e300) for t, d, s in B.frame.itertuples(index=False)])
    assert noticed(evidence(A, big)) == [("float32-ties", "b.run", 12)]


def test_runs_of_unequal_depth_are_noticed() -> None:
    deep = run_of("b", [*B.frame.itertuples(index=False, name=None), ("1", "x", 0.0)])
    assert noticed(evidence(A, deep)) == [("unequal-depth", "a.run", 2)]


def test_scores_decide_where_ranks_contradict_them() -> None:
    rows = list(B.frame.itertuples(index=False, name=None))
    agreeing, wrong = [1.0, 2.0] * 12, [2.0, 1.0] + [1.0, 2.0] * 11
    assert evidence(A, run_of("b", rows, ranks=agreeing)).notices == ()
    assert evidence(A, run_of("b", rows, ranks=[7.0] * 24)).notices == ()  # says nothing
    found = evidence(A, run_of("b", rows, ranks=wrong))
    assert noticed(found) == [("ranks-contradict-scores", "b.run", 1)]
    pd.testing.assert_frame_equal(found.scores, evidence(A, B).scores)


def test_seeds_that_changed_nothing_are_noticed() -> None:
    twin = Run("b", 1, "b1.run", B.frame)
    found = evidence(A, B, twin).notices
    assert [notice.text for notice in found] == [
        "the same documents in the same order on every judged topic: b, seed 0, b, seed 1"
    ]


def test_a_run_that_shares_no_topic_is_refused() -> None:
    with pytest.raises(InputError, match="a.run: none of its 1 topics .first: '01'. is in q.txt"):
        evidence(run_of("a", [("01", "good", 1.0)]), B)


def test_scores_are_those_of_trec_eval() -> None:
    generator = np.random.default_rng(8)
    pairs = [(str(t), f"d{d}") for t in range(1, 13) for d in range(60)]
    run = run_of("a", [(t, d, float(generator.integers(20))) for t, d in pairs])
    rows = [(t, d, int(generator.integers(3))) for t, d in pairs if generator.random() < 0.3]
    found = evidence(run, B, qrels=rows, measures=("nDCG@10", "AP", "R@20", "Success@5", "RR"))
    qrels: dict = {}
    for topic, document, grade in rows:
        qrels.setdefault(topic, {})[document] = grade
    answers: dict = {}
    for topic, document, score in run.frame.itertuples(index=False):
        answers.setdefault(topic, {})[document] = score
    names = {"nDCG@10": "ndcg_cut_10", "AP": "map", "R@20": "recall_20", "Success@5": "success_5"}
    asked = {"ndcg_cut.10", "map", "recall.20", "success.5", "recip_rank"}
    known = pytrec_eval.RelevanceEvaluator(qrels, asked).evaluate(answers)
    scores = found.scores[found.scores["system"] == "a"].set_index(["query_id", "measure"])["value"]
    for topic, values in known.items():
        for ours, theirs in {**names, "RR": "recip_rank"}.items():
            assert scores[topic, ours] == pytest.approx(values[theirs], abs=1e-12)
    assert len(scores) == 12 * 5


def scores_of(values: dict[tuple[str, str], float], measure: str = "AP") -> pd.DataFrame:
    rows = [("", system, 0, topic, measure, value) for (system, topic), value in values.items()]
    return pd.DataFrame(rows, columns=list(SCORES))


CELLS = {("a", "1"): 0.5, ("a", "2"): 0.25, ("b", "1"): 0.0, ("b", "2"): 1.0}


def test_score_tables_are_put_together_and_named() -> None:
    first = scores_of({key: value for key, value in CELLS.items() if key[0] == "a"})
    second = scores_of({key: value for key, value in CELLS.items() if key[0] == "b"})
    found = from_scores(
        [("m", second), ("n", first)], measures=None, unnamed="score", dataset="toy"
    )
    assert found.measures == ("AP",)
    assert found.scores["dataset"].unique().tolist() == ["toy"]
    assert found.scores["value"].tolist() == list(CELLS.values())


@pytest.mark.parametrize(
    ("tables", "measures", "message"),
    [
        ([scores_of({k: v for k, v in CELLS.items() if k != ("b", "2")})], None,
         "m: 'b', seed 0 has no AP of topic '2'; every system needs every topic"),
        ([scores_of(CELLS), scores_of(CELLS)], None, "'a', seed 0 is in more than one table"),
        ([scores_of(CELLS)], ["ap"], "m: holds no 'ap'; known: AP"),
    ],
)  # fmt: skip
def test_tables_with_holes_or_doubles_are_refused(tables, measures, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_scores([("m", t) for t in tables], measures=measures, unnamed="s", dataset="toy")


def test_systems_with_the_same_scores_are_noticed() -> None:
    twin = scores_of({**CELLS, ("c", "1"): 0.5, ("c", "2"): 0.25})
    found = from_scores([("m", twin)], measures=None, unnamed="s", dataset="toy")
    assert ("identical-runs", "a", 2) in noticed(found)

"""Scores of runs are those of trec_eval, and score tables are joined without holes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
import pytrec_eval

from maw.errors import InputError
from maw.runs.content import SCORES
from maw.runs.evidence import from_scores
from tests.runs.run_tables import evidence_of, full_run, notices_of, run_of

B = full_run("b", best="bad", other="good")


def test_a_run_that_shares_no_topic_is_refused() -> None:
    with pytest.raises(InputError, match="a.run: none of its 1 topics .first: '01'. is in q.txt"):
        evidence_of(run_of("a", [("01", "good", 1.0)]), B)


def test_scores_are_those_of_trec_eval() -> None:
    generator = np.random.default_rng(8)
    pairs = [(str(t), f"d{d}") for t in range(1, 13) for d in range(60)]
    run = run_of("a", [(t, d, float(generator.integers(20))) for t, d in pairs])
    rows = [(t, d, int(generator.integers(3))) for t, d in pairs if generator.random() < 0.3]
    evidence = evidence_of(
        run, B, qrels=rows, measures=("nDCG@10", "AP", "R@20", "Success@5", "RR")
    )
    qrels: dict[str, dict[str, int]] = {}
    for topic, document, grade in rows:
        qrels.setdefault(topic, {})[document] = grade
    ranking: dict[str, dict[str, float]] = {}
    for topic, document, score in run.frame.itertuples(index=False):
        ranking.setdefault(topic, {})[document] = score
    names = {"nDCG@10": "ndcg_cut_10", "AP": "map", "R@20": "recall_20", "Success@5": "success_5"}
    theirs = {"ndcg_cut.10", "map", "recall.20", "success.5", "recip_rank"}
    known = pytrec_eval.RelevanceEvaluator(qrels, theirs).evaluate(ranking)
    rows_of_a = evidence.scores[evidence.scores["system"] == "a"]
    scores = rows_of_a.set_index(["query_id", "measure"])["value"]
    for topic, values in known.items():
        for ours, name in {**names, "RR": "recip_rank"}.items():
            assert scores[topic, ours] == pytest.approx(values[name], abs=1e-12)
    assert len(scores) == 12 * 5


def scores_of(values: dict[tuple[str, str], float], measure: str = "AP") -> pd.DataFrame:
    """Return SCORES of (system, topic) -> value, without a dataset."""
    rows = [("", system, 0, topic, measure, value) for (system, topic), value in values.items()]
    return pd.DataFrame(rows, columns=list(SCORES))


VALUES = {("a", "1"): 0.5, ("a", "2"): 0.25, ("b", "1"): 0.0, ("b", "2"): 1.0}


def test_score_tables_are_put_together_and_named() -> None:
    first = scores_of({key: value for key, value in VALUES.items() if key[0] == "a"})
    second = scores_of({key: value for key, value in VALUES.items() if key[0] == "b"})
    evidence = from_scores(
        [("m", second), ("n", first)], measures=None, unnamed="score", dataset="toy"
    )
    assert evidence.measures == ("AP",)
    assert evidence.scores["dataset"].unique().tolist() == ["toy"]
    assert evidence.scores["value"].tolist() == list(VALUES.values())


def test_a_table_that_names_no_measure_gets_the_unnamed_one() -> None:
    evidence = from_scores(
        [("m", scores_of(VALUES, measure=""))], measures=["nDCG@10"], unnamed="nDCG@10", dataset="d"
    )
    assert evidence.scores["measure"].unique().tolist() == ["nDCG@10"]


def test_a_measure_is_asked_for_and_found_by_any_usual_spelling() -> None:
    tables = [("m", scores_of(VALUES, "map")), ("n", scores_of(VALUES, "ndcg_cut_10"))]
    evidence = from_scores(tables, measures=None, unnamed="score", dataset="toy")
    assert evidence.measures == ("nDCG@10", "AP")  # nDCG@10 is primary, wherever it stands
    named = from_scores(tables, measures=["AP"], unnamed="AP", dataset="toy")
    assert evidence.notices == named.notices
    asked = from_scores(tables, measures=["MAP", "ap"], unnamed="MAP", dataset="toy")
    assert asked.measures == ("MAP",)
    assert asked.scores["measure"].unique().tolist() == ["MAP"]
    planned = from_scores(tables, measures=None, unnamed="ndcg@10", dataset="toy")
    assert set(planned.measures) == {"ndcg@10", "AP"}  # a plan's primary measure keeps its name


def test_the_first_measure_is_never_primary_in_silence() -> None:
    tables = [("m", scores_of(VALUES, "P@5")), ("n", scores_of(VALUES, "map"))]
    evidence = from_scores(tables, measures=None, unnamed="score", dataset="toy")
    assert evidence.measures == ("P@5", "AP")
    assert notices_of(evidence)[0] == ("primary-measure", "", 2)
    chosen = from_scores(tables, measures=None, unnamed="AP", dataset="toy")
    assert notices_of(chosen) == notices_of(evidence)[1:]


def test_rankings_are_scored_by_any_usual_spelling_once() -> None:
    run = run_of("a", [("1", "good", 2.0)])
    evidence = evidence_of(run, B, measures=("ndcg_cut_10", "nDCG@10", "bpref", "map"))
    assert evidence.measures == ("ndcg_cut_10", "bpref", "map")
    with pytest.raises(InputError, match="unknown measure 'ndgc@10'; did you mean 'nDCG@10'"):
        evidence_of(run, B, measures=("ndgc@10",))


@pytest.mark.parametrize(
    ("tables", "measures", "message"),
    [
        ([scores_of({k: v for k, v in VALUES.items() if k != ("b", "2")})], None,
         "m: 'b', seed 0 has no AP on topic '2'; give every system a score on every topic"),
        ([scores_of(VALUES),
          scores_of({k: v for k, v in VALUES.items() if k[1] != "2"}, "R@5")], None,
         "m: no system has R@5 on topic '2', which has other scores; choose measures"),
        ([scores_of(VALUES), scores_of(VALUES)], None,
         "scores of 'a', seed 0 are in more than one table"),
        ([scores_of(VALUES)], ["R@5"], "m: has no measure 'R@5'; known: AP"),
        ([pd.concat([scores_of(VALUES), scores_of(VALUES, "map")])], None,
         "m: has the measure AP twice, as 'AP' and 'map'; keep one"),
    ],
)  # fmt: skip
def test_tables_with_holes_or_doubles_are_refused(
    tables: list[pd.DataFrame], measures: Sequence[str] | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        from_scores([("m", t) for t in tables], measures=measures, unnamed="s", dataset="toy")


def test_systems_with_the_same_scores_are_noticed() -> None:
    twin = scores_of({**VALUES, ("c", "1"): 0.5, ("c", "2"): 0.25})
    evidence = from_scores([("m", twin)], measures=None, unnamed="s", dataset="toy")
    assert ("identical-runs", "a", 2) in notices_of(evidence)

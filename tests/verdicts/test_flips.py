"""Topics turn where one system has a hit and the other a miss, over the majority of their seeds."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.significance.proportions import paired_proportions
from maw.verdicts.flips import FLIPS, HITS, HitRule, flips, hit_rule
from tests.scored import plan_of, scored

PLAN = plan_of(("new", "old"))


def single(*scores: float) -> np.ndarray:
    return np.array(scores)[:, None]


def of(measure: str = "nDCG@10", **tables: np.ndarray) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the turned topics, and the row of hits, of the system `new` against `old`."""
    plan = plan_of(("new", "old"), primary=measure)
    found = flips(scored(tables, measure=measure), plan=plan, clusters=None, texts={"q00": "why"})
    (row,) = found.hits.to_dict("records")
    return found.turned, row


def test_a_topic_turns_between_some_relevant_and_none_and_the_largest_change_is_first() -> None:
    turned, row = of(old=single(0.0, 0.2, 0.9, 0.0, 0.5), new=single(0.3, 0.0, 0.0, 0.0, 0.1))
    assert list(turned.columns) == FLIPS
    told = turned[["query_id", "turned", "score", "score_baseline", "text"]].to_numpy().tolist()
    assert told == [
        ["q02", "lost", 0.0, 0.9, ""],
        ["q00", "gained", 0.3, 0.0, "why"],
        ["q01", "lost", 0.0, 0.2, ""],
    ]
    assert list(row) == HITS
    assert row["hit"] == "a relevant document in the first 10"
    counts = [row[name] for name in ("n_queries", "n_hits", "n_hits_baseline")]
    assert (*counts, row["n_gained"], row["n_lost"]) == (5, 2, 3, 1, 2)
    assert np.isnan(row["p_exact"])  # scores are not 0 and 1


def test_with_seeds_the_majority_decides_and_half_of_them_is_neither() -> None:
    new = np.array([[0.5, 0.5, 0.0, 0.5], [0.5, 0.5, 0.0, 0.0], [0.5, 0.0, 0.0, 0.0]])
    turned, row = of(old=single(0.0, 0.0, 0.5), new=new)
    assert turned["query_id"].tolist() == ["q00", "q02"]  # as large; the smaller id first
    assert turned["turned"].tolist() == ["gained", "lost"]
    assert turned["share_of_hits"].tolist() == [0.75, 0.25]
    assert (row["n_gained"], row["n_lost"], row["n_hits"]) == (1, 1, 1)


def test_single_runs_of_hits_and_misses_have_the_test_of_paired_proportions() -> None:
    new, old = single(1, 1, 1, 0, 1, 0), single(0, 1, 0, 1, 0, 0)
    _, row = of("Success@10", old=old, new=new)
    known = paired_proportions(new[:, 0], old[:, 0])
    assert row["hits_difference"] == pytest.approx(2 / 6)
    assert (row["newcombe_low"], row["newcombe_high"]) == known.confidence_interval()
    # R: binom.test(1, 4)$p.value
    assert row["p_exact"] == pytest.approx(0.625)
    assert (row["n_gained"], row["n_lost"]) == (known.test.only_a, known.test.only_b)


def test_dependent_topics_have_no_test_of_paired_proportions() -> None:
    tables = {"old": single(0, 1, 0, 1), "new": single(1, 1, 1, 0)}
    clusters = {"toy": {f"q{n:02}": n // 2 for n in range(4)}}
    found = flips(
        scored(tables, measure="Success@1"),
        plan=plan_of(("new", "old"), primary="Success@1"),
        clusters=clusters,
        texts={},
    )
    assert found.hits["p_exact"].isna().all()
    assert found.hits["n_gained"].tolist() == [2]


def test_every_planned_contrast_on_every_dataset_has_a_row() -> None:
    plan = plan_of(("new", "old"), ("new", "zero", "reference"))
    tables = {"old": single(0.1, 0.2), "new": single(0.1, 0.3), "zero": single(0.0, 0.0)}
    parts = [scored(tables, dataset=name) for name in ("one", "two")]
    found = flips(pd.concat(parts), plan=plan, clusters=None, texts={})
    assert found.hits[["dataset", "baseline"]].to_numpy().tolist() == [
        ["one", "old"], ["one", "zero"], ["two", "old"], ["two", "zero"],
    ]  # fmt: skip
    assert found.hits["n_gained"].tolist() == [0, 2, 0, 2]


@pytest.mark.parametrize(
    ("measure", "scores", "rule"),
    [
        ("nDCG@20", (0.0, 1.0), HitRule(0.0, "a relevant document in the first 20")),
        ("ndcg_cut_5", (0.0, 1.0), HitRule(0.0, "a relevant document in the first 5")),
        (
            "RR(rel=2)@10",
            (0.0, 1.0),
            HitRule(0.0, "a relevant document of grade 2 or higher in the first 10"),
        ),
        ("AP", (0.0, 1.0), HitRule(0.0, "a score above 0")),
        ("exact_match,none", (0.0, 1.0), HitRule(0.5, "a score above one half")),
        ("score", (0.0, 70.0), None),
        ("score", (-0.5, 0.5), None),
    ],
)
def test_what_a_hit_is_follows_from_the_measure(
    measure: str, scores: tuple[float, ...], rule: HitRule | None
) -> None:
    assert hit_rule(measure, np.array(scores)) == rule


def test_scores_that_tell_no_hit_have_no_rows() -> None:
    tables = {"old": single(10.0, 70.0), "new": single(0.0, 80.0)}
    plan = plan_of(("new", "old"), primary="score")
    found = flips(scored(tables, measure="score"), plan=plan, clusters=None, texts={})
    assert (len(found.turned), len(found.hits)) == (0, 0)
    assert (list(found.turned), list(found.hits)) == (FLIPS, HITS)

"""check.R stays short enough to be read, and holds the plan as R writes it."""

import pandas as pd

from maw.reporting.check_script import HERE, scores_with_clusters, script
from maw.settings.plan import Analysis

PLAN = {"contrasts": [{"system": 'o"d\\d', "baseline": "base"}], "sesoi": 0.01}


def test_the_script_is_short_in_lines_and_in_columns() -> None:
    lines = (HERE / "check.R.j2").read_text().splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100


def test_the_plan_stands_in_the_script_as_r_writes_it() -> None:
    plan = Analysis.checked(PLAN, source="test")
    lines = script(plan, trained=['o"d\\d']).splitlines()
    assert lines[1].startswith('primary <- "nDCG@10"; alpha <- 0.05; sesoi <- 0.01')
    assert lines[2].startswith('trained <- c("o\\"d\\\\d"); linked <- c(); named <- list()')
    assert len(lines) <= 40


def test_each_query_has_its_cluster_or_is_one_of_its_own() -> None:
    scores = pd.DataFrame({"dataset": ["one", "two"], "query_id": ["q1", "q1"], "value": 0.5})
    assert scores_with_clusters(scores, None)["cluster"].tolist() == ["q1", "q1"]
    clusters = {"one": pd.Series({"q1": "a, b"}), "two": pd.Series({"q1": "c"})}
    assert scores_with_clusters(scores, clusters)["cluster"].tolist() == ["a, b", "c"]

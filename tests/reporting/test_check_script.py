"""check.R stays short enough to be read, and holds the plan as R writes it."""

from typing import Any

import pandas as pd

from maw.reporting.check_script import HERE, scores_with_clusters, script
from maw.settings.plan import Analysis

SYSTEM = 'o"d\\d'
PLAN: dict[str, Any] = {
    "contrasts": [
        {"system": SYSTEM, "baseline": "base", "seeds": "auto", "claims": ["better", "helps"]},
        {"system": SYSTEM, "baseline": "other", "claims": ["helps"]},
        {"system": "base", "baseline": "other", "role": "reference"},
        {"system": "cheap", "baseline": "base", "role": "non-inferiority", "margin": 0.01},
    ],
    "sesoi": 0.01,
    "weights": {f"{SYSTEM}: better": 0.5, f"{SYSTEM}: helps": 0.25, "cheap": 0.25},
    "looks": [{"seeds": 5, "alpha": 0.005}, {"seeds": 10, "alpha": 0.045}],
}


def test_the_script_is_short_in_lines_and_in_columns() -> None:
    lines = (HERE / "check.R.j2").read_text().splitlines()
    assert len(lines) <= 280
    assert max(map(len, lines)) <= 100


def test_the_plan_stands_in_the_script_as_r_writes_it() -> None:
    plan = Analysis.checked(PLAN, source="test")
    lines = script(plan, trained=[SYSTEM]).splitlines()
    quoted_system = 'system = "o\\"d\\\\d"'
    assert lines[2].startswith('primary <- "nDCG@10"; alpha <- 0.05; sesoi <- 0.01')
    assert lines[3] == 'trained <- c("o\\"d\\\\d")'
    assert lines[4].startswith('form <- list("o\\"d\\\\d / base" = "auto", "o')
    assert '"base / other" = "shared"' in lines[4]
    assert lines[5].startswith('looks <- list("5" = 0.005, "10" = 0.045)')
    assert lines[7:10] == [
        f'  list({quoted_system}, claim = "better", controls = c("base"), share = 0.5, '
        "margin = NA),",
        f'  list({quoted_system}, claim = "helps", controls = c("base", "other"), share = 0.25, '
        "margin = NA),",
        '  list(system = "cheap", claim = "not worse than base", controls = c("base"), '
        "share = 0.25, margin = 0.01)",
    ]


def test_a_plan_without_sesoi_looks_and_claims_is_written_all_the_same() -> None:
    text = script(Analysis.checked({"contrasts": []}, source="test"), trained=[])
    assert "sesoi <- NA" in text
    assert "looks <- list()" in text
    assert "form <- list()" in text


def test_each_query_has_its_cluster_or_is_one_of_its_own() -> None:
    scores = pd.DataFrame({"dataset": ["one", "two"], "query_id": ["q1", "q1"], "value": 0.5})
    assert scores_with_clusters(scores, None)["cluster"].tolist() == ["q1", "q1"]
    clusters = {"one": pd.Series({"q1": "a, b"}), "two": pd.Series({"q1": "c"})}
    assert scores_with_clusters(scores, clusters)["cluster"].tolist() == ["a, b", "c"]
    partly = scores_with_clusters(scores, {"one": clusters["one"]})
    assert partly["cluster"].tolist() == ["a, b", "q1"]

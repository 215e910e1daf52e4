"""The page's theory: every number from the stage's file, every statement with its word."""

from typing import Any

import pandas as pd
import pytest

from maw.reporting import theory as shown


def test_every_statement_has_its_word_and_what_may_be_said_instead(
    theory_results: dict[str, Any],
) -> None:
    words = {
        statement["name"]: statement["word"]
        for statement in shown.content(theory_results)["statements"]
    }
    assert words == {
        "Theorem 1": "does not hold",
        "Theorem 2": "does not hold",
        "Complexity": "does not hold",
        "Convergence": "no rate is given",
    }


def test_the_counterexample_is_the_one_of_the_analysis(theory_results: dict[str, Any]) -> None:
    assert theory_results["counterexample"] == pytest.approx(
        {"left": 0.761594, "right": 0}, abs=1e-6
    )
    assert (
        "its left side is 0.7616, its right side 0"
        in shown.content(theory_results)["counterexample"]
    )


def test_bounds_that_hold_are_never_violated_and_one_is_shown_where_it_is_tightest(
    theory_results: dict[str, Any],
) -> None:
    rows = shown.bounds(theory_results["bounds"])
    raw = pd.DataFrame(theory_results["bounds"])
    assert (rows["Violations"] == 0).all()
    assert rows["Heads drawn"].tolist() == [5 * raw["setting"].nunique()] * raw["bound"].nunique()
    half = rows.set_index("Bound on ‖A_d − A‖").loc["(2a) half the logits' distance"]
    tightest = raw.loc[raw[raw["bound"] == half.name]["largest"].idxmax()]
    assert float(half["Tightest"]) == pytest.approx(tightest["largest"], abs=5e-5)
    assert 0 < float(half["Tightest"]) <= 1
    assert half["on"] == tightest["setting"]


def test_a_trial_tells_violations_or_how_loose_it_was() -> None:
    result = {
        "depths": 128,
        "size": 0.1,
        "draws": 200,
        "violations": 200,
        "looseness": float("nan"),
    }
    assert shown.trial(result).endswith("violated by 200 of 200 random heads.")
    held = result | {"violations": 0, "looseness": 123.4}
    assert shown.trial(held).endswith(
        "0 of 200 random heads; where it held, 123 times too large (median)."
    )


def test_flops_stand_beside_standard_attentions(theory_results: dict[str, Any]) -> None:
    rows = shown.costs(theory_results["costs"]).set_index("Attention")
    assert list(rows.columns) == ["L = 16", "L = 32", "Parameters", "Used by a text"]
    assert rows.loc["standard", "L = 16"] == rows.loc["maw_lazy", "L = 16"] == "1.00×"
    assert float(rows.loc["maw_naive", "L = 32"].rstrip("×")) > 2

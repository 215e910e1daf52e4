"""The notes of a row say what limits or explains its verdict."""

import numpy as np
import pandas as pd

from tests.scored import long, plan_of
from tests.verdicts.five_systems import SCORES, Q, only, rows_of, scores_of


def test_reciprocal_rank_as_primary_points_to_wins_and_losses() -> None:
    scores = SCORES.assign(measure=SCORES["measure"].replace("AP", "RR@10"))
    plan = plan_of(("maw_a", "plain"), primary="RR@10")
    rows = rows_of(scores, plan, measures=["RR@10", "nDCG@10"])
    assert "wins and losses" in only(rows, role="confirmatory")["note"]
    assert "wins and losses" not in only(rows, role="exploratory")["note"]


def test_models_that_differ_do_not_make_a_procedure_better() -> None:
    generator = np.random.default_rng(5)
    plain = long(np.full((Q, 5), 0.5), dataset="toy", system="plain", measure="nDCG@10")
    values = 0.52 + generator.normal(0, 0.02, (Q, 5)) + np.array([0.0, 0.2, -0.15, 0.1, -0.1])
    maw = long(values, dataset="toy", system="maw_a", measure="nDCG@10")
    for contrast, word in ((("maw_a", "plain"), "better"), (("plain", "maw_a"), "worse")):
        rows = rows_of(pd.concat([plain, maw]), plan_of(contrast), measures=["nDCG@10"])
        row = rows.iloc[0]
        assert row["p_t"] < 0.05 < row["p"]
        assert row["word"] == "inconclusive"
        note = f"these trained models are {word} (E1, unadjusted); not shown for the procedure"
        assert note in row["note"]


def test_one_dataset_says_nothing_about_others() -> None:
    note = "one dataset: nothing is shown about others"
    one, two = (
        rows_of(
            scores_of({"plain": 0.0, "maw_a": 0.004}, datasets=datasets),
            plan_of(("maw_a", "plain")),
            measures=["nDCG@10"],
        )
        for datasets in (("one",), ("one", "two"))
    )
    assert one["note"].str.contains(note).all()
    assert not two["note"].str.contains(note).any()


def test_limits_wider_than_the_measure_are_flagged_though_the_95_percent_interval_is_not() -> None:
    generator = np.random.default_rng(8)
    plain = 0.5 + generator.normal(0, 0.02, (Q, 4))
    maw = plain + np.array([0.0, 0.2, -0.15, 0.1]) + generator.normal(0, 0.02, (Q, 4))
    scores = [
        long(values, dataset="toy", system=name, measure="AP")
        for name, values in (("plain", plain), ("maw_a", maw))
    ]
    plan = plan_of(("maw_a", "plain"), primary="AP", alpha=0.002)
    row = rows_of(pd.concat(scores), plan, measures=["AP"]).iloc[0]
    assert row["bar_high"] - row["bar_low"] > 1 > row["ci_high"] - row["ci_low"]
    assert "its limits lie further apart than the measure's lowest and highest value" in row["note"]
    assert "interval wider than the measure" in row["cautions"].split(";")

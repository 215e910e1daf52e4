"""E3 summarises the rows of several datasets; splits of one collection have a test of their own."""

import numpy as np
import pandas as pd
import pytest

from maw.significance import one_sided_pvalue, random_effects, replicability, resplit_test
from maw.verdicts.across_datasets import DATASETS, Resplits, across
from tests.scored import plan_of

PLAN = plan_of(("new", "old"))
ROWS = pd.DataFrame(
    {
        "dataset": ["a", "b", "c", "d"],
        "system": "new",
        "baseline": "old",
        "measure": "nDCG@10",
        "difference": [0.03, 0.01, 0.02, 0.05],
        "se": [0.01, 0.008, 0.012, 0.01],
        "p": [0.004, 0.22, 0.11, 0.0001],
        "reason": "",
    }
)


def test_e3_is_the_summary_of_the_datasets_rows() -> None:
    table = across(ROWS, plan=PLAN)
    assert list(table.columns) == DATASETS
    names = ["across", "system", "baseline", "measure", "role", "method"]
    assert table[names].to_numpy().tolist() == [
        ["datasets", "new", "old", "nDCG@10", "confirmatory", "random effects"]
    ]
    known = random_effects(ROWS["difference"], ROWS["se"] ** 2)
    (row,) = table.to_dict("records")
    assert (row["difference"], row["p"], row["tau2"], row["i_squared"]) == pytest.approx(
        (known.mean, known.pvalue, known.tau2, known.i_squared)
    )
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(known.confidence_interval())
    assert (row["prediction_low"], row["prediction_high"]) == pytest.approx(
        known.prediction_interval()
    )
    counted = replicability(
        [
            one_sided_pvalue(p, estimate=d)
            for p, d in zip(ROWS["p"], ROWS["difference"], strict=True)
        ]
    )
    assert (row["k_better"], row["k_better_independent"]) == (
        counted.k_bonferroni,
        counted.k_fisher,
    )
    assert (row["n"], row["reason"]) == (4, "")


@pytest.mark.parametrize(("n", "reason"), [(1, "one dataset"), (2, "2 datasets")])
def test_few_datasets_say_why_there_is_no_summary(n: int, reason: str) -> None:
    (row,) = across(ROWS[:n], plan=PLAN).to_dict("records")
    assert np.isnan([row[name] for name in ("difference", "ci_low", "p", "i_squared")]).all()
    assert row["reason"] == "few datasets"
    assert f"{reason}: the spread over datasets needs at least 3" in row["note"]
    assert row["k_better"] == 1


def test_a_dataset_without_an_estimate_is_left_out_and_named() -> None:
    rows = ROWS.assign(reason=["", "", "", "constant measure"])
    (row,) = across(rows, plan=PLAN).to_dict("records")
    assert row["n"] == 3
    assert "not estimable on d, left out" in row["note"]
    (none,) = across(ROWS.assign(reason="one seed"), plan=PLAN).to_dict("records")
    assert none["n"] == 0
    assert np.isnan(none["k_better"])
    assert "nothing to count" in none["note"]


def test_splits_of_one_collection_count_once_and_are_tested_as_resplits() -> None:
    repeats = Resplits(collection="a", datasets=("a", "b", "c"), n_train=0.6, n_test=0.3)
    over, splits = across(ROWS, plan=PLAN, resplits=[repeats]).to_dict("records")
    assert over["n"] == 2  # a, and d
    known = resplit_test(ROWS["difference"][:3], n_train=0.6, n_test=0.3)
    assert (splits["across"], splits["method"]) == ("splits of a", "corrected resampled t")
    assert (splits["df"], splits["reason"], splits["note"]) == (2, "", "")
    assert (splits["difference"], splits["p"], splits["n"]) == pytest.approx(
        (known.mean, known.pvalue, 3)
    )
    assert (splits["ci_low"], splits["ci_high"]) == pytest.approx(known.confidence_interval())

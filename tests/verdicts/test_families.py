"""Each family is corrected by itself; exploratory rows that are selected get their intervals."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from maw.significance import crossed
from maw.verdicts.families import adjusted, family_of
from tests.scored import plan_of, score_array
from tests.verdicts.five_systems import MEASURES, only, rows_of, scores_of

METHODS = {"p_holm": "holm", "p_bonferroni": "bonferroni", "p_bh": "fdr_bh", "p_by": "fdr_by"}


@pytest.mark.parametrize(("column", "method"), METHODS.items())
def test_with_equal_shares_the_corrections_are_the_usual_ones(column: str, method: str) -> None:
    p = np.array([0.021, 0.001, 0.3, 0.021, 0.004])
    known = multipletests(p, method=method)[1]
    assert adjusted(p, shares=np.full(5, 0.2))[column] == pytest.approx(known)


def test_with_unequal_shares_each_p_is_held_against_its_own() -> None:
    values = adjusted(np.array([0.02, 0.03, 0.2]), shares=np.array([0.5, 0.3, 0.2]))
    assert values["p_bonferroni"] == pytest.approx([0.04, 0.1, 1.0])
    # by hand, Holm (1979): p/w = .04, .1, 1; times the shares that are left, 1, .5 and .2
    assert values["p_holm"] == pytest.approx([0.04, 0.05, 0.2])
    # by hand, weighted BH: p/(3w) = .01333, .03333, .33333; times 3, 3/2 and 1
    assert values["p_bh"] == pytest.approx([0.04, 0.05, 1 / 3])


def test_a_test_without_a_number_counts_and_has_no_p() -> None:
    values = adjusted(np.array([0.04, np.nan]), shares=np.array([0.5, 0.5]))
    for name in METHODS:
        assert np.isnan(values[name][1])
    assert values["p_bonferroni"][0] == values["p_holm"][0] == pytest.approx(0.08)


def test_exploratory_families_are_those_of_one_role_and_one_dataset() -> None:
    assert family_of("reference", declared="reference", dataset="toy") == "reference"
    names = {
        family_of("exploratory", declared=declared, dataset=dataset)
        for declared in ("confirmatory", "exploratory")
        for dataset in ("one", "two")
    }
    assert len(names) == 4


@pytest.mark.parametrize(("column", "method"), METHODS.items())
def test_each_family_is_corrected_alone(full_rows: pd.DataFrame, column: str, method: str) -> None:
    explored = full_rows["measure"] == "AP"  # Success@1000 is not tested and must not count
    declared = pd.Series(np.repeat(["confirmatory"] * 2 + ["reference"] * 3, len(MEASURES)))
    for family in (
        full_rows["role"] == "reference",
        explored & (declared == "confirmatory"),
        explored & (declared == "reference"),
    ):
        known = multipletests(full_rows.loc[family, "p"], method=method)[1]
        assert full_rows.loc[family, column].to_numpy() == pytest.approx(known)
        assert full_rows.loc[family, "level"].to_numpy() == pytest.approx(0.05 / len(known))


def test_intervals_of_selected_rows_have_the_level_of_the_false_coverage_rate() -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.1, "maw_b": 0.001, "zero": 0.0})
    pairs = [("maw_a", "plain"), ("maw_b", "plain"), ("plain", "zero")]
    plan = plan_of(*((*pair, "exploratory") for pair in pairs), alpha=0.1)
    rows = rows_of(scores, plan, measures=["nDCG@10"])
    selected = rows["p_bh"] <= 0.1
    assert selected.tolist() == [True, False, False]
    assert (
        rows["fcr_low"].notna().tolist() == rows["fcr_high"].notna().tolist() == selected.tolist()
    )
    a, b = (score_array(scores, name) for name in ("maw_a", "plain"))
    # Benjamini & Yekutieli (2005): R = 1 of m = 3 is selected, its interval has level 1 − R·α/m
    known = crossed(a, b, seeds="shared").confidence_interval(1 - 1 * 0.1 / 3)
    assert tuple(rows.loc[0, ["fcr_low", "fcr_high"]]) == pytest.approx(known)


def test_rows_that_decide_have_no_exploratory_interval(full_rows: pd.DataFrame) -> None:
    deciding = full_rows["role"].isin(["confirmatory", "reference"])
    assert full_rows.loc[deciding, ["fcr_low", "fcr_high"]].isna().all(axis=None)
    assert full_rows.loc[full_rows["measure"] == "AP", "fcr_low"].notna().any()


def test_an_exploratory_family_is_that_of_one_dataset() -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.004}, datasets=("one", "two"))
    explored = rows_of(scores, plan_of(("maw_a", "plain")), measures=["nDCG@10", "AP"])
    explored = explored[explored["measure"] == "AP"]
    assert explored["p_bh"].to_numpy() == pytest.approx(explored["p"])
    one = only(explored, dataset="one")
    assert one["level"] == 0.05

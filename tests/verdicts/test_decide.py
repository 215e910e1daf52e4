"""A row for each contrast, dataset and measure, whatever the order of the scores."""

from math import isnan
from typing import Any

import pandas as pd
import pytest

from maw.errors import InputError
from maw.significance import crossed
from maw.significance.planning import minimum_detectable_effect
from maw.verdicts.claims import CLAIMS
from maw.verdicts.decide import COLUMNS
from tests.scored import plan_of, score_array
from tests.verdicts.five_systems import (
    FULL,
    MEASURES,
    SCORES,
    Q,
    judged,
    only,
    rows_of,
    scores_of,
)


def test_there_is_a_row_per_contrast_dataset_and_measure_with_the_agreed_columns(
    full_rows: pd.DataFrame,
) -> None:
    assert list(full_rows.columns) == COLUMNS
    assert len(full_rows) == 5 * len(MEASURES)
    assert not full_rows.duplicated(["dataset", "system", "baseline", "measure"]).any()


def test_the_order_of_rows_does_not_matter(full_rows: pd.DataFrame) -> None:
    shuffled = SCORES.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(rows_of(shuffled, FULL), full_rows)


def test_clusters_of_one_query_are_no_clusters(full_rows: pd.DataFrame) -> None:
    alone = rows_of(SCORES, FULL, clusters={"toy": {f"q{q:02}": f"q{q:02}" for q in range(Q)}})
    pd.testing.assert_frame_equal(alone, full_rows)
    assert alone["n_clusters"].isna().all()


def test_a_plan_without_contrasts_gives_empty_tables() -> None:
    empty = judged(SCORES, plan_of())
    assert (list(empty.rows.columns), list(empty.claims.columns)) == (COLUMNS, CLAIMS)
    assert empty.rows.empty
    assert empty.claims.empty


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clusters": {"toy": {"q00": "x"}}}, "toy: query q01 has no cluster"),
        (
            {"clusters": {"toy": dict.fromkeys([f"q{q:02}" for q in range(Q)], "x")}},
            "in cluster 'x'",
        ),
        ({"trained": {"plain": True}}, "unknown system 'maw_a'"),
        ({"measures": ["AP"]}, "'nDCG@10' is not among the measures"),
    ],
)
def test_a_plan_that_does_not_fit_the_scores_is_refused(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        rows_of(SCORES, plan_of(("maw_a", "plain")), **options)


@pytest.mark.parametrize(
    ("trained", "message"),
    [
        (("zero",), "analysis.trained: 'zero' is not trained; take it out"),
        (("zeroo",), "analysis.trained: unknown system 'zeroo'; did you mean 'zero'"),
    ],
)
def test_a_plan_may_not_declare_trained_what_has_no_training(
    trained: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        rows_of(SCORES, plan_of(("maw_a", "plain"), trained=trained))


def test_roles_say_what_a_row_may_be_used_for(full_rows: pd.DataFrame) -> None:
    primary = full_rows[full_rows["measure"] == "nDCG@10"]
    assert primary["role"].tolist() == ["confirmatory"] * 2 + ["reference"] * 3
    others = full_rows[full_rows["measure"] != "nDCG@10"]
    assert set(others["role"]) == {"exploratory"}
    shown = full_rows[full_rows["role"] != "confirmatory"]
    assert (shown["word"] == shown["role"]).all()
    assert (shown[["suffix", "withheld"]] == "").all(axis=None)
    assert shown[["bar_low", "bar_high", "p_equivalent_if_no_difference"]].isna().all(axis=None)


def test_a_row_without_a_verdict_has_its_role_for_a_word_and_no_bar() -> None:
    (row,) = rows_of(SCORES, plan_of(("maw_a", "bm25", "reference")), measures=["nDCG@10"]).to_dict(
        "records"
    )
    assert (row["role"], row["word"]) == ("reference", "reference")
    assert (row["suffix"], row["withheld"]) == ("", "")
    assert isnan(row["bar_low"])
    assert isnan(row["bar_high"])
    assert isnan(row["p_equivalent_if_no_difference"])


def test_a_row_has_the_bar_and_the_word_of_its_claim(full_rows: pd.DataFrame) -> None:
    row = only(full_rows, system="maw_a", role="confirmatory")
    contrast = crossed(score_array(SCORES, "maw_a"), score_array(SCORES, "plain"), seeds="shared")
    half = contrast.half_width(0.05 / 2 / 2)  # two claims, one control each: both ends at α′/2
    bar = (contrast.mean - half, contrast.mean + half)
    assert (row["bar_low"], row["bar_high"]) == pytest.approx(bar)
    assert (row["level"], row["word"]) == (0.025, "better, by at least SESOI")
    assert only(full_rows, system="maw_b", role="confirmatory")["word"] == "equivalent"


def test_the_detectable_effect_is_that_at_the_rows_level(full_rows: pd.DataFrame) -> None:
    row = only(full_rows, system="maw_a", role="confirmatory")
    a, b = (score_array(SCORES, name) for name in ("maw_a", "plain"))
    spread = crossed(a, b, seeds="shared").test.spread
    assert row["mde"] == pytest.approx(minimum_detectable_effect(spread, alpha=0.025))
    reference = only(full_rows, system="zero", role="reference")  # three in its family
    spread = crossed(score_array(SCORES, "zero"), score_array(SCORES, "bm25")).test.spread
    assert reference["mde"] == pytest.approx(minimum_detectable_effect(spread, alpha=0.05 / 3))


def test_a_plan_that_looks_takes_the_level_of_the_look() -> None:
    looks = [{"seeds": 5, "alpha": 0.005}, {"seeds": 10, "alpha": 0.045}]
    plan = plan_of(("maw_a", "plain"), looks=looks)
    claims = judged(SCORES, plan, measures=["nDCG@10"]).claims
    assert claims["level"].tolist() == [0.005]
    assert claims["p_bonferroni"].tolist() == claims["p"].tolist()  # one claim
    fewer = scores_of({"plain": 0.0, "maw_a": 0.1}, seeds=4)
    with pytest.raises(InputError, match=r"analysis.looks: no look has 4 seeds; .* 5, 10 seeds"):
        judged(fewer, plan, measures=["nDCG@10"])

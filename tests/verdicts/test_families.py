"""Families are corrected by themselves, a claim needs all of its controls, and words follow."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from maw.settings.plan import PlannedContrast
from maw.significance import crossed, tost
from maw.verdicts.families import CLAIMS, judge
from tests.scored import long, plan_of, score_array
from tests.verdicts.five_systems import (
    FULL,
    MEASURES,
    SCORES,
    Q,
    judged,
    only,
    routing_plan,
    rows_of,
    scores_of,
)

DF, SE, SESOI = 30.0, 0.005, 0.02


def row_of(system: str, baseline: str = "base", **values: Any) -> dict[str, Any]:
    """Return a row as `judge` takes it: a confirmatory contrast of trained systems, p = 1."""
    return {
        "dataset": "toy", "system": system, "baseline": baseline, "measure": "nDCG@10",
        "declared": "confirmatory", "tested": True, "fewest_seeds": 5.0, "estimand": "E2",
        "p": 1.0, "p_t": 1.0, "difference": 0.0, "se": SE, "df": DF, "note": "", **values,
    }  # fmt: skip


def difference_with(p_tost: float) -> float:
    """Return the positive difference whose equivalence test has this p-value."""
    # R: SESOI - qt(1 - p_tost, DF) * SE
    return float(SESOI - stats.t.isf(p_tost, DF) * SE)


def frame_of(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows)).astype({"fewest_seeds": float, "tested": bool})


def test_roles_say_what_a_row_may_be_used_for(full_rows: pd.DataFrame) -> None:
    primary = full_rows[full_rows["measure"] == "nDCG@10"]
    assert primary["role"].tolist() == ["confirmatory"] * 2 + ["reference"] * 3
    others = full_rows[full_rows["measure"] != "nDCG@10"]
    assert set(others["role"]) == {"exploratory"}
    shown = full_rows[full_rows["role"] != "confirmatory"]
    assert (shown["verdict"] == shown["role"]).all()


@pytest.mark.parametrize(
    ("column", "method"),
    [("p_holm", "holm"), ("p_bonferroni", "bonferroni"), ("p_bh", "fdr_bh"), ("p_by", "fdr_by")],
)
def test_each_family_is_corrected_alone(full_rows: pd.DataFrame, column: str, method: str) -> None:
    explored = full_rows["measure"] == "AP"  # Success@1000 is not tested and must not count
    declared = pd.Series(np.repeat(["confirmatory"] * 2 + ["reference"] * 3, len(MEASURES)))
    for family in (
        full_rows["role"] == "confirmatory",
        full_rows["role"] == "reference",
        explored & (declared == "confirmatory"),
        explored & (declared == "reference"),
    ):
        known = multipletests(full_rows.loc[family, "p"], method=method)[1]
        assert full_rows.loc[family, column].to_numpy() == pytest.approx(known)


def test_the_verdicts_are_those_that_the_tables_were_made_for(full_rows: pd.DataFrame) -> None:
    assert only(full_rows, system="maw_a", role="confirmatory")["verdict"] == "better"
    equal = only(full_rows, system="maw_b", role="confirmatory")
    assert equal["verdict"] == "equivalent"
    assert equal["equivalent"]
    assert equal["mde"] < 0.02


def test_equivalence_is_tested_on_claims_only(full_rows: pd.DataFrame) -> None:
    is_claim = full_rows["role"] == "confirmatory"
    for row in full_rows[is_claim].itertuples():
        known = tost(row.difference, standard_error=row.se, df=row.df, sesoi=0.02)
        assert row.p_tost == known.pvalue
    empty = ["p_tost", "equivalent", "claim_p", "p_equivalent_if_no_difference"]
    assert full_rows.loc[~is_claim, empty].isna().all(axis=None)


def test_without_a_margin_nothing_is_equivalent() -> None:
    frame = rows_of(SCORES, plan_of(("maw_b", "plain"), sesoi=None))
    assert frame["p_tost"].isna().all()
    assert frame["equivalent"].isna().all()
    assert frame["verdict"].iloc[0] == "inconclusive"


def test_the_equivalence_tests_of_several_claims_are_corrected_by_holm() -> None:
    # each p is below .05, but Holm over three claims gives .06 to all of them
    p_tost = [0.02, 0.03, 0.04]
    names = ["a", "b", "c"]
    rows = frame_of(
        *(
            row_of(name, difference=difference_with(p))
            for name, p in zip(names, p_tost, strict=True)
        )
    )
    verdicts = judge(rows, plan=plan_of(*((name, "base") for name in names), sesoi=SESOI))
    claims = verdicts.claims
    assert claims["p_tost"].to_numpy() == pytest.approx(p_tost)
    assert claims["p_tost_holm"].to_numpy() == pytest.approx([0.06, 0.06, 0.06])
    assert claims["p_tost_holm"].to_numpy() == pytest.approx(
        multipletests(p_tost, method="holm")[1]
    )
    assert claims["equivalent"].tolist() == [False, False, False]
    assert claims["verdict"].tolist() == ["inconclusive"] * 3
    assert verdicts.rows["equivalent"].tolist() == [False, False, False]
    # alone, the claim with the largest p is equivalent
    alone = judge(frame_of(rows.loc[2].to_dict()), plan=plan_of(("c", "base"), sesoi=SESOI)).claims
    assert alone["p_tost_holm"].to_numpy() == pytest.approx([0.04])
    assert alone["verdict"].tolist() == ["equivalent"]


def test_a_claim_is_equivalent_only_if_it_is_to_every_control() -> None:
    rows = frame_of(
        row_of("a", "one", difference=difference_with(0.001)),
        row_of("a", "two", difference=difference_with(0.2)),
    )
    claims = judge(rows, plan=plan_of(("a", "one"), ("a", "two"), sesoi=SESOI)).claims
    assert claims["p_tost"].to_numpy() == pytest.approx([0.2])
    assert (claims["equivalent"].tolist(), claims["verdict"].tolist()) == (
        [False],
        ["inconclusive"],
    )


def test_few_seeds_leave_equivalence_open() -> None:
    rows = frame_of(row_of("a", fewest_seeds=2.0))
    verdicts = judge(rows, plan=plan_of(("a", "base"), sesoi=SESOI))
    assert verdicts.claims["p_tost_holm"].iloc[0] < 0.001
    assert verdicts.claims["equivalent"].isna().all()
    assert verdicts.claims["verdict"].tolist() == ["not controlled"]


def test_a_contrast_that_is_not_tested_is_no_member_of_its_family() -> None:
    rows = frame_of(row_of("a", p=0.04), row_of("b", p=np.nan, tested=False))
    claims = judge(rows, plan=plan_of(("a", "base"), ("b", "base"), sesoi=None)).claims
    assert claims["p_holm"].tolist() == [0.04, pytest.approx(np.nan, nan_ok=True)]
    assert claims["level"].tolist() == [0.05, 0.05]
    assert claims["verdict"].tolist() == ["inconclusive", "not estimable"]  # a has no direction


def test_what_is_detectable_is_at_the_familys_bonferroni_level(full_rows: pd.DataFrame) -> None:
    alone = rows_of(SCORES, plan_of(("maw_a", "plain")))
    one, two = (
        only(alone, role="confirmatory"),
        only(full_rows, system="maw_a", role="confirmatory"),
    )
    assert two["mde"] > one["mde"]
    assert one["ci_low_simultaneous"] == pytest.approx(one["ci_low"])
    a, b = (score_array(SCORES, name) for name in ("maw_a", "plain"))
    interval = crossed(a, b).confidence_interval(1 - 0.05 / 2)
    assert (two["ci_low_simultaneous"], two["ci_high_simultaneous"]) == pytest.approx(interval)


def test_a_claim_stands_on_all_of_its_controls() -> None:
    scores = scores_of({"plain": 0.0, "maw_b": 0.046, "maw_a": 0.05})
    rows = rows_of(scores, plan_of(("maw_a", "plain"), ("maw_a", "maw_b"), sesoi=None))
    rows = rows[rows["role"] == "confirmatory"]
    assert rows["p"].iloc[0] < 1e-3 < 0.05 < rows["p"].iloc[1]
    assert rows["claim_p"].tolist() == [rows["p"].max()] * 2
    assert rows["p_holm"].tolist() == [rows["p"].max()] * 2  # one claim, not two
    assert rows["verdict"].tolist() == ["inconclusive"] * 2


def test_beating_one_control_and_losing_to_another_is_no_claim() -> None:
    scores = scores_of({"plain": 0.0, "maw_b": 0.1, "maw_a": 0.05})
    rows = rows_of(scores, plan_of(("maw_a", "plain"), ("maw_a", "maw_b")))
    rows = rows[rows["role"] == "confirmatory"]
    assert (rows["p_holm"] < 0.001).all()
    assert rows["verdict"].tolist() == ["inconclusive"] * 2
    assert rows["note"].str.contains("controls disagree").all()


def test_a_claim_of_its_own_needs_further_controls_and_holm_counts_every_claim() -> None:
    scores = scores_of({"plain": 0.0, "maw_b": 0.046, "maw_a": 0.05, "bm25": -0.1, "zero": 0})
    plan = routing_plan(PlannedContrast(system="plain", baseline="zero"))
    verdicts = judged(scores, plan)
    rows, claims = verdicts.rows, verdicts.claims
    rows = rows[rows["role"] == "confirmatory"].set_index(["system", "baseline"])
    assert list(claims.columns) == CLAIMS
    assert list(zip(claims["system"], claims["claim"], strict=True)) == list(plan.claims)
    assert claims["n_controls"].tolist() == [1, 2, 1]
    assert claims["controls"].tolist() == ["plain", "plain; maw_b", "zero"]
    assert claims["hardest"].tolist() == ["plain", "maw_b", "zero"]
    p = rows["p"]
    largest = [p["maw_a", "plain"], p["maw_a", "maw_b"], p["plain", "zero"]]
    assert claims["p"].tolist() == largest
    assert claims["p_holm"].to_numpy() == pytest.approx(multipletests(largest, method="holm")[1])
    assert claims["level"].to_numpy() == pytest.approx(0.05 / 3)
    assert claims["verdict"].tolist()[:2] == ["better", "inconclusive"]
    tosts = [rows.loc[list(pairs), "p_tost"].max() for pairs in (
        [("maw_a", "plain")], [("maw_a", "plain"), ("maw_a", "maw_b")], [("plain", "zero")],
    )]  # fmt: skip
    assert claims["p_tost"].tolist() == tosts
    # a row shows the first claim that it carries
    assert rows["verdict"].tolist()[:2] == claims["verdict"].tolist()[:2]
    assert "routing helps" not in rows.loc[("maw_a", "plain"), "note"]
    assert "the verdict is on the claim “routing helps”" in rows.loc[("maw_a", "maw_b"), "note"]


def test_naming_the_one_claim_changes_no_number(full_rows: pd.DataFrame) -> None:
    named = [
        pair.model_copy(update={"claims": ("better",)}) if pair.role == "confirmatory" else pair
        for pair in FULL.contrasts
    ]
    plan = FULL.model_copy(update={"contrasts": tuple(named)})
    pd.testing.assert_frame_equal(rows_of(SCORES, plan), full_rows)


def test_a_claim_on_two_datasets_is_two_claims() -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.004}, datasets=("one", "two"))
    rows = rows_of(scores, plan_of(("maw_a", "plain")))
    explored = rows.query("measure == 'AP'")
    rows = rows[rows["role"] == "confirmatory"]
    assert rows["p_bonferroni"].to_numpy() == pytest.approx(np.minimum(1, 2 * rows["p"]))
    assert explored["p_bh"].to_numpy() == pytest.approx(explored["p"])  # a family per dataset
    assert not rows["note"].str.contains("one dataset").any()


def test_reciprocal_rank_as_primary_points_to_wins_and_losses() -> None:
    scores = SCORES.assign(measure=SCORES["measure"].replace("AP", "RR@10"))
    plan = plan_of(("maw_a", "plain"), primary="RR@10")
    rows = rows_of(scores, plan, measures=["RR@10", "nDCG@10"])
    assert "wins and losses" in only(rows, role="confirmatory")["note"]


def test_checkpoints_that_differ_do_not_make_a_procedure_better() -> None:
    generator = np.random.default_rng(5)
    plain = long(np.full((Q, 5), 0.5), dataset="toy", system="plain", measure="nDCG@10")
    values = 0.52 + generator.normal(0, 0.02, (Q, 5)) + np.array([0.0, 0.2, -0.15, 0.1, -0.1])
    maw = long(values, dataset="toy", system="maw_a", measure="nDCG@10")
    scores = pd.concat([plain, maw])
    row = rows_of(scores, plan_of(("maw_a", "plain")), measures=["nDCG@10"]).iloc[0]
    assert row["p_t"] < 0.05 < row["p"]
    assert row["verdict"] == "inconclusive"
    note = "these checkpoints are better (E1, unadjusted); not shown for the procedure"
    assert note in row["note"]

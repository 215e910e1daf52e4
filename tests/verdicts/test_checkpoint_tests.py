"""The tests of E1 in the table are those of `maw.significance`, on d or its clusters."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.significance import (
    bootstrap_mean,
    effect_size,
    max_t,
    mcnemar,
    rank_biserial,
    sign_flip,
    sign_test,
    wilcoxon,
)
from maw.significance.clean import Array
from maw.verdicts.checkpoint_tests import intervals, sizes
from maw.verdicts.decide import decide
from tests.scored import plan_of, scored

Q = 40
TRAINED = {"old": False, "new": True, "other": True}
GENERATOR = np.random.default_rng(23)
HARD = GENERATOR.uniform(0.2, 0.7, (Q, 1))
TABLES = {
    "old": HARD,
    "new": HARD + 0.02 + GENERATOR.normal(0, 0.05, (Q, 5)),
    "other": HARD + 0.01 + GENERATOR.normal(0, 0.05, (Q, 5)),
}
PLAN = plan_of(("new", "old"), ("other", "old"))
MODULES = [f"module{q // 4}" for q in range(Q)]
CLUSTERS = {"toy": {f"q{q:02}": module for q, module in enumerate(MODULES)}}


def analyse(scores: pd.DataFrame, **options: Any) -> pd.DataFrame:
    """Return the rows of the plan; options replace those of `decide`."""
    defaults = {"plan": PLAN, "trained": TRAINED, "clusters": None, "measures": ["nDCG@10"]}
    return decide(scores, **{**defaults, **options}).rows


def difference(system: str) -> Array:
    difference: Array = TABLES[system].mean(axis=1) - TABLES["old"].mean(axis=1)
    return difference


@pytest.mark.parametrize("labels", [None, MODULES])
def test_each_column_is_its_test(labels: list[str] | None) -> None:
    row = analyse(scored(TABLES), clusters=CLUSTERS if labels else None).iloc[0]
    d = difference("new")
    assert row["p_pratt"] == pytest.approx(wilcoxon(d, labels).pvalue_pratt)
    assert row["p_sign"] == pytest.approx(sign_test(d, labels).pvalue)
    known = sign_flip(d, labels, seed=0, contrast="toy/new/old")
    assert row["p_sign_flip"] == known.pvalue
    assert row["hedges_g"] == pytest.approx(effect_size(d).hedges_g)
    band = bootstrap_mean(d[:, None], labels, seed=0)
    assert (row["e1_ci_low"], row["e1_ci_high"]) == pytest.approx((band.low[0], band.high[0]))
    interval = rank_biserial(d).confidence_interval() if labels is None else (np.nan, np.nan)
    shown = (row["rank_biserial_low"], row["rank_biserial_high"])
    assert shown == pytest.approx(interval, nan_ok=True)


def test_max_t_is_adjusted_over_the_family() -> None:
    rows = analyse(scored(TABLES), clusters=CLUSTERS)
    d = np.column_stack([difference("new"), difference("other")])
    known = max_t(d, MODULES, seed=0, contrast="confirmatory")
    assert rows["p_max_t"].to_numpy() == pytest.approx(known.adjusted, abs=0.005)  # two streams
    assert (rows["p_max_t"] >= rows["p_sign_flip"] - 0.005).all()


def test_max_t_over_two_datasets_flips_their_queries_apart() -> None:
    half = {name: table[: Q // 2] for name, table in TABLES.items()}
    both = pd.concat([scored(TABLES), scored(half, dataset="half")])
    rows = analyse(both, plan=plan_of(("new", "old")))
    blocks = np.zeros((Q + Q // 2, 2))
    blocks[: Q // 2, 0], blocks[Q // 2 :, 1] = difference("new")[: Q // 2], difference("new")
    known = max_t(blocks, seed=0, contrast="confirmatory")
    assert rows["p_max_t"].to_numpy() == pytest.approx(known.adjusted, abs=0.005)


def test_swapping_the_systems_keeps_every_p() -> None:
    rows, swapped = analyse(scored(TABLES)), analyse(scored(TABLES), plan=plan_of(("old", "new")))
    names = ["p_sign_flip", "p_sign", "p_pratt", "p_t"]
    assert rows.iloc[0][names].to_numpy(float) == pytest.approx(
        swapped.iloc[0][names].to_numpy(float)
    )


def test_mcnemar_is_for_single_runs_by_a_measure_of_hits_on_independent_queries() -> None:
    hits = {name: (GENERATOR.uniform(size=(Q, 1)) < 0.5).astype(float) for name in ("new", "old")}
    plan = plan_of(("new", "old"), primary="Success@10")
    options = {"plan": plan, "trained": {"new": False, "old": False}, "measures": ["Success@10"]}
    scores = scored(hits, measure="Success@10")
    row = analyse(scores, **options).iloc[0]
    assert row["p_mcnemar"] == pytest.approx(mcnemar(hits["new"][:, 0], hits["old"][:, 0]).pvalue)
    assert np.isnan(analyse(scores, clusters=CLUSTERS, **options).iloc[0]["p_mcnemar"])
    assert analyse(scored(TABLES))["p_mcnemar"].isna().all()


@pytest.mark.parametrize(
    ("tables", "reason", "cautions"),
    [
        ({"old": HARD, "new": TABLES["new"]}, "", ""),
        ({"old": HARD, "new": TABLES["new"][:, :1]}, "one seed", ""),
        ({"old": HARD, "new": TABLES["new"][:, :2]}, "", "few seeds;seeds dominate"),
        ({"old": HARD, "new": np.tile(HARD + 0.1, 4)}, "constant difference", ""),
        ({"old": np.ones((Q, 1)), "new": np.ones((Q, 4))}, "constant measure", ""),
        (
            {"old": HARD, "new": HARD + 0.001 + np.eye(Q)[:, [7] * 4]},
            "",
            "strong skew with few queries",
        ),
    ],
)
def test_what_cannot_be_estimated_says_why_in_words_and_for_code(
    tables: dict[str, Array], reason: str, cautions: str
) -> None:
    row = analyse(scored(tables), plan=plan_of(("new", "old"))).iloc[0]
    assert (row["reason"], row["cautions"]) == (reason, cautions)
    assert bool(reason or cautions.startswith("few seeds")) == bool(np.isnan(row["p_holm"]))
    assert "one dataset: nothing is shown about others" in row["note"]
    first = row["note"].split("; ")[0]
    assert first.startswith("one dataset") == (not reason and not cautions)


def test_a_constant_measure_has_no_p_at_all() -> None:
    ones = {"old": np.ones((Q, 1)), "new": np.ones((Q, 4))}
    row = analyse(scored(ones), plan=plan_of(("new", "old"))).iloc[0]
    assert (
        row[[name for name in row.index if name.startswith("p_") and name != "p_greater"]]
        .isna()
        .all()
    )


def test_intervals_of_queries_are_left_empty_with_clusters() -> None:
    d = difference("new")
    clustered = sizes(d, labels=tuple(MODULES))
    names = ("d_z_low", "d_z_high", "rank_biserial_low", "rank_biserial_high")
    independent = sizes(d, labels=None)
    assert pd.isna([clustered[name] for name in names]).all()
    assert pd.notna([independent[name] for name in names]).all()
    assert independent["d_z"] == clustered["d_z"]


def test_systems_that_never_differ_have_no_interval_of_their_size() -> None:
    nothing = sizes(np.zeros(Q), labels=None)
    assert (nothing["d_z"], nothing["ties"]) == (0, Q)
    assert pd.isna(nothing["d_z_low"])


def test_all_rows_of_a_dataset_share_their_resamples() -> None:
    d = difference("new")
    one, two = intervals([d, d], labels=None)
    assert one == two
    assert list(one) == ["e1_ci_low", "e1_ci_high"]
    assert list(intervals([d], labels=tuple(MODULES))[0])[2:] == ["d_z_low", "d_z_high"]
    assert intervals([], labels=None) == []

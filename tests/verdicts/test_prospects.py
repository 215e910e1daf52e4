"""Variance components and forecasts are those of `maw.significance`, a row each, with reasons."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from maw.settings.plan import Analysis, PlannedContrast
from maw.significance import contrast_design, prospects, variance_components
from maw.verdicts.decide import decide
from maw.verdicts.prospects import COMPONENTS, PROSPECTS, TOGETHER, components, outlook
from tests.scored import plan_of, scored

Q = 30
GENERATOR = np.random.default_rng(5)
HARD = GENERATOR.uniform(0.2, 0.7, (Q, 1))
TABLES = {
    "old": HARD,
    "plain": HARD + GENERATOR.normal(0, 0.02, (1, 4)) + GENERATOR.normal(0, 0.05, (Q, 4)),
    "new": HARD + GENERATOR.normal(0, 0.02, (1, 5)) + GENERATOR.normal(0, 0.05, (Q, 5)),
}
SCORES = scored(TABLES)
TRAINED = {"old": False, "plain": True, "new": True}
CLUSTERS = {"toy": {f"q{q:02}": f"c{q // 3}" for q in range(Q)}}
CODES = [q // 3 for q in range(Q)]


def forecasts(
    plan: Analysis, scores: pd.DataFrame = SCORES, trained: Mapping[str, bool] = TRAINED
) -> pd.DataFrame:
    rows = decide(scores, plan=plan, trained=trained, clusters=CLUSTERS, measures=["nDCG@10"]).rows
    return outlook(scores, rows, plan=plan, trained=trained, clusters=CLUSTERS)


def test_components_are_those_of_each_system_with_their_intervals() -> None:
    table = components(SCORES, measure="nDCG@10", clusters=CLUSTERS)
    assert list(table.columns) == COMPONENTS
    assert table["system"].tolist() == ["new", "old", "plain"]
    known = variance_components(TABLES["new"], CODES)
    row = table.iloc[0]
    assert (row["query"], row["seed"], row["error"]) == pytest.approx(
        (known.query.value, known.seed.value, known.error.value)
    )
    assert (row["seed_low"], row["seed_high"]) == pytest.approx(known.seed.confidence_interval())
    assert row["seed_limit_80"] == pytest.approx(known.seed.upper_limit(0.8))
    assert (row["n_queries"], row["n_clusters"], row["n_seeds"]) == (Q, 10, 5)


def test_one_seed_has_no_components_and_says_so() -> None:
    row = components(SCORES, measure="nDCG@10", clusters=None).iloc[1]
    assert row[["seed", "seed_low", "seed_high", "error"]].isna().all()
    assert row["reason"] == "one seed"
    assert "nothing is known about the spread over seeds" in row["note"]


def test_prospects_are_at_the_level_of_the_contrasts_family() -> None:
    table = forecasts(plan_of(("new", "plain"), ("plain", "old")))
    assert list(table.columns) == PROSPECTS
    of_new = table[table["system"] == "new"]
    design = contrast_design(TABLES["new"], TABLES["plain"], CODES, trained=(True, True))
    known = prospects(design, alpha=0.05 / 2, sesoi=0.02)
    assert of_new["plan"].tolist() == [
        "as it is", "5 more seeds", "10 more seeds", "twice the queries",
    ]  # fmt: skip
    assert of_new["mde"].tolist() == pytest.approx([plan.mde for plan in known])
    assert of_new["df"].tolist() == pytest.approx([plan.df for plan in known])
    assert of_new["p_equivalent"].tolist() == pytest.approx([plan.p_equivalent for plan in known])
    assert of_new["power_at_sesoi"].tolist() == pytest.approx([plan.power for plan in known])
    assert (of_new["p_equivalent_low"] <= of_new["p_equivalent"]).all()
    assert (of_new["p_equivalent"] <= of_new["p_equivalent_high"]).all()
    assert of_new["n_seeds"].tolist() == [5, 10, 15, 5]
    assert of_new["n_seeds_baseline"].tolist() == [4, 9, 14, 4]
    assert of_new["n_queries"].tolist() == [Q, Q, Q, 2 * Q]
    fixed = table[table["system"] == "plain"]
    assert fixed["n_seeds_baseline"].tolist() == [1, 1, 1, 1]


def test_only_seeds_of_the_same_numbers_can_vary_together() -> None:
    shared = GENERATOR.normal(0, 0.2, (Q, 5))
    scores = scored({"plain": HARD + shared, "new": TABLES["new"] + shared, "old": HARD})
    renumbered = scores.assign(seed=scores["seed"] + 10 * (scores["system"] == "new"))
    same, different = (
        forecasts(plan_of(("new", "plain")), frame) for frame in (scores, renumbered)
    )
    assert same["note"].str.contains(TOGETHER, regex=False).all()
    assert not different["note"].str.contains(TOGETHER, regex=False).any()
    assert (same["se"] < different["se"]).all()


def test_the_power_at_a_difference_that_is_just_detectable_is_the_target() -> None:
    design = contrast_design(TABLES["new"], TABLES["plain"], CODES)
    (now, *_) = prospects(design, alpha=0.05)
    (same, *_) = prospects(design, alpha=0.05, sesoi=now.mde)
    assert same.power == pytest.approx(0.8, abs=1e-6)
    assert now.power is None


def test_linked_seeds_grow_together() -> None:
    link = PlannedContrast(
        system="new", baseline="plain", seeds="linked", reason="new starts from plain"
    )
    scores = scored({**TABLES, "new": TABLES["new"][:, :4]})
    table = forecasts(Analysis(contrasts=(link,)), scores)
    assert table["n_seeds"].tolist() == table["n_seeds_baseline"].tolist() == [4, 9, 14, 4]
    assert table["p_equivalent"].isna().all()  # no margin was stated


def test_nothing_is_planned_from_a_trained_system_with_one_seed() -> None:
    table = forecasts(plan_of(("new", "old")), trained={**TRAINED, "old": True})
    assert table["plan"].tolist() == ["as it is"]
    assert table["reason"].tolist() == ["one seed"]
    assert table[["mde", "df", "se", "p_equivalent"]].isna().all(axis=None)

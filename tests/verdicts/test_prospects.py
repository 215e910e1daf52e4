"""Variance components and forecasts are those of `maw.significance`, a row each, with reasons."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from maw.settings.plan import Analysis, PlannedContrast
from maw.significance import contrast_design, prospects, variance_components
from maw.verdicts.prospects import COMPONENTS, PROSPECTS, components, outlook
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
    pairs = [("toy", *claim, 0.05 / len(plan.claims)) for claim in plan.claims]
    claims = pd.DataFrame(pairs, columns=["dataset", "system", "claim", "level"])
    return outlook(scores, claims, plan=plan, trained=trained, clusters=CLUSTERS)


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


def test_each_control_is_planned_at_the_level_of_its_claim() -> None:
    table = forecasts(plan_of(("new", "plain"), ("new", "old")))
    assert list(table.columns) == PROSPECTS
    assert table["baseline"].drop_duplicates().tolist() == ["plain", "old"]
    shared = table[table["baseline"] == "plain"]
    # the four seeds that both have are compared
    design = contrast_design(TABLES["new"][:, :4], TABLES["plain"], CODES, seeds="shared")
    known = prospects(design, alpha=0.05, sesoi=0.02, n_controls=2)
    assert shared["plan"].tolist() == [
        "as it is", "5 more seeds", "10 more seeds", "twice the queries",
    ]  # fmt: skip
    for column, values in {
        "mde": [plan.mde for plan in known],
        "half_width": [plan.half_width for plan in known],
        "power_at_sesoi": [plan.power for plan in known],
        "p_equivalent": [plan.p_equivalent for plan in known],
        "mde_high": [plan.mde_range.high for plan in known],
        "seed_high": [design.seed_terms[0].seed_interval.high] * 4,
    }.items():
        assert shared[column].tolist() == pytest.approx(values)
    assert shared["seed_baseline"].isna().all()
    assert set(shared["seeds"]) == {"shared"}
    assert shared["n_seeds"].tolist() == shared["n_seeds_baseline"].tolist() == [4, 9, 14, 4]
    assert shared["n_queries"].tolist() == [Q, Q, Q, 2 * Q]
    fixed = table[table["baseline"] == "old"]
    assert fixed["n_seeds"].tolist() == [5, 10, 15, 5]
    assert fixed["n_seeds_baseline"].tolist() == [1, 1, 1, 1]


def test_independent_seeds_have_a_variance_on_each_side() -> None:
    apart = PlannedContrast(system="new", baseline="plain", seeds="independent")
    table = forecasts(Analysis(contrasts=(apart,)))
    terms = contrast_design(TABLES["new"], TABLES["plain"], CODES).seed_terms
    assert table["seed"].iloc[0] == terms[0].seed
    assert table["seed_baseline"].iloc[0] == terms[1].seed
    assert table["seed_baseline_high"].iloc[0] == terms[1].seed_interval.high
    assert table["n_seeds"].tolist() == [5, 10, 15, 5]
    assert table["n_seeds_baseline"].tolist() == [4, 9, 14, 4]
    assert table["p_equivalent"].isna().all()  # no SESOI was stated


def test_each_claim_has_rows_of_its_own_and_other_roles_have_none() -> None:
    gain = PlannedContrast(system="new", baseline="plain", claims=("gain", "better"))
    better = PlannedContrast(system="new", baseline="old", claims=("better",))
    reference = PlannedContrast(system="plain", baseline="old", role="reference")
    table = forecasts(Analysis(contrasts=(gain, better, reference), sesoi=0.02))
    pairs = table[["claim", "baseline", "n_controls"]].drop_duplicates()
    assert pairs.to_numpy().tolist() == [
        ["gain", "plain", 1], ["better", "plain", 2], ["better", "old", 2],
    ]  # fmt: skip


def test_nothing_is_planned_from_a_trained_system_with_one_seed() -> None:
    table = forecasts(plan_of(("new", "old")), trained={**TRAINED, "old": True})
    assert table["plan"].tolist() == ["as it is"]
    assert table["reason"].tolist() == ["a trained system lacks seeds"]
    assert table[["mde", "se", "half_width", "p_equivalent"]].isna().all(axis=None)

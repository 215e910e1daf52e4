"""Each cell is judged by the plan's own tests, as the only contrast of a plan."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.significance import crossed, judge_claim
from maw.significance.clean import Array
from maw.verdicts.rate_sensitivity import COLUMNS, judge_cells
from tests.scored import plan_of, scored

Q = 30
LIFTS = {0.001: 0.1, 0.01: 0.0}  # learning rate -> by how much the new system is better there
GENERATOR = np.random.default_rng(8)
HARD = GENERATOR.uniform(0.2, 0.7, (Q, 1))
TABLES = {
    learning_rate: {
        "old": HARD + GENERATOR.normal(0, 0.02, (Q, 4)),
        "new": HARD + lift + GENERATOR.normal(0, 0.02, (Q, 4)),
    }
    for learning_rate, lift in LIFTS.items()
}


def judged(tables: dict[float, dict[str, Array]], **options: Any) -> pd.DataFrame:
    """Return the judged cells; learning rate .001 was selected for both systems."""
    parts = [
        scored(systems).assign(learning_rate=learning_rate, selected=learning_rate == 0.001)
        for learning_rate, systems in tables.items()
    ]
    defaults: dict[str, Any] = {
        "systems": ["new"], "baseline": "old", "clusters": None, "plan": plan_of(),
    }  # fmt: skip
    return judge_cells(pd.concat(parts, ignore_index=True), **{**defaults, **options})


def test_a_cell_is_the_deciding_test_of_its_own_rate_and_nothing_is_adjusted() -> None:
    cells = judged(TABLES)
    assert list(cells.columns) == COLUMNS
    assert cells["learning_rate"].tolist() == list(LIFTS)
    for row in cells.itertuples():
        pair = (TABLES[row.learning_rate]["new"], TABLES[row.learning_rate]["old"])
        known = crossed(*pair, seeds="shared")
        assert row.p == known.pvalue
        assert (row.ci_low, row.ci_high) == known.confidence_interval()
        verdict = judge_claim([known], level=0.05, sesoi=0.02)
        assert (row.word, row.suffix) == (verdict.word, verdict.suffix)
        assert (row.bar_low, row.bar_high) == pytest.approx(verdict.bars[0])
        assert (row.n_seeds, row.n_seeds_baseline, row.seeds) == (4, 4, "shared")
    assert cells["word"].tolist() == ["better, by at least SESOI", "equivalent"]
    assert cells["selected"].tolist() == cells["selected_baseline"].tolist() == [True, False]


def test_few_seeds_decide_nothing_in_a_cell_either() -> None:
    few = {
        learning_rate: {name: values[:, :2] for name, values in systems.items()}
        for learning_rate, systems in TABLES.items()
    }
    assert set(judged(few)["word"]) == {"not controlled"}


def test_seeds_that_differ_between_rates_do_not_mix() -> None:
    fewer = {name: values[:, :3] for name, values in TABLES[0.01].items()}
    assert judged({0.001: TABLES[0.001], 0.01: fewer})["n_seeds"].tolist() == [4, 3]


def test_clusters_of_queries_are_the_unit_of_a_cells_test() -> None:
    modules = [f"c{q // 3}" for q in range(Q)]
    clusters = {"toy": {f"q{q:02}": module for q, module in enumerate(modules)}}
    row = judged(TABLES, clusters=clusters).iloc[0]
    known = crossed(TABLES[0.001]["new"], TABLES[0.001]["old"], modules, seeds="shared")
    assert row["p"] == known.pvalue


def test_a_cell_is_judged_without_the_plans_looks_and_shares() -> None:
    plan = plan_of(("new", "old"), weights={"new": 1.0}, looks=[{"seeds": 9, "alpha": 0.05}])
    assert judged(TABLES, plan=plan)["bar_low"].tolist() == judged(TABLES)["bar_low"].tolist()

"""Each cell is judged by the plan's own tests, as the only contrast of a plan."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.significance import crossed, tost
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
        known = crossed(TABLES[row.learning_rate]["new"], TABLES[row.learning_rate]["old"])
        assert row.p == known.pvalue
        assert (row.ci_low, row.ci_high) == known.confidence_interval()
        margin = tost(row.difference, standard_error=known.variance**0.5, df=known.df, sesoi=0.02)
        assert row.p_tost == pytest.approx(margin.pvalue)
        assert (row.n_seeds, row.n_seeds_baseline) == (4, 4)
    assert cells["word"].tolist() == ["better", "equivalent"]
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
    assert row["p"] == crossed(TABLES[0.001]["new"], TABLES[0.001]["old"], modules).pvalue

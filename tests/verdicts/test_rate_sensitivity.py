"""The cells are the plan's own tests, one contrast at a time, and the configuration is checked."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scored import plan_of, scored

from maw.errors import InputError
from maw.jobs import suite_specs
from maw.settings.read import parse_suite
from maw.settings.suite import Suite
from maw.significance import crossed, tost
from maw.verdicts.rate_sensitivity import COLUMNS, judge_cells

Q = 30
RATES = {0.001: 0.1, 0.01: 0.0}  # learning rate -> by how much the new system is better there
GENERATOR = np.random.default_rng(8)
HARD = GENERATOR.uniform(0.2, 0.7, (Q, 1))
TABLES = {
    rate: {
        "old": HARD + GENERATOR.normal(0, 0.02, (Q, 4)),
        "new": HARD + lift + GENERATOR.normal(0, 0.02, (Q, 4)),
    }
    for rate, lift in RATES.items()
}


def judged(tables: dict[float, dict[str, np.ndarray]], **given: Any) -> pd.DataFrame:
    parts = [
        scored(systems).assign(learning_rate=rate, selected=rate == 0.001)
        for rate, systems in tables.items()
    ]
    settings = {"systems": ["new"], "baseline": "old", "clusters": None, "plan": plan_of()}
    return judge_cells(pd.concat(parts, ignore_index=True), **{**settings, **given})


def test_a_cell_is_the_deciding_test_of_its_own_rate_and_nothing_is_adjusted() -> None:
    found = judged(TABLES)
    assert list(found.columns) == COLUMNS
    assert found["learning_rate"].tolist() == list(RATES)
    for row in found.itertuples():
        known = crossed(TABLES[row.learning_rate]["new"], TABLES[row.learning_rate]["old"])
        assert row.p == known.pvalue
        assert (row.ci_low, row.ci_high) == known.confidence_interval()
        margin = tost(row.difference, standard_error=known.variance**0.5, df=known.df, sesoi=0.02)
        assert row.p_tost == pytest.approx(margin.pvalue)
        assert (row.n_seeds, row.n_seeds_baseline) == (4, 4)
    assert found["word"].tolist() == ["better", "equivalent"]
    assert found["selected"].tolist() == found["selected_baseline"].tolist() == [True, False]


def test_few_seeds_decide_nothing_in_a_cell_either() -> None:
    few = {rate: {n: t[:, :2] for n, t in systems.items()} for rate, systems in TABLES.items()}
    assert set(judged(few)["word"]) == {"not controlled"}


def test_seeds_that_differ_between_rates_do_not_mix() -> None:
    uneven = {0.001: TABLES[0.001], 0.01: {n: t[:, :3] for n, t in TABLES[0.01].items()}}
    assert judged(uneven)["n_seeds"].tolist() == [4, 3]


def suite(**cells: Any) -> Suite:
    trained = {"kind": "bi_encoder", "objective": {"kind": "ranking"}}
    content = {
        "suite": "toy",
        "datasets": {"toy": {"loader": {"kind": "pydocs", "documents": 120}}},
        "systems": {
            "bm25": {"kind": "bm25"},
            "old": trained,
            "new": {**trained, "attention": {"kind": "maw"}, "router": {"kind": "random"}},
            "oracle": {**trained, "attention": {"kind": "maw"}, "router": {"kind": "oracle"}},
        },
        "analysis": {"contrasts": [{"system": "new", "baseline": "old"}]},
    }
    return parse_suite(content | ({"cells": cells} if cells else {}), source="toy")


def test_every_rate_system_and_seed_is_a_cell_with_the_stamps_that_its_files_must_carry() -> None:
    made = suite(seeds=[42, 43], systems=["new"], baseline="old")
    spec = suite_specs.of("cells", made)
    keys = {(one["learning_rate"], one["system"], one["seed"]) for one in spec["cells"]}
    assert len(keys) == len(spec["cells"]) == 3 * 2 * 2
    assert {float(rate) for rate, _, _ in keys} == set(made.selection.learning_rates)
    stamps = [stamp for one in spec["cells"] for stamp in one["stamps"].items()]
    assert len({stamp for kind, stamp in stamps if kind == "cell"}) == 12
    assert len({stamp for kind, stamp in stamps if kind == "main"}) == 4


def test_cells_change_no_other_job() -> None:
    made, without = suite(seeds=[42, 43], systems=["new"], baseline="old"), suite()
    for stage in ("train", "rank", "collect", "compare", "report", "tables"):
        named = {"dataset": "toy", "system": "new", "seed": 42}
        assert suite_specs.of(stage, made, **named) == suite_specs.of(stage, without, **named)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"systems": ["nwe"]}, "cells: unknown system 'nwe'; did you mean 'new'"),
        ({"baseline": "bm25"}, "cells: 'bm25' is not trained"),
        ({"systems": ["oracle"]}, "cells: 'oracle' looks at the judgements"),
        ({"systems": ["old"]}, "'old' is named twice"),
        ({"seeds": [42, 99]}, "cells.seeds: 99 is not among the suite's seeds"),
        ({"seeds": []}, "at least 1 item"),
    ],
)
def test_cells_that_cannot_be_trained_are_refused(change: dict[str, Any], message: str) -> None:
    asked = {"seeds": [42, 43], "systems": ["new"], "baseline": "old"}
    with pytest.raises(InputError, match=message):
        suite(**asked | change)

"""Small plans whose tests are calibrated on random scores of five systems."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from maw.settings.plan import Analysis
from maw.significance.clean import Array
from maw.verdicts.calibration import calibrate_plan
from maw.verdicts.calibration_groups import Group, groups_of, n_experiments
from maw.verdicts.calibration_rows import COLUMNS, NOT_CALIBRATED

Q = 30
SEEDS = {"bm25": 1, "old": 4, "new": 5, "once": 1, "many": 8}
TRAINED = {name: name != "bm25" for name in SEEDS}


def random_scores(
    datasets: tuple[str, ...] = ("toy",), tables: Mapping[str, Array] | None = None
) -> pd.DataFrame:
    """Return scores of Q queries and the systems of SEEDS.

    tables: system -> [Q, S], in place of random scores.
    """
    generator = np.random.default_rng(0)
    rows = []
    for dataset in datasets:
        for system, n_seeds in SEEDS.items():
            table = 0.5 + generator.normal(0, 0.1, (Q, 1)) + generator.normal(0, 0.05, (Q, n_seeds))
            table = (tables or {}).get(system, table)
            rows += [
                (dataset, system, seed, f"q{q:02}", "nDCG@10", float(table[q, seed]))
                for seed in range(table.shape[1])
                for q in range(Q)
            ]
    columns = ["dataset", "system", "seed", "query_id", "measure", "value"]
    return pd.DataFrame(rows, columns=columns)


def pair(system: str, baseline: str, **options: Any) -> dict[str, Any]:
    """Return the keys of one planned contrast."""
    return {"system": system, "baseline": baseline, **options}


def plan_with(*contrasts: Mapping[str, Any], **options: Any) -> Analysis:
    """Return a plan; its SESOI is .05 unless given."""
    return Analysis.checked({"sesoi": 0.05, **options, "contrasts": contrasts}, source="test")


def groups_with(
    *contrasts: Mapping[str, Any], scores: pd.DataFrame | None = None, **options: Any
) -> list[Group]:
    """Return the groups of a plan on scores, or on random ones."""
    plan = plan_with(*contrasts, **options)
    scores = random_scores() if scores is None else scores
    return groups_of(scores, plan=plan, trained=TRAINED, clusters=None)


def calibrated(
    *contrasts: Mapping[str, Any], scores: pd.DataFrame | None = None, **options: Any
) -> pd.DataFrame:
    """Return the calibration of a plan in 40 experiments for each dataset and seed level."""
    groups = groups_with(*contrasts, scores=scores, **options)
    counts: list[int] = []
    plan = plan_with(*contrasts, **options)
    table = calibrate_plan(groups, plan=plan, draws=40, seed=0, advance=counts.append)
    assert sum(counts) == n_experiments(groups, draws=40)
    assert tuple(table.columns) == COLUMNS
    return table


def reasons(table: pd.DataFrame, test: str) -> list[str]:
    """Return why a test is not calibrated, one reason for each of its rows."""
    is_missing = (table["quantity"] == NOT_CALIBRATED) & (table["test"] == test)
    return [str(note) for note in table.loc[is_missing, "note"]]

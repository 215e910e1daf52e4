"""Scores in the long form of the suite, small enough to check in the head."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from maw.settings.plan import Analysis, PlannedContrast
from maw.significance.clean import Array
from maw.verdicts.score_table import ScoreTables

FIRST_SEED = 42


def long(values: Array, *, system: str, dataset: str = "toy", measure: str) -> pd.DataFrame:
    """Turn a table [Q, S] into a row for each query and seed; seeds count from 42."""
    Q, S = values.shape
    return pd.DataFrame(
        {
            "dataset": dataset,
            "system": system,
            "seed": np.tile(np.arange(FIRST_SEED, FIRST_SEED + S), Q),
            "query_id": np.repeat([f"q{q:02}" for q in range(Q)], S),
            "measure": measure,
            "value": values.ravel(),
        }
    )


def scored(
    tables: Mapping[str, Array], *, dataset: str = "toy", measure: str = "nDCG@10"
) -> pd.DataFrame:
    """Turn system -> [Q, S] into one long table."""
    parts = [
        long(values, system=system, dataset=dataset, measure=measure)
        for system, values in tables.items()
    ]
    return pd.concat(parts, ignore_index=True)


def score_array(
    scores: pd.DataFrame, system: str, *, dataset: str = "toy", measure: str = "nDCG@10"
) -> Array:
    """Return the scores [Q, S] of one system from a long table."""
    return ScoreTables(scores).get(dataset, system=system, measure=measure).values


def plan_of(*contrasts: tuple[str, ...], **settings: Any) -> Analysis:
    """Return a plan of (system, baseline[, role]) contrasts; the SESOI is .02 unless given."""
    names = ("system", "baseline", "role")
    planned = [
        PlannedContrast.model_validate(dict(zip(names, contrast, strict=False)))
        for contrast in contrasts
    ]
    return Analysis.model_validate({"sesoi": 0.02, **settings, "contrasts": planned})

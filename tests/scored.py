"""Scores in the long form of the suite, small enough to see through."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from maw.settings.plan import Analysis, PlannedContrast


def long(values: np.ndarray, *, system: str, dataset: str = "toy", measure: str) -> pd.DataFrame:
    """values [Q, S] -> a row per query and seed; seeds from 42 on."""
    rows, S = values.shape
    return pd.DataFrame(
        {
            "dataset": dataset,
            "system": system,
            "seed": np.tile(np.arange(42, 42 + S), rows),
            "query_id": np.repeat([f"q{q:02}" for q in range(rows)], S),
            "measure": measure,
            "value": values.ravel(),
        }
    )


def scored(
    tables: Mapping[str, np.ndarray], *, dataset: str = "toy", measure: str = "nDCG@10"
) -> pd.DataFrame:
    """system -> [Q, S] as one frame."""
    parts = [
        long(values, system=system, dataset=dataset, measure=measure)
        for system, values in tables.items()
    ]
    return pd.concat(parts, ignore_index=True)


def plan_of(*contrasts: tuple[str, ...], **settings: object) -> Analysis:
    """(system, baseline[, role]) each; SESOI .02 unless said."""
    names = ("system", "baseline", "role")
    named = tuple(PlannedContrast(**dict(zip(names, pair, strict=False))) for pair in contrasts)
    return Analysis(contrasts=named, **{"sesoi": 0.02, **settings})

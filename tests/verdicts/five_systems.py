"""Scores of five systems on the same queries, and plans that compare them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from maw.settings.plan import Analysis, PlannedContrast
from maw.verdicts.decide import PlanVerdicts, decide
from tests.scored import long, plan_of

MEASURES = ("nDCG@10", "AP", "Success@1000")
TRAINED = {"bm25": False, "zero": False, "plain": True, "maw_a": True, "maw_b": True}
Q = 40


def scores_of(
    shifts: Mapping[str, float],
    *,
    seeds: Mapping[str, int] | int = 5,
    datasets: tuple[str, ...] = ("toy",),
    noise: float = 0.03,
) -> pd.DataFrame:
    """Return scores of systems on the same queries, each moved by its shift.

    seeds: number of seeds of each trained system. Success@1000 is always 1.
    """
    generator = np.random.default_rng(17)
    parts = []
    for dataset in datasets:
        difficulty = generator.uniform(0.2, 0.7, (Q, 1))
        for system, shift in shifts.items():
            S = 1 if not TRAINED[system] else seeds if isinstance(seeds, int) else seeds[system]
            for measure in MEASURES:
                values = difficulty + shift + generator.normal(0, noise, (Q, S))
                values += generator.normal(0, noise / 10, (1, S))
                if measure == "Success@1000":
                    values = np.ones((Q, S))
                parts.append(long(values, dataset=dataset, system=system, measure=measure))
    return pd.concat(parts, ignore_index=True)


def judged(scores: pd.DataFrame, plan: Analysis, **options: Any) -> PlanVerdicts:
    """Return rows and claims of a plan; options replace those of `decide`."""
    defaults: dict[str, Any] = {"trained": TRAINED, "clusters": None, "measures": MEASURES}
    return decide(scores, plan=plan, **{**defaults, **options})


def rows_of(scores: pd.DataFrame, plan: Analysis, **options: Any) -> pd.DataFrame:
    """Return the rows of a plan."""
    return judged(scores, plan, **options).rows


def only(frame: pd.DataFrame, **values: str) -> pd.Series:
    """Return the one row that has these values in the columns of these names."""
    for name, value in values.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def routing_plan(*further: PlannedContrast) -> Analysis:
    """Return a plan with two claims about maw_a; "routing helps" needs two controls beaten."""
    both = ("better", "routing helps")
    first = PlannedContrast(system="maw_a", baseline="plain", claims=both)
    second = PlannedContrast(system="maw_a", baseline="maw_b", claims=("routing helps",))
    return Analysis(contrasts=(first, second, *further), sesoi=0.02)


FULL = plan_of(
    ("maw_a", "plain"), ("maw_b", "plain"), ("maw_a", "bm25", "reference"),
    ("plain", "zero", "reference"), ("zero", "bm25", "reference"),
)  # fmt: skip
SCORES = scores_of({"bm25": -0.1, "zero": 0, "plain": 0.05, "maw_a": 0.09, "maw_b": 0.051})

"""A study with one dataset of 60 queries and four systems, for the tests of its controls."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from maw.settings.plan import Analysis
from maw.significance.clean import Array
from maw.verdicts.score_table import ScoreTables
from maw.verdicts.study_controls import Study

Q, SEEDS, FURTHER = 60, (42, 43, 44, 45), (142, 143, 144, 145)
TRAINED = {"zero": False, "bm25": False, "plain": True, "new": True}
CONTRASTS = [{"system": "new", "baseline": "plain"}]


def table(mean: float, *, seeds: int = len(SEEDS), seed: int = 0, spread: float = 0.02) -> Array:
    """Return scores [Q, S] around a mean; queries differ much, trainings of one query little.

    The queries' own difficulty is the same for every `seed` of the generator.
    """
    difficulty = np.random.default_rng(0).uniform(-0.3, 0.3, size=(Q, 1))
    noise = np.random.default_rng(seed + 1).normal(scale=spread, size=(Q, seeds))
    return np.asarray(mean + difficulty + noise - noise.mean())


def scores_of(tables: Mapping[str, Array], seeds: Sequence[int] = SEEDS) -> ScoreTables:
    """Return the tables [Q, S] of systems on the dataset `d`; one column has the seed 0."""
    frames = [
        pd.DataFrame(
            {
                "dataset": "d",
                "system": system,
                "seed": np.tile([0] if values.shape[1] == 1 else list(seeds)[: values.shape[1]], Q),
                "query_id": np.repeat([f"q{q:02}" for q in range(Q)], values.shape[1]),
                "measure": "nDCG@10",
                "value": values.ravel(),
            }
        )
        for system, values in tables.items()
    ]
    return ScoreTables(pd.concat(frames, ignore_index=True))


def study_of(tables: Mapping[str, Array], **analysis: Any) -> Study:
    """Return the study of these tables; its plan has a SESOI of .02 and one claim of `new`."""
    plan = Analysis.model_validate({"sesoi": 0.02, "contrasts": CONTRASTS, **analysis})
    return Study(scores_of(tables), plan, TRAINED, n_seeds=len(SEEDS), clusters=None)

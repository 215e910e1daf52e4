"""The frames of a suite with routers, for the tests of what a page says of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from maw.reporting.frames import SuiteFrames
from tests.reporting.small_suite import comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

PLAN = plan_of(("new", "old"))
COMPARED = comparison_frames(random_tables(), PLAN)
SYSTEMS: dict[str, dict[str, Any]] = {
    "new": {"attention": {"depths": 4}, "router": {"kind": "grpo"}},
    "old": {"kind": "bi_encoder"},
}
LONG = ["dataset", "system", "seed", "side", "quantity", "value"]


def depths_of(
    chosen: Mapping[int, Iterable[int]], *, system: str = "new", side: str = "query"
) -> pd.DataFrame:
    """Return a row for each text. chosen: seed -> the depth of each text."""
    rows = [
        {"dataset": "toy", "system": system, "seed": seed, "side": side, "query_id": f"q{n}",
         "doc_id": None, "depth": depth, "probability": 0.5}
        for seed, depths in chosen.items()
        for n, depth in enumerate(depths)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def quantities_of(
    values: Mapping[str, float | Iterable[float]],
    *,
    dataset: str = "toy",
    system: str = "new",
    side: str = "query",
) -> pd.DataFrame:
    """Return routing rows. values: quantity -> its value in the seeds 1, 2, ...; a number: 1, 2."""
    rows = []
    for quantity, value in values.items():
        of_seeds = [value, value] if isinstance(value, int | float) else value
        rows += [
            (dataset, system, seed, side, quantity, float(one))
            for seed, one in enumerate(of_seeds, start=1)
        ]
    return pd.DataFrame(rows, columns=LONG)


def routed_frames(**frames: pd.DataFrame) -> SuiteFrames:
    """Return a suite whose system `new` has a router; without frames it chose 0, 0, 1 twice."""
    usual = {"depths": depths_of({1: [0, 0, 1], 2: [0, 0, 1]})}
    return suite_frames(COMPARED, **{**usual, **frames})

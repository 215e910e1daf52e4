"""Sensitivity of the verdict to the learning rate: systems are compared at every learning rate.

A cell is one system at one learning rate with one seed. Each comparison is judged as if it were the
only one. The analysis lies outside the selection of learning rates and outside the plan's family of
tests: it adjusts nothing, and no learning rate is chosen by it. Frames go in, a frame comes out.
"""

from collections.abc import Sequence

import pandas as pd

from maw.settings.plan import Analysis, PlannedContrast
from maw.verdicts.decide import decide
from maw.verdicts.score_table import Clusters

COLUMNS = [
    "dataset", "learning_rate", "system", "baseline", "measure", "mean", "mean_baseline",
    "difference", "ci_low", "ci_high", "p", "word", "suffix", "bar_low", "bar_high", "seeds",
    "n_seeds", "n_seeds_baseline", "selected", "selected_baseline", "note",
]  # fmt: skip


def judge_cells(
    scores: pd.DataFrame,
    *,
    systems: Sequence[str],
    baseline: str,
    clusters: Clusters | None,
    plan: Analysis,
) -> pd.DataFrame:
    """Return comparisons of each system with the baseline, both at the same learning rate.

    A row, for each dataset, learning rate and system, has the columns COLUMNS. scores: columns
    dataset, learning_rate, system, seed, query_id, measure, value and selected (True if the search
    selected this learning rate for this system). plan: gives primary measure, level and SESOI; its
    looks and shares of the level do not count here. p: the deciding p-value; ci_*: the 95 %
    interval; word, suffix, bar_*: the verdict and the drawn bar if this were the only contrast of
    the plan. clusters: dataset -> query_id -> cluster; None: queries are independent. InputError
    names a score that is missing, doubled or not finite, a query that one of two systems lacks, or
    a query without a cluster.
    """
    primary = scores[scores["measure"] == plan.primary]
    rows = []
    groups = primary.groupby(["dataset", "learning_rate"], sort=False)
    for (dataset, learning_rate), cells in groups:
        selected = cells.groupby("system")["selected"].all()
        for system in systems:
            names = (system, baseline)
            contrast = PlannedContrast(system=system, baseline=baseline)
            row = decide(
                cells[cells["system"].isin(names)],
                plan=plan.model_copy(update={"contrasts": (contrast,), "weights": {}, "looks": ()}),
                trained=dict.fromkeys(names, True),
                clusters=clusters,
                measures=[plan.primary],
            ).rows.iloc[0]
            own_columns = {
                "dataset": dataset,
                "learning_rate": learning_rate,
                "selected": selected[system],
                "selected_baseline": selected[baseline],
            }
            decided = {name: row[name] for name in COLUMNS if name not in own_columns}
            rows.append({**decided, **own_columns})
    return pd.DataFrame(rows, columns=COLUMNS)

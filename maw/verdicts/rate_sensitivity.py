"""Sensitivity of the verdict to the learning rate: each is judged as if it had its own plan.

A cell is one system at one learning rate with one seed. The analysis lies outside the selection of
learning rates and outside the plan's family of tests: nothing is adjusted and nothing is chosen by
it. Frames go in, a frame comes out.
"""

from collections.abc import Sequence

import pandas as pd

from maw.settings.plan import Analysis, PlannedContrast
from maw.verdicts.decide import decide
from maw.verdicts.score_table import Clusters

COLUMNS = [
    "dataset", "learning_rate", "system", "baseline", "measure", "mean", "mean_baseline",
    "difference", "ci_low", "ci_high", "p", "p_tost", "word", "n_seeds", "n_seeds_baseline",
    "selected", "selected_baseline", "note",
]  # fmt: skip


def judge_cells(
    scores: pd.DataFrame,
    *,
    systems: Sequence[str],
    baseline: str,
    clusters: Clusters | None,
    plan: Analysis,
) -> pd.DataFrame:
    """Compare each system with the baseline trained at the same learning rate. Columns COLUMNS.

    scores: columns dataset, learning_rate, system, seed, query_id, measure, value and selected (the
    learning rate is the one that the search selected for that system). plan: gives the primary
    measure, the level and the margin. p is that of E2, p_tost that of the equivalence test, ci_*
    the 95 % interval; word: the verdict if this were the only contrast of a plan. InputError as in
    `maw.verdicts.decide.decide`.
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
                plan=plan.model_copy(update={"contrasts": (contrast,)}),
                trained=dict.fromkeys(names, True),
                clusters=clusters,
                measures=[plan.primary],
            ).rows.iloc[0]
            own_columns = {
                "dataset": dataset,
                "learning_rate": learning_rate,
                "word": row["verdict"],
                "selected": selected[system],
                "selected_baseline": selected[baseline],
            }
            decided = {name: row[name] for name in COLUMNS if name not in own_columns}
            rows.append({**decided, **own_columns})
    return pd.DataFrame(rows, columns=COLUMNS)

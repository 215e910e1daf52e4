"""Would the verdict be another at another learning rate? A sensitivity analysis, frames in and out.

Outside selection and outside the plan's family: each cell is tested on its own, nothing is
adjusted, nothing is chosen by it.
"""

from collections.abc import Sequence

import pandas as pd

from maw.settings.plan import Analysis, PlannedContrast
from maw.verdicts.decide import compare
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
    """Each system against the baseline trained at the same rate. Columns as in COLUMNS.

    scores: dataset, learning_rate, system, seed, query_id, measure, value, selected (the rate that
    the search chose for that system); plan: its primary measure, level and margin. p is E2's,
    p_tost that of both sides of the margin, ci_* 95 %; word: what the verdict would be, were this
    cell the one contrast of a plan. InputError as `maw.verdicts.decide.compare`.
    """
    primary = scores[scores["measure"] == plan.primary]
    rows = []
    for (dataset, rate), cell in primary.groupby(["dataset", "learning_rate"], sort=False):
        chosen = cell.groupby("system")["selected"].all()
        for system in systems:
            alone = plan.model_copy(
                update={"contrasts": (PlannedContrast(system=system, baseline=baseline),)}
            )
            sides = (system, baseline)
            found = compare(
                cell[cell["system"].isin(sides)],
                plan=alone,
                trained=dict.fromkeys(sides, True),
                clusters=clusters,
                measures=[plan.primary],
            ).iloc[0]
            given = {
                "dataset": dataset,
                "learning_rate": rate,
                "word": found["verdict"],
                "selected": chosen[system],
                "selected_baseline": chosen[baseline],
            }
            rows.append({**{name: found[name] for name in COLUMNS if name not in given}, **given})
    return pd.DataFrame(rows, columns=COLUMNS)

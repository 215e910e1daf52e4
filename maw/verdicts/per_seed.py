"""What would each single pair of checkpoints have said? An appendix, and a warning.

Seeds are not paired: seed 42 of one system has nothing to do with seed 42 of another, so every
checkpoint of one side meets every one of the other; relabelled seeds give the same rows. Linked
seeds meet their own.
"""

import pandas as pd

from maw.settings.plan import Analysis
from maw.significance import paired_t, query_differences
from maw.verdicts.score_table import Clusters, ScoreTables, cluster_labels

SEEDS = [
    "dataset", "system", "baseline", "measure", "seed", "seed_baseline", "difference", "ci_low",
    "ci_high", "p",
]  # fmt: skip


def per_seed(scores: pd.DataFrame, *, plan: Analysis, clusters: Clusters | None) -> pd.DataFrame:
    """Paired t-test (E1, unadjusted) of each pair of checkpoints by the primary measure: SEEDS."""
    tables = ScoreTables(scores[scores["measure"] == plan.primary])
    rows: list[tuple[object, ...]] = []
    for dataset in tables.datasets:
        for pair in plan.contrasts:
            names = (pair.system, pair.baseline)
            a, b = (tables.get(dataset, system=name, measure=plan.primary) for name in names)
            labels = cluster_labels(clusters, dataset=dataset, queries=a.queries)
            for i, seed in enumerate(a.seeds):
                for j, other in enumerate(b.seeds):
                    if pair.linked and seed != other:
                        continue
                    d = query_differences(a.values[:, [i]], b.values[:, [j]])
                    test = paired_t(d, labels)
                    low, high = test.confidence_interval()
                    place = (dataset, *names, plan.primary, seed, other)
                    rows.append((*place, test.mean, low, high, test.pvalue))
    return pd.DataFrame(rows, columns=SEEDS)

"""Paired t-tests of single pairs of trained models; they show how far single seeds differ.

Where seeds are independent, seed 42 of one system has nothing to do with seed 42 of another. So
every run of the system is tested against every run of the baseline, and other numbers for the seeds
would change no test. Where seeds are shared, only runs of the same seed are compared.
"""

import pandas as pd

from maw.settings.plan import Analysis
from maw.significance import paired_t, query_differences
from maw.verdicts.score_table import Clusters, ScoredSystem, ScoreTables, cluster_labels
from maw.verdicts.seed_forms import pair_seeds

SEEDS = [
    "dataset", "system", "baseline", "measure", "seed", "seed_baseline", "difference", "ci_low",
    "ci_high", "p",
]  # fmt: skip


def per_seed(scores: pd.DataFrame, *, plan: Analysis, clusters: Clusters | None) -> pd.DataFrame:
    """Return a paired t-test for each pair of runs of each contrast, by the primary measure.

    A row has the columns SEEDS; ci_* is the 95 % interval of the difference. The p-value is about
    the row's two trained models (E1) and is not adjusted.
    """
    tables = ScoreTables(scores[scores["measure"] == plan.primary])
    rows: list[tuple[object, ...]] = []
    for dataset in tables.datasets:
        for contrast in plan.contrasts:
            names = (contrast.system, contrast.baseline)
            a, b = (tables.get(dataset, system=name, measure=plan.primary) for name in names)
            labels = cluster_labels(clusters, dataset=dataset, queries=a.queries)
            systems = (ScoredSystem(name, False, t) for name, t in zip(names, (a, b), strict=True))
            form = pair_seeds(contrast, *systems, labels=labels).form
            for i, seed in enumerate(a.seeds):
                for j, baseline_seed in enumerate(b.seeds):
                    if form == "shared" and seed != baseline_seed:
                        continue
                    d = query_differences(a.values[:, [i]], b.values[:, [j]])
                    test = paired_t(d, labels)
                    low, high = test.confidence_interval()
                    key = (dataset, *names, plan.primary, seed, baseline_seed)
                    rows.append((*key, test.mean, low, high, test.pvalue))
    return pd.DataFrame(rows, columns=SEEDS)

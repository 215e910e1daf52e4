"""The leaderboard: the mean of every system on every dataset by every measure."""

from collections.abc import Sequence
from math import nan

import numpy as np
import pandas as pd

from maw.significance import bootstrap_mean
from maw.verdicts.checkpoint_tests import SEED
from maw.verdicts.score_table import Clusters, ScoreTables, cluster_labels, same_queries

LEADERBOARD = ["dataset", "system", "measure", "mean", "ci_low", "ci_high", "n_seeds", "sd_seed"]


def leaderboard(
    scores: pd.DataFrame, *, clusters: Clusters | None, measures: Sequence[str]
) -> pd.DataFrame:
    """Return the mean of every system on every dataset by every measure, with its BCa interval.

    The columns are LEADERBOARD. ci_*: the 95 % interval over queries, for these checkpoints;
    whether two intervals overlap decides nothing. Where queries come in clusters, whole clusters
    are resampled. sd_seed: standard deviation of the means of the seeds, nan with one seed.
    """
    tables = ScoreTables(scores)
    rows = []
    for dataset in tables.datasets:
        systems = scores.loc[scores["dataset"] == dataset, "system"].unique()
        keys = [(system, measure) for system in sorted(systems) for measure in measures]
        columns = [tables.get(dataset, system=system, measure=measure) for system, measure in keys]
        for (system, _), table in zip(keys, columns, strict=True):
            same_queries(columns[0], table, names=(keys[0][0], system), dataset=dataset)
        labels = cluster_labels(clusters, dataset=dataset, queries=columns[0].queries)
        means = np.column_stack([table.values.mean(axis=1) for table in columns])  # [Q, K]
        band = bootstrap_mean(means, labels, seed=SEED)
        for k, ((system, measure), table) in enumerate(zip(keys, columns, strict=True)):
            n_seeds = len(table.seeds)
            sd_seed = float(table.values.mean(axis=0).std(ddof=1)) if n_seeds > 1 else nan
            mean = float(table.values.mean())
            rows.append(
                (dataset, system, measure, mean, band.low[k], band.high[k], n_seeds, sd_seed)
            )
    return pd.DataFrame(rows, columns=LEADERBOARD)

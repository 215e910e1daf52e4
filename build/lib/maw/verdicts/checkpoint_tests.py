"""Further tests and effect sizes of these very checkpoints (estimand E1); none decides a verdict.

Everywhere d [Q] is the difference (system − baseline) for each query, and labels [Q] is the cluster
of each query, or None for independent queries. Where queries come in clusters, the tests, the
randomisation and the bootstrap take clusters as independent; effect sizes are still over queries.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from maw.significance import (
    Contrast,
    bootstrap_effect_size,
    bootstrap_mean,
    effect_size,
    max_t,
    mcnemar,
    rank_biserial,
    sign_flip,
    sign_test,
    wilcoxon,
    win_share,
)
from maw.significance.clean import Array
from maw.verdicts.score_table import Labels

Value = float | int | str | bool | None  # one entry of a table of results
Hits = tuple[Array, Array]  # hits of the system and of the baseline: [Q] each, 0 or 1

SEED = 0  # of every bootstrap and randomisation, so that the same scores give the same page


def other_tests(
    d: Array, *, e1: Contrast, labels: Labels, hits: Hits | None, stream: str
) -> dict[str, float]:
    """Return the p-values of the tests of E1 (these checkpoints) as column name -> p.

    e1: the paired t-test of d. stream: the name of the contrast, from which the random signs of the
    sign-flip test are derived. p_mcnemar is nan if hits is None. It is also nan where queries come
    in clusters, which McNemar's test cannot take into account; p_sign tests the cluster means then.
    """
    ranks = wilcoxon(d, labels)
    return {
        "p_t": e1.pvalue,
        "p_wilcoxon": ranks.pvalue,
        "p_pratt": ranks.pvalue_pratt,
        "p_sign": sign_test(d, labels).pvalue,
        "p_sign_flip": sign_flip(d, labels, seed=SEED, contrast=stream).pvalue,
        "p_mcnemar": mcnemar(*hits).pvalue if hits and labels is None else np.nan,
    }


def sizes(d: Array, *, labels: Labels) -> dict[str, Value]:
    """Return effect sizes with their intervals, and the counts of wins, ties and losses.

    Everything is computed over queries. Where queries come in clusters, the intervals are nan;
    `intervals` computes that of d_z. d_z and hedges_g are nan where all differences are the same
    number other than 0, hedges_g also with two queries. The interval of d_z is nan where d_z is,
    and where all differences are 0.
    """
    size, ranks, signs = effect_size(d), rank_biserial(d), sign_test(d)
    no_interval = (np.nan, np.nan)
    independent = labels is None
    # with clusters, `intervals` bootstraps the interval of d_z for all rows at once
    low, high = size.confidence_interval() if independent and d.any() else no_interval
    rank_low, rank_high = ranks.confidence_interval() if independent else no_interval
    is_finite = np.isfinite(size.d_z)
    return {
        "d_z": size.d_z if is_finite else np.nan,
        "d_z_low": low,
        "d_z_high": high,
        "hedges_g": size.hedges_g if is_finite else np.nan,
        "rank_biserial": ranks.value,
        "rank_biserial_low": rank_low,
        "rank_biserial_high": rank_high,
        "p_greater": win_share(signs),
        "wins": signs.wins,
        "ties": signs.ties,
        "losses": signs.losses,
    }


def intervals(differences: Sequence[Array], *, labels: Labels) -> list[dict[str, float]]:
    """Return for each row the BCa interval of its mean difference, and of d_z with clusters.

    differences: d [Q] of each row of one dataset. All rows share the same resamples. A row's result
    is column name -> limit of an interval.
    """
    if not differences:
        return []
    d = np.column_stack(differences)  # [Q, K]
    mean = bootstrap_mean(d, labels, seed=SEED)
    bands = {"e1_ci_low": mean.low, "e1_ci_high": mean.high}
    if labels is not None:
        size = bootstrap_effect_size(d, labels, seed=SEED)
        bands |= {"d_z_low": size.low, "d_z_high": size.high}
    return [{name: float(limits[k]) for name, limits in bands.items()} for k in range(d.shape[1])]


def family_max_t(
    rows: pd.DataFrame, *, differences: Sequence[Array], labels: Mapping[str, Labels]
) -> pd.Series:
    """Return the p-value of each row by the max-T test, adjusted within the row's family of tests.

    rows: columns dataset, family and p_t, one row for each entry of `differences`. labels: dataset
    -> cluster of each query [Q], or None. A query (or a cluster) gets the same random sign in all
    contrasts of its dataset; the signs of different datasets are independent. The p-value is nan
    where p_t is nan.
    """
    adjusted = pd.Series(np.nan, index=rows.index)
    for family, members in rows[rows["p_t"].notna()].groupby("family", sort=False):
        blocks, codes = [], []
        for dataset in dict.fromkeys(members["dataset"]):
            of_dataset = (members["dataset"] == dataset).to_numpy()
            block = np.zeros((len(differences[members.index[of_dataset][0]]), len(members)))
            block[:, of_dataset] = np.column_stack(
                [differences[i] for i in members.index[of_dataset]]
            )
            blocks.append(block)
            units = labels[dataset] or range(len(block))
            codes += [f"{dataset}/{unit}" for unit in units]
        test = max_t(np.vstack(blocks), codes, seed=SEED, contrast=str(family))
        adjusted[members.index] = test.adjusted
    return adjusted

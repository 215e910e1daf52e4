"""Are *these* checkpoints better? Every test and size of E1 that is shown and decides nothing.

All take d [Q], one difference per query; where queries come in clusters, tests, randomisation and
bootstrap take the cluster as their unit, and sizes stay at the level of queries.
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

Cell = float | int | str | bool | None
Hits = tuple[Array, Array]  # of both systems, [Q] each, 0 or 1

SEED = 0  # of every bootstrap and randomisation: the same scores, the same page


def other_tests(
    d: Array, *, e1: Contrast, labels: Labels, hits: Hits | None, stream: str
) -> dict[str, float]:
    """p-values of E1. stream: the contrast's name, from which its signs are drawn.

    p_mcnemar is empty without hits, and where queries come in clusters, which it cannot heed: the
    sign test of cluster means stands for it.
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


def sizes(d: Array, *, labels: Labels) -> dict[str, Cell]:
    """Effect sizes; intervals that take queries as independent are empty with clusters."""
    size, ranks, signs = effect_size(d), rank_biserial(d), sign_test(d)
    nothing = (np.nan, np.nan)
    independent = labels is None
    # with clusters `intervals` bootstraps that of d_z, all rows at once
    low, high = size.confidence_interval() if independent and d.any() else nothing
    rank_low, rank_high = ranks.confidence_interval() if independent else nothing
    known = np.isfinite(size.d_z)
    return {
        "d_z": size.d_z if known else np.nan,
        "d_z_low": low,
        "d_z_high": high,
        "hedges_g": size.hedges_g if known else np.nan,
        "rank_biserial": ranks.value,
        "rank_biserial_low": rank_low,
        "rank_biserial_high": rank_high,
        "p_greater": win_share(signs),
        "wins": signs.wins,
        "ties": signs.ties,
        "losses": signs.losses,
    }


def intervals(differences: Sequence[Array], *, labels: Labels) -> list[dict[str, float]]:
    """BCa intervals, all rows of a dataset on the same resamples: of E1, with clusters of d_z."""
    if not differences:
        return []
    d = np.column_stack(differences)  # [Q, K]
    mean = bootstrap_mean(d, labels, seed=SEED)
    bands = {"e1_ci_low": mean.low, "e1_ci_high": mean.high}
    if labels is not None:
        size = bootstrap_effect_size(d, labels, seed=SEED)
        bands |= {"d_z_low": size.low, "d_z_high": size.high}
    return [{name: float(ends[k]) for name, ends in bands.items()} for k in range(d.shape[1])]


def family_max_t(
    rows: pd.DataFrame, *, differences: Sequence[Array], labels: Mapping[str, Labels]
) -> pd.Series:
    """Query-blocked max-T, adjusted p of each row within its family; nan where p_t is.

    rows: dataset, family, p_t, one for each of differences. A query's sign is the same in all
    contrasts of its dataset; those of different datasets are independent.
    """
    adjusted = pd.Series(np.nan, index=rows.index)
    for family, members in rows[rows["p_t"].notna()].groupby("family", sort=False):
        blocks, codes = [], []
        for dataset in dict.fromkeys(members["dataset"]):
            here = (members["dataset"] == dataset).to_numpy()
            block = np.zeros((len(differences[members.index[here][0]]), len(members)))
            block[:, here] = np.column_stack([differences[i] for i in members.index[here]])
            blocks.append(block)
            units = labels[dataset] or range(len(block))
            codes += [f"{dataset}/{unit}" for unit in units]
        found = max_t(np.vstack(blocks), codes, seed=SEED, contrast=str(family))
        adjusted[members.index] = found.adjusted
    return adjusted

"""Summaries of each contrast over all datasets (estimand E3), and over splits of one collection.

They are computed from the rows of `maw.verdicts.decide` by the primary measure. Several datasets
may be random splits of one collection into training and test queries. Over all datasets, such a
collection counts as one dataset: only its first split is used. A further summary uses all of its
splits: Nadeau and Bengio's corrected resampled t-test.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import pandas as pd

from maw.settings.plan import Analysis
from maw.significance import (
    Flag,
    Reason,
    one_sided_pvalue,
    random_effects,
    replicability,
    resplit_test,
)

DATASETS = [
    "across", "system", "baseline", "measure", "role", "method", "n", "difference", "ci_low",
    "ci_high", "p", "df", "tau2", "i_squared", "p_heterogeneity", "prediction_low",
    "prediction_high", "k_better", "k_better_independent", "reason", "note",
]  # fmt: skip
NO_DATASET = Flag(
    Reason.FEW_DATASETS, "no dataset on which the contrast is estimable: nothing to count", True
)


@dataclass(frozen=True, slots=True)
class Resplits:
    """Datasets that are repeated random splits of one collection into training and test queries.

    collection: its name. datasets: the names of the splits; the first one represents the collection
    in summaries over all datasets. n_train, n_test: number of queries in a split's training part
    and test part, or their shares; only n_test/n_train counts.
    """

    collection: str
    datasets: tuple[str, ...]
    n_train: float
    n_test: float


def across(
    compared: pd.DataFrame, *, plan: Analysis, resplits: Sequence[Resplits] = ()
) -> pd.DataFrame:
    """Return for each contrast a row over all datasets, and a row for each entry of `resplits`.

    compared: rows of `maw.verdicts.decide`. The list DATASETS names the result's columns.
    difference, ci_*, p: mean difference over datasets like these (random effects by REML,
    Hartung-Knapp interval), or over the splits of one collection (Nadeau and Bengio's corrected
    t-test). prediction_*: interval of the difference on one more dataset. All intervals are 95 %.
    k_better: Dror's k̂, the number of datasets on which the system is shown to be better, by
    Bonferroni, one-sided at α; k_better_independent: k̂ by Fisher, which is valid for independent
    datasets only. Rows over splits have no tau2, i_squared, p_heterogeneity, prediction_* and k̂.
    Any other number that cannot be computed is nan, and `reason` says why. No row decides a
    verdict.
    """
    repeats = {name for collection in resplits for name in collection.datasets[1:]}
    rows: list[dict[str, object]] = []
    of_primary = compared[compared["measure"] == plan.primary]
    for pair in plan.contrasts:
        contrast = of_primary[
            (of_primary["system"] == pair.system) & (of_primary["baseline"] == pair.baseline)
        ]
        key: dict[str, object] = {
            "system": pair.system,
            "baseline": pair.baseline,
            "measure": plan.primary,
            "role": pair.role,
        }
        apart = contrast[~contrast["dataset"].isin(repeats)]
        rows.append(key | _over_datasets(apart, alpha=plan.alpha))
        rows += [key | _over_splits(contrast, collection) for collection in resplits]
    return pd.DataFrame(rows, columns=DATASETS)


def _over_datasets(contrast: pd.DataFrame, *, alpha: float) -> dict[str, object]:
    """Return a contrast's row over all datasets, as column name -> value.

    contrast: its row on each dataset. Datasets on which it is not estimable are left out.
    """
    usable = contrast[contrast["reason"] == ""]
    left_out = sorted(set(contrast["dataset"]) - set(usable["dataset"]))
    pooled = random_effects(usable["difference"], usable["se"] ** 2)
    low, high = pooled.confidence_interval()
    prediction = pooled.prediction_interval()
    flags = pooled.flags
    k = k_independent = nan
    if len(usable):
        p_better = [
            one_sided_pvalue(p, estimate=d)
            for p, d in zip(usable["p"], usable["difference"], strict=True)
        ]
        counts = replicability(p_better, alpha=alpha)
        k, k_independent = float(counts.k_bonferroni), float(counts.k_fisher)
        flags += () if pooled.flags else counts.flags  # with one dataset both flags say the same
    else:
        flags += (NO_DATASET,)
    notes = [f"not estimable on {', '.join(left_out)}, left out"] if left_out else []
    return {
        "across": "datasets",
        "method": "random effects",
        "n": len(usable),
        "difference": pooled.mean,
        "ci_low": low,
        "ci_high": high,
        "p": pooled.pvalue,
        "df": pooled.df,
        "tau2": pooled.tau2,
        "i_squared": pooled.i_squared,
        "p_heterogeneity": pooled.pvalue_heterogeneity,
        "prediction_low": prediction.low,
        "prediction_high": prediction.high,
        "k_better": k,
        "k_better_independent": k_independent,
        **_reason_and_note(flags, notes),
    }


def _over_splits(contrast: pd.DataFrame, resplits: Resplits) -> dict[str, object]:
    """Return a contrast's row over the splits of one collection, as column name -> value.

    The test is Nadeau and Bengio's corrected resampled t-test of the splits' differences. contrast:
    its rows on all datasets. Each split of the collection is a dataset of its own; only the rows on
    these datasets are used.
    """
    usable = contrast[contrast["dataset"].isin(resplits.datasets)]
    test = resplit_test(usable["difference"], n_train=resplits.n_train, n_test=resplits.n_test)
    low, high = test.confidence_interval()
    return {
        "across": f"splits of {resplits.collection}",
        "method": "corrected resampled t",
        "n": test.n_splits,
        "difference": test.mean,
        "ci_low": low,
        "ci_high": high,
        "p": test.pvalue,
        "df": test.df,
        **_reason_and_note(test.flags, []),
    }


def _reason_and_note(flags: Sequence[Flag], notes: Sequence[str]) -> dict[str, object]:
    reasons = dict.fromkeys(flag.reason.value for flag in flags if flag.blocks)
    return {"reason": ";".join(reasons), "note": "; ".join([*notes, *map(str, flags)])}

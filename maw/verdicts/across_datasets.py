"""Does it hold across datasets, E3, and across splits of one?

From the rows of `analysis.compare` on the primary measure. Datasets that differ in their split
alone are no further datasets: the first of them counts, and all together are J resplits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import pandas as pd

from maw.settings.plan import Analysis
from maw.significance import (
    Flag,
    Reason,
    one_sided,
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
    """Datasets that are repeated splits of one collection; n_*: shares or counts of queries."""

    collection: str
    datasets: tuple[str, ...]
    n_train: float
    n_test: float


def across(
    compared: pd.DataFrame, *, plan: Analysis, resplits: Sequence[Resplits] = ()
) -> pd.DataFrame:
    """A row per contrast over all datasets, and one per contrast and collection split repeatedly.

    difference, ci_*, p: of the mean over datasets like these (REML, Hartung-Knapp), prediction_*:
    of one further dataset; all 95 %. k_better: Dror's k̂, datasets on which the system is better,
    Bonferroni, one-sided at α; *_independent: by Fisher, right for independent datasets only. Of
    resplits: Nadeau and Bengio's corrected test. Nothing of it decides. Empty with its reason.
    """
    repeats = {name for one in resplits for name in one.datasets[1:]}
    rows: list[dict[str, object]] = []
    here = compared[compared["measure"] == plan.primary]
    for pair in plan.contrasts:
        found = here[(here["system"] == pair.system) & (here["baseline"] == pair.baseline)]
        kept: dict[str, object] = {
            "system": pair.system,
            "baseline": pair.baseline,
            "measure": plan.primary,
            "role": pair.role,
        }
        others = found[~found["dataset"].isin(repeats)]
        rows.append(kept | _over_datasets(others, alpha=plan.alpha))
        rows += [kept | _over_splits(found, one) for one in resplits]
    return pd.DataFrame(rows, columns=DATASETS)


def _over_datasets(found: pd.DataFrame, *, alpha: float) -> dict[str, object]:
    usable = found[found["reason"] == ""]
    left_out = sorted(set(found["dataset"]) - set(usable["dataset"]))
    pooled = random_effects(usable["difference"], usable["se"] ** 2)
    low, high = pooled.confidence_interval()
    prediction = pooled.prediction_interval()
    flags = pooled.flags
    k = k_independent = nan
    if len(usable):
        better = [
            one_sided(p, estimate=d) for p, d in zip(usable["p"], usable["difference"], strict=True)
        ]
        counted = replicability(better, alpha=alpha)
        k, k_independent = float(counted.k_bonferroni), float(counted.k_fisher)
        flags += () if pooled.flags else counted.flags  # one dataset: said already
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
        **_told(flags, notes),
    }


def _over_splits(found: pd.DataFrame, resplits: Resplits) -> dict[str, object]:
    usable = found[found["dataset"].isin(resplits.datasets)]
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
        **_told(test.flags, []),
    }


def _told(flags: Sequence[Flag], notes: Sequence[str]) -> Mapping[str, object]:
    reasons = dict.fromkeys(flag.reason.value for flag in flags if flag.blocks)
    return {"reason": ";".join(reasons), "note": "; ".join([*notes, *map(str, flags)])}

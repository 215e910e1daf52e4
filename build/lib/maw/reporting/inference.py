"""The statistical tables that are on the page of a suite and on the page of `maw compare`.

The table of contrasts (a system against a baseline) shows the p-value that decides each; the
appendix shows all p-values of each contrast. E1 is about these trained models on new queries, E2
about new queries and new training seeds, E3 about new datasets.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from maw.reporting.frames import ComparisonFrames
from maw.reporting.tables import rows_of, verdicts
from maw.reporting.wording import bare_p, detectable, intervals, number, signed, span
from maw.settings.plan import Analysis

PVALUES = {
    "p": "p", "p_holm": "Holm", "p_bonferroni": "Bonferroni", "p_bh": "BH", "p_by": "BY",
    "p_satterthwaite": "Satterthwaite", "p_t": "t (E1)", "p_sign_flip": "sign flips (E1)",
    "p_max_t": "max-T (E1)",
    "p_wilcoxon": "Wilcoxon (E1)", "p_pratt": "Pratt (E1)", "p_sign": "signs (E1)",
    "p_mcnemar": "McNemar (E1)",
}  # fmt: skip


def content(frames: ComparisonFrames, *, plan: Analysis) -> dict[str, Any]:
    """Return the tables by their names in the templates; None for a table that does not apply.

    The spread of scores and the pairs of single runs have a table where a system has several seeds.
    """
    compared, primary = frames.comparisons, plan.primary
    several_seeds = frames.components["n_seeds"].max() > 1
    single = single_pairs(frames.seeds, alpha=plan.alpha) if several_seeds else None
    return {
        "contrasts": rows_of(verdicts(compared, primary=primary)),
        "effects": rows_of(effects(compared, primary=primary)),
        "spread": rows_of(spread(frames.components)) if several_seeds else None,
        "planning": rows_of(planning(frames.prospects, sesoi=plan.sesoi)),
        "across": rows_of(across(frames.across)),
        "seeds": None if single is None else rows_of(single),
        "others": _with_rows_of_csv(compared, primary=primary),
    }


def effects(compared: pd.DataFrame, *, primary: str) -> pd.DataFrame:
    """Return a table of each contrast's wins, ties, losses and effect sizes by the primary measure.

    A query is won where the system's mean over seeds is higher than the baseline's. The last column
    is the 95 % interval of the difference of these trained models (E1).
    """
    rows = compared[compared["measure"] == primary]
    return _names(rows).assign(
        **{
            "Wins": rows["wins"],
            "Ties": rows["ties"],
            "Losses": rows["losses"],
            "P(win) + ½ P(tie)": rows["p_greater"].map(number),
            "Relative": [
                "–" if pd.isna(x) else f"{x:+.1%}".replace("-", "−") for x in rows["relative"]
            ],
            "d_z": _spans(rows, "d_z"),
            "Hedges g": rows["hedges_g"].map(lambda g: signed(g, 3)),
            "Rank-biserial": _spans(rows, "rank_biserial"),
            "E1 interval (BCa)": intervals(rows, "e1_ci_low", "e1_ci_high"),
        }
    )


def spread(components: pd.DataFrame) -> pd.DataFrame:
    """Return each system's standard deviations over queries, over seeds, and of the error.

    They are the square roots of the variance components and of the ends of their 95 % intervals; a
    component below 0 counts as 0. components: columns of `maw.verdicts.prospects.COMPONENTS`. The
    last column says why a number is missing; it is there only where one is.
    """
    roots = components.copy()
    parts = {"query": "query", "seed": "seed", "error": "the rest"}
    columns = [f"{part}{end}" for part in parts for end in ("", "_low", "_high")]
    for column in columns:
        roots[column] = np.sqrt(components[column].clip(lower=0))
    shown = pd.DataFrame(
        {
            "Dataset": roots["dataset"],
            "System": roots["system"],
            "Seeds": roots["n_seeds"],
            **{f"SD of {name}": _spans(roots, part, digits=4) for part, name in parts.items()},
        }
    )
    if roots["reason"].ne("").any():
        shown["Not estimable"] = roots["reason"].where(roots["reason"] != "", "–")
    return shown


def planning(prospects: pd.DataFrame, *, sesoi: float | None) -> pd.DataFrame:
    """Return the lead over each control that could be detected as it is, and with more data.

    A row is a control of a claim as it is, with more seeds, or with more queries. A range in
    brackets shows the smallest and largest result with the seeds' variance as estimated and at both
    ends of its 95 % interval. prospects: columns of `maw.verdicts.prospects.PROSPECTS`. With a
    sesoi, the smallest effect size of interest, two columns are added: the chance to find a lead of
    that size, and the chance of the verdict “equivalent” if there is no difference.
    """
    n_seeds = prospects[["n_seeds", "n_seeds_baseline"]]
    shown = _names(prospects).assign(
        **{
            **({"Claim": prospects["claim"]} if prospects["claim"].nunique() > 1 else {}),
            "Plan": prospects["plan"].where(
                prospects["reason"] == "", "not estimable: " + prospects["reason"]
            ),
            "Queries": [number(n, 0) for n in prospects["n_queries"]],
            "Seeds": [f"{number(a, 0)} / {number(b, 0)}" for a, b in n_seeds.to_numpy()],
            "Half of the bar": [number(h, 4) for h in prospects["half_width"]],
            "Detectable": _spans(prospects, "mde", show=detectable),
        }
    )
    if sesoi is not None:
        shown[f"P(found | {sesoi:g})"] = [number(p, 2) for p in prospects["power_at_sesoi"]]
        shown["P(equivalent | 0)"] = _spans(prospects, "p_equivalent", digits=2)
    return shown


def across(datasets: pd.DataFrame) -> pd.DataFrame:
    """Return each contrast's mean difference over datasets (E3), or over splits of one dataset.

    datasets: columns of `maw.verdicts.across_datasets.DATASETS`. The column Note says why a result
    is missing.
    """
    return _names(datasets, dataset=False).assign(
        **{
            "Over": [_counted(n, noun) for n, noun in datasets[["n", "across"]].to_numpy()],
            "Mean difference": datasets["difference"].map(signed),
            "95 % interval": intervals(datasets, "ci_low", "ci_high"),
            "On a further dataset": intervals(datasets, "prediction_low", "prediction_high"),
            "I²": ["–" if pd.isna(x) else f"{x:.0%}" for x in datasets["i_squared"]],
            "p (E3)": datasets["p"].map(bare_p),
            "Better on at least": [number(k, 0) for k in datasets["k_better"]],
            "Note": datasets["note"].where(datasets["note"] != "", "–"),
        }
    )


def single_pairs(seeds: pd.DataFrame, *, alpha: float) -> pd.DataFrame:
    """Return a row for each contrast: how many pairs of its runs test as better or worse.

    A pair is one run of the system and one of the baseline, tested alone at level alpha; where
    seeds are shared, both have the same seed. seeds: a row for each pair, columns of
    `maw.verdicts.per_seed.SEEDS`.
    """
    rows = []
    for key, pairs in seeds.groupby(["dataset", "system", "baseline"], sort=False):
        significant = pairs["p"] < alpha
        rows.append(
            {
                **dict(zip(("Dataset", "System", "Baseline"), key, strict=True)),
                "Pairs": len(pairs),
                "Differences": span(pairs["difference"].min(), pairs["difference"].max()),
                f"Better at p < {alpha:g}": int((significant & (pairs["difference"] > 0)).sum()),
                f"Worse at p < {alpha:g}": int((significant & (pairs["difference"] < 0)).sum()),
                "Smallest p": bare_p(pairs["p"].min()),
                "Largest p": bare_p(pairs["p"].max()),
            }
        )
    return pd.DataFrame(rows)


def _with_rows_of_csv(compared: pd.DataFrame, *, primary: str) -> dict[str, Any]:
    """Return the table of every test; each row has its number in `comparisons.csv`, from 1."""
    by_primary = (compared["measure"] == primary).to_numpy()
    numbers = [number for number, shown in enumerate(by_primary, start=1) if shown]
    return rows_of(every_test(compared[by_primary]), ids=numbers)


def every_test(compared: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the appendix: each contrast with all its p-values, a column for each.

    A column without a p-value is left out.
    """
    shown = compared[["dataset", "system", "baseline", "measure", "estimand"]].assign(
        verdict=compared["word"],
        difference=compared["difference"].map(signed),
        interval=intervals(compared, "ci_low", "ci_high"),
    )
    shown = shown.rename(columns=str.capitalize)
    for column, head in PVALUES.items():
        if compared[column].notna().any():
            shown[head] = compared[column].map(bare_p)
    why = compared["reason"].where(compared["reason"] != "", compared["cautions"])
    shown["Reason or caution"] = why.where(why != "", "–").str.replace(";", "; ")
    return shown


def _counted(n: int, noun: str) -> str:
    """Return a count with its noun: `1 dataset`, `3 datasets` or `3 splits of pydocs`."""
    return f"{n} {noun.replace('datasets', 'dataset') if n == 1 else noun}"


def _names(rows: pd.DataFrame, *, dataset: bool = True) -> pd.DataFrame:
    """Return the columns that name a contrast, with the heads Dataset, System and Baseline.

    dataset: False leaves out the first column.
    """
    names = ["dataset", "system", "baseline"] if dataset else ["system", "baseline"]
    return rows[names].rename(columns=str.capitalize)


def _spans(
    rows: pd.DataFrame, name: str, *, digits: int = 3, show: Callable[[Any, int], str] = number
) -> list[str]:
    """Return each row's number, and its range in brackets: `0.016 (0.014 to 0.021)`.

    The number is in the column `name`, its range in `name_low` and `name_high`. A range that is
    missing or has equal ends is left out. show: the function that writes one number.
    """
    columns = (rows[name], rows[f"{name}_low"], rows[f"{name}_high"])
    return [
        show(value, digits)
        + ("" if pd.isna(low) or low == high else f" ({span(low, high, digits, show)})")
        for value, low, high in zip(*columns, strict=True)
    ]

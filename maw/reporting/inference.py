"""What the page shows of the statistics: tables and sentences that a suite and `maw compare` share.

Frames of `analysis`, `planning`, `across` and `per_seed` in, what people read out. One p-value per
contrast stands on the first screen, all others in an appendix.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from maw.reporting.tables import claims, rows_of, verdicts
from maw.reporting.wording import (
    bare_p,
    detectable,
    estimand,
    interval,
    number,
    sentence,
    signed,
    span,
)
from maw.verdicts.prospects import AS_IT_IS, TOGETHER

PVALUES = {
    "p": "p", "p_holm": "Holm", "p_bonferroni": "Bonferroni", "p_bh": "BH", "p_by": "BY",
    "p_tost": "TOST", "p_t": "t (E1)", "p_sign_flip": "sign flips (E1)", "p_max_t": "max-T (E1)",
    "p_wilcoxon": "Wilcoxon (E1)", "p_pratt": "Pratt (E1)", "p_sign": "signs (E1)",
    "p_mcnemar": "McNemar (E1)",
}  # fmt: skip


def content(
    frames: Mapping[str, pd.DataFrame], *, primary: str, sesoi: float | None, alpha: float
) -> dict[str, Any]:
    """For the template. frames: comparisons, claims, components, prospects, datasets, seeds."""
    compared = frames["comparisons"]
    several = frames["components"]["n_seeds"].max() > 1
    named = claims(frames["claims"])
    return {
        "named": None if named is None else rows_of(named),
        "contrasts": rows_of(contrasts(compared, primary=primary)),
        "effects": rows_of(effects(compared, primary=primary)),
        "spread": rows_of(spread(frames["components"])) if several else None,
        "planning": rows_of(planning(frames["prospects"], sesoi=sesoi)),
        "across": rows_of(across(frames["datasets"])),
        "seeds": rows_of(single_pairs(frames["seeds"], alpha=alpha)) if several else None,
        "others": rows_of(every_test(compared)),
        "together": TOGETHER,
    }


def claim(
    row: Mapping[str, Any], prospects: pd.DataFrame, *, sesoi: float | None
) -> dict[str, Any]:
    """The first screen on one claim, but for its price."""
    return {
        "row": dict(row),
        "sentence": sentence(row, sesoi=sesoi),
        "interval": interval(row["ci_low"], row["ci_high"]),
        "estimand": estimand(row),
        "notes": [note for note in str(row["note"]).split("; ") if note],
        "signs": first_ranks(row),
        "more": more_would_buy(row, prospects),
    }


def first_ranks(row: Mapping[str, Any]) -> str:
    """With a reciprocal rank as primary: how often the first relevant document stood higher."""
    if not str(row["measure"]).startswith(("RR", "MRR")):
        return ""
    return (
        f"The first relevant document stands higher on {row['wins']} queries, lower on "
        f"{row['losses']}, as high on {row['ties']} (mean reciprocal rank over seeds); the sign "
        "test is in the appendix."
    )


def more_would_buy(row: Mapping[str, Any], prospects: pd.DataFrame) -> str:
    """`Detectable: 0.016 as it is (0.014 to 0.021 …); 0.015 with 5 more seeds, …`"""
    keys = ["dataset", "system", "baseline"]
    mine = prospects[(prospects[keys] == [row[key] for key in keys]).all(axis=1)]
    planned = mine[mine["mde"].notna()]
    if planned.empty:
        return "Nothing can be planned from what is not estimable."
    now, later = planned.iloc[0], planned.iloc[1:]
    told = f"Detectable: {detectable(now['mde'])} {AS_IT_IS}"
    if now["mde_low"] < now["mde_high"]:
        reach = span(now["mde_low"], now["mde_high"], show=detectable)
        told += f" ({reach}, so little is known of the seeds' variance)"
    told += "".join(f"; {detectable(p.mde)} with {p.plan}" for p in later.itertuples()) + "."
    if planned["p_equivalent"].notna().any():
        told += _chances(planned)
    if TOGETHER in str(now["note"]):
        told += f" {TOGETHER.capitalize()}."
    return told


def _chances(planned: pd.DataFrame) -> str:
    """Of "equivalent", were there no difference, under each plan."""
    if planned["p_equivalent"].max() < 0.005:
        return " “Equivalent” would be out of reach of each of them."
    first, *others = planned.itertuples()
    told = [f"{number(first.p_equivalent, 2)} {AS_IT_IS}"]
    told += [f"{number(plan.p_equivalent, 2)} with {plan.plan}" for plan in others]
    return " Chance of “equivalent”, were there no difference: " + "; ".join(told) + "."


def contrasts(compared: pd.DataFrame, *, primary: str) -> pd.DataFrame:
    """The verdicts, with the simultaneous interval beside the unadjusted one."""
    shown = verdicts(compared, primary=primary)
    rows = compared[compared["measure"] == primary]
    both = _intervals(rows, "ci_low_simultaneous", "ci_high_simultaneous")
    shown.insert(shown.columns.get_loc("95 % interval") + 1, "Simultaneous interval", both)
    return shown


def effects(compared: pd.DataFrame, *, primary: str) -> pd.DataFrame:
    """Wins, ties, losses and sizes of every contrast by the primary measure."""
    rows = compared[compared["measure"] == primary]
    return _of_contrast(rows).assign(
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
            "E1 interval (BCa)": _intervals(rows, "e1_ci_low", "e1_ci_high"),
        }
    )


def spread(components: pd.DataFrame) -> pd.DataFrame:
    """Standard deviations, with intervals: roots of the variances in the file, cut at 0."""
    roots = components.copy()
    parts = ("query", "seed", "error")
    columns = [f"{part}{end}" for part in parts for end in ("", "_low", "_high")]
    for column in [*columns, "seed_limit_80"]:
        roots[column] = np.sqrt(components[column].clip(lower=0))
    shown = {f"SD of {part}": _spans(roots, part, digits=4) for part in parts}
    return pd.DataFrame(
        {
            "Dataset": roots["dataset"],
            "System": roots["system"],
            "Seeds": roots["n_seeds"],
            "Independent queries": roots["n_clusters"],
            **{name.replace("error", "the rest"): cells for name, cells in shown.items()},
            "80 % limit of seed": roots["seed_limit_80"].map(lambda x: number(x, 4)),
            "Not estimable": roots["reason"].where(roots["reason"] != "", "–"),
        }
    )


def planning(prospects: pd.DataFrame, *, sesoi: float | None) -> pd.DataFrame:
    """What each contrast could find, now and with more; ranges: the seeds' variance at its ends."""
    n_seeds = prospects[["n_seeds", "n_seeds_baseline"]]
    shown = _of_contrast(prospects).assign(
        **{
            "Plan": prospects["plan"].where(
                prospects["reason"] == "", "not estimable: " + prospects["reason"]
            ),
            "Queries": [number(n, 0) for n in prospects["n_queries"]],
            "Seeds": [f"{number(a, 0)} / {number(b, 0)}" for a, b in n_seeds.to_numpy()],
            "df": [number(df, 1) for df in prospects["df"]],
            "Detectable": _spans(prospects, "mde", show=detectable),
        }
    )
    if sesoi is not None:
        shown[f"P(found | ±{sesoi:g})"] = [number(p, 2) for p in prospects["power_at_sesoi"]]
        shown["P(equivalent | 0)"] = _spans(prospects, "p_equivalent", digits=2)
    together = prospects["note"].str.contains(TOGETHER, regex=False)
    shown["Plan"] = shown["Plan"] + together.map({True: " *", False: ""})
    return shown


def across(datasets: pd.DataFrame) -> pd.DataFrame:
    """E3 of every contrast; what is not estimable says why."""
    return _of_contrast(datasets, dataset=False).assign(
        **{
            "Over": [_counted(n, what) for n, what in datasets[["n", "across"]].to_numpy()],
            "Mean difference": datasets["difference"].map(signed),
            "95 % interval": _intervals(datasets, "ci_low", "ci_high"),
            "On a further dataset": _intervals(datasets, "prediction_low", "prediction_high"),
            "I²": ["–" if pd.isna(x) else f"{x:.0%}" for x in datasets["i_squared"]],
            "p (E3)": datasets["p"].map(bare_p),
            "Better on at least": [number(k, 0) for k in datasets["k_better"]],
            "Note": datasets["note"].where(datasets["note"] != "", "–"),
        }
    )


def single_pairs(seeds: pd.DataFrame, *, alpha: float) -> pd.DataFrame:
    """Of each contrast: how many single pairs of checkpoints would have been called what."""
    rows = []
    for key, pairs in seeds.groupby(["dataset", "system", "baseline"], sort=False):
        found = pairs["p"] < alpha
        rows.append(
            {
                **dict(zip(("Dataset", "System", "Baseline"), key, strict=True)),
                "Pairs": len(pairs),
                "Differences": span(pairs["difference"].min(), pairs["difference"].max()),
                f"Better at p < {alpha:g}": int((found & (pairs["difference"] > 0)).sum()),
                f"Worse at p < {alpha:g}": int((found & (pairs["difference"] < 0)).sum()),
                "Smallest p": bare_p(pairs["p"].min()),
                "Largest p": bare_p(pairs["p"].max()),
            }
        )
    return pd.DataFrame(rows)


def every_test(compared: pd.DataFrame) -> pd.DataFrame:
    """The appendix: every contrast and measure, all p-values, nothing of it in a headline."""
    shown = compared[["dataset", "system", "baseline", "measure", "estimand"]].assign(
        verdict=compared["verdict"],
        difference=compared["difference"].map(signed),
        interval=_intervals(compared, "ci_low", "ci_high"),
    )
    shown = shown.rename(columns=str.capitalize)
    for name, told in PVALUES.items():
        shown[told] = compared[name].map(bare_p)
    why = compared["reason"].where(compared["reason"] != "", compared["cautions"])
    shown["Reason or caution"] = why.where(why != "", "–").str.replace(";", "; ")
    shown["CSV row"] = range(2, len(compared) + 2)
    return shown


def _counted(n: int, what: str) -> str:
    """`1 dataset`, `3 splits of pydocs`."""
    return f"{n} {what.replace('datasets', 'dataset') if n == 1 else what}"


def _of_contrast(rows: pd.DataFrame, *, dataset: bool = True) -> pd.DataFrame:
    names = ["dataset", "system", "baseline"] if dataset else ["system", "baseline"]
    return rows[names].rename(columns=str.capitalize)


def _intervals(rows: pd.DataFrame, low: str, high: str) -> list[str]:
    return [interval(a, b) for a, b in zip(rows[low], rows[high], strict=True)]


def _spans(
    rows: pd.DataFrame, name: str, *, digits: int = 3, show: Callable[[Any, int], str] = number
) -> list[str]:
    """`0.016 (0.014 to 0.021)` of name, name_low and name_high."""
    columns = (rows[name], rows[f"{name}_low"], rows[f"{name}_high"])
    return [
        show(value, digits)
        + ("" if pd.isna(low) or low == high else f" ({span(low, high, digits, show)})")
        for value, low, high in zip(*columns, strict=True)
    ]

"""The ablations on the page: a table for each factor, and a table for each sweep.

A factor is a part of the method of which a suite compares several settings. A sweep tries values of
one option of a system on development queries.
"""

from typing import Any

import pandas as pd

from maw.reporting.source.source_numbers import source_numbers
from maw.reporting.tables import rows_of
from maw.reporting.wording import bare_p, intervals, number, signed


def content(ablations: pd.DataFrame | None, sweeps: pd.DataFrame | None) -> dict[str, Any] | None:
    """Return the ablations as the page's template reads them; None for a suite without ablations.

    ablations, sweeps: columns `COLUMNS` and `SWEPT` of `maw.verdicts.ablations`.
    """
    if ablations is None or sweeps is None:
        return None
    least = ablations["flops_per_step"].min()
    factors = ablations.groupby(["dataset", "factor"], sort=False)
    swept = sweeps.groupby(["dataset", "sweep"], sort=False)
    return {
        "factors": [
            {"name": f"{factor}, {dataset}", "table": rows_of(settings(rows, least=least))}
            for (dataset, factor), rows in factors
        ],
        "sweeps": [
            {
                "name": f"{name} of {rows['system'].iloc[0]}, {dataset}",
                "table": rows_of(values(rows)),
                "best": best(rows),
            }
            for (dataset, name), rows in swept
        ],
        "place": source_numbers().place,
    }


def settings(rows: pd.DataFrame, *, least: float) -> pd.DataFrame:
    """Return the table of one factor: a row for each setting with score, contrast and costs.

    rows: the factor's rows on one dataset. least: FLOPs of a training step of the cheapest setting
    of all factors, by which all FLOPs are divided. A column without an entry is left out if it is
    the GPU time, or the score or the compute that the method's source claims.
    """
    table = pd.DataFrame(
        {
            "Setting": rows["setting"],
            "System": rows["system"],
            "Mean": rows["mean"].map(number),
            "Against": rows["baseline"].fillna("–"),
            "Difference": rows["difference"].map(signed),
            "BH": rows["p_bh"].map(bare_p),
            "FCR interval": intervals(rows, "fcr_low", "fcr_high"),
            "FLOPs": (rows["flops_per_step"] / least).map(_times),
            "Weights": (rows["trained_parameters"] / 1e6).map(_millions),
            "CPU ms a text": rows["encode_ms_per_text"].map(number),
        }
    )
    if rows["encode_gpu_ms_per_text"].notna().any():
        table["GPU ms a text"] = rows["encode_gpu_ms_per_text"].map(number)
    if rows["source_score"].notna().any():
        table["Source claims"] = rows["source_score"].map(number)
    if rows["source_compute"].notna().any():
        table["at compute"] = rows["source_compute"].map(_times)
    return table


def values(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of one sweep: a row for each value, a column for each learning rate.

    The cells are development scores; * marks the best one. rows: the sweep's rows on one dataset.
    """
    shown = rows.assign(
        dev=[
            f"{number(score)} *" if is_best else number(score)
            for score, is_best in zip(rows["dev"], rows["best"], strict=True)
        ],
        head=[f"at {learning_rate:g}" for learning_rate in rows["learning_rate"]],
        value=[f"{value:g}" for value in rows["value"]],
    )
    table = shown.pivot(index="value", columns="head", values="dev")
    table = table.loc[shown["value"].unique(), shown["head"].unique()]
    return table.rename_axis(rows["option"].iloc[0]).rename_axis(columns=None).reset_index()


def best(rows: pd.DataFrame) -> str:
    """Return a sentence on the best and the worst value of a sweep by development score.

    A value's score is that at its best learning rate. rows: the sweep's rows on one dataset.
    """
    top = rows[rows["best"]].iloc[0]
    worst = rows.groupby("value")["dev"].max().min()
    return (
        f"Development queries prefer {top['option']} {top['value']:g} ({number(top['dev'])}); the "
        f"worst value, at its best learning rate, has {number(worst)}. "
        "Each is one run with the tuning seed."
    )


def _times(ratio: float) -> str:
    return "–" if pd.isna(ratio) else f"{ratio:.2f}×"


def _millions(count: float) -> str:
    return "–" if pd.isna(count) else f"{count:.2f} M"

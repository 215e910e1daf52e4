"""The ablations on the page: a table a factor with its costs, and what was swept on dev queries."""

from typing import Any

import pandas as pd

from maw.reporting.tables import rows_of
from maw.reporting.wording import bare_p, interval, number, signed
from maw.settings.packaged import packaged


def content(found: pd.DataFrame | None, swept: pd.DataFrame | None) -> dict[str, Any] | None:
    """What the template shows; None for a suite without ablations."""
    if found is None or swept is None:
        return None
    least = found["flops_per_step"].min()
    groups = found.groupby(["dataset", "factor"], sort=False)
    sweeps = swept.groupby(["dataset", "sweep"], sort=False)
    return {
        "factors": [
            {"name": f"{factor}, {dataset}", "table": rows_of(settings(rows, least=least))}
            for (dataset, factor), rows in groups
        ],
        "sweeps": [
            {
                "name": f"{name} of {rows['system'].iloc[0]}, {dataset}",
                "table": rows_of(values(rows)),
                "told": best(rows),
            }
            for (dataset, name), rows in sweeps
        ],
        "place": packaged("source_claims")["place"],
    }


def settings(rows: pd.DataFrame, *, least: float) -> pd.DataFrame:
    """One factor as people read it. least: FLOPs of a training step of the cheapest setting."""
    table = pd.DataFrame(
        {
            "Setting": rows["setting"],
            "System": rows["system"],
            "Mean": rows["mean"].map(number),
            "Against": rows["baseline"].fillna("–"),
            "Difference": rows["difference"].map(signed),
            "95 % interval": [
                interval(low, high)
                for low, high in zip(rows["ci_low"], rows["ci_high"], strict=True)
            ],
            "Holm": rows["p_holm"].where(rows["verdict"] != "reference").map(bare_p),
            "Verdict": rows["verdict"].fillna("–"),
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
    """A row a value, a column a learning rate; * marks the best."""
    shown = rows.assign(
        dev=[
            f"{number(dev)} *" if mark else number(dev)
            for dev, mark in zip(rows["dev"], rows["best"], strict=True)
        ],
        rate=[f"at {rate:g}" for rate in rows["learning_rate"]],
        value=[f"{value:g}" for value in rows["value"]],
    )
    table = shown.pivot(index="value", columns="rate", values="dev")
    table = table.loc[shown["value"].unique(), shown["rate"].unique()]
    return table.rename_axis(rows["option"].iloc[0]).rename_axis(columns=None).reset_index()


def best(rows: pd.DataFrame) -> str:
    """Which value development queries prefer, and by how much over the worst."""
    top = rows[rows["best"]].iloc[0]
    worst = rows.groupby("value")["dev"].max().min()
    return (
        f"Development queries prefer {top['option']} {top['value']:g} ({number(top['dev'])}); the "
        f"worst value, at its best rate, has {number(worst)}. One run each, with the tuning seed."
    )


def _times(ratio: float) -> str:
    return "–" if pd.isna(ratio) else f"{ratio:.2f}×"


def _millions(count: float) -> str:
    return "–" if pd.isna(count) else f"{count:.2f} M"

"""The costs of the runs, by the clock of the device that did the work, as ratios and in rows."""

import pandas as pd

from maw.reporting import wording
from maw.verdicts import costs


def price(runs: pd.DataFrame, system: str, baseline: str, *, dataset: str) -> dict[str, float]:
    """Return what a system costs as ratios to its baseline, of means over seeds.

    An entry is missing where one of the two was not measured by the same clock.
    """
    columns = {
        "training time": costs.TRAINING,
        "trained weights": ("trained_parameters",),
        "encoding speed": costs.ENCODING,
    }
    of_dataset = costs.by_clock(runs[runs["dataset"] == dataset])
    priced = [column for clocks in columns.values() for column in clocks]
    means = of_dataset.reindex(columns=["system", *priced]).groupby("system").mean()
    if not {system, baseline} <= set(means.index):
        return {}
    ratios = means.loc[system] / means.loc[baseline]
    return {
        name: float(ratios[column])
        for name, clocks in columns.items()
        for column in clocks
        if pd.notna(ratios[column])
    }


def run_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return a row per run: how it was trained, what it cost, on which device.

    Columns in seconds of a GPU are left out of a suite that no GPU worked for.
    """
    heads = {
        "dataset": "Dataset",
        "system": "System",
        "seed": "Seed",
        "learning_rate": "Learning rate",
        "steps": "Steps",
        "train_cpu_seconds": "Training, CPU s",
        "train_gpu_seconds_alone": "Training, GPU s",
        "trained_parameters": "Trained weights",
        "encode_texts_per_second": "Texts per CPU s",
        "encode_texts_per_gpu_second_alone": "Texts per GPU s",
        "device": "Device",
    }
    rows = costs.by_clock(runs)
    for _, of_gpu in (costs.TRAINING, costs.ENCODING):
        if rows[of_gpu].isna().all():
            del heads[of_gpu]
    shown = rows.reindex(columns=list(heads)).rename(columns=heads)
    for column in shown.select_dtypes("number"):
        shown[column] = shown[column].map(wording.quantity)
    return shown.fillna("–")

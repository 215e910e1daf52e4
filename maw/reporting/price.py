"""The costs of the runs: ratios of a system to its baseline, and a table of all runs.

Times are processor seconds, or GPU seconds where a GPU did the work.
"""

import pandas as pd

from maw.reporting import wording
from maw.verdicts import costs


def price(runs: pd.DataFrame, system: str, baseline: str, *, dataset: str) -> dict[str, float]:
    """Return name of a cost -> the system's mean over seeds divided by its baseline's mean.

    The costs are training time, trained weights and encoding speed. Time and speed are compared on
    the GPU where both systems have values for it, else on the processor. A cost for which one of
    the two has no value there is left out. The dictionary is empty where the system or the baseline
    has no run on the dataset.
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
    """Return a row for each run: its training, its costs and its device.

    A column in GPU seconds is left out where no run has a value for it.
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

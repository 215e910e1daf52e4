"""The folded table of all runs: their training, their costs and their device."""

import pandas as pd

from maw.reporting import wording
from maw.verdicts import costs

HEADS = {
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


def table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each run: its training, its costs and its device.

    A column in GPU seconds is left out where no run has a value for it.
    """
    rows = costs.by_clock(runs)
    of_gpu = [column for _, column in (costs.TRAINING, costs.ENCODING)]
    empty = [column for column in of_gpu if rows[column].isna().all()]
    shown = rows.reindex(columns=[column for column in HEADS if column not in empty])
    for column in shown.select_dtypes("number"):
        shown[column] = shown[column].map(wording.quantity)
    return shown.rename(columns=HEADS).fillna("–")

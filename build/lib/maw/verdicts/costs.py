"""Costs of runs, in columns for the processor and columns for the GPU.

The costs are seconds of training, and texts that are encoded per second.
"""

import pandas as pd

# each pair: the column of the processor, the column of the GPU
TRAINING = ("train_cpu_seconds", "train_gpu_seconds_alone")
ENCODING = ("encode_texts_per_second", "encode_texts_per_gpu_second_alone")


def by_clock(runs: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of `runs`, a row for each run, with each cost in its device's column.

    The copy has all columns TRAINING and ENCODING. The processor's columns are nan where a GPU did
    the work. The GPU's columns keep their values: they are nan where other jobs could use that GPU
    at the same time, because then its seconds are not known. Where `encode_device` is missing, the
    texts were encoded on `device`, which trained the model.
    """
    columns = (*runs.columns, "device", "encode_device", *TRAINING, *ENCODING)
    costs = runs.reindex(columns=list(dict.fromkeys(columns)))
    train_device, encode_device = costs["device"], costs["encode_device"]
    encode_device = encode_device.where(encode_device.notna(), train_device)
    for device, (of_cpu, _) in ((train_device, TRAINING), (encode_device, ENCODING)):
        costs[of_cpu] = costs[of_cpu].mask(device.notna() & device.ne("cpu"))
    return costs

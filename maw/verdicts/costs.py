"""Which of a run's seconds are its cost? The processor's; of work on a GPU that GPU's own."""

import pandas as pd

TRAINING = ("train_cpu_seconds", "train_gpu_seconds_alone")  # each the processor's, the GPU's
ENCODING = ("encode_texts_per_second", "encode_texts_per_gpu_second_alone")


def by_clock(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs with TRAINING and ENCODING, the processor's empty where a GPU did the work.

    A GPU's are empty, too, where other jobs could use it at the same time: then nothing is known.
    """
    wanted = (*runs.columns, "device", "encode_device", *TRAINING, *ENCODING)
    found = runs.reindex(columns=list(dict.fromkeys(wanted)))
    trained, encoded = found["device"], found["encode_device"]
    encoded = encoded.where(encoded.notna(), trained)
    for place, (of_cpu, _) in ((trained, TRAINING), (encoded, ENCODING)):
        found[of_cpu] = found[of_cpu].mask(place.notna() & place.ne("cpu"))
    return found

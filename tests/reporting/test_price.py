"""What runs cost: ratios by the clock of the device that did the work, and the table of runs."""

import pandas as pd

from maw.reporting.price import price, run_table


def test_the_price_is_a_ratio_of_means_over_seeds() -> None:
    runs = pd.DataFrame(
        {
            "dataset": "toy",
            "system": ["new", "new", "old", "old"],
            "train_cpu_seconds": [3.0, 5.0, 1.0, 3.0],
            "trained_parameters": [20, 20, 10, 10],
        }
    )
    ratios = price(runs, "new", "old", dataset="toy")
    assert ratios == {"training time": 2.0, "trained weights": 2.0}
    assert price(runs, "new", "bm25", dataset="toy") == {}


def on_gpu(*, alone: bool) -> pd.DataFrame:
    """Two systems that a GPU trained; the processor's seconds would say the contrary."""
    runs = pd.DataFrame(
        {
            "dataset": "toy",
            "system": ["new", "old"],
            "seed": 1,
            "device": "cuda",
            "encode_device": "Some GPU",
            "train_cpu_seconds": [1.0, 5.0],
            "trained_parameters": [20, 10],
            "encode_texts_per_second": [9.0, 1.0],
        }
    )
    if alone:
        runs["train_gpu_seconds_alone"] = [6.0, 4.0]
        runs["encode_texts_per_gpu_second_alone"] = [100.0, 400.0]
    return runs


def test_the_price_of_runs_on_a_gpu_is_in_its_seconds_and_unknown_where_it_was_shared() -> None:
    ratios = price(on_gpu(alone=True), "new", "old", dataset="toy")
    assert ratios == {"training time": 1.5, "trained weights": 2.0, "encoding speed": 0.25}
    ratios = price(on_gpu(alone=False), "new", "old", dataset="toy")
    assert ratios == {"trained weights": 2.0}


def test_the_table_of_runs_names_the_clock() -> None:
    of_gpu = run_table(on_gpu(alone=True))
    assert of_gpu["Training, GPU s"].tolist() == ["6", "4"]
    assert of_gpu["Texts per GPU s"].tolist() == ["100", "400"]
    assert set(of_gpu["Training, CPU s"]) == set(of_gpu["Texts per CPU s"]) == {"–"}
    here = on_gpu(alone=False).assign(device="cpu", encode_device="cpu")
    of_cpu = run_table(here)
    assert of_cpu["Training, CPU s"].tolist() == ["1", "5"]
    assert not [column for column in of_cpu if "GPU" in column]

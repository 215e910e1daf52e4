"""Processor seconds are no cost where a GPU did the work."""

import pandas as pd

from maw.verdicts.costs import ENCODING, TRAINING, by_clock

CPU = {"train_cpu_seconds": 9.0, "encode_texts_per_second": 90.0}
GPU = {"train_gpu_seconds_alone": 3.0, "encode_texts_per_gpu_second_alone": 300.0}
NAME = "NVIDIA H100 80GB HBM3"


def test_each_run_has_the_cost_of_the_device_that_it_ran_on() -> None:
    runs = pd.DataFrame(
        [
            {"system": "bm25"},
            {"system": "zeroshot", "encode_device": "cpu", "encode_texts_per_second": 90.0},
            {"system": "on_cpu", "device": "cpu", "encode_device": "cpu", **CPU},
            {"system": "on_gpu", "device": "cuda", "encode_device": NAME, **CPU, **GPU},
            {"system": "shared", "device": "cuda", "encode_device": NAME, **CPU},
            {"system": "moved", "device": "cuda", "encode_device": "cpu", **CPU},
        ]
    )
    costs = by_clock(runs).set_index("system")[[*TRAINING, *ENCODING]]
    assert {system: row.dropna().to_dict() for system, row in costs.iterrows()} == {
        "bm25": {},
        "zeroshot": {"encode_texts_per_second": 90.0},
        "on_cpu": CPU,
        "on_gpu": GPU,
        "shared": {},
        "moved": {"encode_texts_per_second": 90.0},
    }


def test_a_ranking_that_does_not_say_where_was_made_where_its_model_was() -> None:
    runs = pd.DataFrame([{"device": "cuda", **CPU}, {"device": "cpu", **CPU}])
    assert by_clock(runs)["encode_texts_per_second"].isna().tolist() == [True, False]


def test_runs_that_say_nothing_stay_as_they_are() -> None:
    runs = pd.DataFrame({"system": ["a"], "trained_parameters": [3]})
    costs = by_clock(runs)
    assert costs[["system", "trained_parameters"]].equals(runs)
    assert costs[[*TRAINING, *ENCODING]].isna().all(axis=None)

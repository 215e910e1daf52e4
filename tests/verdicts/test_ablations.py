"""Tables of ablations hold the plan's numbers by factor, the costs, and the best of each sweep."""

import math
from typing import Any

import pandas as pd
import pytest

from maw.verdicts.ablations import COLUMNS, SWEPT, flops_of, swept, tabulate

PRIMARY = "nDCG@10"
FACTORS = [
    {
        "name": "Depths",
        "settings": [["1", "plain"], ["8", "deep"]],
        "claimed": {"1": {"score": 0.385, "compute": 1.0}, "8": {"score": 0.401, "compute": 2.1}},
    },
    {"name": "Gating", "settings": [["argmax", "deep"], ["none", "plain"]], "claimed": {}},
]


def compared() -> pd.DataFrame:
    """Contrasts of `deep`: a reference and another measure come before the one to be shown."""
    row = {"dataset": "toy", "system": "deep", "p_bh": 0.03, "fcr_low": 0.001, "fcr_high": 0.02}
    return pd.DataFrame(
        [
            {**row, "measure": PRIMARY, "baseline": "bm25", "role": "reference", "difference": 0.3},
            {**row, "measure": "RR@10", "baseline": "plain", "role": "exploratory",
             "difference": 0.2},
            {**row, "measure": PRIMARY, "baseline": "plain", "role": "exploratory",
             "difference": 0.01},
        ]
    )  # fmt: skip


def board() -> pd.DataFrame:
    rows = [
        {"dataset": "toy", "system": system, "measure": measure, "mean": mean, "ci_low": mean - 0.1,
         "ci_high": mean + 0.1, "n_seeds": 2}
        for system, mean in (("plain", 0.5), ("deep", 0.51))
        for measure in ("RR@10", PRIMARY)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def runs() -> pd.DataFrame:
    rows = [
        {"dataset": "toy", "system": system, "seed": seed, "train_cpu_seconds": 10.0 + seed,
         "trained_parameters": 2e6, "inference_parameters": 1e6, "encode_texts_per_second": 500.0}
        for system in ("plain", "deep")
        for seed in (1, 3)
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture
def table() -> pd.DataFrame:
    return tabulate(
        FACTORS,
        compared=compared(),
        board=board(),
        runs=runs(),
        flops={("toy", "plain"): 2e9, ("toy", "deep"): 5e9},
        primary=PRIMARY,
    )


def test_a_setting_shows_the_plans_contrast_its_costs_and_the_sources_figures(
    table: pd.DataFrame,
) -> None:
    assert list(table.columns) == COLUMNS
    assert table["system"].tolist() == ["plain", "deep", "deep", "plain"]
    assert table["flops_per_step"].tolist() == [2e9, 5e9, 5e9, 2e9]
    deep = table.iloc[1]
    assert (deep["baseline"], deep["difference"]) == ("plain", 0.01)
    assert (deep["p_bh"], deep["fcr_low"], deep["fcr_high"]) == (0.03, 0.001, 0.02)
    assert (deep["mean"], deep["n_seeds"]) == (0.51, 2)
    assert (deep["train_cpu_seconds"], deep["encode_ms_per_text"]) == (12.0, 2.0)
    assert (deep["source_score"], deep["source_compute"]) == (0.401, 2.1)
    assert math.isnan(table.iloc[2]["source_score"])
    assert table.iloc[[0, 3]]["difference"].isna().all()


@pytest.mark.parametrize("role", ["confirmatory", "reference", "non-inferiority"])
def test_contrasts_of_another_family_show_their_difference_alone(role: str) -> None:
    rows = compared().iloc[:1].assign(role=role)
    table = tabulate(FACTORS, compared=rows, board=board(), runs=runs(), flops={}, primary=PRIMARY)
    deep = table.iloc[1]
    assert (deep["baseline"], deep["difference"]) == ("bm25", 0.3)
    assert deep[["p_bh", "fcr_low", "fcr_high"]].isna().all()


def test_a_step_costs_the_mean_of_folds_and_what_the_source_of_transferred_models_costs() -> None:
    prices = [
        {"tables": tables, "system": system, "flops_per_step": flops * factor}
        for tables, flops in ((["all"], 2e9), (["all"], 5e9), (["one", "moved"], 8e9))
        for system, factor in (("plain", 1), ("deep", 3))
    ]
    plain = {"all": 3.5e9, "one": 8e9, "moved": 8e9}
    assert flops_of(prices) == {
        (dataset, system): flops * factor
        for dataset, flops in plain.items()
        for system, factor in (("plain", 1), ("deep", 3))
    }
    assert flops_of([]) == {}


def test_on_a_gpu_costs_are_in_its_seconds() -> None:
    on_gpu = runs().assign(
        device="cuda",
        encode_device="Some GPU",
        train_gpu_seconds_alone=3.0,
        encode_texts_per_gpu_second_alone=4000.0,
    )
    table = tabulate(
        FACTORS, compared=compared(), board=board(), runs=on_gpu, flops={}, primary=PRIMARY
    )
    assert table[["train_cpu_seconds", "encode_ms_per_text"]].isna().all(axis=None)
    assert set(table["train_gpu_seconds_alone"]) == {3.0}
    assert set(table["encode_gpu_ms_per_text"]) == {0.25}
    assert table["flops_per_step"].isna().all()


SWEEP: dict[str, Any] = {
    "dataset": "toy", "sweep": "strength", "system": "deep", "option": "attention.strength",
}  # fmt: skip


def test_the_best_of_a_sweep_is_by_development_score_of_equals_the_first() -> None:
    sweeps = [
        {**SWEEP, "value": value, "trials": [{"learning_rate": 1e-3, "dev": dev}]}
        for value, dev in ((0.1, 0.4), (0.5, 0.6), (1.0, 0.6))
    ]
    frame = swept(sweeps)
    assert list(frame.columns) == SWEPT
    assert frame["value"].tolist() == [0.1, 0.5, 1.0]
    assert frame["dev"].tolist() == [0.4, 0.6, 0.6]
    assert frame["best"].tolist() == [False, True, False]
    assert swept([]).empty


def test_each_learning_rate_of_a_value_has_a_row_and_each_sweep_a_best() -> None:
    trials = [{"learning_rate": 1e-3, "dev": 0.5}, {"learning_rate": 1e-2, "dev": 0.7}]
    frame = swept(
        [
            {**SWEEP, "value": 0.5, "trials": trials},
            {**SWEEP, "sweep": "depths", "value": 8, "trials": trials[:1]},
        ]
    )
    assert frame["learning_rate"].tolist() == [1e-3, 1e-2, 1e-3]
    assert frame["best"].tolist() == [False, True, True]

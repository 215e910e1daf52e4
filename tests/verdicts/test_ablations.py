"""The ablation tables: the plan's numbers by factor, costs, and sweeps on development scores."""

import math

import pandas as pd
import pytest

from maw.reporting import ablations as section
from maw.settings.packaged import packaged
from maw.verdicts.ablations import COLUMNS, flops_of, swept, tabulate

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
    """A reference comes first, and another measure: neither is what the table shows of `deep`."""
    row = {"dataset": "toy", "system": "deep", "ci_low": -0.1, "ci_high": 0.1, "p_holm": 0.4}
    return pd.DataFrame(
        [
            {**row, "measure": PRIMARY, "baseline": "bm25", "role": "reference",
             "verdict": "reference", "difference": 0.3},
            {**row, "measure": "RR@10", "baseline": "plain", "role": "confirmatory",
             "verdict": "better", "difference": 0.2},
            {**row, "measure": PRIMARY, "baseline": "plain", "role": "confirmatory",
             "verdict": "inconclusive", "difference": 0.01},
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
def found() -> pd.DataFrame:
    return tabulate(
        FACTORS,
        compared=compared(),
        board=board(),
        runs=runs(),
        flops={("toy", "plain"): 2e9, ("toy", "deep"): 5e9},
        primary=PRIMARY,
    )


def test_a_setting_shows_the_plans_claim_its_costs_and_the_sources_figures(
    found: pd.DataFrame,
) -> None:
    assert list(found.columns) == COLUMNS
    assert found["system"].tolist() == ["plain", "deep", "deep", "plain"]
    deep = found.iloc[1]
    assert (deep["baseline"], deep["difference"]) == ("plain", 0.01)
    assert (deep["verdict"], deep["mean"], deep["n_seeds"]) == ("inconclusive", 0.51, 2)
    assert (deep["train_cpu_seconds"], deep["encode_ms_per_text"]) == (12.0, 2.0)
    assert (deep["source_score"], deep["source_compute"]) == (0.401, 2.1)
    assert math.isnan(found.iloc[2]["source_score"])
    assert found.iloc[[0, 3]]["difference"].isna().all()


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
    there = runs().assign(
        device="cuda",
        encode_device="Some GPU",
        train_gpu_seconds_alone=3.0,
        encode_texts_per_gpu_second_alone=4000.0,
    )
    found = tabulate(
        FACTORS, compared=compared(), board=board(), runs=there, flops={}, primary=PRIMARY
    )
    assert found[["train_cpu_seconds", "encode_ms_per_text"]].isna().all(axis=None)
    assert set(found["train_gpu_seconds_alone"]) == {3.0}
    assert set(found["encode_gpu_ms_per_text"]) == {0.25}
    shown = section.settings(found, least=1.0)
    assert set(shown["GPU ms a text"]) == {"0.250"}


TRIED = {
    "dataset": "toy", "sweep": "strength", "system": "deep", "option": "attention.strength",
}  # fmt: skip


def test_the_best_of_a_sweep_is_by_development_score_of_equals_the_first() -> None:
    trials = [
        {**TRIED, "value": value, "trials": [{"learning_rate": 1e-3, "value": dev}]}
        for value, dev in ((0.1, 0.4), (0.5, 0.6), (1.0, 0.6))
    ]
    frame = swept(trials)
    assert frame["best"].tolist() == [False, True, False]
    assert "prefer attention.strength 0.5 (0.600)" in section.best(frame)
    assert "has 0.400" in section.best(frame)
    assert swept([]).empty


def test_the_page_shows_the_sources_columns_where_it_claims_something(found: pd.DataFrame) -> None:
    frame = swept([{**TRIED, "value": 0.5, "trials": [{"learning_rate": 1e-3, "value": 0.6}]}])
    shown = section.content(found, frame)
    assert shown is not None
    depths, gating = shown["factors"]
    assert depths["table"]["head"][-2:] == ["Source claims", "at compute"]
    assert depths["table"]["body"][1][-2:] == ["0.401", "2.10×"]
    assert depths["table"]["body"][1][8] == "2.50×"
    assert "Source claims" not in gating["table"]["head"]
    place = depths["table"]["head"].index("Holm")
    assert [row[place] for row in depths["table"]["body"]] == ["–", "0.400"]
    referred = section.settings(found.assign(verdict="reference"), least=2e9)
    assert set(referred["Holm"]) == {"–"}
    (sweep,) = shown["sweeps"]
    assert sweep["table"] == {
        "head": ["attention.strength", "at 0.001"],
        "body": [["0.5", "0.600 *"]],
    }
    assert section.content(None, None) is None


def test_the_sources_tables_are_its_own_figures() -> None:
    # the description of the source: D = 1/2/4/8/16 and gating uniform/random/stat/argmax
    tables = packaged("source_claims")["tables"]
    assert [one["score"] for one in tables["depths"].values()] == [
        0.385,
        0.391,
        0.395,
        0.401,
        0.398,
    ]
    assert [one["compute"] for one in tables["depths"].values()] == [1.0, 1.2, 1.5, 2.1, 3.8]
    assert [one["score"] for one in tables["gating"].values()] == [0.388, 0.386, 0.401, 0.395]

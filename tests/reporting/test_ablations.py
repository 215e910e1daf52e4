"""The ablations on the page: costs as ratios, the source's claims, and what sweeps prefer."""

from typing import Any

import pandas as pd
import pytest

from maw.reporting.ablations import best, content, settings, values
from maw.verdicts.ablations import COLUMNS, SWEPT

ROW: dict[str, Any] = {
    "dataset": "toy", "mean": 0.5, "ci_low_mean": 0.4, "ci_high_mean": 0.6, "baseline": None,
    "difference": None, "p_bh": None, "fcr_low": None, "fcr_high": None, "n_seeds": 2,
    "flops_per_step": 2e9, "train_cpu_seconds": 12.0, "trained_parameters": 2e6,
    "inference_parameters": 1e6, "encode_ms_per_text": 2.0, "train_gpu_seconds_alone": None,
    "encode_gpu_ms_per_text": None, "source_score": None, "source_compute": None,
}  # fmt: skip
CONTRAST: dict[str, Any] = {
    "baseline": "plain", "difference": 0.01, "p_bh": 0.04, "fcr_low": 0.001, "fcr_high": 0.019,
    "mean": 0.51, "flops_per_step": 5e9,
}  # fmt: skip
SOURCE = {"source_score": 0.401, "source_compute": 2.1}


@pytest.fixture
def ablations() -> pd.DataFrame:
    rows = [
        {**ROW, "factor": "Depths", "setting": "1", "system": "plain"},
        {**ROW, **CONTRAST, **SOURCE, "factor": "Depths", "setting": "8", "system": "deep"},
        {**ROW, **CONTRAST, "factor": "Gating", "setting": "argmax", "system": "deep"},
        {**ROW, "factor": "Gating", "setting": "none", "system": "plain"},
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def sweep(*scores: tuple[float, float, float, bool]) -> pd.DataFrame:
    """Each: value, learning rate, development score, whether it is the best."""
    rows = [("toy", "strength", "deep", "attention.strength", *score) for score in scores]
    return pd.DataFrame(rows, columns=SWEPT)


def test_a_factor_shows_contrasts_costs_and_the_sources_claims(ablations: pd.DataFrame) -> None:
    shown = content(ablations, sweep((0.5, 1e-3, 0.6, True)))
    assert shown is not None
    depths, gating = shown["factors"]
    assert depths["name"] == "Depths, toy"
    assert depths["table"]["head"][-2:] == ["Source claims", "at compute"]
    plain, deep = depths["table"]["body"]
    assert plain[2:5] == ["0.500", "–", "–"]
    assert depths["table"]["head"][4:7] == ["Difference", "BH", "FCR interval"]
    assert deep[2:8] == ["0.510", "plain", "+0.0100", "0.040", "[+0.0010, +0.0190]", "2.50×"]
    assert deep[-2:] == ["0.401", "2.10×"]
    assert "Source claims" not in gating["table"]["head"]
    assert content(None, None) is None


def test_a_setting_that_is_not_selected_has_no_interval_and_a_gpu_has_a_column(
    ablations: pd.DataFrame,
) -> None:
    shown = settings(ablations.assign(fcr_low=None, fcr_high=None), least=2e9)
    assert set(shown["FCR interval"]) == {"–"}
    assert "Verdict" not in shown
    on_gpu = settings(ablations.assign(encode_gpu_ms_per_text=0.25), least=2e9)
    assert set(on_gpu["GPU ms a text"]) == {"0.250"}
    assert "GPU ms a text" not in settings(ablations, least=2e9)


def test_a_sweep_has_a_row_a_value_and_says_what_it_prefers() -> None:
    rows = sweep(
        (0.5, 1e-3, 0.6, True), (0.5, 3e-3, 0.5, False), (1.0, 1e-3, 0.4, False),
        (1.0, 3e-3, 0.3, False),
    )  # fmt: skip
    table = values(rows)
    assert list(table.columns) == ["attention.strength", "at 0.001", "at 0.003"]
    assert table.to_numpy().tolist() == [["0.5", "0.600 *", "0.500"], ["1", "0.400", "0.300"]]
    assert best(rows).startswith("Development queries prefer attention.strength 0.5 (0.600); the ")
    assert "worst value, at its best learning rate, has 0.400." in best(rows)

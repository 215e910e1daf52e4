"""What runs cost: absolute, and as a ratio to the control, by the clock that did the work."""

from typing import Any

import pandas as pd
import pytest

from maw.reporting.sections import price
from maw.reporting.sections.price import content, missing, priced, shown_systems
from maw.reporting.templates import environment
from tests.reporting.source_pages import SYSTEMS, page

RUNS: list[dict[str, Any]] = [
    {"dataset": "toy", "system": "maw", "train_cpu_seconds": 3.0, "trained_parameters": 20e6,
     "encode_texts_per_second": 250.0, "train_peak_bytes": 2**30, "flops_per_step": 8e9,
     "steps": 500},
    {"dataset": "toy", "system": "maw", "train_cpu_seconds": 5.0, "trained_parameters": 20e6,
     "encode_texts_per_second": 500.0, "train_peak_bytes": 2**31, "flops_per_step": 8e9,
     "steps": 500},
    {"dataset": "toy", "system": "plain", "train_cpu_seconds": 2.0, "trained_parameters": 10e6,
     "encode_texts_per_second": 500.0, "train_peak_bytes": 2**30, "flops_per_step": 2e9,
     "steps": 1000},
    {"dataset": "toy", "system": "zero", "encode_texts_per_second": 400.0},
    {"dataset": "toy", "system": "bm25", "rank_cpu_seconds": 1.5},
]  # fmt: skip


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


def test_a_table_has_the_systems_of_the_claims_their_control_and_what_gives_the_scale() -> None:
    shown = content(page([], runs=RUNS))
    assert shown is not None
    (of_toy,) = shown["datasets"]
    assert of_toy["base"] == "plain"
    assert of_toy["table"]["head"] == [
        "System", "nDCG@10", "Training, CPU s", "Step, GFLOP", "Memory, GiB", "Layers, CPU ms",
        "Weights, M",
    ]  # fmt: skip
    # milliseconds a text: the mean of 4 and 2 over 2
    assert of_toy["table"]["body"] == [
        ["maw", ".500", "4 (2.00×)", "8 (4.00×)", "1.5 (1.50×)", "3 (1.50×)", "20 (2.00×)"],
        ["plain", ".500", "2 (1×)", "2 (1×)", "1 (1×)", "2 (1×)", "10 (1×)"],
        ["zero", ".500", "–", "–", "–", "2.5 (1.25×)", "–"],
        ["bm25", ".500", "–", "–", "–", "–", "–"],
    ]
    assert shown["missing"] == ["time of the frozen layers"]


def test_the_full_table_has_limits_the_range_over_seeds_and_all_costs() -> None:
    shown = content(page([], runs=RUNS))
    assert shown is not None
    full = pd.DataFrame(
        shown["datasets"][0]["full"]["body"], columns=shown["datasets"][0]["full"]["head"]
    ).set_index("System")
    assert full.at["maw", "nDCG@10"] == ".500 [.500, .500]"
    assert full.at["maw", "Training, CPU s"] == "4 (2.00×) [3, 5]"
    assert full.at["maw", "Peak memory of training, GiB"] == "1.5 (1.50×) [1, 2]"
    assert full.at["maw", "Training step, GFLOP"] == "8 (4.00×)"
    # 8 GFLOP in each of 500 steps, 2 GFLOP in each of the control's 1000
    assert full.at["maw", "Whole training, TFLOP"] == "4 (2.00×)"
    assert full.at["bm25", "Ranking all test queries, CPU s"] == "1.5"


def test_the_whole_encoder_is_the_frozen_layers_and_the_trained_ones() -> None:
    runs = pd.DataFrame(RUNS).assign(frozen_cpu_ms_per_text=10.0, flops_per_step=3e9)
    costs = priced(runs).drop(columns="dataset").groupby("system").mean()
    assert costs.at["maw", "encoder_cpu_ms"] == pytest.approx(13.0)
    assert costs.at["plain", "step_gflop"] == pytest.approx(3.0)
    shown = content(page([], runs=runs.to_dict("records")))
    assert shown is not None
    table = shown["datasets"][0]["table"]
    column = table["head"].index("Encoder, CPU ms")
    assert [row[column] for row in table["body"]] == ["13 (1.08×)", "12 (1×)", "12.5 (1.04×)", "–"]
    assert shown["missing"] == []


def test_costs_of_training_are_missing_only_where_a_run_has_trained() -> None:
    frozen = "time of the frozen layers"
    trained = [{"dataset": "toy", "system": "maw", "trained_parameters": 20e6}]
    assert missing(priced(pd.DataFrame(trained))) == [
        frozen, "number of FLOPs of a training step", "memory of training"
    ]  # fmt: skip
    assert missing(priced(pd.DataFrame(RUNS[3:]))) == [frozen]


def test_times_on_a_gpu_stand_in_columns_of_their_own() -> None:
    costs = priced(on_gpu(alone=True))
    assert costs["layer_gpu_ms"].tolist() == [10.0, 2.5]
    assert costs["layer_cpu_ms"].isna().all()
    assert costs["train_cpu_seconds"].isna().all()


def test_each_system_is_divided_by_its_own_control() -> None:
    assert shown_systems(page([]), dataset="toy") == dict.fromkeys(
        ["maw", "plain", "zero", "bm25"], "plain"
    )
    # no control decides: the plan's first control of the claim
    assert shown_systems(page([], decided_by=""), dataset="toy")["maw"] == "plain"


def test_without_claims_all_systems_are_shown_and_divided_by_nothing() -> None:
    systems = {name: SYSTEMS[name] for name in ("plain", "zero")}
    assert shown_systems(page([], systems=systems), dataset="toy") == {"plain": "", "zero": ""}
    runs = [run for run in RUNS if run["system"] in systems]
    shown = content(page([], systems=systems, runs=runs))
    assert shown is not None
    assert shown["datasets"][0]["table"]["body"][0][2] == "2"
    assert shown["datasets"][0]["base"] == ""


def test_without_claims_the_short_table_has_the_highest_means_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(price, "MOST", 1)
    systems = {name: SYSTEMS[name] for name in ("plain", "zero")}
    runs = [run for run in RUNS if run["system"] in systems]
    given = page([], systems=systems, runs=runs)
    means = given.frames.leaderboard.set_index("system")["mean"]
    best = means.groupby(level=0).first().idxmax()
    shown = content(given)
    assert shown is not None
    (of_dataset,) = shown["datasets"]
    assert of_dataset["of_all"] == "The 1 highest means of 2"
    assert [row[0] for row in of_dataset["table"]["body"]] == [best]
    assert len(of_dataset["full"]["body"]) == 2


def test_without_a_cost_there_is_no_section() -> None:
    runs = [{"dataset": "toy", "system": "maw"}]
    assert content(page([], runs=runs)) is None


def test_the_section_has_its_unfolded_table_once_and_says_what_is_missing() -> None:
    template = environment().get_template("sections/price.html.j2")
    html = template.render(
        price=content(page([], runs=RUNS)), pictures=[], files="../tables/", remake="", root=""
    )
    assert html.count("<table>") == 2
    for head in ("Step, GFLOP", "Memory, GiB", "Whole training, TFLOP"):
        assert f">{head}</a>" in html  # which leads to the glossary
    assert [html.count(f'href="../tables/{name}.csv"') for name in ("costs", "runs")] == [1, 1]
    assert "×: ratio to plain" in html
    assert "The time of the frozen layers was not recorded." in html


def test_a_suite_without_encoders_misses_no_time_of_theirs_and_shows_what_it_has() -> None:
    bm25 = {"dataset": "toy", "system": "bm25", "rank_cpu_seconds": 1.5}
    assert missing(priced(pd.DataFrame([bm25]))) == []
    shown = content(page([], runs=[bm25]))
    assert shown is not None
    (of_toy,) = shown["datasets"]
    assert of_toy["table"] == of_toy["full"]
    assert of_toy["table"]["head"][-1] == "Ranking all test queries, CPU s"

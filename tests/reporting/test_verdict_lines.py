"""The lines below the verdicts: trained runs alone are counted, costs are ratios, controls told."""

from math import nan

import pandas as pd
import pytest

from maw.reporting.verdict_lines import control_lines, price_lines, run_line

RUNS = pd.DataFrame(
    [
        ("toy", "bm25", 0, False, nan, nan, nan),
        *(("toy", "maw", seed, True, 30.0, 100.0, 3e6) for seed in (42, 43)),
        *(("toy", "plain", seed, True, 20.0, 200.0, 2e6) for seed in (42, 43)),
    ],
    columns=[
        *("dataset", "system", "seed", "trained"),
        *("train_cpu_seconds", "encode_texts_per_second", "trained_parameters"),
    ],
).assign(device=["", *["cpu"] * 4])
CLAIMS = pd.DataFrame({"dataset": ["toy"], "system": ["maw"], "decided_by": ["plain"]})
CONTROL = {
    "dataset": "toy", "control": "planted loss", "kind": "planted", "system": "plain",
    "passed": True, "outcome": "found",
}  # fmt: skip


def test_only_trained_runs_are_counted() -> None:
    assert run_line(RUNS) == "4 trained runs: maw and plain, 2 seeds each."
    assert run_line(RUNS[1:3]) == "2 trained runs: maw, 2 seeds."
    assert run_line(RUNS[1:4]) == "3 trained runs: maw with 2 seeds and plain with 1 seed."
    assert run_line(RUNS[1:2]) == "1 trained run: maw, one seed."
    assert run_line(RUNS[:1]) == ""
    both = pd.concat([RUNS, RUNS.assign(dataset="other")])
    assert run_line(both) == "8 trained runs: maw and plain, 2 seeds each, on 2 datasets."


def test_costs_are_multiples_of_the_deciding_controls() -> None:
    # 30 / 20; 1 / 100 against 1 / 200 seconds a text; 3 / 2 million weights
    assert price_lines(RUNS, CLAIMS) == [
        "Price of maw, against plain: 1.50 × the training time, 2.00 × the trained layers' time a "
        "text and 1.50 × the trained weights."
    ]


def test_a_cost_that_nobody_recorded_is_left_out() -> None:
    assert price_lines(RUNS, CLAIMS.assign(decided_by="bm25")) == []
    assert price_lines(RUNS, CLAIMS.assign(decided_by="")) == []
    slow = RUNS.assign(train_cpu_seconds=nan, encode_texts_per_second=nan)
    assert price_lines(slow, CLAIMS) == ["Price of maw, against plain: 1.50 × the trained weights."]


def test_with_several_datasets_each_price_names_its_own() -> None:
    runs = pd.concat([RUNS, RUNS.assign(dataset="other")])
    claims = pd.concat([CLAIMS, CLAIMS.assign(dataset="other")])
    starts = [line.partition(",")[0] for line in price_lines(runs, claims)]
    assert starts == ["Price of maw on toy", "Price of maw on other"]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ([{}], ["Controls passed: planted loss."]),
        ([{}, {"control": "known difference"}],
         ["Controls passed: planted loss and known difference."]),
        ([{"passed": False, "outcome": "not found"}], ["Control FAILED: planted loss: not found."]),
        ([{"passed": None, "outcome": "not possible"}],
         ["Control without an answer: planted loss: not possible."]),
        ([{}, {"dataset": "other"}],
         ["Controls passed: planted loss on toy and planted loss on other."]),
        ([{"kind": "judged"}], ["The plan has no control of the study."]),
    ],
)  # fmt: skip
def test_each_control_is_told(changes: list[dict[str, object]], lines: list[str]) -> None:
    assert control_lines(pd.DataFrame([CONTROL | change for change in changes])) == lines


def test_a_suite_without_a_table_of_controls_has_no_line_on_them() -> None:
    assert control_lines(None) == []

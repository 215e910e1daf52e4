"""The figure of the training budget: means over seeds, and differences within a seed."""

from dataclasses import replace

import pandas as pd
import pytest

from maw.reporting.figures.look import UNTRAINED
from maw.reporting.figures.registry import FIGURES, chart_of
from maw.reporting.frames import SuiteFrames
from maw.verdicts.budget import RUNS
from tests.reporting.figures.studies import PLAN, untrained

FIGURE = FIGURES["budget"]
SCORES = {
    ("new", 1): (0.50, 0.54), ("new", 2): (0.60, 0.62),
    ("old", 1): (0.49, 0.51), ("old", 2): (0.60, 0.60),
}  # fmt: skip
CONTROL = {
    "dataset": "toy", "kind": "budget", "system": "new", "baseline": "old", "estimate": -0.01,
    "low": -0.03, "high": 0.01, "outcome": "not shown",
}  # fmt: skip


def trainings(*datasets: str) -> SuiteFrames:
    rows = [
        (dataset, system, factor, seed, 30 * factor, 0.5, score)
        for dataset in datasets
        for (system, factor), scores in SCORES.items()
        for seed, score in zip((42, 43), scores, strict=True)
    ]
    return replace(
        untrained(),
        budget=pd.DataFrame(rows, columns=RUNS),
        controls=pd.DataFrame([CONTROL, {**CONTROL, "kind": "planted"}]),
    )


def test_differences_are_taken_within_a_seed() -> None:
    data = FIGURE.data(trainings("toy"), PLAN)
    differences = data[data["kind"] == "difference"].sort_values(["factor", "seed"])
    assert differences["name"].unique().tolist() == ["new − old"]
    assert differences["value"].tolist() == pytest.approx([0.01, 0.03, 0.0, 0.02])
    assert differences["mean"].tolist() == pytest.approx([0.02, 0.02, 0.01, 0.01])
    scores = data[data["kind"] == "score"].drop_duplicates(["name", "factor"])
    assert scores["mean"].tolist() == pytest.approx([0.52, 0.61, 0.50, 0.60])


def test_both_panels_have_seeds_in_grey_means_and_labels() -> None:
    scores, differences = chart_of("budget", trainings("toy"), plan=PLAN).vconcat
    grey, *_, labels = scores.layer
    assert grey.mark.color == UNTRAINED[1]
    assert set(labels.data["label"]) == {"new: .520 → .610", "old: .500 → .600"}
    band, _, _, *_, labels = differences.layer
    assert band.data.to_dict("records") == [{"low": -0.02, "high": 0.02}]  # ± SESOI
    assert labels.data["label"].tolist() == ["new − old: +.020 → +.010"]


def test_the_description_has_means_and_what_the_control_found() -> None:
    assert FIGURE.describe(trainings("toy"), PLAN) == (
        "nDCG@10, means over seeds. new: .520 at 1 ×, .610 at 2 ×; old: .500 at 1 ×, .600 at 2 ×; "
        "new − old: +.020 at 1 ×, +.010 at 2 ×; new against old: the difference changes by "
        "−.010 [−.030, +.010], not shown."
    )


def test_without_its_control_there_is_no_figure_or_no_difference() -> None:
    assert FIGURE.draw(untrained(), PLAN) is None
    assert FIGURE.data(untrained(), PLAN).empty
    unpaired = replace(trainings("toy"), controls=None)
    (scores,) = chart_of("budget", unpaired, plan=PLAN).vconcat
    assert set(scores.layer[-1].data["system"]) == {"new", "old"}
    fixed = replace(
        trainings("toy"), controls=pd.DataFrame([{**CONTROL, "baseline": "an untrained one"}])
    )
    assert set(FIGURE.data(fixed, PLAN)["kind"]) == {"score"}


def test_each_dataset_has_a_board() -> None:
    boards = chart_of("budget", trainings("toy", "two"), plan=PLAN).vconcat
    assert [board.title for board in boards] == ["toy", "two"]
    assert [len(board.vconcat) for board in boards] == [2, 1]  # the control is of one dataset

"""Learning curves: one mean line per system, its seeds in grey, a label with the last mean."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from maw.reporting.figures.look import UNTRAINED
from maw.reporting.figures.registry import FIGURES, chart_of, svg_of
from maw.reporting.frames import SuiteFrames
from tests.reporting.figures.studies import PLAN, untrained

QUANTITIES = {"curves": "dev", "reward": "reward", "router": "router_entropy"}


def curves(quantity: str, *, datasets: tuple[str, ...] = ("toy",)) -> SuiteFrames:
    """Two systems; seed 43 of `old` was not measured at step 5."""
    points = [
        ("new", 42, 5, 0.4), ("new", 42, 10, 0.5), ("new", 43, 5, 0.6), ("new", 43, 10, 0.7),
        ("old", 42, 5, 0.1), ("old", 42, 10, 0.2), ("old", 43, 10, 0.4),
    ]  # fmt: skip
    rows: list[dict[str, Any]] = [
        dict(zip(("dataset", "system", "seed", "step", "value"), (name, *point), strict=True))
        for name in datasets
        for point in points
    ]
    return replace(untrained(), curves=pd.DataFrame(rows).assign(quantity=quantity))


def test_a_mean_is_drawn_where_all_seeds_of_a_system_were_measured() -> None:
    data = FIGURES["curves"].data(curves("dev"), PLAN)
    means = data.drop_duplicates(["system", "step"]).set_index(["system", "step"])["mean"]
    assert means["new", 5] == pytest.approx(0.5)
    assert means["new", 10] == pytest.approx(0.6)
    assert pd.isna(means["old", 5])
    assert means["old", 10] == pytest.approx(0.3)
    assert len(data) == 7


@pytest.mark.parametrize("name", QUANTITIES)
def test_each_quantity_has_a_line_per_system_and_a_grey_one_per_seed(name: str) -> None:
    frames = curves(QUANTITIES[name])
    seeds, lines, _, _, labels = chart_of(name, frames, plan=PLAN).layer
    assert seeds.mark.color == UNTRAINED[1]
    assert len(seeds.data.groupby(["system", "seed"])) == 4
    assert lines.data["system"].value_counts().to_dict() == {"new": 2, "old": 1}
    assert labels.data["label"].tolist() == ["new: .600", "old: .300"]
    domain = seeds.to_dict()["encoding"]["y"]["scale"]["domain"]
    assert (domain[0] == 0) is (name == "router")  # 0 means something for an entropy
    described = FIGURES[name].describe(frames, PLAN)
    assert described.endswith(
        ", means over seeds. new: .500 at step 5, .600 at step 10 (2 seeds, .500 to .700); "
        "old: .300 at step 10, .300 at step 10 (2 seeds, .200 to .400)."
    )


def test_each_dataset_has_a_panel_with_its_name() -> None:
    frames = curves("dev", datasets=("one", "two"))
    panels = chart_of("curves", frames, plan=PLAN).vconcat
    assert [panel.title for panel in panels] == ["one", "two"]
    assert [set(panel.layer[0].data["dataset"]) for panel in panels] == [{"one"}, {"two"}]
    assert "new on two: .500 at step 5" in FIGURES["curves"].describe(frames, PLAN)


def test_the_folds_of_a_dataset_share_a_panel() -> None:
    frames = curves("dev", datasets=("toy.fold0", "toy.fold1"))
    seeds, lines, *_ = chart_of("curves", frames, plan=PLAN).layer
    assert set(seeds.data["dataset"]) == {"toy"}
    assert len(seeds.data.groupby(["fold", "system", "seed"])) == 8
    assert lines.data["system"].value_counts().to_dict() == {"new": 2, "old": 1}
    described = FIGURES["curves"].describe(frames, PLAN)
    assert "(4 trainings, .500 to .700)" in described


def test_the_picture_has_labels_a_description_and_no_count_of_test_queries() -> None:
    frames = curves("dev")
    svg = svg_of("curves", frames, plan=PLAN)
    for text in ("new: .600", "nDCG@10 on development queries, means over seeds.", "toy · 4 seeds"):
        assert text in svg
    columns = ["dataset", "fold", "system", "seed", "step", "value", "mean"]
    assert FIGURES["curves"].data(frames, PLAN).columns.tolist() == columns


@pytest.mark.parametrize("name", QUANTITIES)
def test_a_suite_without_the_quantity_says_so(name: str) -> None:
    assert FIGURES[name].draw(untrained(), PLAN) is None
    assert FIGURES[name].data(untrained(), PLAN).empty
    assert FIGURES[name].absent.startswith("No ")

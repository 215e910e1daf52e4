"""Labels at the ends of lines: none covers another, and each stands near its line."""

import pandas as pd
import pytest

from maw.reporting.figures.line_ends import LABEL_STEP, axis_range, line_ends
from maw.reporting.figures.look import looks_of
from tests.reporting.figures.studies import PLAN, untrained


def test_an_axis_leaves_room_around_the_values_or_begins_at_zero() -> None:
    assert axis_range([0.5, 1.5]) == pytest.approx((0.44, 1.56))
    assert axis_range([0.5, 1.5], from_zero=True) == pytest.approx((0, 1.59))
    assert axis_range([0.5, 0.5]) == pytest.approx((0.47, 0.53))
    assert axis_range([0.0]) == pytest.approx((-0.06, 0.06))


def test_labels_of_equal_lines_do_not_cover_each_other() -> None:
    ends = pd.DataFrame({"system": ["new", "old", "random"], "label": ["a", "b", "c"]})
    ends = ends.assign(step=10, mean=[0.5, 0.5, 0.9])
    looks = looks_of(untrained(), PLAN)
    leaders, labels = line_ends(
        ends, x="step", y="mean", looks=looks, y_range=(0.0, 1.0), size=(400, 170)
    )
    places = labels.data.set_index("label")["place"]
    assert places["c"] == pytest.approx(0.9)
    assert sorted([places["a"], places["b"]]) == pytest.approx([0.45, 0.55])  # 17 of 170 pixels
    assert abs(places["a"] - places["b"]) == pytest.approx(LABEL_STEP / 170)
    assert leaders.data["mean"].tolist() == [0.5, 0.5, 0.9]

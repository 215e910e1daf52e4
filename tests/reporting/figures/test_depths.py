"""The map of depths: seeds are not pooled, and depths that nothing chose are in it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from maw.reporting.figures.depths import configured_depths, equal_weights, percent
from maw.reporting.figures.registry import FIGURES, chart_of, svg_of
from maw.reporting.frames import SuiteFrames
from tests.reporting.figures.studies import PLAN, untrained

FIGURE = FIGURES["depths"]


def chosen(
    runs: Mapping[tuple[str, str, int], list[int]], *, probability: float = 0.6
) -> SuiteFrames:
    """runs: (system, side, seed) -> the depth of each text."""
    rows = pd.DataFrame(
        [
            {"dataset": "toy", "system": system, "side": side, "seed": seed, "depth": depth}
            for (system, side, seed), depths in runs.items()
            for depth in depths
        ]
    )
    return replace(
        untrained(), depths=rows.assign(probability=probability), n_depths={"new": 4, "old": 3}
    )


@pytest.fixture
def collapsed() -> SuiteFrames:
    """Each seed takes one depth for all queries, and another one than the other seeds."""
    return chosen({
        ("new", "query", 42): [0] * 5, ("new", "query", 43): [0] * 5,
        ("new", "query", 44): [1] * 5, ("new", "query", 45): [2] * 5,
        ("old", "query", 42): [1, 1, 2, 2],
    })  # fmt: skip


def test_seeds_are_not_pooled_and_unused_depths_are_shown(collapsed: SuiteFrames) -> None:
    data = FIGURE.data(collapsed, PLAN)
    new = data[data["system"] == "new"].pivot(index="seed", columns="depth", values="share")
    assert new.to_numpy().tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
    assert data.loc[data["system"] == "old", "share"].tolist() == [0, 0.5, 0.5]
    assert FIGURE.describe(collapsed, PLAN) == (
        "Most chosen depth of each seed. new, query: seed 42 depth 0 (100 %), seed 43 depth 0 "
        "(100 %), seed 44 depth 1 (100 %), seed 45 depth 2 (100 %); never chosen: 3. old, query: "
        "seed 42 depth 1 (50 %); never chosen: 0."
    )


def test_each_map_has_the_title_of_its_own_data() -> None:
    frames = chosen({
        ("old", "document", 42): [2], ("new", "document", 42): [0], ("old", "query", 42): [1],
        ("new", "query", 42): [3],
    })  # fmt: skip
    maps = chart_of("depths", frames, plan=PLAN).concat
    titles = ["new: query", "new: document", "old: query", "old: document"]
    assert [one.title.text for one in maps] == titles
    for one, title in zip(maps, titles, strict=True):
        cells = one.data
        assert {f"{row.system}: {row.side}" for row in cells.itertuples()} == {title}


def test_a_router_that_weighs_all_depths_alike_has_their_weights() -> None:
    frames = chosen({("new", "query", 42): [0, 0, 0]}, probability=0.25)
    assert FIGURE.data(frames, PLAN)["share"].tolist() == [0.25] * 4
    assert "seed 42 weighs all depths alike" in FIGURE.describe(frames, PLAN)
    unknown = replace(frames, n_depths=None)
    assert FIGURE.data(unknown, PLAN)["depth"].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("depths", "probabilities", "expected"),
    [
        ([0, 0], [0.5, 0.5], 2),
        ([0, 0], [1.0, 1.0], None),  # a fixed depth
        ([0, 1], [0.5, 0.5], None),  # drawn at random
        ([0, 0], [0.5, 0.4], None),  # learned
        ([0, 0], [0.3, 0.3], None),  # not 1/D
    ],
)
def test_equal_weights_are_told_from_choices(
    depths: list[int], probabilities: list[float], expected: int | None
) -> None:
    texts = pd.DataFrame({"depth": depths, "probability": probabilities})
    assert equal_weights(texts) == expected


def test_the_number_of_depths_is_that_of_the_configuration() -> None:
    systems: dict[str, dict[str, Any]] = {
        "new": {"attention": {"kind": "maw", "depths": 8}},
        "own": {"attention": {"kind": "own.py", "depths": "many"}},
        "bm25": {"kind": "bm25"},
        "plain": {"attention": None},
    }
    assert configured_depths(systems) == {"new": 8}


def test_shares_in_percent_never_hide_a_choice() -> None:
    assert [percent(share) for share in (0, 0.002, 0.01, 0.64, 0.99, 0.999, 1)] == [
        "0", "<1", "1", "64", "99", ">99", "100",
    ]  # fmt: skip


def test_the_picture_names_systems_and_a_suite_without_routers_has_none(
    collapsed: SuiteFrames,
) -> None:
    assert "new: query" in svg_of("depths", collapsed, plan=PLAN)
    assert FIGURE.draw(untrained(), PLAN) is None


def test_two_datasets_have_maps_of_their_own(collapsed: SuiteFrames) -> None:
    both = pd.concat([collapsed.depths, collapsed.depths.assign(dataset="two")])
    frames = replace(collapsed, depths=both)
    titles = [one.title.text for one in chart_of("depths", frames, plan=PLAN).concat]
    assert titles == ["new, toy: query", "old, toy: query", "new, two: query", "old, two: query"]
    assert "new on two, query" in FIGURE.describe(frames, PLAN)

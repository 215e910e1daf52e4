"""The search: a line per system and searched option, and a ring around what was chosen."""

from dataclasses import replace

import pytest

from maw.reporting.figures.registry import FIGURES, chart_of
from maw.reporting.frames import SuiteFrames
from tests.reporting.figures.studies import PLAN, untrained
from tests.reporting.small_suite import search_frame

FIGURE = FIGURES["selection"]


@pytest.fixture
def searched() -> SuiteFrames:
    """One system with two values of an option at two learning rates, one without an option."""
    scores = {(0.001, 0.1): 0.5, (0.003, 0.1): 0.6, (0.001, 0.2): 0.55, (0.003, 0.2): 0.4}
    rows = [
        {
            "trial": trial,
            "parameters": f'{{"learning_rate": {rate}, "training.warmup": {warmup}}}',
            "dev": dev,
            "chosen": dev == 0.6,
            "at_edge": dev == 0.6,
        }
        for trial, ((rate, warmup), dev) in enumerate(scores.items(), start=1)
    ]
    other = {"system": "old", "parameters": '{"learning_rate": 0.001}', "dev": 0.3, "chosen": True}
    return replace(untrained(), search=search_frame([*rows, other]))


def test_each_value_of_an_option_has_its_line_and_the_chosen_one_its_label(
    searched: SuiteFrames,
) -> None:
    data = FIGURE.data(searched, PLAN)
    assert data["options"].unique().tolist() == ["training.warmup 0.1", "training.warmup 0.2", ""]
    faint, lines, *_, rings, _, labels = chart_of("selection", searched, plan=PLAN).layer
    assert lines.to_dict()["encoding"]["detail"]["field"] == "options"
    chosen = lines.data[lines.data["on_chosen_line"]]
    assert set(chosen["options"]) == {"training.warmup 0.1", ""}
    assert faint.to_dict()["transform"] == [{"filter": "!datum.on_chosen_line"}]
    assert rings.data["chosen"].sum() == 2
    assert rings.to_dict()["transform"] == [{"filter": "datum.chosen"}]
    assert set(labels.data["label"]) == {"new, training.warmup 0.1", "old"}
    ticks = lines.to_dict()["encoding"]["x"]["axis"]["values"]
    assert ticks == [0.001, 0.003]
    assert FIGURE.hint(searched, PLAN).startswith("Fainter lines are values of an option")
    rates_alone = replace(searched, search=searched.search[searched.search["system"] == "old"])
    assert FIGURE.hint(rates_alone, PLAN) == ""


def test_the_description_names_the_choice_and_its_edge(searched: SuiteFrames) -> None:
    assert FIGURE.describe(searched, PLAN) == (
        "nDCG@10 on development queries. new: 4 trials from .400 to .600; chosen: learning rate "
        "0.003, training.warmup 0.1, at the edge of what was tried. old: 1 trials from .300 to "
        ".300; chosen: learning rate 0.001."
    )


def test_where_nothing_was_searched_there_is_no_figure(searched: SuiteFrames) -> None:
    fixed = replace(searched, search=searched.search.assign(dev=None))
    assert FIGURE.draw(fixed, PLAN) is None
    assert FIGURE.data(fixed, PLAN).empty


def test_each_dataset_has_a_panel(searched: SuiteFrames) -> None:
    names = ["one", "two", "one", "two", "one"]
    frames = replace(searched, search=searched.search.assign(dataset=names))
    panels = chart_of("selection", frames, plan=PLAN).vconcat
    assert [panel.title for panel in panels] == ["one", "two"]
    assert "new on two: 2 trials" in FIGURE.describe(frames, PLAN)

"""All figures: title, description and data of each, and the sentence where there are no data."""

from dataclasses import replace
from io import BytesIO

import pandas as pd
import pytest

from maw.reporting.figures.figure import sample, title_of
from maw.reporting.figures.registry import FIGURES, chart_of, entry, render, svg_of
from maw.reporting.frames import SuiteFrames
from tests.reporting.small_suite import comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

PLAN = plan_of(("new", "old"))
COMPARED = comparison_frames(random_tables(), PLAN)
ALWAYS = ("forest", "leaderboard")  # they need no suite


@pytest.fixture
def untrained() -> SuiteFrames:
    """The frames of a suite in which nothing is trained, routed or encoded."""
    return suite_frames(COMPARED)


@pytest.mark.parametrize("name", [name for name in FIGURES if name not in (*ALWAYS, "components")])
def test_a_figure_without_data_says_what_is_missing(name: str, untrained: SuiteFrames) -> None:
    figure = render(name, untrained, plan=PLAN)
    svg, absent = figure.svg.decode(), FIGURES[name].absent
    assert f">{absent}</desc>" in svg
    assert f">{absent}</text>" in svg
    assert figure.png.startswith(b"\x89PNG")
    assert FIGURES[name].data(untrained, PLAN).empty


def test_a_plan_without_contrasts_has_a_forest_that_says_so(untrained: SuiteFrames) -> None:
    empty = {name: getattr(untrained, name).iloc[:0] for name in ("comparisons", "claims")}
    assert "the plan names no contrast" in svg_of("forest", replace(untrained, **empty), plan=PLAN)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_described_in_sentences(name: str) -> None:
    figure = FIGURES[name]
    assert figure.title
    assert (figure.caption or figure.key_of_claims[0]).endswith(".")
    assert figure.absent.endswith(".")


def test_a_figure_is_an_svg_a_picture_and_its_data() -> None:
    figure = render("leaderboard", COMPARED, plan=PLAN)
    svg = figure.contents(".svg").decode()
    assert "toy · 20 queries · 4 seeds · 95 % intervals over queries" in svg
    assert figure.contents(".png").startswith(b"\x89PNG")
    data = pd.read_csv(BytesIO(figure.contents(".csv")))
    assert data["mean"].tolist() == pytest.approx(
        FIGURES["leaderboard"].data(COMPARED, PLAN)["mean"]
    )
    with pytest.raises(KeyError, match="pdf"):
        figure.contents(".pdf")


def test_the_subtitle_names_the_data() -> None:
    rows = COMPARED.comparisons

    def told(*datasets: str, **columns: object) -> str:
        several = [rows.assign(dataset=name, **columns) for name in datasets]
        return sample(replace(COMPARED, comparisons=pd.concat(several)), queries="topics")

    assert told("a", n_clusters=7) == "a · 20 topics in 7 clusters · 4 seeds"
    assert told("a", "b") == "a · 20 topics · 4 seeds; b · 20 topics · 4 seeds"
    assert told("a", n_queries=1200) == "a · 1,200 topics · 4 seeds"
    assert told("a", n_seeds=1, n_seeds_baseline=1) == "a · 20 topics · single runs"
    assert told("a", "b", "c") == "3 datasets · 20 topics each · 4 seeds"


def test_a_long_subtitle_has_more_lines() -> None:
    rows = COMPARED.comparisons.assign(dataset="a collection with a very long name " * 2)
    frames = replace(COMPARED, comparisons=rows)
    subtitle = chart_of("leaderboard", frames, plan=PLAN).to_dict()["title"]["subtitle"]
    assert subtitle == [sample(frames), "95 % intervals over queries (BCa bootstrap)"]


def test_a_chart_for_a_notebook_has_the_title() -> None:
    title = chart_of("leaderboard", COMPARED, plan=PLAN).to_dict()["title"]
    assert title["text"] == "Mean score of each system"


def test_a_template_gets_the_figure_with_its_caption_and_unescaped() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" />'
    shown = entry("cost", svg, csv="../figures/cost.csv")
    assert shown["svg"].__html__() == svg
    assert shown["caption"].startswith("Without the frozen layers")
    assert (shown["title"], shown["csv"]) == ("What does quality cost?", "../figures/cost.csv")


def test_a_title_says_what_a_ranking_is_made_for() -> None:
    figure = FIGURES["moved"]
    assert title_of(figure, queries="queries") == "Which queries move"
    assert title_of(figure, queries="topics") == "Which topics move"

"""The figures of a suite's report and of a comparison: Altair charts, rendered without a browser.

A figure without data becomes a sentence that says which data are missing, because the workflow
expects its file all the same. Where vl-convert, of the extra `figures`, is not installed, a page
shows each figure in words.
"""

from typing import Any
from xml.etree import ElementTree

from maw.reporting.figures import (
    ablations,
    budget,
    calibration,
    components,
    cost,
    depths,
    forest,
    leaderboard,
    learning,
    moved,
    routing,
    search,
)
from maw.reporting.figures.figure import Figure, Rendered, sentence, title_of, titled
from maw.reporting.figures.look import Chart, dressed, inlined, palette_css, themed
from maw.reporting.frames import VerdictFrames
from maw.settings.plan import Analysis

__all__ = [
    "FIGURES",
    "Figure",
    "Rendered",
    "chart_of",
    "entry",
    "has_vl_convert",
    "inlined",
    "palette_css",
    "render",
    "shown",
    "svg_of",
]

FIGURES: dict[str, Figure] = {
    "forest": forest.FIGURE,
    "leaderboard": leaderboard.FIGURE,
    "cost": cost.FIGURE,
    "curves": learning.CURVES,
    "reward": learning.REWARD,
    "router": learning.ROUTER,
    "selection": search.FIGURE,
    "depths": depths.FIGURE,
    "components": components.FIGURE,
    "ablations": ablations.FIGURE,
    "calibration": calibration.FIGURE,
    "budget": budget.FIGURE,
    "moved": moved.FIGURE,
    "routing": routing.FIGURE,
}


def render(
    name: str, frames: VerdictFrames, *, plan: Analysis, queries: str = "queries"
) -> Rendered:
    """Return the figure `name` of FIGURES as SVG and PNG, with its data as CSV.

    The figures `forest` and `leaderboard` need VerdictFrames only, all others SuiteFrames. queries:
    what a ranking is made for, `queries` or `topics`.
    """
    import vl_convert

    svg = svg_of(name, frames, plan=plan, queries=queries)
    data = FIGURES[name].data(frames, plan)
    return Rendered(
        svg=svg.encode(),
        png=vl_convert.svg_to_png(svg, scale=2),
        csv=data.to_csv(index=False).encode(),
    )


def svg_of(name: str, frames: VerdictFrames, *, plan: Analysis, queries: str = "queries") -> str:
    """Return only the SVG of `render`, for a page that needs no other file."""
    import vl_convert

    chart = themed(chart_of(name, frames, plan=plan, queries=queries))
    return dressed(
        vl_convert.vegalite_to_svg(chart.to_json()),
        name=name,
        title=title_of(FIGURES[name], queries=queries),
        description=_in_words(name, frames, plan=plan),
    )


def shown(name: str, frames: VerdictFrames, *, plan: Analysis, queries: str = "queries") -> str:
    """Return what a page shows of a figure: its SVG, or without vl-convert an HTML paragraph.

    The paragraph says in words what the figure shows.
    """
    if has_vl_convert():
        return svg_of(name, frames, plan=plan, queries=queries)
    paragraph = ElementTree.Element("p")
    paragraph.text = _in_words(name, frames, plan=plan)
    return ElementTree.tostring(paragraph, encoding="unicode")


def has_vl_convert() -> bool:
    """Return whether vl-convert is installed, without which no figure is drawn."""
    try:
        import vl_convert  # noqa: F401
    except ModuleNotFoundError:
        return False
    return True


def _in_words(name: str, frames: VerdictFrames, *, plan: Analysis) -> str:
    figure = FIGURES[name]
    is_absent = figure.data(frames, plan).empty
    return figure.absent if is_absent else figure.describe(frames, plan)


def chart_of(
    name: str, frames: VerdictFrames, *, plan: Analysis, queries: str = "queries"
) -> Chart:
    """Return the chart of the figure `name` of FIGURES, with its title.

    Where there is no data, the chart shows only the sentence that says what is missing. queries: as
    for `render`.
    """
    figure = FIGURES[name]
    chart = figure.draw(frames, plan)
    if chart is None:
        return sentence(figure.absent)
    return titled(chart, figure, frames, plan=plan, queries=queries)


def entry(name: str, svg: str, *, hint: str = "", csv: str = "") -> dict[str, Any]:
    """Return a figure as a page's template reads it: name, svg, title, caption, csv.

    svg: what `render` or `shown` returned. hint: what the figure's function `hint` returned. csv:
    address of the figure's data, as the page links it; empty where there is no such file.
    """
    figure = FIGURES[name]
    caption = " ".join(filter(None, (figure.caption, hint)))
    return {
        "name": name, "svg": inlined(svg), "title": figure.title, "caption": caption, "csv": csv,
    }  # fmt: skip

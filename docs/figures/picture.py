"""How the pictures of the documentation become SVG text: with the look of the report's figures."""

from typing import NamedTuple

from maw.reporting.figures.look import Chart, dressed, themed


class Picture(NamedTuple):
    """A picture of a page: the name of its file without ending, and its SVG text."""

    name: str
    svg: str


def picture(chart: Chart, *, name: str, title: str, description: str) -> Picture:
    """Return the chart in the look of all figures.

    title and description go into the SVG, for readers who do not see it.
    """
    import vl_convert

    svg = vl_convert.vegalite_to_svg(themed(chart).to_json())
    return Picture(name, dressed(svg, name=name, title=title, description=description))

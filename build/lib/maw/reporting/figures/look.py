"""How every figure looks: a colour, a dash and a marker per system, one theme, and the SVG's dress.

Systems that claims are about have strong colours, their controls blue-greys, untrained systems
greys. The colours are of Okabe and Ito (jfly.uni-koeln.de/color, 2008) and of Paul Tol's schemes
(SRON/EPS/TN/09-002, 2021), chosen so that they differ for colour-blind readers too. Beyond one
round of a palette the colours come again with another dash and marker.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import altair as alt
from markupsafe import Markup

from maw.reporting.figures.lean import lean
from maw.reporting.frames import SuiteFrames, VerdictFrames
from maw.settings.plan import Analysis

Chart = Any  # layered, faceted or plain: altair has no common type for what can be rendered
WIDTH = 620
SVG = "http://www.w3.org/2000/svg"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
# pixels around a chart. Its size is computed with the first font; a browser without any of these
# takes a wider one, whose longest bold labels are up to 34 pixels longer, and labels at the ends of
# lines up to 50
PADDING = {"left": 38, "right": 54, "top": 12, "bottom": 12}
HIGHLIGHTS = (
    "#0072b2", "#ee6677", "#999933", "#882255", "#117733", "#332288", "#cc79a7", "#000000",
)  # fmt: skip
CONTROLS = ("#5b7f9f", "#8ea9c1", "#3d5a75")
UNTRAINED = ("#6b6b6b", "#9a9a9a")
INK, SOFT, LINE, PAPER, BAND = "#1d2126", "#5d6670", "#d9d6cf", "#fdfcf9", "#e8e4da"
DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3))
MARKERS = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
# the colour in the light -> the page's variable of it, and its colour in the dark
PALETTE: dict[str, tuple[str, str]] = {
    "#0072b2": ("--fig-1", "#3281e4"), "#ee6677": ("--fig-2", "#d55a50"),
    "#999933": ("--fig-3", "#b5b636"), "#882255": ("--fig-4", "#cf8f9b"),
    "#117733": ("--fig-5", "#c1fb9d"), "#332288": ("--fig-6", "#c3c6f7"),
    "#cc79a7": ("--fig-7", "#ac6ba4"), "#000000": ("--fig-8", "#f3f3f3"),
    "#5b7f9f": ("--fig-control-1", "#8fb0cf"), "#8ea9c1": ("--fig-control-2", "#b5cadd"),
    "#3d5a75": ("--fig-control-3", "#6f93b5"), "#6b6b6b": ("--fig-untrained-1", "#a3a3a3"),
    "#9a9a9a": ("--fig-untrained-2", "#c9c9c9"), INK: ("--fig-ink", "#e8e6e1"),
    SOFT: ("--fig-soft", "#a3abb3"), LINE: ("--fig-line", "#3a3f45"),
    PAPER: ("--fig-paper", "#1d2125"), BAND: ("--fig-band", "#2f3a37"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What marks one system in every figure.

    colour: hexadecimal. dash: lengths in pixels of strokes and gaps in turn. marker: a shape's name
    in Vega-Lite.
    """

    colour: str
    dash: tuple[int, ...]
    marker: str


@dataclass(frozen=True, slots=True)
class Looks:
    """The look of each system of a study, in the study's order of systems."""

    by_system: Mapping[str, Look]

    def of(self, system: str) -> Look:
        """Return the look of `system`. KeyError where the study has no such system."""
        return self.by_system[system]

    def ordered(self, systems: Iterable[str]) -> list[str]:
        """Return each of `systems` once, in the study's order."""
        present = set(systems)
        return [system for system in self.by_system if system in present]

    def colour(self, field: str, systems: Iterable[str], **options: Any) -> alt.Color:
        """Return the encoding of colour for a column of systems; without options, no legend."""
        names = self.ordered(systems)
        scale = alt.Scale(domain=names, range=[self.of(name).colour for name in names])
        return alt.Color(f"{field}:N", scale=scale, **{"legend": None, **options})

    def dash(self, field: str, systems: Iterable[str]) -> alt.StrokeDash:
        """Return the encoding of a line's dash for a column of systems, without a legend."""
        names = self.ordered(systems)
        scale = alt.Scale(domain=names, range=[list(self.of(name).dash) for name in names])
        return alt.StrokeDash(f"{field}:N", scale=scale, legend=None)

    def marker(self, field: str, systems: Iterable[str]) -> alt.Shape:
        """Return the encoding of a point's shape for a column of systems, without a legend."""
        names = self.ordered(systems)
        scale = alt.Scale(domain=names, range=[self.of(name).marker for name in names])
        return alt.Shape(f"{field}:N", scale=scale, legend=None)


def looks_of(frames: VerdictFrames, plan: Analysis) -> Looks:
    """Return the look of every system that the plan or the scores name.

    First come the systems of claims, then all others that are neither controls nor untrained, then
    the controls, then what is untrained; within these groups the plan's order holds, then that of
    the names.
    """
    claimed = list(dict.fromkeys(system for system, _ in plan.tests))
    deciding = [pair.baseline for pair in plan.contrasts if pair.role != "exploratory"]
    of_reference = {pair.baseline for pair in plan.contrasts if pair.role == "reference"}
    controls = [
        name
        for name in dict.fromkeys(deciding)
        if name not in claimed and (name not in of_reference or name in _judged_against(plan))
    ]
    planned = [name for pair in plan.contrasts for name in (pair.system, pair.baseline)]
    scored = sorted(frames.leaderboard["system"].astype(str).unique())
    everything = list(dict.fromkeys([*planned, *scored]))
    untrained = _untrained(frames, of_reference) - {*claimed, *controls}
    others = [n for n in everything if n not in {*claimed, *controls, *untrained}]
    greys = [name for name in everything if name in untrained]
    groups = (
        ([*claimed, *others], HIGHLIGHTS),
        (controls, CONTROLS),
        (greys, UNTRAINED),
    )
    return Looks({n: look for names, colours in groups for n, look in _assigned(names, colours)})


def _judged_against(plan: Analysis) -> set[str]:
    """Return the baselines that decide a claim."""
    return {name for names in plan.controls_of.values() for name in names}


def _untrained(frames: VerdictFrames, of_reference: set[str]) -> set[str]:
    """Return the systems that no run trained; without records of training, those for scale."""
    if not isinstance(frames, SuiteFrames) or "trained" not in frames.runs:
        return of_reference
    trained = frames.runs["trained"].eq(True)
    return set(frames.runs.loc[~trained, "system"]) - set(frames.runs.loc[trained, "system"])


def _assigned(names: Sequence[str], colours: Sequence[str]) -> Iterable[tuple[str, Look]]:
    """Yield each name with its look: the colours in turn, with another dash in each round."""
    for n, name in enumerate(names):
        turn, place = divmod(n, len(colours))
        dash = DASHES[turn % len(DASHES)]
        yield name, Look(colours[place], dash, MARKERS[(place + turn) % len(MARKERS)])


def themed(chart: Chart) -> Chart:
    """Return the chart with the fonts, sizes and lines that all figures share."""
    return (
        chart.configure(font=FONT, aria=False, background=PAPER, padding=PADDING)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=SOFT, titleColor=INK, gridColor=LINE, domainColor=SOFT, tickColor=SOFT,
            labelFontSize=13, titleFontSize=13, titleFontWeight="normal", titlePadding=8,
        )
        .configure_header(labelColor=INK, titleColor=INK, labelFontSize=13, labelFontWeight="bold")
        .configure_legend(labelColor=INK, titleColor=INK, labelFontSize=13, titleFontSize=13)
        .configure_text(color=INK, fontSize=13)
        .configure_title(
            anchor="start", color=INK, fontSize=17, subtitleColor=SOFT, subtitleFontSize=13,
            offset=14, subtitlePadding=5,
        )
    )  # fmt: skip


def spread_apart(places: Sequence[float], *, least: float) -> list[float]:
    """Return places for labels, in the order given, near `places` and at least `least` apart.

    Neighbours that are too near share the middle of their places, as in the pool of adjacent
    violators: the sum of squared moves is the smallest possible (Barlow et al. 1972).
    """
    order = sorted(range(len(places)), key=lambda n: places[n])
    blocks: list[list[float]] = []  # sum of places without the steps between them, number
    for step, n in enumerate(order):
        blocks.append([places[n] - step * least, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, size = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + size]
    means = [total / size for total, size in blocks for _ in range(int(size))]
    moved = [0.0] * len(places)
    for step, n in enumerate(order):
        moved[n] = means[step] + step * least
    return moved


def dressed(svg: str, *, name: str, title: str, description: str) -> str:
    """Return the SVG as one image with a title, a description, and ids of its own.

    Ids start with `figure-NAME-`. The roles that Vega gives to groups are removed, because parts of
    an image have none.
    """
    root = ElementTree.fromstring(svg)
    prefix = f"figure-{name}-"
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if key == "role" or key.startswith("aria-"):
                del element.attrib[key]
            elif key == "id":
                element.set(key, prefix + value)
            elif key.endswith("href") and value.startswith("#"):
                element.set(key, f"#{prefix}{value[1:]}")
            else:
                element.set(key, value.replace("url(#", f"url(#{prefix}"))
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}title {prefix}desc")
    for place, (tag, text) in enumerate({"title": title, "desc": description}.items()):
        told = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": prefix + tag})
        told.text = text
        root.insert(place, told)
    return _written(root)


def palette_css() -> str:
    """Return the style sheet of the colours of inlined figures, in the light and in the dark."""
    light = "; ".join(f"{variable}: {colour}" for colour, (variable, _) in PALETTE.items())
    dark = "; ".join(f"{variable}: {colour}" for variable, colour in PALETTE.values())
    in_the_dark = "@media screen and (prefers-color-scheme: dark)"
    return f":root {{ {light}; }}\n{in_the_dark} {{ :root {{ {dark}; }} }}\n"


def inlined(svg: str) -> Markup:
    """Return the SVG for a page: each colour is a variable of the page, by default its own value.

    So the page can give other colours in the dark. svg: what `render` returns.
    """
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        for key in ("fill", "stroke"):
            colour = element.get(key, "")
            if colour.lower() in PALETTE:
                variable, _ = PALETTE[colour.lower()]
                element.set(key, f"var({variable}, {colour})")
    return Markup(_written(lean(root)))


def _written(root: ElementTree.Element) -> str:
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode")

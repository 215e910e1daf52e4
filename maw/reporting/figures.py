"""The figures of a suite's report and of a comparison: Altair charts, rendered without a browser.

A figure without data becomes a sentence that says which data are missing, because the workflow
expects its file all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
from markupsafe import Markup

from maw.reporting import searches
from maw.reporting.forest import forest
from maw.reporting.frames import SuiteFrames, VerdictFrames
from maw.settings.plan import Analysis
from maw.verdicts import costs

Chart = Any  # layered, faceted or plain: altair has no common type for what can be rendered
# two greys, then as many colours as the thorough suite has systems
COLOURS = [
    "#7f8c8d", "#b0a18f", "#1f4e79", "#c8553d", "#2a9d8f", "#e9a23b", "#6d597a", "#111111",
    "#7cb518", "#e377c2", "#3a86ff", "#8c564b", "#9d0208", "#17becf", "#5a189a",
]  # fmt: skip
WIDTH = 560


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered figure: the contents of an SVG file and of a PNG file."""

    svg: bytes
    png: bytes


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its drawing function, its caption, and the sentence shown without data.

    draw: (frames, plan) -> chart, or None where there is no data; then `absent` is shown.
    """

    draw: Callable[[Any, Analysis], Chart | None]
    caption: str
    absent: str


def render(name: str, frames: VerdictFrames, *, plan: Analysis) -> Rendered:
    """Return the figure `name` of FIGURES as SVG and PNG.

    The figures `forest` and `leaderboard` need VerdictFrames only, all others SuiteFrames.
    """
    import vl_convert

    chart = chart_of(name, frames, plan=plan)
    spec = chart.configure_view(stroke=None).configure(font="Georgia, serif").to_json()
    svg = vl_convert.vegalite_to_svg(spec)
    return Rendered(svg.encode(), vl_convert.vegalite_to_png(spec, scale=2))


def chart_of(name: str, frames: VerdictFrames, *, plan: Analysis) -> Chart:
    """Return the chart of the figure `name` of FIGURES.

    Where there is no data, the chart shows only the sentence that says what is missing.
    """
    figure = FIGURES[name]
    chart = figure.draw(frames, plan)
    return _sentence(figure.absent) if chart is None else chart


def entry(name: str, svg: str) -> dict[str, Any]:
    """Return a figure as a page's template reads it: name, svg, caption."""
    return {"name": name, "svg": Markup(svg), "caption": FIGURES[name].caption}


def leaderboard(frames: VerdictFrames, plan: Analysis) -> Chart | None:
    """Return a chart of each system's mean by the primary measure with its BCa interval.

    Each dataset has a panel of its own. None without scores by the primary measure.
    """
    rows = frames.leaderboard
    rows = rows[rows["measure"] == plan.primary]
    if rows.empty:
        return None
    y = alt.Y("system:N", sort="-x", title=None)
    base = alt.Chart(rows)
    bars = base.mark_rule(strokeWidth=2, color=COLOURS[2]).encode(x="ci_low:Q", x2="ci_high:Q", y=y)
    title = f"{plan.primary}, 95 % BCa interval"
    scale = alt.Scale(zero=False)
    points = base.mark_point(filled=True, size=70, color=COLOURS[2]).encode(
        x=alt.X("mean:Q", title=title, scale=scale), y=y
    )
    return (bars + points).properties(width=WIDTH).facet(row=alt.Row("dataset:N", title=None))


def curves(frames: SuiteFrames, plan: Analysis) -> Chart | None:
    """Return a chart of the development score over training steps, a line for each trained run."""
    return _lines(frames.curves, "dev", title=f"{plan.primary} on development queries", zero=False)


def reward(frames: SuiteFrames, plan: Analysis) -> Chart | None:
    """Return a chart of the mean reward of sampled depths over training steps, a line per run.

    Only routers that learn by reinforcement have a reward.
    """
    return _lines(frames.curves, "reward", title="mean reward", zero=False)


def router(frames: SuiteFrames, plan: Analysis) -> Chart | None:
    """Return a chart of the entropy (nats) of the router's policy over steps, a line per run.

    Only runs that recorded this entropy are in it.
    """
    return _lines(frames.curves, "router_entropy", title="router entropy (nats)", zero=True)


def _lines(curves: pd.DataFrame, quantity: str, *, title: str, zero: bool) -> Chart | None:
    rows = curves[curves["quantity"] == quantity]
    if rows.empty:
        return None
    return (
        alt.Chart(rows)
        .mark_line(point=alt.OverlayMarkDef(size=18), opacity=0.7)
        .encode(
            x=alt.X("step:Q", title="training step"),
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=zero)),
            color=alt.Color("system:N", scale=alt.Scale(range=COLOURS[2:]), title=None),
            detail=["seed:N", "dataset:N"],
        )
        .properties(width=WIDTH, height=220)
    )


def selection(frames: SuiteFrames, plan: Analysis) -> Chart | None:
    """Return a chart of the development score of each trial over its learning rate.

    There is a line for each value of the searched option. A larger point marks the chosen trial.
    """
    rows = searches.points(frames.search)
    if rows.empty:
        return None
    x = alt.X("learning_rate:Q", scale=alt.Scale(type="log"), title="learning rate")
    title = f"{plan.primary} on development queries"
    y = alt.Y("dev:Q", title=title, scale=alt.Scale(zero=False))
    colour = alt.Color("system:N", scale=alt.Scale(range=COLOURS[2:]), title=None)
    base = alt.Chart(rows).encode(x=x, y=y, color=colour, detail=["dataset:N", "value:O"])
    chosen = base.transform_filter("datum.chosen").mark_point(filled=True, size=110)
    lines, points = base.mark_line(), base.mark_point(filled=True, size=30)
    if rows["value"].nunique() > 1:
        lines = lines.encode(strokeDash=alt.StrokeDash("value:O", title="option's value no."))
    return (lines + points + chosen).properties(width=WIDTH, height=220)


def depths(frames: SuiteFrames, plan: Analysis) -> Chart | None:
    """Return a chart of the share of texts (or pairs) for which the router chose each depth.

    All seeds of a system on a dataset are counted together; queries, documents and pairs have
    panels of their own. Where a router mixes depths, that of the largest weight counts.
    """
    rows = frames.depths
    if rows.empty:
        return None
    if rows["dataset"].nunique() > 1:
        rows = rows.assign(system=rows["system"] + ", " + rows["dataset"])
    counts = rows.groupby(["system", "side", "depth"]).size().rename("n").reset_index()
    counts["share"] = counts["n"] / counts.groupby(["system", "side"])["n"].transform("sum")
    return (
        alt.Chart(counts)
        .mark_bar(color=COLOURS[4])
        .encode(
            x=alt.X("depth:O", title="chosen depth", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("share:Q", title="share of texts", axis=alt.Axis(format="%")),
            column=alt.Column("side:N", title=None),
            row=alt.Row("system:N", title=None),
        )
        .properties(width=WIDTH // 2 - 40, height=110)
    )


def cost(frames: SuiteFrames, plan: Analysis) -> Chart | None:
    """Return a chart of the system's mean score against the encoding speed, a point for each run.

    The speed is in texts per GPU second if any run has that speed, else per CPU second. A run
    without such a speed, as of BM25, has no point.
    """
    scores = frames.leaderboard
    scores = scores[scores["measure"] == plan.primary][["dataset", "system", "mean"]]
    runs = costs.by_clock(frames.runs)
    of_cpu, of_gpu = costs.ENCODING
    speed, clock = (of_cpu, "CPU") if runs[of_gpu].isna().all() else (of_gpu, "GPU")
    rows = runs.reindex(columns=["dataset", "system", "seed", speed])
    rows = rows.dropna(subset=[speed]).merge(scores, on=["dataset", "system"])
    if rows.empty:
        return None
    return (
        alt.Chart(rows)
        .mark_point(filled=True, size=60, opacity=0.7)
        .encode(
            x=alt.X(f"{speed}:Q", title=f"texts per {clock} second through the trained layers"),
            y=alt.Y("mean:Q", title=f"mean {plan.primary}", scale=alt.Scale(zero=False)),
            color=alt.Color("system:N", scale=alt.Scale(range=COLOURS[1:]), title=None),
        )
        .properties(width=WIDTH, height=220)
    )


def _sentence(text: str) -> Chart:
    """Return a chart that shows only one line of text, for a figure without data."""
    return (
        alt.Chart(pd.DataFrame({"text": [text]}))
        .mark_text(align="left", fontSize=13)
        .encode(text="text:N", x=alt.value(0), y=alt.value(20))
        .properties(width=WIDTH, height=40)
    )


FIGURES: dict[str, Figure] = {
    "forest": Figure(
        forest,
        "Differences from the controls. Claims are named in the plan's order, each with its word; "
        "the tick is the largest gain that fits, and the thick bar the limits of equivalence with "
        "one control. Pale bars are single controls. The band is ± the smallest difference that "
        "matters. Grey bars are for scale and decide nothing.",
        "No difference is drawn: the plan names no contrast.",
    ),
    "leaderboard": Figure(
        leaderboard,
        "Means over queries and seeds. Overlap of two intervals decides nothing.",
        "No mean is drawn: no run was scored by the primary measure.",
    ),
    "curves": Figure(
        curves,
        "Learning curves on development queries.",
        "No learning curve is drawn: no system of this suite is trained.",
    ),
    "reward": Figure(
        reward,
        "Rewards of the routers that learn by reinforcement.",
        "No reward is drawn: no router of this suite learns by reinforcement.",
    ),
    "router": Figure(
        router,
        "Entropy of the routers' policies; at 0 a router always chooses the same depth.",
        "No router's entropy is drawn: no run of this suite recorded one.",
    ),
    "selection": Figure(
        selection,
        "The search of hyper-parameters, each value of the searched option with a line of its own; "
        "every seed was trained with those of the larger point.",
        "No search is drawn: nothing was searched in this suite.",
    ),
    "depths": Figure(
        depths,
        "Which depth texts choose at ranking time, all seeds together.",
        "No depth is drawn: no system of this suite routes its texts.",
    ),
    "cost": Figure(
        cost,
        "Mean score against encoding speed.",
        "No speed is drawn: no encoder's time was measured.",
    ),
}

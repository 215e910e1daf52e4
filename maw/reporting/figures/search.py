"""The search of hyper-parameters: the development score of each trial over its learning rate.

A system has a line for each value of the option that it searches beside the learning rate. The one
with the choice has the label; the others are fainter, so that eleven systems can be told apart.
"""

import json

import altair as alt
import pandas as pd

from maw.reporting import searches
from maw.reporting.figures.figure import Figure
from maw.reporting.figures.line_ends import axis_range, line_ends
from maw.reporting.figures.look import Chart, Looks, looks_of
from maw.reporting.frames import SuiteFrames
from maw.reporting.wording import compact
from maw.settings.plan import Analysis

SIZE = (440, 240)  # width and height of a panel in pixels, without its labels
FAINT = 0.35  # opacity of the lines without the choice
SIDE_ROOM = 1.1  # factor by which the x axis goes beyond the learning rates that were tried
COLUMNS = ["dataset", "system", "trial", "learning_rate", "options", "dev", "chosen", "at_edge"]


def data(frames: SuiteFrames, plan: Analysis) -> pd.DataFrame:
    """Return a row for each trial that was trained, with learning rate and development score.

    options: the searched values beside the learning rate, such as `training.warmup 0.1`; empty
    where the learning rate alone was searched. chosen: whether every seed was trained so. at_edge:
    whether a value is the smallest or largest of three or more.
    """
    rows = frames.search[frames.search["dev"].notna()]
    tried = [json.loads(text) for text in rows["parameters"]]
    others = [{n: v for n, v in trial.items() if n != searches.RATE} for trial in tried]
    return rows.assign(
        learning_rate=[float(trial[searches.RATE]) for trial in tried],
        options=[searches.shown(json.dumps(trial)) for trial in others],
    )[COLUMNS]


def draw(frames: SuiteFrames, plan: Analysis) -> Chart | None:
    """Return a panel per dataset: a line per system and searched option, the choice ringed."""
    rows = data(frames, plan)
    if rows.empty:
        return None
    looks, title = looks_of(frames, plan), f"{plan.primary} on development queries"
    panels = {
        name: _panel(of_dataset, looks, title=title)
        for name, of_dataset in rows.groupby("dataset", sort=False)
    }
    if len(panels) == 1:
        return next(iter(panels.values()))
    return alt.vconcat(*(panel.properties(title=name) for name, panel in panels.items()))


def _panel(rows: pd.DataFrame, looks: Looks, *, title: str) -> Chart:
    rows = rows.assign(
        on_chosen_line=rows.groupby(["system", "options"])["chosen"].transform("any")
    )
    y_range = axis_range(rows["dev"])
    rates = sorted(rows["learning_rate"].unique())
    x = alt.X(
        "learning_rate:Q",
        scale=alt.Scale(
            type="log", domain=[rates[0] / SIDE_ROOM, rates[-1] * SIDE_ROOM], nice=False
        ),
        axis=alt.Axis(values=rates, format="~g", grid=False),
        title="learning rate (each value that was tried)",
    )
    y = alt.Y("dev:Q", title=title, scale=alt.Scale(domain=y_range, nice=False))
    colour = looks.colour("system", rows["system"])
    base = alt.Chart(rows).encode(x=x, y=y, color=colour, detail="options:N")
    shape = looks.marker("system", rows["system"])
    dash = looks.dash("system", rows["system"])
    forms = (("!datum.on_chosen_line", 1, 20, FAINT), ("datum.on_chosen_line", 2, 45, 1))
    lines = [
        base.transform_filter(which)
        .mark_line(strokeWidth=width, opacity=opacity)
        .encode(strokeDash=dash)
        for which, width, _, opacity in forms
    ]
    points = [
        base.transform_filter(which)
        .mark_point(filled=True, size=size, opacity=opacity)
        .encode(shape=shape)
        for which, _, size, opacity in forms
    ]
    layers = [
        *lines,
        *points,
        base.transform_filter("datum.chosen").mark_point(size=190, opacity=1, strokeWidth=2),
    ]
    labels = line_ends(
        _ends(rows), x="learning_rate", y="dev", looks=looks, y_range=y_range, size=SIZE
    )
    width, height = SIZE
    return alt.layer(*layers, *labels).properties(width=width, height=height)


def _ends(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the last trial of each line with a choice, with its label."""
    last = (
        rows[rows["on_chosen_line"]]
        .sort_values("learning_rate")
        .groupby(["system", "options"], sort=False)
        .tail(1)
    )
    labels = [
        f"{row.system}, {row.options}" if row.options else str(row.system)
        for row in last.itertuples()
    ]
    return last.assign(label=labels)


def describe(frames: SuiteFrames, plan: Analysis) -> str:
    """Return for each search what was chosen, its score, and the range of all trials' scores."""
    rows = data(frames, plan)
    several = rows["dataset"].nunique() > 1
    parts = []
    for (dataset, system), trials in rows.groupby(["dataset", "system"], sort=False):
        place = f" on {dataset}" if several else ""
        text = f"{system}{place}: {len(trials)} trials from {compact(trials['dev'].min())} to "
        text += compact(trials["dev"].max())
        for row in trials[trials["chosen"]].itertuples():
            options = f", {row.options}" if row.options else ""
            edge = ", at the edge of what was tried" if row.at_edge else ""
            text += f"; chosen: learning rate {row.learning_rate:g}{options}{edge}"
        parts.append(text)
    return f"{plan.primary} on development queries. {'. '.join(parts)}."


def readings(frames: SuiteFrames, plan: Analysis) -> str:
    """Return what the fainter lines are; "" where only the learning rate was searched."""
    if data(frames, plan)["options"].eq("").all():
        return ""
    return "Fainter lines are values of an option that were not chosen."


FIGURE = Figure(
    draw=draw,
    hint=readings,
    data=data,
    title="Search of hyper-parameters",
    caption="Score on development queries at each learning rate that was tried, one training with "
    "the tuning seed each. The ring marks what was chosen: every seed was trained with it.",
    describe=describe,
    absent="No search is drawn: nothing was searched in this suite.",
    key=("ring: the choice, with which every seed was trained",),
    of_test=False,
)

"""How far scores vary over queries, over seeds, and in what is left: one panel for each part."""

import altair as alt
import numpy as np
import pandas as pd

from maw.reporting.figures.figure import Figure
from maw.reporting.figures.look import Chart, Looks, looks_of
from maw.reporting.frames import ComparisonFrames
from maw.reporting.wording import number
from maw.settings.plan import Analysis

PARTS = {"query": "over queries", "seed": "over seeds", "error": "the rest (query × seed)"}
PANEL, ROW_HEIGHT = 170, 24  # pixels: width of a panel, height of a row
COLUMNS = ["dataset", "system", "part", "sd", "low", "high", "n_seeds"]


def data(frames: ComparisonFrames, plan: Analysis) -> pd.DataFrame:
    """Return a row for each dataset, system and part: a standard deviation and its 95 % interval.

    part: a key of PARTS. They are roots of the variance components, in the measure's unit; a
    component below 0 counts as 0. A system with one seed has no row for seeds and for the rest;
    where no system has more, there is no row.
    """
    wide = frames.components
    if not wide["n_seeds"].gt(1).any():
        return pd.DataFrame(columns=COLUMNS)
    parts = [
        pd.DataFrame(
            {
                **{name: wide[name] for name in ("dataset", "system", "n_seeds")},
                "part": part,
                **{
                    name: np.sqrt(wide[column].clip(lower=0))
                    for name, column in (
                        ("sd", part), ("low", f"{part}_low"), ("high", f"{part}_high")
                    )
                },
            }
        )
        for part in PARTS
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)[COLUMNS].dropna(subset=["sd"])


def draw(frames: ComparisonFrames, plan: Analysis) -> Chart | None:
    """Return three panels for each dataset, a row per system; None where no system has seeds."""
    rows = data(frames, plan)
    if rows.empty:
        return None
    looks = looks_of(frames, plan)
    boards = {
        name: _board(of_dataset, looks, measure=plan.primary)
        for name, of_dataset in rows.groupby("dataset", sort=False)
    }
    if len(boards) == 1:
        return next(iter(boards.values()))
    return alt.vconcat(*(board.properties(title=name) for name, board in boards.items()))


def _board(rows: pd.DataFrame, looks: Looks, *, measure: str) -> Chart:
    """Return the panels of one dataset side by side, each with an axis of its own from 0."""
    systems = looks.ordered(rows["system"])
    panels: list[Chart] = []
    for part, title in PARTS.items():
        of_part = rows[rows["part"] == part]
        y = alt.Y(
            "system:N",
            scale=alt.Scale(domain=systems),
            title=None,
            axis=alt.Axis(grid=False, labels=not panels, ticks=not panels, labelLimit=260),
        )
        colour = looks.colour("system", rows["system"])
        base = alt.Chart(of_part).encode(y=y, color=colour)
        x = alt.X(
            "sd:Q",
            title=f"SD of {measure} {title}" if part != "error" else f"SD of {title}",
            scale=alt.Scale(zero=True),
            axis=alt.Axis(tickCount=3, titleFontSize=12, labelFlush=False),
        )
        bars = base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q")
        points = base.mark_point(filled=True, size=60, opacity=1).encode(
            x=x, shape=looks.marker("system", rows["system"])
        )
        panels.append((bars + points).properties(width=PANEL, height=alt.Step(ROW_HEIGHT)))
    return alt.hconcat(*panels, spacing=14)


def describe(frames: ComparisonFrames, plan: Analysis) -> str:
    """Return each standard deviation with its interval, system by system."""
    rows = data(frames, plan)
    several = rows["dataset"].nunique() > 1
    parts = []
    for (dataset, system), group in rows.groupby(["dataset", "system"], sort=False):
        place = f" on {dataset}" if several else ""
        spans = [
            f"{PARTS[row.part]} {number(row.sd, 4)} ({number(row.low, 4)} to {number(row.high, 4)})"
            for row in group.itertuples()
        ]
        parts.append(f"{system}{place}: {', '.join(spans)}")
    return (
        f"Standard deviations of {plan.primary} with 95 % intervals. {'; '.join(parts)}. Systems "
        "with one seed have none over seeds."
    )


FIGURE = Figure(
    draw=draw,
    data=data,
    title="What the scores vary with",
    caption="Standard deviations with 95 % intervals; each panel has its own scale. Queries vary "
    "most, but a suite has many of them; few seeds say little about how far seeds vary. The "
    "intervals take effects to be normal, and cover too rarely where scores are mostly 0 or 1. The "
    "deviation over queries of a system with one seed contains the rest.",
    describe=describe,
    absent="No variance is drawn: no system has more than one seed.",
    key=("standard deviations (SD) with 95 % intervals; each panel has its own scale",),
)

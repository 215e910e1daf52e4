"""What each part of the method does: the difference of every setting of a factor from its control.

A factor whose settings are numbers is a curve, any other has a row per setting. Beside it stands
what the source of the method states of the same factor, where it states anything: its own scores on
its own data, so that only the shapes can be compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from maw.reporting.figures.figure import Figure
from maw.reporting.figures.line_ends import axis_range
from maw.reporting.figures.look import BAND, INK, UNTRAINED, Chart
from maw.reporting.frames import SuiteFrames
from maw.reporting.wording import compact, short_interval
from maw.reporting.words import listed
from maw.settings.plan import Analysis

FACTOR = ["dataset", "factor"]
PAIR = ["dataset", "system", "baseline"]
COLUMNS = [
    *FACTOR, "setting", "system", "baseline", "difference", "ci_low", "ci_high", "fcr_low",
    "fcr_high", "is_control", "source_score",
]  # fmt: skip
WIDTH, SOURCE_WIDTH, CURVE_HEIGHT, ROW_HEIGHT = 330, 190, 200, 24  # pixels
FEWEST_OF_CURVE = 3  # numeric settings; two points have no shape
WIDE_RANGE = 4  # largest over smallest setting, from which a curve has a logarithmic axis


def data(frames: SuiteFrames, plan: Analysis) -> pd.DataFrame:
    """Return a row for each dataset, factor and setting with its difference from its control.

    ci_low, ci_high: unadjusted 95 % interval. fcr_low, fcr_high: that at the level of the false
    coverage rate, of contrasts that Benjamini and Hochberg's procedure selects. is_control: True
    for a setting that others of the factor are compared with; its difference is 0 by definition. A
    setting that only has a contrast for scale is left out.
    """
    if frames.ablations is None or frames.ablations.empty:
        return pd.DataFrame(columns=COLUMNS)
    compared = frames.comparisons
    compared = compared[(compared["measure"] == plan.primary) & (compared["role"] != "reference")]
    tested = compared.drop_duplicates(PAIR)[[*PAIR, "ci_low", "ci_high"]]
    rows = frames.ablations.merge(tested, on=PAIR, how="left", indicator="tested")
    rows["tested"] = rows["tested"] == "both"
    baselines = rows[rows["tested"]].groupby(FACTOR)["baseline"].agg(set)
    controls = [
        row["system"] in baselines.get((row["dataset"], row["factor"]), set())
        for row in rows.to_dict("records")
    ]
    rows["is_control"] = np.array(controls) & ~rows["tested"]
    rows.loc[rows["is_control"], "difference"] = 0.0
    rows.loc[rows["is_control"], ["baseline", "fcr_low", "fcr_high"]] = None
    return rows.loc[rows["tested"] | rows["is_control"], COLUMNS].reset_index(drop=True)


def numbers_of(settings: pd.Series) -> list[float] | None:
    """Return the settings of a factor as numbers; None where one is none, or there are too few."""
    values = pd.to_numeric(settings, errors="coerce")
    return None if values.isna().any() or len(values) < FEWEST_OF_CURVE else values.tolist()


def draw(frames: SuiteFrames, plan: Analysis) -> Chart | None:
    """Return a panel for each dataset and factor, one below the other; None without ablations."""
    rows = data(frames, plan)
    if rows.empty:
        return None
    margins = [] if plan.sesoi is None else [-plan.sesoi, plan.sesoi]
    limits = rows[["difference", "ci_low", "ci_high", "fcr_low", "fcr_high"]].to_numpy(float)
    span = axis_range([*limits[np.isfinite(limits)], 0.0, *margins])
    several = rows["dataset"].nunique() > 1
    panels = []
    for (dataset, factor), settings in rows.groupby(FACTOR, sort=False):
        place = f", {dataset}" if several else ""
        controls = listed(settings["baseline"].dropna().unique().tolist())
        heading = alt.Title(
            f"{factor}{place} · control: {controls}", fontSize=13, offset=6, frame="group"
        )
        panel = _factor(settings, span=span, margins=margins)
        panels.append(panel.properties(title=heading))
    return panels[0] if len(panels) == 1 else alt.vconcat(*panels, spacing=22)


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where a factor's panel shows its settings and the differences.

    is_curve: settings lie on the x axis and differences on the y axis, else the other way round.
    setting, difference: their encodings. size: the panel's width and height, as Altair takes them.
    """

    is_curve: bool
    setting: Any
    difference: Any
    size: Mapping[str, Any]

    def across(self, value: Any, end: Any = None) -> dict[str, Any]:
        """Return the encoding of a value, and of another end, along the axis of differences."""
        channel = "y" if self.is_curve else "x"
        return {channel: value} if end is None else {channel: value, f"{channel}2": end}

    def along(self) -> dict[str, Any]:
        """Return the encoding of the settings."""
        return {"x" if self.is_curve else "y": self.setting}


def _factor(rows: pd.DataFrame, *, span: tuple[float, float], margins: list[float]) -> Chart:
    """Return the panel of one factor, and beside it what the source states, if anything.

    span: the ends of the axis of differences, the same for all factors. margins: −SESOI and SESOI,
    or nothing.
    """
    axes = _axes(rows, span=span)
    rows = rows.assign(value=numbers_of(rows["setting"]))
    ours = alt.layer(*_marks(rows, axes, margins=margins)).properties(**axes.size)
    if rows["source_score"].isna().all():
        return ours
    return alt.hconcat(ours, _source(rows, axes), spacing=28)


def _axes(rows: pd.DataFrame, *, span: tuple[float, float]) -> _Axes:
    """Return the axes of one factor: a curve over numbers, else a row for each setting."""
    values = numbers_of(rows["setting"])
    options: dict[str, Any] = {
        "title": None,
        "scale": alt.Scale(domain=span, nice=False),
        "axis": alt.Axis(tickCount=6),
    }
    if values is None:
        setting = alt.Y(
            "setting:N",
            sort=rows["setting"].tolist(),
            title=None,
            axis=alt.Axis(grid=False, ticks=False, labelLimit=260),
        )
        size = {"width": WIDTH, "height": alt.Step(ROW_HEIGHT)}
        return _Axes(False, setting, alt.X("difference:Q", **options), size)
    number = alt.X(
        "value:Q",
        title=str(rows["factor"].iloc[0]).lower(),
        scale=_scale(values),
        axis=alt.Axis(values=values, grid=False, labelFlush=False),
    )
    size = {"width": WIDTH, "height": CURVE_HEIGHT}
    return _Axes(True, number, alt.Y("difference:Q", **options), size)


def _scale(values: list[float]) -> alt.Scale:
    """Return the scale of numeric settings: logarithmic where they span a wide range."""
    low, high = min(values), max(values)
    if low > 0 and high / low >= WIDE_RANGE:
        return alt.Scale(type="log", base=2, domain=[low / 1.2, high * 1.2], nice=False)
    return alt.Scale(domain=axis_range(values), nice=False)


def _marks(rows: pd.DataFrame, axes: _Axes, *, margins: list[float]) -> list[Chart]:
    """Return the layers of one factor: band, zero, curve, both intervals, points."""
    layers: list[Chart] = []
    if margins:
        edges = pd.DataFrame({"low": [margins[0]], "high": [margins[1]]})
        band = alt.Chart(edges).mark_rect(color=BAND, opacity=0.8)
        layers.append(band.encode(**axes.across("low:Q", "high:Q")))
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=INK, strokeDash=[4, 3])
    layers.append(zero.encode(**axes.across("zero:Q")))
    base = alt.Chart(rows).encode(**axes.along())
    if axes.is_curve:
        curve = base.mark_line(color=INK, strokeWidth=1.5)
        layers.append(curve.encode(**axes.across(axes.difference)))
    bars = base.mark_rule(color=UNTRAINED[0], strokeWidth=1.5)
    layers.append(bars.encode(**axes.across("ci_low:Q", "ci_high:Q")))
    if rows["fcr_low"].notna().any():
        thick = base.mark_rule(color=INK, strokeWidth=5, opacity=0.45)
        layers.append(thick.encode(**axes.across("fcr_low:Q", "fcr_high:Q")))
    shapes = alt.Scale(domain=[False, True], range=["circle", "diamond"])
    points = base.mark_point(filled=True, size=60, color=INK, opacity=1).encode(
        **axes.across(axes.difference), shape=alt.Shape("is_control:N", scale=shapes, legend=None)
    )
    return [*layers, points]


def _source(rows: pd.DataFrame, axes: _Axes) -> Chart:
    """Return the source's own scores over the same settings, on an axis of their own."""
    stated = rows.dropna(subset=["source_score"])
    options: dict[str, Any] = {
        "title": "score in the source’s table",
        "scale": alt.Scale(domain=axis_range(stated["source_score"]), nice=False),
    }
    score = alt.Y if axes.is_curve else alt.X
    base = alt.Chart(stated).encode(
        **axes.along(), **axes.across(score("source_score:Q", **options))
    )
    layers: list[Chart] = [base.mark_point(size=60, color=UNTRAINED[0], opacity=1)]
    if axes.is_curve:
        layers.insert(0, base.mark_line(color=UNTRAINED[0], strokeDash=[4, 3], strokeWidth=1.5))
    return alt.layer(*layers).properties(**{**axes.size, "width": SOURCE_WIDTH})


def describe(frames: SuiteFrames, plan: Analysis) -> str:
    """Return each difference with its unadjusted interval, and the source's score beside it."""
    parts = []
    for (dataset, factor), rows in data(frames, plan).groupby(FACTOR, sort=False):
        settings = [_told(row) for row in rows.to_dict("records")]
        parts.append(f"{factor} on {dataset}: {', '.join(settings)}")
    return f"Differences in {plan.primary} with unadjusted 95 % intervals. {'. '.join(parts)}."


def _told(row: dict[str, object]) -> str:
    source = row["source_score"]
    end = "" if pd.isna(source) else f" (the source states {compact(source)})"
    if row["is_control"]:
        return f"{row['setting']} is a control{end}"
    limits = short_interval(row["ci_low"], row["ci_high"], sign=True)
    selected = "" if pd.isna(row["fcr_low"]) else ", selected by BH"
    return f"{row['setting']} {compact(row['difference'], sign=True)} {limits}{selected}{end}"


FIGURE = Figure(
    draw=draw,
    data=data,
    title="What each part of the method does",
    caption="Difference of each setting from the control that the panel names; a diamond is a "
    "control itself. Thin bars: unadjusted 95 % intervals, which decide nothing. Thick bars: "
    "intervals at the level of the false coverage rate, of settings that Benjamini and "
    "Hochberg's procedure selects. The band is ± the smallest difference that matters. Open "
    "circles: scores in the source's own table, measured on other data.",
    describe=describe,
    absent="No ablation is drawn: this suite has none.",
    detail=lambda frames, plan: f"difference in {plan.primary}",
    key=(
        "thin: unadjusted 95 % interval · thick: FCR interval, selected by BH · band: ± SESOI",
        "right, open circles: the source's own scores, not measured here",
    ),
)

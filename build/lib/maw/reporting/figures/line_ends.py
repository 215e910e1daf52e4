"""Direct labels at the ends of lines, and the range of an axis that leaves room around the data."""

from collections.abc import Iterable

import altair as alt
import pandas as pd

from maw.reporting.figures.look import Chart, Looks, spread_apart

LABEL_STEP = 17  # pixels between two labels, one below the other
LEADER, GAP = 18, 5  # pixels of the line from the curve's end to its label, and before the text
ROOM = 0.06  # share of the data's range that stays free above and below


def axis_range(values: Iterable[float], *, from_zero: bool = False) -> tuple[float, float]:
    """Return the lower and the upper end of an axis for `values`, with some room at both ends.

    from_zero: the axis begins at 0 instead, whatever the values are.
    """
    series = pd.Series(list(values), dtype=float)
    low, high = (0.0 if from_zero else float(series.min())), float(series.max())
    room = ROOM * ((high - low) or abs(high) or 1.0)
    return (low if from_zero else low - room), high + room


def line_ends(
    ends: pd.DataFrame,
    *,
    x: str,
    y: str,
    looks: Looks,
    y_range: tuple[float, float],
    size: tuple[int, int],
) -> list[Chart]:
    """Return two layers: labels right of the chart, and lines that lead to them from each curve.

    ends: a row per curve, columns system, label, and those that x and y name: where the curve ends.
    y_range: the ends of the chart's y axis. size: the chart's width and height in pixels. The
    labels stand as near to their curves as the size of the letters allows.
    """
    width, height = size
    least = LABEL_STEP * (y_range[1] - y_range[0]) / height
    placed = ends.assign(place=spread_apart(ends[y].tolist(), least=least))
    base = alt.Chart(placed)
    leaders = base.mark_rule(strokeWidth=1, strokeDash=[2, 3]).encode(
        x=f"{x}:Q",
        x2=alt.value(width + LEADER),
        y=f"{y}:Q",
        y2="place:Q",
        color=looks.colour("system", ends["system"]),
    )
    labels = base.mark_text(align="left").encode(
        x=alt.value(width + LEADER + GAP), y="place:Q", text="label:N"
    )
    return [leaders, labels]

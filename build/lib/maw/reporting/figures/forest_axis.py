"""The axis of the forest plot: how far it reaches, its ticks, the band of ±SESOI, and zero."""

from collections.abc import Iterator, Sequence
from math import ceil, floor, inf, isfinite
from typing import Literal

import altair as alt
import pandas as pd

from maw.reporting.figures.forest_rows import DECIDES, shows_equivalence
from maw.reporting.figures.look import BAND, INK, SOFT, WIDTH, Chart
from maw.settings.plan import Analysis

TICK_LABEL = 46  # pixels that the number below a tick takes
WIDEST = 4.0  # by which factor contrasts for scale may widen the axis that the claims need
NARROWEST = 36  # pixels of the band; contrasts for scale may not make it narrower
STEPS = (1, 2, 5)


def axis_domain(rows: pd.DataFrame, *, sesoi: float | None) -> tuple[float, float]:
    """Return both ends of the axis.

    It shows all that decides, and ±SESOI. Each grey bar may widen it as long as the claims' bars
    and the band stay easy to see.
    """
    marks = [0.0] if sesoi is None else [-sesoi, sesoi]
    deciding = rows["block"] == DECIDES
    low, high = _extent(rows[deciding], marks)
    widest = WIDEST * (high - low) if deciding.any() else inf
    if sesoi is not None:
        widest = min(widest, 2 * sesoi * WIDTH / NARROWEST)
    widest = max(widest, high - low)
    ends = [_extent(rows.loc[[n]], marks) for n in rows.index[~deciding]]
    for end in sorted(ends, key=lambda end: end[1] - end[0]):
        wider = min(low, end[0]), max(high, end[1])
        if wider[1] - wider[0] <= widest:
            low, high = wider
    if low == high:
        low, high = low - 0.01, high + 0.01
    margin = 0.04 * (high - low)
    return low - margin, high + margin


def _extent(rows: pd.DataFrame, marks: Sequence[float]) -> tuple[float, float]:
    """Return the smallest and the largest finite number that is drawn for `rows`, and `marks`."""
    names = ["difference", "low", "high", "upper_gain"]
    ends = [row[name] for row in rows.to_dict("records") for name in names]
    ends += [-row["margin"] for row in rows.to_dict("records")]
    ends += [
        row[name]
        for row in rows.to_dict("records")
        if shows_equivalence(row)
        for name in ("equivalence_low", "equivalence_high")
    ]
    finite = [float(end) for end in ends if pd.notna(end) and isfinite(end)]
    return min([*finite, *marks]), max([*finite, *marks])


def background(plan: Analysis, *, domain: tuple[float, float], height: float) -> Iterator[Chart]:
    """Yield the band of ±SESOI with its name, the line at zero, the axis, and both directions."""
    full = {"y": alt.value(0), "y2": alt.value(height)}
    if plan.sesoi is not None:
        band = pd.DataFrame({"low": [-plan.sesoi], "high": [plan.sesoi]})
        yield (
            alt.Chart(band)
            .mark_rect(color=BAND)
            .encode(x="low:Q", x2="high:Q", **full)
            .properties(name="sesoi")
        )
        text = f"within ±{plan.sesoi:g} (SESOI): too small to matter"
        yield (
            alt.Chart(pd.DataFrame({"x": [0.0], "text": [text]}))
            .mark_text(color=SOFT, baseline="bottom", dy=-4)
            .encode(x="x:Q", y=alt.value(0), text="text:N")
            .properties(name="sesoi_label")
        )
    yield (
        alt.Chart(pd.DataFrame({"x": [0.0]}))
        .mark_rule(color=INK, strokeDash=[4, 3])
        .encode(
            x=alt.X(
                "x:Q",
                scale=alt.Scale(domain=list(domain), nice=False, zero=False),
                axis=_axis(domain, sesoi=plan.sesoi, measure=plan.primary),
            ),
            **full,
        )
        .properties(name="zero")
    )
    sides: tuple[tuple[str, Literal["left", "right"], int], ...] = (
        ("← ranks worse", "right", -8),
        ("ranks better →", "left", 8),
    )
    for text, align, dx in sides:
        yield (
            alt.Chart(pd.DataFrame({"x": [0.0], "text": [text]}))
            .mark_text(align=align, dx=dx, baseline="top", color=INK)
            .encode(x="x:Q", y=alt.value(height + 26), text="text:N")
            .properties(name=f"direction_{align}")
        )


def _axis(domain: tuple[float, float], *, sesoi: float | None, measure: str) -> alt.Axis:
    """Return the axis with ticks at 0 and ±SESOI, and at further round numbers.

    The numbers of ±SESOI are left out where they would run into that of 0; the band is named.
    """
    per_pixel = (domain[1] - domain[0]) / WIDTH
    values = ticks(domain, least=1.3 * TICK_LABEL * per_pixel, unit=sesoi)
    shown = set(values)
    if sesoi is not None:
        values = sorted({*values, -sesoi, sesoi})
        if sesoi >= TICK_LABEL * per_pixel:
            shown = {v for v in values if v in (-sesoi, 0.0, sesoi)} | {
                v for v in shown if abs(abs(v) - sesoi) >= TICK_LABEL * per_pixel
            }
    digits = max((_digits(value) for value in shown), default=2)
    hidden = [value for value in values if value not in shown]
    is_hidden = " || ".join(f"abs(datum.value - {value!r}) < 1e-9" for value in hidden) or "false"
    return alt.Axis(
        values=values,
        grid=False,
        labelExpr=(
            f"{is_hidden} ? '' : abs(datum.value) < 1e-12 ? '0' : "
            f"format(datum.value, '+.{digits}f')"
        ),
        labelOverlap=False,
        title=f"difference in {measure}",
        titlePadding=28,
    )


def ticks(domain: tuple[float, float], *, least: float, unit: float | None = None) -> list[float]:
    """Return multiples of one step inside the domain, 0 among them, at least `least` apart.

    The step is `unit` times 1, 2, 5, 10, 20 …; without a unit it is a power of ten times these.
    """
    base = 1e-6 if unit is None else unit
    step = next(
        base * 10**power * factor
        for power in range(12)
        for factor in STEPS
        if base * 10**power * factor >= least
    )
    first, last = ceil(domain[0] / step), floor(domain[1] / step)
    return [round(n * step, 12) for n in range(first, last + 1)]


def _digits(value: float) -> int:
    """Return how many decimals a round number needs, 1 at least and 6 at most."""
    return next((n for n in range(1, 6) if abs(round(value, n) - value) < 1e-9), 6)

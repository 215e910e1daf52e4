"""The forest plot: the bar of each claim with its word, and below it the bar of each control.

A claim's bar runs from L to U, the limits of the smallest difference from its controls. A tick
marks U₂, the largest gain that fits the data. With one control a thick bar shows the limits from
which equivalence is read. The controls' bars have the same limits for each control alone, the worst
first. Reference and exploratory contrasts have panels of their own, because they decide nothing and
may be much larger.
"""

from collections.abc import Iterator, Sequence
from math import inf, isfinite
from typing import Any

import altair as alt
import pandas as pd

from maw.reporting import answer
from maw.reporting.frames import VerdictFrames
from maw.reporting.tables import spelled
from maw.settings.plan import Analysis

Chart = Any  # layered or stacked: altair has no common type for what can be rendered
CLAIM, CONTROL, GREY, BAND = "#1f4e79", "#9db4cc", "#7f8c8d", "#e8e4da"
WIDTH, LABEL_WIDTH, ROW_HEIGHT = 560, 340, 24
COLUMNS = ["label", "kind", "x", "low", "high", "gain", "thick_low", "thick_high", "word"]


def forest(frames: VerdictFrames, plan: Analysis) -> Chart | None:
    """Return the chart of all contrasts by the primary measure; None without any.

    With a SESOI, a band shows ± the smallest effect size of interest.
    """
    compared = frames.comparisons
    compared = compared[compared["measure"] == plan.primary]
    panels = [
        (_deciding(frames, compared, plan=plan), _claims_title(frames, plan)),
        (
            _others(compared, role="reference", limits=("ci_low", "ci_high")),
            f"for scale: difference in {plan.primary}, 95 % interval",
        ),
        (
            _others(compared, role="exploratory", limits=("fcr_low", "fcr_high")),
            f"exploratory: difference in {plan.primary}; intervals at the level of the false "
            "coverage rate, of contrasts that BH selects",
        ),
    ]
    charts = [
        _panel(pd.DataFrame(rows, columns=COLUMNS), title=title, sesoi=plan.sesoi)
        for rows, title in panels
        if rows
    ]
    if not charts:
        return None
    return charts[0] if len(charts) == 1 else alt.vconcat(*charts).resolve_scale(x="independent")


def _claims_title(frames: VerdictFrames, plan: Analysis) -> str:
    level = answer.level(frames, plan=plan)
    return f"← ranks worse | difference in {plan.primary}{level and f', {level}'} | ranks better →"


def _deciding(
    frames: VerdictFrames, compared: pd.DataFrame, *, plan: Analysis
) -> list[dict[str, Any]]:
    """Return the rows of the claims, each before its controls, then those of non-inferiority."""
    rows: list[dict[str, Any]] = []
    several = compared["dataset"].nunique() > 1
    several_names = frames.has_named_claims
    for claim in answer.judged_claims(frames, plan=plan):
        place = f" ({claim.key[0]})" if several else ""
        name = f"{claim.system}: {claim.key[2]}" if several_names else claim.system
        if claim.n_controls == 1:
            rows.append(_claim_row(claim.row, label=f"{name} − {claim.closest}{place}"))
            continue
        rows.append(_claim_row(claim.row, label=f"{name}, {claim.n_controls} controls{place}"))
        if claim.own_bars:
            worst_first = claim.controls.sort_values("difference", kind="stable")
            rows += [
                _bar(control, label=f"{name} − {control['baseline']}{place}", kind="control")
                for control in worst_first.to_dict("records")
            ]
    margins = compared[compared["role"] == "non-inferiority"]
    for row in margins.to_dict("records"):
        place = f" ({row['dataset']})" if several else ""
        label = f"{row['system']} − {row['baseline']}{place}"
        rows.append(_bar(row, label=label, kind="claim") | {"word": spelled(row)})
    return rows


def _claim_row(row: Any, *, label: str) -> dict[str, Any]:
    """Return the row of a claim's bar; the thick part is only that of one control."""
    thick = ("equivalence_low", "equivalence_high") if row["n_controls"] == 1 else (None, None)
    return {
        "label": label,
        "kind": "claim",
        "x": row["estimate"],
        "low": row["lower"],
        "high": row["upper"],
        "gain": row["upper_gain"],
        "thick_low": None if thick[0] is None else row[thick[0]],
        "thick_high": None if thick[1] is None else row[thick[1]],
        "word": "withheld" if row["withheld"] else spelled(row),
    }


def _bar(row: Any, *, label: str, kind: str) -> dict[str, Any]:
    ends = {"low": row["bar_low"], "high": row["bar_high"]}
    return {"label": label, "kind": kind, "x": row["difference"], **ends, "word": ""}


def _others(compared: pd.DataFrame, *, role: str, limits: tuple[str, str]) -> list[dict[str, Any]]:
    """Return the rows of contrasts that decide nothing. limits: columns of both limits."""
    several = compared["dataset"].nunique() > 1
    return [
        {
            "label": f"{row['system']} − {row['baseline']}"
            + (f" ({row['dataset']})" if several else ""),
            "kind": "scale",
            "x": row["difference"],
            "low": row[limits[0]],
            "high": row[limits[1]],
            "word": "",
        }
        for row in compared[compared["role"] == role].to_dict("records")
    ]


def _panel(rows: pd.DataFrame, *, title: str, sesoi: float | None) -> Chart:
    """Return one panel: a band, a line at zero, and for each row a bar, its marks and its word."""
    rows = rows.assign(**{name: _drawn(rows[name]) for name in COLUMNS[2:-1]})
    # a word without a bar stands beside its point
    rows["end"] = rows["high"].fillna(rows["x"]).fillna(0.0)
    y = alt.Y(
        "label:N",
        sort=list(dict.fromkeys(rows["label"])),
        title=None,
        axis=alt.Axis(labelLimit=LABEL_WIDTH),
    )
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=["claim", "control", "scale"], range=[CLAIM, CONTROL, GREY]),
        legend=None,
    )
    base = alt.Chart(rows)
    axis = alt.X("x:Q", title=title)
    layers = [
        *_background(sesoi),
        base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q", y=y, color=colour),
    ]
    if rows["thick_low"].notna().any():
        thick = base.mark_rule(strokeWidth=6, opacity=0.6)
        layers.append(thick.encode(x="thick_low:Q", x2="thick_high:Q", y=y, color=colour))
    if rows["gain"].notna().any():
        tick = base.mark_tick(thickness=2, size=14)
        layers.append(tick.encode(x="gain:Q", y=y, color=colour))
    layers.append(base.mark_point(filled=True, size=60).encode(x=axis, y=y, color=colour))
    if rows["word"].ne("").any():
        word = base.mark_text(align="left", dx=8, fontSize=12, color=CLAIM)
        layers.append(word.encode(x="end:Q", y=y, text="word:N"))
    return alt.layer(*layers).properties(width=WIDTH, height=alt.Step(ROW_HEIGHT))


def _background(sesoi: float | None) -> Iterator[Chart]:
    """Yield the band of ± sesoi, where there is one, and the line at zero."""
    if sesoi is not None:
        edges = pd.DataFrame({"low": [-sesoi], "high": [sesoi]})
        yield alt.Chart(edges).mark_rect(color=BAND, opacity=0.8).encode(x="low:Q", x2="high:Q")
    zero = pd.DataFrame({"x": [0.0]})
    yield alt.Chart(zero).mark_rule(strokeDash=[4, 3]).encode(x="x:Q")


def _drawn(values: Sequence[Any]) -> list[float | None]:
    """Return the values as a chart can draw them: what is not finite is absent."""
    numbers = [inf if pd.isna(value) else float(value) for value in values]
    return [value if isfinite(value) else None for value in numbers]

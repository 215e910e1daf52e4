"""The forest plot: the bar of each claim with its word, and below it the bar of each control.

A claim's bar runs from L to U, the limits of the smallest difference from its controls. A tall tick
marks U₂, the largest gain that fits the data; the thick part shows the limits from which
equivalence is read. The controls' bars have the same limits for each control alone. Reference and
exploratory contrasts stand in grey under a rule, because they decide nothing; where they reach far
beyond the claims, an arrow ends them at the plot's edge. Every mark that a word depends on can be
read from the SVG: the groups are named `sesoi`, `limits`, `equivalence`, `gain`, `margin`,
`estimate` and `word`.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Any

import altair as alt
import pandas as pd

from maw.reporting import answer
from maw.reporting.figures.figure import Figure
from maw.reporting.figures.forest_axis import axis_domain, background
from maw.reporting.figures.forest_rows import (
    CLAIM,
    CONTROL,
    DECIDES,
    EXPLORATORY,
    MARGIN,
    REFERENCE,
    WITHHELD,
    forest_rows,
    shows_equivalence,
)
from maw.reporting.figures.look import INK, PAPER, SOFT, WIDTH, Chart, looks_of
from maw.reporting.frames import VerdictFrames
from maw.reporting.wording import compact, short_interval
from maw.settings.plan import Analysis
from maw.significance import Word

ROW, GAP = 24, 12  # pixels from one bar to the next, and between two claims
LABEL_WIDTH = 400  # pixels at most; longer names end in an ellipsis
CHARACTER = 7.6  # pixels of a bold character, on average
HEADINGS = {
    REFERENCE: "for scale, decides nothing: 95 % intervals",
    EXPLORATORY: "exploratory, no verdict: intervals at the false coverage rate's level",
}
SHAPES = {WITHHELD: "diamond", Word.NOT_ESTIMABLE.value: "cross"}
HOLLOW = (WITHHELD, Word.NOT_ESTIMABLE.value, Word.NOT_CONTROLLED.value)


def forest(frames: VerdictFrames, plan: Analysis) -> Chart | None:
    """Return the chart of all contrasts by the primary measure; None without any.

    With a SESOI, a band shows ± the smallest effect size of interest.
    """
    rows = forest_rows(frames, plan)
    if rows.empty:
        return None
    domain = axis_domain(rows, sesoi=plan.sesoi)
    drawn, rules = _placed(rows)
    height = drawn["y"].iloc[-1] + ROW
    drawn = _marked(drawn, domain=domain, frames=frames, plan=plan)
    layers = [
        *background(plan, domain=domain, height=height),
        *_headings(rules, left=_label_width(drawn["label"])),
        *_bars(drawn),
        *_texts(drawn),
    ]
    return alt.layer(*layers).properties(width=WIDTH, height=height)


def _placed(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows with `y`, pixels below the plot's top, and the rule above each grey block."""
    y, places, rules = 0.0, [], []
    block = DECIDES
    for n, row in enumerate(rows.to_dict("records")):
        if row["block"] != block:
            block = row["block"]
            top = y + ROW if n else y
            rules.append({"y": top, "text": HEADINGS[block]})
            y = top + ROW * 1.3
        elif n:
            starts_claim = row["kind"] == CLAIM and CONTROL in set(rows["kind"])
            y += ROW + (GAP if starts_claim else 0)
        else:
            y = float(ROW)
        places.append(y)
    return rows.assign(y=places), pd.DataFrame(rules, columns=["y", "text"])


def _marked(
    rows: pd.DataFrame, *, domain: tuple[float, float], frames: VerdictFrames, plan: Analysis
) -> pd.DataFrame:
    """Return the rows with what each mark needs: places inside the axis, colours and texts."""
    looks = looks_of(frames, plan)
    names = {"several": rows["dataset"].nunique() > 1, "named": frames.has_named_claims}
    marks = []
    for row in rows.to_dict("records"):
        colour = {CLAIM: "system", MARGIN: "system", CONTROL: "baseline"}.get(row["kind"])
        marks.append(
            _inside(row, domain=domain)
            | {
                "y": row["y"],
                "label": _label(row, **names),
                "weight": "bold" if row["kind"] in (CLAIM, MARGIN) else "normal",
                "ink": INK if row["kind"] in (CLAIM, MARGIN) else SOFT,
                "colour": looks.of(row[colour]).colour if colour else SOFT,
                "width": 3 if row["kind"] in (CLAIM, MARGIN) else 1.5,
                "size": 80 if row["kind"] in (CLAIM, MARGIN) else 45,
                "shape": SHAPES.get(row["word"], "circle"),
                "word": row["word"] or (_numbers(row) if row["block"] != DECIDES else ""),
            }
        )
        colour_of_mark = marks[-1]["colour"]
        hollow = _is_hollow(row)
        colours = (PAPER, colour_of_mark) if hollow else (colour_of_mark, PAPER)
        marks[-1]["fill"], marks[-1]["outline"] = colours
    return pd.DataFrame(marks)


def _is_hollow(row: Mapping[str, Any]) -> bool:
    """Return whether a row's point is hollow: without limits, or with a word of no test."""
    return row["word"] in HOLLOW or not (isfinite(row["low"]) or isfinite(row["high"]))


def _inside(row: Mapping[str, Any], *, domain: tuple[float, float]) -> dict[str, float | None]:
    """Return where a row's marks are on the axis; None for a mark that is not drawn.

    arrow_low, arrow_high: the axis' end where the bar goes on beyond it.
    """
    has_bar = isfinite(row["low"]) or isfinite(row["high"])
    low, high = (
        (max(row["low"], domain[0]), min(row["high"], domain[1])) if has_bar else (None,) * 2
    )
    if low is not None and high is not None and low > high:  # the whole bar is beyond the axis
        low = high = domain[0] if row["high"] < domain[0] else domain[1]
    thick = (row["equivalence_low"], row["equivalence_high"])
    is_thick = shows_equivalence(row) and all(map(isfinite, thick))
    x = row["difference"] if domain[0] <= row["difference"] <= domain[1] else None
    drawn = {
        "x": x,
        "low": low,
        "high": high,
        "gain": row["upper_gain"] if isfinite(row["upper_gain"]) else None,
        "thick_low": thick[0] if is_thick else None,
        "thick_high": thick[1] if is_thick else None,
        "margin": -row["margin"] if pd.notna(row["margin"]) else None,
        "arrow_low": domain[0] if has_bar and row["low"] < domain[0] else None,
        "arrow_high": domain[1] if has_bar and row["high"] > domain[1] else None,
    }
    ends = [drawn[name] for name in ("high", "x", "gain", "thick_high")]
    return drawn | {"end": max((end for end in ends if end is not None), default=domain[0])}


def _label(row: Mapping[str, Any], *, several: bool, named: bool) -> str:
    """Return the text left of a bar: what is compared, with dataset or claim if there are more."""
    if row["kind"] == CONTROL:
        return f"− {row['baseline']}"
    name = f"{row['system']}: {row['claim']}" if named and row["kind"] == CLAIM else row["system"]
    place = f" ({row['dataset']})" if several else ""
    if int(row["n_controls"]) > 1:
        return f"{name}, {row['n_controls']} controls{place}"
    return f"{name} − {row['baseline']}{place}"


def _numbers(row: Mapping[str, Any]) -> str:
    """Return `+.025 [+.006, +.043]`, without the interval where there is none."""
    difference = compact(row["difference"], sign=True)
    if not isfinite(row["low"]):
        return difference
    return f"{difference} {short_interval(row['low'], row['high'], sign=True)}"


def _bars(rows: pd.DataFrame) -> Iterator[Chart]:
    """Yield the bars of the rows, with their arrows, ticks and points, each kind in its group."""
    colour = alt.Color("colour:N", scale=None)
    base = alt.Chart(rows).encode(y=alt.Y("y:Q", scale=None, axis=None))

    def with_(column: str) -> Chart:
        return base.transform_filter(f"isValid(datum.{column})")

    width = alt.StrokeWidth("width:Q", scale=None)
    bar = with_("low").mark_rule().encode(x="low:Q", x2="high:Q", color=colour, strokeWidth=width)
    yield bar.properties(name="limits")
    thick = with_("thick_low").mark_rule(strokeWidth=9)
    thick = thick.encode(x="thick_low:Q", x2="thick_high:Q", color=colour)
    yield thick.properties(name="equivalence")
    for column in ("gain", "margin"):
        tick = with_(column).mark_tick(thickness=2, size=18, opacity=1, orient="vertical")
        yield tick.encode(x=f"{column}:Q", color=alt.value(INK)).properties(name=column)
    for side, shape in (("low", "triangle-left"), ("high", "triangle-right")):
        arrow = with_(f"arrow_{side}").mark_point(filled=True, shape=shape, size=80, opacity=1)
        arrow = arrow.encode(x=f"arrow_{side}:Q", color=colour)
        yield arrow.properties(name=f"beyond_{side}")
    point = with_("x").mark_point(filled=True, opacity=1, strokeWidth=1.5)
    point = point.encode(
        x="x:Q",
        stroke=alt.Stroke("outline:N", scale=None),
        fill=alt.Fill("fill:N", scale=None),
        shape=alt.Shape("shape:N", scale=None),
        size=alt.Size("size:Q", scale=None),
    )
    yield point.properties(name="estimate")


def _texts(rows: pd.DataFrame) -> Iterator[Chart]:
    """Yield the names left of the bars, the words at their ends, and the numbers of grey bars."""
    base = alt.Chart(rows).encode(
        y=alt.Y("y:Q", scale=None, axis=None), color=alt.Color("ink:N", scale=None)
    )
    for weight, size in (("bold", 14), ("normal", 13)):
        text: dict[str, Any] = {"fontSize": size, "fontWeight": weight, "baseline": "middle"}
        of_weight = base.transform_filter(alt.datum.weight == weight)
        label = of_weight.mark_text(align="right", limit=LABEL_WIDTH, **text)
        label = label.encode(x=alt.value(-12), text="label:N")
        yield label.properties(name=f"label_{weight}")
        said = of_weight.mark_text(align="left", dx=10 if weight == "bold" else 0, **text)
        if weight == "bold":
            yield said.encode(x="end:Q", text="word:N").properties(name="word")
        else:
            yield said.encode(x=alt.value(WIDTH + 14), text="word:N").properties(name="numbers")


def _label_width(labels: Iterable[str]) -> float:
    """Return how many pixels the longest label takes, with the space beside it."""
    return min(LABEL_WIDTH, CHARACTER * max(map(len, labels))) + 24


def _headings(rules: pd.DataFrame, *, left: float) -> Iterable[Chart]:
    """Return the rule above each grey block, and the sentence below it.

    left: pixels from the plot's left edge to the start of both.
    """
    if rules.empty:
        return []
    base = alt.Chart(rules).encode(y=alt.Y("y:Q", scale=None, axis=None))
    return [
        base.mark_rule(color=SOFT, strokeWidth=1)
        .encode(x=alt.value(-left), x2=alt.value(WIDTH))
        .properties(name="rule"),
        base.mark_text(align="left", baseline="top", dy=5, color=SOFT, fontStyle="italic")
        .encode(x=alt.value(-left), text="text:N")
        .properties(name="heading"),
    ]


def level(frames: VerdictFrames, plan: Analysis) -> str:
    """Return the level of the claims' limits for the subtitle; "" where there is no claim."""
    text = answer.level(frames, plan=plan)
    return f"limits at {text}" if text else ""


def described(frames: VerdictFrames, plan: Analysis) -> str:
    """Return each claim and each contrast for scale with its numbers and its word."""
    rows = forest_rows(frames, plan)
    names = {"several": rows["dataset"].nunique() > 1, "named": frames.has_named_claims}
    texts = []
    for row in rows.to_dict("records"):
        if row["kind"] != CONTROL:
            word = f", {row['word']}" if row["word"] else ""
            texts.append(f"{_label(row, **names)}: {_numbers(row)}{word}")
    return "; ".join(texts) + "."


def readings(frames: VerdictFrames, plan: Analysis) -> str:
    """Return how to read the controls' bars and hollow points; "" where the plot has neither."""
    rows = forest_rows(frames, plan)
    hollow = any(_is_hollow(row) for row in rows.to_dict("records"))
    texts = {
        "Below a claim, each control alone, the worst first.": CONTROL in set(rows["kind"]),
        "A control that two claims need stands below one of them; both bars count it.": _are_shared(
            rows, plan
        ),
        "Hollow points have no limits, or a withheld word.": hollow,
    }
    return " ".join(text for text, applies in texts.items() if applies)


def _are_shared(rows: pd.DataFrame, plan: Analysis) -> bool:
    """Return True where a claim has fewer controls below it than it needs."""
    claims = rows[(rows["kind"] == CLAIM) & (rows["n_controls"] > 1)]
    n_shown = rows["kind"].eq(CONTROL).sum()
    shares = any(len(pair.carried) > 1 for pair in plan.contrasts)
    return shares and bool(n_shown < claims["n_controls"].sum())


FIGURE = Figure(
    draw=forest,
    data=forest_rows,
    title="Does it rank better than its controls?",
    detail=level,
    key_of_claims=(
        "Bar: limits of the smallest lead over all controls. Tick: the largest gain that fits. "
        "Thick: limits that decide equivalence.",
    ),
    caption="",
    hint=readings,
    describe=described,
    absent="No difference is drawn: the plan names no contrast.",
)

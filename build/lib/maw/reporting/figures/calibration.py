"""How often the tests give false alarms on data like these, against the level they are to hold.

A calibration redraws experiments without any effect from the scores. A row is a test, or the words
of the plan together; its points are the contrasts, of which the worst one has an interval.
"""

from collections.abc import Iterator

import altair as alt
import pandas as pd
from scipy import stats

from maw.reporting.calibration_tables import whole_plan
from maw.reporting.figures.figure import Figure
from maw.reporting.figures.look import INK, UNTRAINED, Chart
from maw.reporting.frames import ComparisonFrames
from maw.settings.plan import Analysis
from maw.significance import REJECTS
from maw.significance.calibration import AT_OWN_LEVEL
from maw.significance.counting import DECIDING
from maw.significance.other_measures import BY_MEASURE
from maw.significance.over_datasets import TESTS_ACROSS_DATASETS

DECIDES, DECIDES_NOT = "what decides", "what decides nothing"
TESTS = {
    "t": "paired t-test", "Wilcoxon": "Wilcoxon's test", "Pratt": "Wilcoxon's test, Pratt's zeros",
    "sign": "sign test", "sign-flip": "random sign flips", "max-T": "max-T",
    "McNemar": "McNemar's test", **{name: name for name in TESTS_ACROSS_DATASETS},
}  # fmt: skip
COLUMNS = ["group", "test", "subject", "rate", "low", "high", "level", "draws", "worst"]
SEEDS = {"estimate": "as estimated", "upper": "at their upper limit", "error": "σ²s = σ²e/Q"}
LEVEL = 0.95  # of the intervals
WIDTH, ROW_HEIGHT = 330, 24


def data(frames: ComparisonFrames, plan: Analysis) -> pd.DataFrame:
    """Return a row for each test and contrast: the rate of false alarms and what it should be.

    low, high: 95 % Wilson interval of the rate, for the experiments that were drawn. level: what
    the plan allows; tests that decide nothing promise no rate and stand against the plan's level.
    worst: True for the contrast (or true lead, or variance of seeds) with the highest rate.
    """
    if frames.calibration is None:
        return pd.DataFrame(columns=COLUMNS)
    counted = frames.calibration[frames.calibration["rate"].notna()]
    counted = counted[counted["draws"].notna()].fillna(
        {"system": "", "baseline": "", "dataset": "", "level": plan.alpha}
    )
    if counted.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows = pd.concat(_tests(counted), ignore_index=True)
    limits = [
        stats.binomtest(round(rate * n), int(n)).proportion_ci(LEVEL, method="wilson")
        for rate, n in zip(rows["rate"], rows["draws"], strict=True)
    ]
    excess = rows["rate"] - rows["level"]
    order = excess.groupby([rows["group"], rows["test"]], sort=False).rank("first", ascending=False)
    return rows.assign(
        low=[limit.low for limit in limits],
        high=[limit.high for limit in limits],
        worst=order == 1,
    )[COLUMNS]


def _tests(counted: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the rows of each test of the figure, in its order; tests without any have none."""
    words = whole_plan(counted)
    leads = [
        f"true lead {effect:g}, seeds {SEEDS[seeds]}"
        for effect, seeds in zip(words["effect"], words["seeds"], strict=True)
    ]
    yield words.assign(group=DECIDES, test="any false word of the plan", subject=leads)
    null = counted[(counted["quantity"] == REJECTS) & (counted["multiple"] == 0)]
    subjects = [_subject(row) for row in null.to_dict("records")]
    null = null.assign(subject=subjects)
    of_contrast = null["baseline"].ne("")
    decides = (
        (AT_OWN_LEVEL, "deciding test, each contrast at α′"),
        (DECIDING, "deciding test, all at α"),
    )
    for test, name in decides:
        yield null[null["test"].eq(test) & of_contrast].assign(group=DECIDES, test=name)
    for test, name in TESTS.items():
        rows = null[null["test"].eq(test) & (of_contrast | (test == "max-T"))]
        yield rows.assign(group=DECIDES_NOT, test=name)
    others = null[null["test"].str.startswith(BY_MEASURE) & of_contrast]
    measures = others["test"].str.removeprefix(BY_MEASURE)
    yield others.assign(
        subject=others["subject"] + " by " + measures,
        group=DECIDES_NOT,
        test="deciding test, other measures",
    )


def _subject(row: dict[str, object]) -> str:
    contrast = " − ".join(str(row[name]) for name in ("system", "baseline") if row[name])
    return f"{contrast} on {row['dataset']}" if row["dataset"] else contrast


def draw(frames: ComparisonFrames, plan: Analysis) -> Chart | None:
    """Return a panel of what decides and one of what does not; None without a calibration."""
    rows = data(frames, plan)
    if rows.empty:
        return None
    rows = rows.assign(**{name: 100 * rows[name] for name in ("rate", "low", "high", "level")})
    worst = rows["worst"]
    rows["text"] = [
        f"up to {rate:.1f} %; {level:.3g} % allowed" if is_worst else ""
        for rate, level, is_worst in zip(rows["rate"], rows["level"], worst, strict=True)
    ]
    largest = rows.loc[worst, "high"].max()
    groups = [name for name in (DECIDES, DECIDES_NOT) if name in set(rows["group"])]
    panels = [_panel(rows[rows["group"] == name], title=name, largest=largest) for name in groups]
    return panels[0] if len(panels) == 1 else alt.vconcat(*panels, spacing=16)


def _panel(rows: pd.DataFrame, *, title: str, largest: float) -> Chart:
    """Return one panel, a row per test; largest: the end of its x axis, in percent."""
    y = alt.Y(
        "test:N",
        sort=list(dict.fromkeys(rows["test"])),
        title=None,
        axis=alt.Axis(grid=False, ticks=False, labelLimit=280),
    )
    x = alt.X(
        "rate:Q",
        title="false alarms in % of redrawn experiments",
        scale=alt.Scale(domain=[0, largest], nice=True),
        axis=alt.Axis(tickCount=8, labelFlush=False),
    )
    base, worst = alt.Chart(rows).encode(y=y), alt.Chart(rows[rows["worst"]]).encode(y=y)
    layers = [
        base.mark_point(filled=True, size=22, color=UNTRAINED[1], opacity=0.5).encode(x=x),
        worst.mark_tick(thickness=3, size=18, color=INK).encode(x=alt.X("level:Q")),
        worst.mark_rule(strokeWidth=2, color=INK).encode(x="low:Q", x2="high:Q"),
        worst.mark_point(filled=True, size=60, color=INK, opacity=1).encode(x=x),
        worst.mark_text(align="left").encode(x=alt.value(WIDTH + 10), text="text:N"),
    ]
    heading = alt.Title(title, fontSize=13, offset=4, frame="group")
    return alt.layer(*layers).properties(width=WIDTH, height=alt.Step(ROW_HEIGHT), title=heading)


def describe(frames: ComparisonFrames, plan: Analysis) -> str:
    """Return the highest rate of each test with its interval, and what it should be."""
    rows = data(frames, plan)
    parts = [
        f"{row.test}: {100 * row.rate:.1f} % ({100 * row.low:.1f} to {100 * row.high:.1f}) instead "
        f"of {100 * row.level:.3g} %, {row.subject}"
        for row in rows[rows["worst"]].itertuples()
    ]
    return f"Highest rate of false alarms of each test. {'; '.join(parts)}."


FIGURE = Figure(
    draw=draw,
    data=data,
    title="False alarms on data like these",
    caption="How often each test rejects, or a word is false, in experiments redrawn from these "
    "scores. The tick is the level to be held; the large point is the worst contrast, with its "
    "95 % interval, the small points are the others. Most tests that decide nothing ask about "
    "these runs only; the figure shows how often they would err if they decided.",
    describe=describe,
    absent="No rate is drawn: this plan was not calibrated on these scores.",
    key=("tick: level to be held · large: worst contrast, with 95 % interval · small: the others",),
)

"""Quality against cost: each system's mean score over the time that its ranking takes.

On a processor the cost is the processor time of one whole ranking: the documents and the test
queries go through the trained layers (of BM25, the documents into an index), and each query's
documents are ranked. This amount exists for every system, BM25 among them. The frozen layers below
the trained ones are not in it, because all systems share their outputs and no run computes them.
Where a GPU encoded the texts, the processor's time says nothing; then the cost is the GPU's time
per text through the trained layers, and a system without such a time is a line across the plot.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from maw.reporting.figures.figure import Figure
from maw.reporting.figures.look import BAND, INK, SOFT, WIDTH, Chart, Looks, looks_of, spread_apart
from maw.reporting.frames import SuiteFrames
from maw.reporting.wording import compact, quantity, short_interval
from maw.settings.plan import Analysis
from maw.verdicts import costs

HEIGHT = 260
LABEL = 17  # pixels between two systems' names
COLUMNS = [
    "dataset", "system", "mean", "ci_low", "ci_high", "cost", "cost_low", "cost_high", "n_runs",
    "unit", "on_front",
]  # fmt: skip
RANKED = "rank_cpu_seconds"


@dataclass(frozen=True, slots=True)
class Clock:
    """What a cost is measured by: its unit for the CSV, and the title of its axis."""

    unit: str
    title: str


CPU = Clock(
    "CPU seconds per ranking",
    "CPU seconds to encode and rank once, without the frozen layers (log scale); less is better",
)
GPU = Clock(
    "GPU milliseconds per text",
    "GPU milliseconds per text through the trained layers (log scale); less is better",
)


def data(frames: SuiteFrames, plan: Analysis) -> pd.DataFrame:
    """Return a row for each dataset and system with a score by the primary measure.

    Columns COLUMNS. mean, ci_low, ci_high: the score and its 95 % interval. cost, cost_low,
    cost_high: mean, smallest and largest cost of its n_runs runs, in `unit`; nan without a cost.
    on_front: no other system of the dataset scores as high for as little. No rows without a cost.
    """
    scores = frames.leaderboard[frames.leaderboard["measure"] == plan.primary]
    runs, clock = _timed(frames.runs)
    by_system = runs.groupby(["dataset", "system"], sort=False)["cost"]
    spread = by_system.agg(cost="mean", cost_low="min", cost_high="max", n_runs="count")
    if not spread["n_runs"].any():
        return pd.DataFrame(columns=COLUMNS)
    rows = scores.merge(spread.reset_index(), on=["dataset", "system"]).assign(unit=clock.unit)
    rows["on_front"] = False
    for _, of_dataset in rows.groupby("dataset"):
        rows.loc[front(of_dataset), "on_front"] = True
    return rows[COLUMNS].reset_index(drop=True)


def _timed(runs: pd.DataFrame) -> tuple[pd.DataFrame, Clock]:
    """Return the runs with the column `cost`, and the clock by which all of them are timed."""
    _, of_gpu = costs.ENCODING
    rows = costs.by_clock(runs)
    device = rows["encode_device"]
    if (device.notna() & device.ne("cpu")).any():
        return rows.assign(cost=1000 / rows[of_gpu].astype(float)), GPU
    return rows.assign(cost=rows.reindex(columns=[RANKED])[RANKED].astype(float)), CPU


def front(rows: pd.DataFrame) -> pd.Index:
    """Return the labels of the rows on the Pareto front, the cheapest first.

    A row is on it if every cheaper or equally cheap row has a lower mean. rows: mean, and cost
    above 0, nan for a row that cannot be on the front.
    """
    best = float("-inf")
    labels = []
    ordered = rows.dropna(subset=["cost"]).sort_values(["cost", "mean"], ascending=[True, False])
    for label, mean in ordered["mean"].items():
        if mean > best:
            labels.append(label)
            best = mean
    return pd.Index(labels)


def cost(frames: SuiteFrames, plan: Analysis) -> Chart | None:
    """Return a chart of each system's mean score against its cost; None without any cost.

    Each dataset has a panel of its own. A vertical bar is the interval of the mean, a horizontal
    one runs from the cheapest to the dearest run.
    """
    rows = data(frames, plan)
    if rows.empty:
        return None
    looks = looks_of(frames, plan)
    panels = []
    for dataset, of_dataset in rows.groupby("dataset", sort=False):
        panel = _panel(of_dataset, looks, measure=plan.primary)
        if rows["dataset"].nunique() > 1:
            panel = panel.properties(title=alt.Title(str(dataset), fontSize=13, offset=4))
        panels.append(panel)
    return panels[0] if len(panels) == 1 else alt.vconcat(*panels, spacing=24)


def _panel(rows: pd.DataFrame, looks: Looks, *, measure: str) -> Chart:
    """Return the chart of one dataset: the front behind, then bars, points and names."""
    clock = GPU if rows["unit"].iloc[0] == GPU.unit else CPU
    timed = rows.dropna(subset=["cost"])
    low, high = float(rows["ci_low"].min()), float(rows["ci_high"].max())
    scale = alt.Scale(domain=[low, high], padding=12, zero=False, nice=False)
    y = alt.Y("mean:Q", title=f"mean {measure}; more is better", scale=scale, stack=None)
    x = alt.X(
        "cost:Q",
        title=clock.title,
        scale=alt.Scale(type="log", padding=18, nice=False),
        axis=alt.Axis(format="~g", labelOverlap=True),
    )
    colour = looks.colour("system", rows["system"])
    base = alt.Chart(timed).encode(color=colour)
    layers = [
        *_untimed(rows[rows["cost"].isna()], y=y, colour=colour),
        *_front(timed, x=x, y=y),
        base.mark_rule(strokeWidth=2).encode(x=x, y=alt.Y("ci_low:Q", scale=scale), y2="ci_high:Q"),
        base.mark_rule(strokeWidth=2).encode(x=alt.X("cost_low:Q"), x2="cost_high:Q", y=y),
        base.mark_point(filled=True, size=110, opacity=1).encode(
            x=x, y=y, shape=looks.marker("system", rows["system"])
        ),
        *_names(timed, low=low, high=high),
    ]
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def _front(rows: pd.DataFrame, *, x: alt.X, y: alt.Y) -> Iterator[Chart]:
    """Yield the Pareto front as steps, the best score for at most a cost, and what lies below it.

    Both go on to the right edge of the plot.
    """
    if rows.empty:
        return
    line = rows[rows["on_front"]].sort_values("cost")
    end = line.tail(1).assign(cost=rows["cost_high"].max())
    base = alt.Chart(pd.concat([line, end])).encode(x=x, y=y)
    yield base.mark_area(interpolate="step-after", color=BAND, opacity=0.6).encode(
        y2=alt.value(HEIGHT)
    )
    yield base.mark_line(
        interpolate="step-after", color=SOFT, strokeDash=[5, 4], strokeWidth=1.5, strokeCap="butt"
    )


def _untimed(rows: pd.DataFrame, *, y: alt.Y, colour: alt.Color) -> Iterator[Chart]:
    """Yield a line across the plot, with its name, for each system without a cost."""
    if rows.empty:
        return
    shown = rows.assign(text=rows["system"] + ", its cost is not on this clock")
    base = alt.Chart(shown).encode(y=y)
    yield base.mark_rule(strokeWidth=1.5, strokeDash=[2, 3]).encode(color=colour)
    yield base.mark_text(align="left", baseline="bottom", dy=-3, color=INK).encode(
        x=alt.value(4), text="text:N"
    )


def _names(rows: pd.DataFrame, *, low: float, high: float) -> Iterator[Chart]:
    """Yield the systems' names right of the plot, in the order of their means, and thin leaders."""
    if rows.empty:
        return
    per_pixel = (high - low) / HEIGHT
    places = spread_apart(rows["mean"].tolist(), least=LABEL * per_pixel)
    shown = rows.assign(place=places)
    base = alt.Chart(shown)
    ends = {"x2": alt.value(WIDTH + 10), "y": alt.Y("mean:Q"), "y2": "place:Q"}
    yield base.mark_rule(color=SOFT, strokeWidth=0.8, strokeDash=[1, 2]).encode(
        x="cost_high:Q", **ends
    )
    yield base.mark_text(align="left", baseline="middle", color=INK).encode(
        x=alt.value(WIDTH + 14), y="place:Q", text="system:N"
    )


def described(frames: SuiteFrames, plan: Analysis) -> str:
    """Return each system with its score and its cost, and which systems are on the front."""
    texts = []
    for dataset, rows in data(frames, plan).groupby("dataset", sort=False):
        told = [
            f"{row['system']} {compact(row['mean'])} "
            f"{short_interval(row['ci_low'], row['ci_high'])} at {quantity(row['cost'])}"
            for row in rows.to_dict("records")
        ]
        best: Sequence[str] = rows.loc[rows["on_front"], "system"].tolist()
        texts.append(
            f"{dataset}, {plan.primary} and {rows['unit'].iloc[0]}: {', '.join(told)}. "
            f"On the Pareto front: {', '.join(best)}."
        )
    return " ".join(texts)


FIGURE = Figure(
    draw=cost,
    data=data,
    title="What does quality cost?",
    detail=lambda frames, plan: (
        "vertical: 95 % interval; horizontal: from the cheapest to the dearest run"
    ),
    key=(
        "Dashed: Pareto front, the best mean for at most this cost; shaded: neither better nor "
        "cheaper.",
    ),
    caption="Without the frozen layers, whose outputs all encoders share; BM25 has none. Times are "
    "of this machine.",
    describe=described,
    absent="No cost is drawn: no run's time was measured.",
)

"""Would longer training change the verdict? Scores and differences at the plan's steps and at more.

The control of the training budget trains the system of each claim, and the control that decided it,
with a multiple of the plan's steps. `maw.verdicts.budget` judges it; here its numbers are drawn.
"""

from collections.abc import Iterator

import altair as alt
import pandas as pd

from maw.reporting.figures.figure import Figure
from maw.reporting.figures.line_ends import axis_range, line_ends
from maw.reporting.figures.look import BAND, INK, UNTRAINED, Chart, Looks, looks_of
from maw.reporting.frames import SuiteFrames
from maw.reporting.wording import compact, short_interval
from maw.settings.plan import Analysis
from maw.verdicts.study_controls import BUDGET

SIZE = (190, 230)  # width and height of a panel in pixels, without its labels
COLUMNS = ["dataset", "kind", "name", "system", "factor", "seed", "value", "mean"]
TIMES = "datum.value + ' ×'"  # a Vega expression: the tick 2 is shown as `2 ×`
SCORE, DIFFERENCE = "score", "difference"


def data(frames: SuiteFrames, plan: Analysis) -> pd.DataFrame:
    """Return a row for each trained system or difference, number of steps and seed.

    kind: score (of the system `name`) or difference (`name` is `S − C`, `system` is S). factor: the
    steps as a multiple of the plan's. value: of the seed; mean: over the seeds, both by the primary
    measure on test queries. A difference needs both systems at a seed.
    """
    if frames.budget is None or frames.budget.empty:
        return pd.DataFrame(columns=COLUMNS)
    scores = frames.budget.rename(columns={"primary": "value"})
    scores = scores.assign(kind=SCORE, name=scores["system"])
    parts = [scores, *_differences(frames, scores)]
    rows = pd.concat([part[COLUMNS[:-1]] for part in parts], ignore_index=True)
    means = rows.groupby(["dataset", "kind", "name", "factor"], sort=False)["value"]
    return rows.assign(mean=means.transform("mean"))


def _differences(frames: SuiteFrames, scores: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the differences of each pair of systems that the control of the budget is about."""
    wide = scores.pivot_table(
        index=["dataset", "factor", "seed"], columns="system", values="value", sort=False
    )
    for row in _pairs(frames).to_dict("records"):
        system, baseline = str(row["system"]), str(row["baseline"])
        if {system, baseline} <= set(wide):
            of_dataset = wide[wide.index.get_level_values("dataset") == row["dataset"]]
            difference = (of_dataset[system] - of_dataset[baseline]).dropna().rename("value")
            yield difference.reset_index().assign(
                kind=DIFFERENCE, name=f"{system} − {baseline}", system=system
            )


def _pairs(frames: SuiteFrames) -> pd.DataFrame:
    """Return the rows of `frames.controls` that are about the training budget."""
    if frames.controls is None:
        return pd.DataFrame(columns=["dataset", "system", "baseline"])
    return frames.controls[frames.controls["kind"] == BUDGET]


def draw(frames: SuiteFrames, plan: Analysis) -> Chart | None:
    """Return for each dataset a panel of scores and one of differences; None without budget."""
    rows = data(frames, plan)
    if rows.empty:
        return None
    looks = looks_of(frames, plan)
    several = rows["dataset"].nunique() > 1
    boards = []
    for dataset, of_dataset in rows.groupby("dataset", sort=False):
        panels = [_panel(of_dataset[of_dataset["kind"] == SCORE], looks, title=plan.primary)]
        differences = of_dataset[of_dataset["kind"] == DIFFERENCE]
        if len(differences):
            title = f"difference in {plan.primary}"
            panels.append(_panel(differences, looks, title=title, sesoi=plan.sesoi))
        board = alt.vconcat(*panels, spacing=24)
        boards.append(board.properties(title=dataset) if several else board)
    return boards[0] if len(boards) == 1 else alt.vconcat(*boards)


def _panel(rows: pd.DataFrame, looks: Looks, *, title: str, sesoi: float | None = None) -> Chart:
    """Return lines from the plan's steps to more: seeds in grey, a mean for each name."""
    is_difference = rows["kind"].eq(DIFFERENCE).any()
    marks = [0.0, *([] if sesoi is None else [-sesoi, sesoi])] if is_difference else []
    y_range = axis_range([*rows["value"], *marks])
    factors = sorted(rows["factor"].unique())
    x = alt.X(
        "factor:Q",
        title="training steps, as a multiple of the plan's",
        scale=alt.Scale(domain=[factors[0], factors[-1]], nice=False),
        axis=alt.Axis(values=factors, format="d", grid=False, labelFlush=False, labelExpr=TIMES),
    )
    y_scale = alt.Scale(domain=y_range, nice=False)
    seeds = (
        alt.Chart(rows)
        .mark_line(color=UNTRAINED[1], strokeWidth=1, opacity=0.5)
        .encode(x=x, y=alt.Y("value:Q", title=title, scale=y_scale), detail=["name:N", "seed:O"])
    )
    means = rows.drop_duplicates(["name", "factor"])
    base = alt.Chart(means).encode(
        x=x,
        y=alt.Y("mean:Q", title=title),
        color=looks.colour("system", means["system"]),
        detail="name:N",
    )
    lines = base.mark_line(strokeWidth=2.5).encode(strokeDash=looks.dash("system", means["system"]))
    points = base.mark_point(filled=True, size=45, opacity=1).encode(
        shape=looks.marker("system", means["system"])
    )
    ends = _ends(means, signed=is_difference)
    labels = line_ends(ends, x="factor", y="mean", looks=looks, y_range=y_range, size=SIZE)
    behind = _background(marks) if is_difference else []
    width, height = SIZE
    return alt.layer(*behind, seeds, lines, points, *labels).properties(width=width, height=height)


def _background(marks: list[float]) -> list[Chart]:
    """Return the band between the smallest and the largest of `marks`, and the line at zero."""
    edges = pd.DataFrame({"low": [min(marks)], "high": [max(marks)]})
    band = alt.Chart(edges).mark_rect(color=BAND, opacity=0.8).encode(y="low:Q", y2="high:Q")
    zero = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(color=INK, strokeDash=[4, 3])
    return [band, zero.encode(y="y:Q")]


def _ends(means: pd.DataFrame, *, signed: bool) -> pd.DataFrame:
    """Return the mean of each name at the most steps, with the label `maw: .560 → .580`."""
    ordered = means.sort_values("factor").groupby("name", sort=False)
    first, last = ordered["mean"].first(), ordered.tail(1)
    labels = [
        f"{name}: {compact(first[name], sign=signed)} → {compact(mean, sign=signed)}"
        for name, mean in zip(last["name"], last["mean"], strict=True)
    ]
    return last.assign(label=labels)


def describe(frames: SuiteFrames, plan: Analysis) -> str:
    """Return each mean at the plan's steps and at more, and what the budget's control found."""
    rows = data(frames, plan)
    several = rows["dataset"].nunique() > 1
    parts = []
    for (dataset, kind, name), group in rows.groupby(["dataset", "kind", "name"], sort=False):
        means = group.drop_duplicates("factor").sort_values("factor")
        steps = ", ".join(
            f"{compact(row.mean, sign=kind == DIFFERENCE)} at {row.factor} ×"
            for row in means.itertuples()
        )
        parts.append(f"{name}{f' on {dataset}' if several else ''}: {steps}")
    found = [
        f"{row['system']} against {row['baseline']}: the difference changes by "
        f"{compact(row['estimate'], sign=True)} "
        f"{short_interval(row['low'], row['high'], sign=True)}, {row['outcome']}"
        for row in _pairs(frames).dropna(subset=["estimate"]).to_dict("records")
    ]
    return f"{plan.primary}, means over seeds. {'; '.join([*parts, *found])}."


FIGURE = Figure(
    draw=draw,
    data=data,
    title="Does longer training change the verdict?",
    caption="Scores on test queries at the plan's steps and at more, each with a learning rate "
    "that falls over its own steps: means over seeds, each seed in grey. Below, the difference of "
    "a claim's system from the control that decided it; the band is ± the smallest difference that "
    "matters.",
    describe=describe,
    absent="No longer training is drawn: the plan has no control of the training budget.",
    key=("bold: mean over seeds · grey: single seeds · band: ± SESOI",),
)

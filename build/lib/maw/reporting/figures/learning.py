"""Learning curves, rewards and the router's entropy over training steps.

Each system has one line, the mean over its seeds; the seeds themselves are grey lines behind it.
The folds of a dataset are in one panel, with a grey line for each seed in each fold. A mean is
drawn at the steps at which all of them were measured.
"""

from functools import partial

import altair as alt
import pandas as pd

from maw.reporting.figures.figure import Figure
from maw.reporting.figures.line_ends import axis_range, line_ends
from maw.reporting.figures.look import UNTRAINED, Chart, Looks, looks_of
from maw.reporting.frames import SuiteFrames
from maw.reporting.routers.router_use import is_of
from maw.reporting.wording import compact
from maw.settings.plan import Analysis

SIZE = (440, 240)  # width and height of a panel in pixels, without its labels
MEAN_OF = ["dataset", "system", "step"]


def data(frames: SuiteFrames, plan: Analysis, *, quantity: str) -> pd.DataFrame:
    """Return a row for each dataset, fold, system, seed and step: value, and the mean of a step.

    quantity: one of those of `SuiteFrames.curves`. The mean is over seeds, and folds where there
    are any; it is nan at a step at which one of the system's trainings has no value. The fold of a
    dataset without folds is the dataset itself.
    """
    rows = frames.curves[frames.curves["quantity"] == quantity]
    datasets = frames.leaderboard["dataset"].unique()
    parents = {
        fold: next((name for name in datasets if is_of(fold, name)), fold)
        for fold in rows["dataset"].unique()
    }
    rows = rows.assign(fold=rows["dataset"], dataset=rows["dataset"].map(parents))
    training = rows["fold"] + "/" + rows["seed"].astype(str)
    by_system = training.groupby([rows["dataset"], rows["system"]], sort=False)
    by_step = training.groupby([rows[name] for name in MEAN_OF], sort=False)
    complete = by_step.transform("nunique") == by_system.transform("nunique")
    means = rows.groupby(MEAN_OF, sort=False)["value"].transform("mean").where(complete)
    return rows[["dataset", "fold", "system", "seed", "step", "value"]].assign(mean=means)


def draw(
    frames: SuiteFrames, plan: Analysis, *, quantity: str, title: str, from_zero: bool = False
) -> Chart | None:
    """Return the chart of one quantity, a panel per dataset; None where no run recorded it.

    title: that of the y axis; {measure} in it stands for the plan's measure. from_zero: the y axis
    begins at 0.
    """
    rows = data(frames, plan, quantity=quantity)
    if rows.empty:
        return None
    looks = looks_of(frames, plan)
    shown = title.format(measure=plan.primary)
    panels = [
        _panel(of_dataset, looks, title=shown, from_zero=from_zero)
        for _, of_dataset in rows.groupby("dataset", sort=False)
    ]
    if len(panels) == 1:
        return panels[0]
    names = rows["dataset"].unique()
    return alt.vconcat(
        *(panel.properties(title=name) for panel, name in zip(panels, names, strict=True))
    )


def _panel(rows: pd.DataFrame, looks: Looks, *, title: str, from_zero: bool) -> Chart:
    """Return the lines of one dataset: seeds in grey, a mean per system, labels at the ends."""
    y_range = axis_range(rows["value"], from_zero=from_zero)
    first, last = axis_range(rows["step"])
    x = alt.X(
        "step:Q",
        title="training step",
        scale=alt.Scale(domain=[max(first, 0), last], nice=False),
        axis=alt.Axis(grid=False, tickMinStep=1, format="d", labelFlush=False),
    )
    y_scale = alt.Scale(domain=y_range, nice=False)
    seeds = (
        alt.Chart(rows)
        .mark_line(color=UNTRAINED[1], strokeWidth=1, opacity=0.5)
        .encode(
            x=x,
            y=alt.Y("value:Q", title=title, scale=y_scale),
            detail=["system:N", "fold:N", "seed:O"],
        )
    )
    means = rows.dropna(subset=["mean"]).drop_duplicates(MEAN_OF)
    base = alt.Chart(means).encode(
        x=x, y=alt.Y("mean:Q", title=title), color=looks.colour("system", means["system"])
    )
    lines = base.mark_line(strokeWidth=2.5).encode(strokeDash=looks.dash("system", means["system"]))
    points = base.mark_point(filled=True, size=45, opacity=1).encode(
        shape=looks.marker("system", means["system"])
    )
    ends = _ends(means)
    labels = line_ends(ends, x="step", y="mean", looks=looks, y_range=y_range, size=SIZE)
    width, height = SIZE
    return alt.layer(seeds, lines, points, *labels).properties(width=width, height=height)


def _ends(means: pd.DataFrame) -> pd.DataFrame:
    """Return the last row of each system, with the label `maw_grpo: .578`."""
    last = means.sort_values("step").groupby("system", sort=False).tail(1)
    labels = [
        f"{name}: {compact(mean)}" for name, mean in zip(last["system"], last["mean"], strict=True)
    ]
    return last.assign(label=labels)


def describe(frames: SuiteFrames, plan: Analysis, *, quantity: str, noun: str) -> str:
    """Return the first and the last mean of each system, and the range of its seeds at the end."""
    rows = data(frames, plan, quantity=quantity)
    several = rows["dataset"].nunique() > 1
    trainings = "seeds" if rows["fold"].eq(rows["dataset"]).all() else "trainings"
    parts = []
    for (dataset, system), group in rows.groupby(["dataset", "system"], sort=False):
        means = group.dropna(subset=["mean"]).sort_values("step")
        if means.empty:
            continue
        first, last = means.iloc[0], means.iloc[-1]
        at_end = group.loc[group["step"] == last["step"], "value"]
        place = f" on {dataset}" if several else ""
        parts.append(
            f"{system}{place}: {compact(first['mean'])} at step {first['step']}, "
            f"{compact(last['mean'])} at step {last['step']} ({at_end.size} {trainings}, "
            f"{compact(at_end.min())} to {compact(at_end.max())})"
        )
    return f"{noun.format(measure=plan.primary)}, means over seeds. {'; '.join(parts)}."


CURVES = Figure(
    draw=partial(draw, quantity="dev", title="{measure} on development queries"),
    data=partial(data, quantity="dev"),
    title="Learning curves on development queries",
    caption="Each line is the mean over a system's seeds, each grey line one seed; the number is "
    "the last mean. The learning rate falls to 0 in every training, so that a flat end does not "
    "show that more steps would not help.",
    describe=partial(describe, quantity="dev", noun="{measure} on development queries"),
    absent="No learning curve is drawn: no system of this suite is trained.",
    key=("bold: mean over seeds · grey: single seeds",),
    of_test=False,
)
REWARD = Figure(
    draw=partial(draw, quantity="reward", title="mean reward of sampled depths"),
    data=partial(data, quantity="reward"),
    title="Rewards of routers that learn by reinforcement",
    caption="Mean reward of the depths that a router samples in training: the mean over a system's "
    "seeds, and each seed in grey.",
    describe=partial(describe, quantity="reward", noun="Mean reward of sampled depths"),
    absent="No reward is drawn: no router of this suite learns by reinforcement.",
    key=("bold: mean over seeds · grey: single seeds",),
    of_test=False,
)
ROUTER = Figure(
    draw=partial(
        draw,
        quantity="router_entropy",
        title="entropy of the router's policy, nats",
        from_zero=True,
    ),
    data=partial(data, quantity="router_entropy"),
    title="How undecided the routers are",
    caption="Entropy of a router's policy, averaged over training texts: at 0 it always takes one "
    "depth for each text, at ln D all D depths are equally likely. Means over seeds; each seed in "
    "grey.",
    describe=partial(
        describe, quantity="router_entropy", noun="Entropy of the router's policy in nats"
    ),
    absent="No router's entropy is drawn: no run of this suite recorded one.",
    key=("bold: mean over seeds · grey: single seeds",),
    of_test=False,
)

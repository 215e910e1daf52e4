"""Each system's mean score by the primary measure with its interval, the best system first."""

import altair as alt
import pandas as pd

from maw.reporting.figures.figure import Figure
from maw.reporting.figures.look import INK, SOFT, WIDTH, Chart, looks_of
from maw.reporting.frames import VerdictFrames
from maw.reporting.wording import compact, short_interval
from maw.settings.plan import Analysis

ROW = 26  # pixels from one system to the next


def leaderboard(frames: VerdictFrames, plan: Analysis) -> Chart | None:
    """Return a chart of each system's mean by the primary measure with its BCa interval.

    Each dataset has a panel of its own, below that of the dataset before it, on the same axis. None
    without scores by the primary measure.
    """
    rows = data(frames, plan)
    if rows.empty:
        return None
    panels = []
    datasets = list(dict.fromkeys(rows["dataset"]))
    for dataset in datasets:
        of_dataset = rows[rows["dataset"] == dataset]
        panel = _panel(of_dataset, frames, plan, is_last=dataset == datasets[-1])
        if len(datasets) > 1:
            panel = panel.properties(title=alt.Title(str(dataset), fontSize=13, offset=4))
        panels.append(panel)
    if len(panels) == 1:
        return panels[0]
    return alt.vconcat(*panels, spacing=12).resolve_scale(x="shared")


def _panel(rows: pd.DataFrame, frames: VerdictFrames, plan: Analysis, *, is_last: bool) -> Chart:
    """Return one dataset's systems, each with its point, its interval and its numbers."""
    looks = looks_of(frames, plan)
    shown = rows.assign(
        text=[
            f"{compact(row['mean'])} {short_interval(row['ci_low'], row['ci_high'])}"
            for row in rows.to_dict("records")
        ]
    )
    y = alt.Y(
        "system:N",
        sort=list(rows["system"]),
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelColor=INK, labelLimit=300, labelPadding=10),
    )
    x = alt.X(
        "mean:Q",
        scale=alt.Scale(zero=False, padding=8),
        title=f"mean {plan.primary}, more is better" if is_last else None,
        axis=alt.Axis(tickCount=6, labels=is_last, ticks=is_last, domain=is_last),
    )
    colour = looks.colour("system", rows["system"])
    base = alt.Chart(shown).encode(y=y)
    return alt.layer(
        base.mark_rule(strokeWidth=2.5).encode(x=alt.X("ci_low:Q"), x2="ci_high:Q", color=colour),
        base.mark_point(filled=True, size=90, opacity=1).encode(
            x=x, color=colour, shape=looks.marker("system", rows["system"])
        ),
        base.mark_text(align="left", color=SOFT, baseline="middle").encode(
            x=alt.value(WIDTH + 14), text="text:N"
        ),
    ).properties(width=WIDTH, height=alt.Step(ROW))


def data(frames: VerdictFrames, plan: Analysis) -> pd.DataFrame:
    """Return a row for each dataset and system by the primary measure, the best system first.

    Columns: dataset, system, mean, ci_low, ci_high, n_seeds. The limits are those of the 95 % BCa
    bootstrap interval over queries.
    """
    rows = frames.leaderboard[frames.leaderboard["measure"] == plan.primary]
    columns = ["dataset", "system", "mean", "ci_low", "ci_high", "n_seeds"]
    rows = rows.reindex(columns=columns).sort_values("mean", ascending=False, kind="stable")
    order = {name: n for n, name in enumerate(dict.fromkeys(frames.leaderboard["dataset"]))}
    return rows.sort_values("dataset", key=lambda names: names.map(order), kind="stable")


def described(frames: VerdictFrames, plan: Analysis) -> str:
    """Return each system with its mean and interval, as one sentence for each dataset."""
    texts = []
    for dataset, rows in data(frames, plan).groupby("dataset", sort=False):
        told = [
            f"{row['system']} {compact(row['mean'])} "
            f"{short_interval(row['ci_low'], row['ci_high'])}"
            for row in rows.to_dict("records")
        ]
        texts.append(f"{dataset}: {', '.join(told)}.")
    return " ".join(texts)


FIGURE = Figure(
    draw=leaderboard,
    data=data,
    title="Mean score of each system",
    detail=lambda frames, plan: "95 % intervals over queries (BCa bootstrap)",
    caption="Overlap of two intervals decides nothing: the systems are compared query by query.",
    describe=described,
    absent="No mean is drawn: no run was scored by the primary measure.",
)

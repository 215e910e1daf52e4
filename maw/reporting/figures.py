"""The report's pictures: frames in, Altair charts out, rendered without a browser."""

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from maw.verdicts import costs

Frames = dict[str, pd.DataFrame]
Chart = Any  # layered, faceted or plain: altair has no common type for what can be rendered
# two greys, then as many colours as the thorough suite has systems
COLOURS = [
    "#7f8c8d", "#b0a18f", "#1f4e79", "#c8553d", "#2a9d8f", "#e9a23b", "#6d597a", "#111111",
    "#7cb518", "#e377c2", "#3a86ff", "#8c564b", "#9d0208", "#17becf", "#5a189a",
]  # fmt: skip
WIDTH = 560


def forest(frames: Frames, *, primary: str, sesoi: float | None) -> Chart:
    """Every contrast on the primary measure: difference, interval, and the SESOI band."""
    rows = frames["comparisons"]
    rows = rows[rows["measure"] == primary].copy()
    rows["contrast"] = rows["system"] + " − " + rows["baseline"] + " (" + rows["dataset"] + ")"
    rows["kind"] = rows["role"].where(rows["role"].eq("confirmatory"), "reference")
    axis = alt.X("difference:Q", title=f"difference in {primary}, 95 % interval")
    y = alt.Y(
        "contrast:N", sort=rows["contrast"].tolist(), title=None, axis=alt.Axis(labelLimit=340)
    )
    colour = alt.Color("kind:N", scale=alt.Scale(range=[COLOURS[3], COLOURS[0]]), title=None)
    base = alt.Chart(rows)
    bars = base.mark_rule(strokeWidth=2).encode(x="ci_low:Q", x2="ci_high:Q", y=y, color=colour)
    layers = [bars, base.mark_point(filled=True, size=70).encode(x=axis, y=y, color=colour)]
    zero = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(strokeDash=[4, 3]).encode(x="x:Q")
    if sesoi:
        edges = pd.DataFrame({"low": [-sesoi], "high": [sesoi]})
        band = (
            alt.Chart(edges).mark_rect(color="#e8e4da", opacity=0.8).encode(x="low:Q", x2="high:Q")
        )
        layers.insert(0, band)
    return alt.layer(*layers, zero).properties(width=WIDTH)


def leaderboard(frames: Frames, *, primary: str, sesoi: float | None) -> Chart:
    """Mean of the primary measure of each system with its bootstrap interval."""
    rows = frames["leaderboard"]
    rows = rows[rows["measure"] == primary]
    y = alt.Y("system:N", sort="-x", title=None)
    base = alt.Chart(rows)
    bars = base.mark_rule(strokeWidth=2, color=COLOURS[2]).encode(x="ci_low:Q", x2="ci_high:Q", y=y)
    title = f"{primary}, 95 % BCa interval"
    scale = alt.Scale(zero=False)
    points = base.mark_point(filled=True, size=70, color=COLOURS[2]).encode(
        x=alt.X("mean:Q", title=title, scale=scale), y=y
    )
    return (bars + points).properties(width=WIDTH).facet(row=alt.Row("dataset:N", title=None))


def curves(frames: Frames, *, primary: str, sesoi: float | None) -> Chart:
    """Development score over steps, a line per seed."""
    return _lines(frames, ["dev"], f"{primary} on the development pool", zero=False)


def reward(frames: Frames, *, primary: str, sesoi: float | None) -> Chart:
    """Mean reward of a batch's actions over steps, a line per seed."""
    return _lines(frames, ["reward"], "mean reward", zero=False)


def router(frames: Frames, *, primary: str, sesoi: float | None) -> Chart:
    """Entropy of the router's policy over steps, in nats, a line per seed."""
    return _lines(frames, ["router_entropy"], "router entropy (nats)", zero=True)


def _lines(frames: Frames, quantities: list[str], title: str, *, zero: bool) -> Chart:
    rows = frames["curves"]
    rows = rows[rows["quantity"].isin(quantities)]
    return (
        alt.Chart(rows)
        .mark_line(point=alt.OverlayMarkDef(size=18), opacity=0.7)
        .encode(
            x=alt.X("step:Q", title="training step"),
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=zero)),
            color=alt.Color("system:N", scale=alt.Scale(range=COLOURS[2:]), title=None),
            detail=["seed:N", "dataset:N"],
        )
        .properties(width=WIDTH, height=220)
    )


def selection(frames: Frames, *, primary: str, sesoi: float | None) -> Chart:
    """Development score at each learning rate, the chosen one filled."""
    rows = frames["selection"]
    x = alt.X("learning_rate:Q", scale=alt.Scale(type="log"), title="learning rate")
    y = alt.Y("value:Q", title=f"{primary} on the development pool", scale=alt.Scale(zero=False))
    colour = alt.Color("system:N", scale=alt.Scale(range=COLOURS[2:]), title=None)
    base = alt.Chart(rows).encode(x=x, y=y, color=colour, detail="dataset:N")
    chosen = base.transform_filter("datum.chosen").mark_point(filled=True, size=110)
    return (base.mark_line(point=True) + chosen).properties(width=WIDTH, height=220)


def depths(frames: Frames, *, primary: str, sesoi: float | None) -> Chart:
    """Share of texts that chose each depth, mean over seeds."""
    rows = frames["depths"]
    counts = rows.groupby(["system", "side", "depth"]).size().rename("n").reset_index()
    counts["share"] = counts["n"] / counts.groupby(["system", "side"])["n"].transform("sum")
    return (
        alt.Chart(counts)
        .mark_bar(color=COLOURS[4])
        .encode(
            x=alt.X("depth:O", title="chosen depth", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("share:Q", title="share of texts", axis=alt.Axis(format="%")),
            column=alt.Column("side:N", title=None),
            row=alt.Row("system:N", title=None),
        )
        .properties(width=WIDTH // 2 - 40, height=110)
    )


def cost(frames: Frames, *, primary: str, sesoi: float | None) -> Chart:
    """Quality against the price of encoding: a point per run; of a GPU's runs if there are any."""
    scores = frames["leaderboard"]
    scores = scores[scores["measure"] == primary][["dataset", "system", "mean"]]
    runs = costs.by_clock(frames["runs"])
    of_cpu, of_gpu = costs.ENCODING
    rate, clock = (of_cpu, "CPU") if runs[of_gpu].isna().all() else (of_gpu, "GPU")
    rows = runs.reindex(columns=["dataset", "system", "seed", rate])
    rows = rows.dropna(subset=[rate]).merge(scores, on=["dataset", "system"])
    return (
        alt.Chart(rows)
        .mark_point(filled=True, size=60, opacity=0.7)
        .encode(
            x=alt.X(f"{rate}:Q", title=f"texts per {clock} second through the top"),
            y=alt.Y("mean:Q", title=f"mean {primary}", scale=alt.Scale(zero=False)),
            color=alt.Color("system:N", scale=alt.Scale(range=COLOURS[1:]), title=None),
        )
        .properties(width=WIDTH, height=220)
    )


DRAWN: dict[str, Callable[..., Chart]] = {
    "forest": forest,
    "leaderboard": leaderboard,
    "curves": curves,
    "reward": reward,
    "router": router,
    "selection": selection,
    "depths": depths,
    "cost": cost,
}
CAPTIONS = {
    "forest": "Paired differences. The band is ± the smallest effect size of interest.",
    "leaderboard": "Means over queries and seeds. Overlap of two intervals decides nothing.",
    "curves": "Learning curves on development queries.",
    "reward": "Rewards of the routers that learn by reinforcement.",
    "router": "What the routers' policies narrow down to.",
    "selection": "The learning-rate search; the larger point is what every seed trained with.",
    "depths": "Which depth texts choose at ranking time, all seeds together.",
    "cost": "Quality against the price of encoding.",
}


def render(name: str, frames: Frames, *, primary: str, sesoi: float | None) -> tuple[bytes, bytes]:
    """A figure as SVG and as PNG."""
    import vl_convert

    chart = DRAWN[name](frames, primary=primary, sesoi=sesoi)
    spec = chart.configure_view(stroke=None).configure(font="Georgia, serif").to_json()
    svg = vl_convert.vegalite_to_svg(spec)
    return svg.encode(), vl_convert.vegalite_to_png(spec, scale=2)

"""The depths that routers chose at ranking time: a map of depth × seed for each system and side.

Seeds are never pooled: a router that takes one depth in each seed, but another one in every seed,
would look undecided. Depths that no text chose are shown too.
"""

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from maw.reporting.figures.figure import Figure
from maw.reporting.figures.look import INK, LINE, PAPER, SOFT, Chart, looks_of
from maw.reporting.frames import SuiteFrames
from maw.settings.plan import Analysis

SIDES = ["query", "document", "pair"]
RUN = ["dataset", "system", "side", "seed"]
CELL, ROW_HEIGHT, WIDEST = 32, 19, 300  # pixels: a cell's width and height, a map's largest width
MARGIN, LARGEST = 70, 820  # pixels: beside a map, and the largest width of a row of maps
ROUNDING = 1e-6  # of stored probabilities, as a share
DARKEST = 0.85  # opacity of a cell that all texts chose
DARK = 0.66  # share of texts above which a cell's number is written in the paper's colour


def data(frames: SuiteFrames, plan: Analysis) -> pd.DataFrame:
    """Return the share of a run's texts (or pairs) for which its router chose each depth.

    The columns are dataset, system, side, seed, depth, share and equal; a row for each of the
    system's depths, also those that nothing chose. equal: True where the router weighs all depths
    alike; then the share is the depth's weight.
    """
    rows = []
    for (dataset, system), of_system in frames.depths.groupby(["dataset", "system"], sort=False):
        n_depths = number_of_depths(frames, of_system, system=str(system))
        for (side, seed), texts in of_system.groupby(["side", "seed"], sort=False):
            equal = equal_weights(texts) is not None
            shares = texts["depth"].value_counts(normalize=True)
            rows += [
                {
                    **dict(zip(RUN, (dataset, system, side, seed), strict=True)),
                    "depth": depth,
                    "share": 1 / n_depths if equal else float(shares.get(depth, 0.0)),
                    "equal": equal,
                }
                for depth in range(n_depths)
            ]
    return pd.DataFrame(rows, columns=[*RUN, "depth", "share", "equal"])


def equal_weights(texts: pd.DataFrame) -> int | None:
    """Return D where a router gives all D depths the same weight in every text; else None.

    texts: columns depth and probability. Where all weights are equal the recorded depth is the
    first one, which was not chosen by anything.
    """
    first = float(texts["probability"].iloc[0])
    is_constant = (texts["probability"] - first).abs().max() < ROUNDING
    if not is_constant or texts["depth"].nunique() > 1 or first <= 0 or first > 0.5 + ROUNDING:
        return None
    n_depths = round(1 / first)
    return n_depths if abs(first * n_depths - 1) < ROUNDING * n_depths else None


def configured_depths(systems: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Return system -> the number of depths that the configuration of its attention states.

    systems: name -> configuration. An attention from outside the package may lack that option, and
    then its system is left out.
    """
    stated = {name: (entry.get("attention") or {}).get("depths") for name, entry in systems.items()}
    return {name: depths for name, depths in stated.items() if isinstance(depths, int)}


def number_of_depths(frames: SuiteFrames, texts: pd.DataFrame, *, system: str) -> int:
    """Return D as configured; else the smallest D that the chosen depths or equal weights allow.

    texts: the rows of `frames.depths` of this system on one dataset.
    """
    stated = (frames.n_depths or {}).get(system, 0)
    by_run = texts.groupby(["side", "seed"], sort=False)
    weighed = [equal_weights(run) or 0 for _, run in by_run]
    return max([stated, int(texts["depth"].max()) + 1, *weighed])


def draw(frames: SuiteFrames, plan: Analysis) -> Chart | None:
    """Return a map for each dataset, system and side: seeds down, depths across; None without."""
    cells = data(frames, plan)
    if cells.empty:
        return None
    cells["text"] = cells["share"].map(percent)
    several = cells["dataset"].nunique() > 1
    boards = []
    for dataset, of_dataset in cells.groupby("dataset", sort=False):
        for system in looks_of(frames, plan).ordered(of_dataset["system"]):
            name = f"{system}, {dataset}" if several else system
            maps = of_dataset[of_dataset["system"] == system]
            sides = [side for side in SIDES if side in set(maps["side"])]
            boards += [_map(maps[maps["side"] == side], title=f"{name}: {side}") for side in sides]
    n_sides = cells["side"].nunique()
    width = n_sides * (_cell(cells["depth"].nunique()) * cells["depth"].nunique() + MARGIN)
    columns = n_sides * max(1, int(LARGEST // width))
    return alt.concat(*boards, columns=columns, spacing={"row": 16, "column": 24})


def _cell(n_depths: int) -> float:
    """Return the width of a cell in pixels; it shrinks where a map would be wider than WIDEST."""
    return min(CELL, WIDEST / n_depths)


def _map(cells: pd.DataFrame, *, title: str) -> Chart:
    """Return the map of one system and side, each cell with its share as a number."""
    base = alt.Chart(cells).encode(
        x=alt.X("depth:O", title=None, axis=alt.Axis(labelAngle=0, grid=False, ticks=False)),
        y=alt.Y("seed:O", title="seed", axis=alt.Axis(grid=False, ticks=False)),
    )
    opacity = alt.Scale(domain=[0, 1], range=[0, DARKEST])
    tiles = base.mark_rect(fill=INK, stroke=LINE, strokeWidth=1).encode(
        fillOpacity=alt.FillOpacity("share:Q", scale=opacity, legend=None)
    )
    colour = (
        alt.when(f"datum.share > {DARK}")
        .then(alt.value(PAPER))
        .when("datum.share == 0")
        .then(alt.value(SOFT))
        .otherwise(alt.value(INK))
    )
    texts = base.mark_text(fontSize=11).encode(text="text:N", color=colour)
    return alt.layer(tiles, texts).properties(
        width=alt.Step(_cell(cells["depth"].nunique())),
        height=alt.Step(ROW_HEIGHT),
        title=alt.Title(title, fontSize=13, offset=6, frame="group"),
    )


def percent(share: float) -> str:
    """Return a share as whole percent, `64`; `<1` is not none, and `>99` is not all."""
    if 0 < share < 0.01:
        return "<1"
    return ">99" if 0.99 < share < 1 else f"{100 * share:.0f}"


def describe(frames: SuiteFrames, plan: Analysis) -> str:
    """Return for each system and side the most chosen depth of each seed, and what none chose."""
    cells = data(frames, plan)
    several = cells["dataset"].nunique() > 1
    parts = []
    for (dataset, system, side), maps in cells.groupby(["dataset", "system", "side"], sort=False):
        place = f" on {dataset}" if several else ""
        runs = [
            f"seed {seed} weighs all depths alike"
            if run["equal"].all()
            else f"seed {seed} depth {run.loc[run['share'].idxmax(), 'depth']} "
            f"({percent(run['share'].max())} %)"
            for seed, run in maps.groupby("seed", sort=False)
        ]
        largest = maps.groupby("depth")["share"].max()
        never = largest.index[largest == 0].astype(str).tolist()
        text = f"{system}{place}, {side}: {', '.join(runs)}"
        parts.append(text + (f"; never chosen: {', '.join(never)}" if never else ""))
    return f"Most chosen depth of each seed. {'. '.join(parts)}."


FIGURE = Figure(
    draw=draw,
    data=data,
    title="Which depth each seed chose",
    caption="Of 100 texts (or pairs of query and document), how many took each depth at ranking "
    "time, one row per seed. Rows that differ show a choice that belongs to the seed, not to the "
    "texts. Where a router weighs all depths alike, the numbers are these weights.",
    describe=describe,
    absent="No depth is drawn: no system of this suite routes its texts.",
    key=("numbers: of 100 texts, how many took the depth (columns) in each seed (rows)",),
)

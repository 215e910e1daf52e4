"""What the choice of depth is worth: each router beside one depth for all, chance and an oracle.

A router's score and those of other systems are the leaderboard's, with its intervals over new
queries and seeds. Of other choices of depth the difference from the router's own is known, seed by
seed; their intervals are those of this difference over seeds, drawn around the router's mean.
"""

from collections.abc import Iterator
from typing import Any

import altair as alt
import pandas as pd

from maw.reporting.figures.figure import Figure
from maw.reporting.figures.look import INK, PAPER, SOFT, WIDTH, Chart
from maw.reporting.frames import SuiteFrames
from maw.reporting.routers.router_use import is_of
from maw.reporting.wording import compact, short_interval
from maw.settings.plan import Analysis
from maw.verdicts.seed_mean import over_seeds

OWN = "the router's choice"
FIXED = "best single depth for all"
CHANCE = "a depth at random"
ORACLE = "best depth of each query"
MAXIMUM = "best depth of each query, same scores"
OTHERS = "other systems"
NOTHING, SAME = "no scores", "the same scores"
OTHER_HALF, OTHER_SEED = "the other half of the queries", "another seed"
FIXED_REGRET, ORACLE_REGRET = "regret_best_fixed", "regret_oracle"
ACROSS, WITHIN = "oracle_headroom_across", "oracle_headroom_within"
NEEDED = (FIXED_REGRET, ORACLE_REGRET, ACROSS, WITHIN)
COLUMNS = [
    "dataset", "group", "choice", "mean", "low", "high", "interval", "chosen_on", "n_seeds",
]  # fmt: skip
NEW, SEEDS = "new queries and seeds", "difference from the router's choice, seeds"
ROW, LABELS = 22, 240  # pixels of a row, and of the labels' column


def routing(frames: SuiteFrames, plan: Analysis) -> Chart | None:
    """Return the chart; None where no depth was forced on a query.

    A group of rows for each router, then one of all other systems. Hollow points are chosen on the
    scores that they show.
    """
    rows = routing_data(frames, plan)
    if rows.empty:
        return None
    if rows["dataset"].nunique() > 1:
        rows = rows.assign(group=rows["group"] + ", " + rows["dataset"])
    ink = rows["interval"].map({NEW: INK, SEEDS: SOFT})
    rows = rows.assign(ink=ink, fill=ink.where(rows["chosen_on"] != SAME, PAPER))
    choices = list(dict.fromkeys(rows["choice"]))
    axis = alt.Axis(labelLimit=LABELS, minExtent=LABELS)
    y = alt.Y("choice:N", sort=choices, title=None, axis=axis)
    colour = alt.Color("ink:N", scale=None)
    base = alt.Chart(rows).encode(y=y, color=colour)
    x: dict[str, Any] = {"scale": alt.Scale(zero=False), "axis": alt.Axis(tickCount=6)}
    x["title"] = f"mean {plan.primary}"
    bars = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", **x), x2="high:Q")
    points = base.mark_point(size=70, strokeWidth=2, opacity=1).encode(
        x=alt.X("mean:Q", **x), fill=alt.Fill("fill:N", scale=None)
    )
    groups = list(dict.fromkeys(rows["group"]))
    header = alt.Header(labelAnchor="start", labelOrient="top")
    return (
        (bars + points)
        .properties(width=WIDTH - LABELS, height=alt.Step(ROW))
        .facet(row=alt.Row("group:N", sort=groups, title=None, header=header), spacing=8)
        .resolve_scale(y="independent")
    )


def routing_data(frames: SuiteFrames, plan: Analysis) -> pd.DataFrame:
    """Return a row for each drawn mean: the columns `COLUMNS`.

    group: a router's system, or `other systems`. interval: what the interval from low to high is
    over. chosen_on: the scores on which the depths were chosen.
    """
    board = frames.leaderboard[frames.leaderboard["measure"] == plan.primary]
    rows = [
        row
        for dataset, of_dataset in board.groupby("dataset", sort=False)
        for row in _of_dataset(frames, plan, str(dataset), of_dataset.set_index("system"))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_dataset(
    frames: SuiteFrames, plan: Analysis, dataset: str, board: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one dataset.

    Other choices of depth are those of the claims' systems; of all, where no claim has a router.
    board: the dataset's leaderboard by the primary measure, indexed by system.
    """
    forced = _forced(frames.routing, dataset)
    claimed = {system for system, _ in plan.tests} & set(forced)
    forced = {name: forced[name] for name in forced if name in claimed or not claimed}
    for system, regrets in forced.items():
        own = _of_board(board, system, dataset) | {"group": system, "choice": OWN}
        yield own
        for choice, (differences, chosen_on) in _choices(regrets).items():
            over = over_seeds(differences)
            yield own | {
                "choice": choice,
                "mean": own["mean"] + over.mean,
                "low": own["mean"] + over.low,
                "high": own["mean"] + over.high,
                "interval": SEEDS,
                "chosen_on": chosen_on,
                "n_seeds": over.n_seeds,
            }
    if forced:
        controls = [name for names in plan.controls_of.values() for name in names]
        routed = frames.depths.loc[frames.depths["dataset"] == dataset, "system"].unique()
        for system in dict.fromkeys([*routed, *controls]):
            if system in board.index and system not in forced:
                yield _of_board(board, system, dataset) | {"group": OTHERS, "choice": system}


def _of_board(board: pd.DataFrame, system: str, dataset: str) -> dict[str, Any]:
    """Return the row of a system's own score, without its group and choice."""
    row = board.loc[system]
    return {
        "dataset": dataset, "mean": row["mean"], "low": row["ci_low"], "high": row["ci_high"],
        "interval": NEW, "chosen_on": NOTHING, "n_seeds": int(row["n_seeds"]),
    }  # fmt: skip


def _forced(routing: pd.DataFrame | None, dataset: str) -> dict[str, pd.DataFrame]:
    """Return system -> seed x quantity for each router whose depths were forced on queries.

    With folds a quantity is the mean over folds.
    """
    if routing is None:
        return {}
    rows = routing[routing["dataset"].map(lambda name: is_of(str(name), dataset))]
    rows = rows[rows["quantity"].isin(NEEDED) & (rows["side"] == "query")]
    tables = {}
    for system, of_system in rows.groupby("system", sort=False):
        tables[str(system)] = of_system.pivot_table(
            index="seed", columns="quantity", values="value", aggfunc="mean"
        )
    return tables


def _choices(regrets: pd.DataFrame) -> dict[str, tuple[pd.Series, str]]:
    """Return choice -> its score minus the router's for each seed, and what it was chosen on.

    A mean over depths is what a depth at random scores in the mean: it is the oracle's score less
    the headroom. A choice that needs a quantity that is not there is left out.
    """
    choices: dict[str, tuple[pd.Series, str]] = {}
    if FIXED_REGRET in regrets:
        choices[FIXED] = regrets[FIXED_REGRET], OTHER_HALF
    if {ORACLE_REGRET, ACROSS} <= set(regrets):
        chance = regrets[ORACLE_REGRET] - regrets[ACROSS]
        choices[CHANCE] = chance, NOTHING
        choices[ORACLE] = regrets[ORACLE_REGRET], OTHER_SEED
        if WITHIN in regrets:
            choices[MAXIMUM] = chance + regrets[WITHIN], SAME
    known = {name: (values.dropna(), on) for name, (values, on) in choices.items()}
    return {name: (values, on) for name, (values, on) in known.items() if len(values)}


def _described(frames: SuiteFrames, plan: Analysis) -> str:
    """Return the means and intervals in words."""
    parts = []
    for (dataset, group), rows in routing_data(frames, plan).groupby(
        ["dataset", "group"], sort=False
    ):
        marks = [
            f"{row.choice} {compact(row.mean)} {short_interval(row.low, row.high)}"
            for row in rows.itertuples()
        ]
        parts.append(f"{group} on {dataset}: {'; '.join(marks)}.")
    return " ".join(parts)


FIGURE = Figure(
    draw=routing,
    data=routing_data,
    title="What the choice of depth is worth",
    caption="Dark: scores of systems, intervals over new queries and seeds. Grey: the same models "
    "with other choices of depth; their intervals are those of the difference from the router's "
    "choice over seeds. The best single depth is chosen on the other half of the queries, the best "
    "depth of each query with another seed's model, whose depths may have other roles, so that it "
    "may rank below the router. Hollow: chosen on the same scores, so that noise alone puts it "
    "above the others.",
    describe=_described,
    absent="No choice of depth is drawn: no router of this suite had each depth forced on queries.",
)

"""A comparison on a terminal: verdicts on the contrasts, mean scores, and notices on the input.

A contrast is a system against a baseline. Each dataset has a table of its contrasts, with an
explanation below it. One table of mean scores follows where there are several measures.
"""

from collections.abc import Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from maw.reporting.console import console, say, table
from maw.reporting.frames import VerdictFrames
from maw.reporting.wording import claim, detectable, estimand, interval, number, pvalue, signed
from maw.runs.notices import Notice
from maw.settings.plan import Analysis

COLOURS = {"better": "green", "worse": "red", "equivalent": "cyan"}


def show(
    frames: VerdictFrames,
    *,
    plan: Analysis,
    notices: Sequence[Notice],
    target: Console | None = None,
) -> None:
    """Print a comparison to the console `target`, or to standard output if none is given.

    notices: what a reader must know about the input before believing a verdict.
    """
    to = console(target)
    contrasts = _planned(frames.comparisons, primary=plan.primary)
    for dataset, rows in contrasts.groupby("dataset"):
        say(to, _title(rows, primary=plan.primary, dataset=str(dataset)))
        to.print(_verdicts(rows))
        for line in _legend(frames, rows, plan=plan):
            say(to, line)
    if contrasts.empty:
        say(to, "The plan names no contrast; means only.")
    if frames.leaderboard["measure"].nunique() > 1:
        say(to, "\nMeans by all measures (for scale: no verdict rests on them)")
        to.print(_board(frames.leaderboard, primary=plan.primary))
    if notices:
        say(to, "Noticed")
    for notice in notices:
        say(to, f"- {notice}")


def _planned(comparisons: pd.DataFrame, *, primary: str) -> pd.DataFrame:
    """Return the rows of the planned contrasts by the primary measure, sorted by dataset.

    Within a dataset confirmatory contrasts come before reference contrasts, and each of the two
    kinds is sorted by descending difference.
    """
    rows = comparisons[comparisons["measure"] == primary]
    return rows.sort_values(["dataset", "role", "difference"], ascending=[True, True, False])


def _title(rows: pd.DataFrame, *, primary: str, dataset: str) -> str:
    first = rows.iloc[0]
    clusters = "" if rows["n_clusters"].isna().all() else f" in {first['n_clusters']} clusters"
    return f"{primary} on {dataset}: {first['n_queries']} topics{clusters}"


def _verdicts(rows: pd.DataFrame) -> Table:
    """Return the table of one dataset's contrasts, a row for each.

    A baseline that all contrasts share has a row of its own instead of the column `against`.
    """
    shared_baseline = rows["baseline"].nunique() == 1
    heads = ["system", "against", "mean", "difference", "95 % interval", "p (adjusted)"]
    heads += ["detectable", "verdict"]
    lines: list[list[str | Text]] = [
        [
            row["system"],
            row["baseline"],
            number(row["mean"], 4),
            signed(row["difference"]),
            interval(row["ci_low"], row["ci_high"]),
            pvalue(row["p_holm"]),
            detectable(row["mde"], 4),
            Text(row["verdict"], style=COLOURS.get(row["verdict"].split(",")[0], "")),
        ]
        for row in rows.to_dict("records")
    ]
    if shared_baseline:
        first, position = rows.iloc[0], heads.index("against")
        lines.append([f"{first['baseline']} (baseline)", "", number(first["mean_baseline"], 4)])
        heads.pop(position)
        for line in lines:
            line.pop(position)
    return table(
        heads,
        lines,
        numbers=("mean", "difference", "detectable"),
        unwrapped=("95 % interval", "p (adjusted)"),
    )


def _legend(frames: VerdictFrames, rows: pd.DataFrame, *, plan: Analysis) -> list[str]:
    """Return the lines below a dataset's table: its columns explained, named claims, and notes.

    rows: the contrasts of the dataset.
    """
    n_claims = len(frames.claims)
    subjects = "; ".join(
        f"{kind}: {estimand({'estimand': kind})}" for kind in sorted(set(rows["estimand"]))
    )
    margin = "none stated" if plan.sesoi is None else f"±{plan.sesoi:g}"
    lines = [
        f"p: Holm over {n_claims} claim{'s' * (n_claims != 1)}, α = {plan.alpha:g}. "
        f"detectable: with 80 % power at α/{max(n_claims, 1)}. "
        f"Smallest effect of interest: {margin}.",
        f"About {subjects}.",
    ]
    if frames.has_named_claims:
        of_dataset = frames.claims[frames.claims["dataset"] == rows["dataset"].iloc[0]]
        lines += [claim(row) for _, row in of_dataset.iterrows()]
    noted = rows[rows["note"] != ""]
    names = noted["system"] + " against " + noted["baseline"]
    for note, group in names.groupby(noted["note"], sort=False):
        lines.append(f"{', '.join(group)}: {note}")
    return lines


def _board(leaderboard: pd.DataFrame, *, primary: str) -> Table:
    """Return the table of mean scores: a row per dataset and system, a column per measure.

    All rows together are sorted by the primary measure, the best first. With one dataset there is
    no column for it.
    """
    names = ["dataset", "system"] if leaderboard["dataset"].nunique() > 1 else ["system"]
    measures = list(dict.fromkeys(leaderboard["measure"]))
    means = leaderboard.pivot(index=names, columns="measure", values="mean")[measures]
    rows = [
        [*map(str, key if isinstance(key, tuple) else (key,)), *(number(mean, 4) for mean in row)]
        for key, row in means.sort_values(primary, ascending=False).iterrows()
    ]
    return table([*names, *measures], rows, numbers=measures)

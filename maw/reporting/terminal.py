"""A comparison on a terminal: one line per contrast, the one p that decides, then what was odd."""

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from maw.reporting.wording import claim, detectable, estimand, interval, number, pvalue, signed

if TYPE_CHECKING:
    from maw.comparison import Comparison
    from maw.verdicts.system_verdict import SystemVerdict

COLOURS = {"better": "green", "worse": "red", "equivalent": "cyan"}
PLAIN_WIDTH = 200  # a file or a pipe has no width of its own: nothing may wrap there


def show(comparison: "Comparison", console: Console | None = None) -> None:
    """Print it. Without a terminal: plain text, no colour, no wrapping."""
    console = console or Console()
    if not console.is_terminal:
        console = Console(file=console.file, width=PLAIN_WIDTH, color_system=None)
    for dataset in sorted({verdict.dataset for verdict in comparison.verdicts}):
        rows = [verdict for verdict in comparison.verdicts if verdict.dataset == dataset]
        _print(console, _headline(comparison, dataset=dataset))
        console.print(_verdicts(rows))
        for line in _legend(comparison, rows):
            _print(console, line)
    if not comparison.verdicts:
        _print(console, "The plan names no contrast; means only.")
    board = _board(comparison)
    if board.row_count:
        _print(console, "\nMeans by all measures (for scale: no verdict hangs on these)")
        console.print(board)
    if comparison.warnings:
        _print(console, "Noticed")
    for notice in comparison.warnings:
        _print(console, f"- {notice}")


def _print(console: Console, line: str) -> None:
    """Names and paths are data, never markup."""
    console.print(Text(line), highlight=False, soft_wrap=True)


def _headline(comparison: "Comparison", *, dataset: str) -> str:
    rows = comparison.comparisons
    there = rows[(rows["dataset"] == dataset) & (rows["measure"] == comparison.plan.primary)]
    first = there.iloc[0]
    clusters = "" if there["n_clusters"].isna().all() else f" in {first['n_clusters']} clusters"
    return f"{comparison.plan.primary} on {dataset}: {first['n_queries']} topics{clusters}"


def _verdicts(rows: "list[SystemVerdict]") -> Table:
    one = len({row.baseline for row in rows}) == 1
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("system")
    if not one:
        table.add_column("against")
    for name in ("mean", "difference"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    table.add_column("p (adjusted)", no_wrap=True)
    table.add_column("detectable", justify="right", no_wrap=True)
    table.add_column("verdict")
    for row in rows:
        against = [] if one else [Text(row.baseline)]
        table.add_row(
            Text(row.system),
            *against,
            number(row.mean, 4),
            signed(row.difference),
            interval(row.ci_low, row.ci_high),
            pvalue(row.p),
            detectable(row.detectable, 4),
            Text(row.verdict, style=COLOURS.get(row.verdict.split(",")[0], "")),
        )
    if one:
        table.add_row(Text(f"{rows[0].baseline} (baseline)"), number(rows[0].mean_baseline, 4))
    return table


def _legend(comparison: "Comparison", rows: "list[SystemVerdict]") -> list[str]:
    """What the columns mean, and what each row's note says."""
    plan = comparison.plan
    n_claims = len(comparison.claims)
    kinds = sorted({row.estimand for row in rows})
    about = "; ".join(f"{kind}: {estimand({'estimand': kind})}" for kind in kinds)
    margin = "none stated" if plan.sesoi is None else f"±{plan.sesoi:g}"
    lines = [
        f"p: Holm over {n_claims} claim{'s' * (n_claims != 1)}, α = {plan.alpha:g}. "
        f"detectable: with 80 % power at α/{max(n_claims, 1)}. "
        f"Smallest effect of interest: {margin}.",
        f"About {about}.",
    ]
    if comparison.claims["claim"].nunique() > 1:
        here = comparison.claims[comparison.claims["dataset"] == rows[0].dataset]
        lines += [claim(row) for _, row in here.iterrows()]
    notes: dict[str, list[str]] = {}
    for row in rows:
        if row.note:
            notes.setdefault(row.note, []).append(f"{row.system} against {row.baseline}")
    lines += [f"{', '.join(who)}: {note}" for note, who in notes.items()]
    return lines


def _board(comparison: "Comparison") -> Table:
    """System × measure, the best by the primary measure first."""
    rows = comparison.leaderboard
    several = rows["dataset"].nunique() > 1
    names = ["dataset", "system"] if several else ["system"]
    means = rows.pivot(index=names, columns="measure", values="mean")[list(comparison.measures)]
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    if len(means.columns) < 2:
        return table
    for name in names:
        table.add_column(name)
    for name in means.columns:
        table.add_column(Text(str(name)), justify="right", no_wrap=True)
    for key, row in means.sort_values(comparison.plan.primary, ascending=False).iterrows():
        cells = key if isinstance(key, tuple) else (key,)
        table.add_row(*(Text(str(cell)) for cell in cells), *(number(value, 4) for value in row))
    return table

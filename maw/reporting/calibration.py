"""The calibration as people read it: what decides in full, the other tests from lowest to highest.

The same two tables stand on the page and on a terminal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from maw.reporting.wording import number
from maw.significance import COVERS, COVERS_CHECKPOINTS, COVERS_VARIANCE
from maw.significance.other_measures import BH, BY_OTHER
from maw.verdicts.calibration import COPY, HALVES, HOLM, NOT, TESTS

if TYPE_CHECKING:
    from rich.console import Console

TOO_OFTEN = 1.3  # × α, the upper end of what the protocol promises of E2 (.065 of .05)
EMPTY = "–"
DECIDES = (
    "E2 decides. Its type I error should be α, its coverage 1 − α; TOST's error is how often it "
    "says equivalent at a difference of one SESOI, at most α. ± is one Monte-Carlo standard error."
)
SHOWN = (
    "What stands beside it. Most of these tests ask about these checkpoints. How often they reject "
    "without any effect of the procedure shows what taking them for the deciding test would do: "
    "the lowest and the highest of all contrasts, ± the larger Monte-Carlo standard error. Sign "
    "test and Wilcoxon also reject where skewed queries move a median. Of a family: any rejection, "
    "and that all intervals hold at once."
)
IN_FULL = ("E2", "TOST", "E2, Holm", "TOST, Holm")  # stand in the first table


@dataclass(frozen=True, slots=True)
class Section:
    """What a page or a terminal shows. deciding, others: tables of text."""

    deciding: pd.DataFrame
    others: pd.DataFrame
    warnings: list[str]
    checks: list[str]
    missing: list[str]
    draws: int


def section(frame: pd.DataFrame, *, alpha: float, sesoi: float | None) -> Section:
    """frame: columns of `maw.verdicts.calibration.COLUMNS`, as written or read back."""
    frame = frame.fillna({"system": "", "baseline": "", "dataset": "", "seeds": "", "note": ""})
    return Section(
        deciding=_deciding(frame, sesoi=sesoi),
        others=_others(frame),
        warnings=list(_warnings(frame, alpha=alpha)),
        checks=list(_checks(frame)),
        missing=list(_missing(frame)),
        draws=int(frame["draws"].max()) if frame["draws"].notna().any() else 0,
    )


def content(frame: pd.DataFrame | None, *, alpha: float, sesoi: float | None) -> dict[str, Any]:
    """For the template; empty where nothing was calibrated."""
    if frame is None:
        return {}
    found = section(frame, alpha=alpha, sesoi=sesoi)
    tables = ((found.deciding, DECIDES), (found.others, SHOWN))
    return {
        "draws": found.draws,
        "tables": [
            {"told": told, "head": list(rows.columns), "body": rows.to_numpy().tolist()}
            for rows, told in tables
            if len(rows)
        ],
        "warnings": found.warnings,
        "checks": found.checks,
        "missing": found.missing,
    }


def _deciding(frame: pd.DataFrame, *, sesoi: float | None) -> pd.DataFrame:
    """A row per contrast, then per claim under Holm: E2's shares and TOST's."""
    several = frame["dataset"].replace("", pd.NA).nunique() > 1
    rows = []
    kinds = (("E2", "TOST"), ("E2, Holm", "TOST, Holm"))
    for e2, tost in kinds:
        of_test = frame[(frame["test"] == e2) & frame["rate"].notna()]
        for dataset, system, baseline in _subjects(of_test):
            here = frame[
                (frame["dataset"] == dataset)
                & (frame["system"] == system)
                & (frame["baseline"] == baseline)
            ]
            name = f"{system} − {baseline}" if baseline else f"{system} (Holm)"
            rows.append(
                {
                    **({"Dataset": dataset} if several else {}),
                    "Contrast": name,
                    "Type I error": _share(here, e2, "rejects"),
                    "seeds at upper limit": _share(here, e2, "rejects", seeds="upper"),
                    "Coverage": _share(here, e2, COVERS),
                    **(_power(here, e2, tost, sesoi=sesoi) if sesoi else {}),
                }
            )
    return pd.DataFrame(rows)


def _power(here: pd.DataFrame, e2: str, tost: str, *, sesoi: float) -> dict[str, str]:
    return {
        f"Finds {sesoi:g}": _share(here, e2, "rejects", multiple=1),
        f"Finds {2 * sesoi:g}": _share(here, e2, "rejects", multiple=2),
        "Equivalent at 0": _share(here, tost, "equivalent"),
        f"at {sesoi:g} (error)": _share(here, tost, "equivalent", multiple=1),
    }


def _others(frame: pd.DataFrame) -> pd.DataFrame:
    """A row per test and interval: the lowest and the highest share over all contrasts."""
    rows = []
    counted = frame[(frame["seeds"] == "estimate") & (frame["multiple"] == 0)]
    names = counted["test"].unique().tolist()
    others = [name for name in names if name.startswith(BY_OTHER)]
    for test in (*TESTS, *others, BH):
        here = counted[(counted["test"] == test) & counted["rate"].notna()]
        if test in IN_FULL or here.empty:
            continue
        for name, found in _named(test, here):
            rows.append(
                {
                    "Test or interval": name,
                    "Rejects without effect": _span(found, "rejects"),
                    "Covers the procedure": _span(found, COVERS),
                    "Covers the checkpoints": _span(found, COVERS_CHECKPOINTS),
                    "Covers the variance": _span(found, COVERS_VARIANCE),
                }
            )
    return pd.DataFrame(rows)


def _named(test: str, here: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Contrasts, then what has no baseline: families, and claims or systems alone."""
    alone = here["baseline"] == ""
    family = alone & here["system"].str.startswith("any ")
    own = f"{test} of a system's mean" if test == "BCa" else test  # on the leaderboard
    for name, chosen in (
        (test, ~alone),
        (own, alone & ~family),
        (f"{test}, whole family", family),
    ):
        if chosen.any():
            yield name, here[chosen]


def _subjects(rows: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    keys = zip(rows["dataset"], rows["system"], rows["baseline"], strict=True)
    yield from dict.fromkeys(keys)


def _share(
    here: pd.DataFrame, test: str, quantity: str, *, multiple: float = 0, seeds: str = "estimate"
) -> str:
    """`0.053 ± 0.007`; a dash where it was not counted."""
    row = here[
        (here["test"] == test)
        & (here["quantity"] == quantity)
        & (here["multiple"] == multiple)
        & (here["seeds"] == seeds)
    ]
    if row.empty:
        return EMPTY
    return f"{number(row['rate'].iloc[0])} ± {number(row['error'].iloc[0])}"


def _span(here: pd.DataFrame, quantity: str) -> str:
    """`0.040 to 0.061 ± 0.005`, the error the larger one."""
    found = here[here["quantity"] == quantity]
    if found.empty:
        return EMPTY
    low, high = number(found["rate"].min()), number(found["rate"].max())
    reach = low if low == high else f"{low} to {high}"
    return f"{reach} ± {number(found['error'].max())}"


def _warnings(frame: pd.DataFrame, *, alpha: float) -> Iterator[str]:
    """What should not be believed as it stands."""
    wrong = frame[
        frame["test"].isin(["E2", HOLM])
        & (frame["quantity"] == "rejects")
        & (frame["multiple"] == 0)
        & (frame["rate"] > TOO_OFTEN * alpha)
        & (frame["rate"] - 3 * frame["error"] > alpha)
    ]
    for row in wrong.to_dict("records"):
        level = " with seeds at their upper limit" if row["seeds"] == "upper" else ""
        yield (
            f"{_place(row)}: {row['test']} at α = {alpha:g} rejects {number(row['rate'])} ± "
            f"{number(row['error'])} of experiments without any effect{level}: its verdict "
            "promises too much"
        )
    for row in frame[frame["quantity"] == "caution"].to_dict("records"):
        yield f"{_place(row)}: {row['note']}" if _place(row) else str(row["note"])
    for row in frame[(frame["test"] == COPY) & (frame["rate"] > 0)].to_dict("records"):
        yield f"{row['dataset']}: a system differs from its own copy; report this as a bug"


def _checks(frame: pd.DataFrame) -> Iterator[str]:
    """A/A, in words."""
    copies = frame[frame["test"] == COPY]
    if len(copies) and not copies["rate"].any():
        yield "No test tells a system from a copy of itself."
    halves = frame[(frame["test"] == HALVES) & frame["rate"].notna()]
    for row in halves.to_dict("records"):
        yield f"Halves of the seeds of {_place(row)} differ in {row['rate']:.1%} of the splits."


def _missing(frame: pd.DataFrame) -> Iterator[str]:
    """What was not calibrated, and why; the same reason once."""
    told: dict[tuple[str, str], list[str]] = {}
    for row in frame[frame["quantity"] == NOT].to_dict("records"):
        told.setdefault((row["test"], row["note"]), []).append(_place(row))
    for (test, note), places in told.items():
        where = ", ".join(filter(None, places))
        yield f"{test} ({where}): {note}" if where else f"{test}: {note}"


def _place(row: dict[str, Any]) -> str:
    """`maw − non_maw on tiny`, as much of it as the row names."""
    system = " − ".join(filter(None, (row["system"], row["baseline"])))
    return " on ".join(filter(None, (system, row["dataset"])))


def _narrow(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Errors, then power: a terminal is narrower than a page."""
    if rows.empty:
        return
    columns = list(rows.columns)
    start, end = columns.index("Type I error"), columns.index("Coverage") + 1
    yield rows[columns[:end]]
    if columns[end:]:
        yield rows[[*columns[:start], *columns[end:]]]


def show(section: Section, console: "Console | None" = None) -> None:
    """Print it. Without a terminal: plain text, no colour, no wrapping."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from maw.reporting.terminal import PLAIN_WIDTH

    console = console or Console()
    if not console.is_terminal:
        console = Console(file=console.file, width=PLAIN_WIDTH, color_system=None)

    def say(line: str) -> None:
        console.print(Text(line), highlight=False, soft_wrap=True)

    tables = [(DECIDES, rows) for rows in _narrow(section.deciding)] + [(SHOWN, section.others)]
    said = ""
    for told, rows in tables:
        if rows.empty:
            continue
        if told != said:
            say(told)
        said = told
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for place, name in enumerate(map(str, rows.columns)):
            table.add_column(Text(name), no_wrap=place > 0, overflow="fold")
        for cells in rows.to_numpy().tolist():
            table.add_row(*map(Text, cells))
        console.print(table)
    for title, lines in (
        ("", section.checks),
        ("Beware", section.warnings),
        ("Not calibrated", section.missing),
    ):
        if lines and title:
            say(title)
        for line in lines:
            say(f"- {line}" if title else line)

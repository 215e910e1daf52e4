"""The calibration of the tests on a terminal: two tables, checks, warnings, uncalibrated tests."""

from collections.abc import Iterator

import pandas as pd
from rich.console import Console

from maw.reporting.calibration import DECIDING_LEGEND, OTHERS_LEGEND, CalibrationSection
from maw.reporting.console import console, say, table


def show(section: CalibrationSection, target: Console | None = None) -> None:
    """Print the report's calibration section to the console `target`.

    Without a target the section goes to standard output.
    """
    to = console(target)
    for legend, parts in (
        (DECIDING_LEGEND, list(_narrow(section.deciding))),
        (OTHERS_LEGEND, [section.others] if len(section.others) else []),
    ):
        if parts:
            say(to, legend)
        for rows in parts:
            heads = [str(name) for name in rows.columns]
            to.print(table(heads, rows.to_numpy().tolist(), unwrapped=heads[1:]))
    for line in section.checks:
        say(to, line)
    for title, lines in (("Beware", section.warnings), ("Not calibrated", section.missing)):
        if lines:
            say(to, title)
        for line in lines:
            say(to, f"- {line}")


def _narrow(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the table of the deciding test in two parts, because a terminal is narrow.

    The first part holds the error rates, the second the power, where there are columns for it. A
    table without rows yields nothing.
    """
    if rows.empty:
        return
    columns = list(rows.columns)
    start, end = columns.index("Type I error"), columns.index("Coverage") + 1
    yield rows[columns[:end]]
    if columns[end:]:
        yield rows[[*columns[:start], *columns[end:]]]

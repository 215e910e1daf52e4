"""The calibration of the plan on a terminal: a sentence, tables, checks, warnings and gaps."""

from collections.abc import Iterator
from math import ceil

import numpy as np
import pandas as pd
from rich.console import Console

from maw.reporting.calibration import LEGENDS, CalibrationSection
from maw.reporting.console import console, say, table

NAMES = ("Dataset", "Claim", "Contrast", "True lead")
WIDEST = 4  # columns beside the names that a terminal has room for


def show(section: CalibrationSection, target: Console | None = None) -> None:
    """Print the report's calibration section to the console `target`.

    Without a target the section goes to standard output.
    """
    to = console(target)
    if section.answer:
        say(to, section.answer)
    for key, rows in section.tables.items():
        say(to, LEGENDS[key])
        for part in _narrow(rows):
            heads = [str(name) for name in part.columns]
            to.print(table(heads, part.to_numpy().tolist(), unwrapped=heads[1:]))
    for line in section.checks:
        say(to, line)
    for title, lines in (("Beware", section.warnings), ("Not calibrated", section.missing)):
        if lines:
            say(to, title)
        for line in lines:
            say(to, f"- {line}")


def _narrow(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the table in parts that a terminal has room for, each with the names of its rows."""
    names = [name for name in rows.columns if name in NAMES]
    numbers = [name for name in rows.columns if name not in names]
    for part in np.array_split(numbers, ceil(len(numbers) / WIDEST)):
        yield rows[[*names, *part.tolist()]]

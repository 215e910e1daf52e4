"""The difference of two suites on a terminal, or as JSON for another program."""

from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console

from maw.reporting.console import console, say, table
from maw.reporting.wording import number, short_interval, signed

MOST_SETTINGS = 40  # rows of changed settings; the JSON has all
MEANING = (
    "These are two results side by side, and no test of one suite against the other: to test a "
    "system of one against a system of the other, export their runs (`maw export`) and give both "
    "to `maw compare`."
)


def show(
    settings: pd.DataFrame,
    scores: pd.DataFrame,
    verdicts: pd.DataFrame,
    *,
    measure: str,
    target: Console | None = None,
) -> None:
    """Print what differs between suite A and suite B: settings, verdicts and mean scores.

    The frames are those of `maw.verdicts.suite_changes`. target: the console; None: standard
    output.
    """
    to = console(target)
    say(to, _settings_title(len(settings)))
    if not settings.empty:
        rows = [
            [str(row.setting), _shown(row.a), _shown(row.b)]
            for row in settings.head(MOST_SETTINGS).itertuples()
        ]
        to.print(table(["setting", "A", "B"], rows))
    n_changed = int((~verdicts["same_word"]).sum())
    say(to, f"\nVerdicts: {n_changed} of {len(verdicts)} differ in their word")
    if not verdicts.empty:
        has_several_claims = verdicts["claim"].nunique() > 1
        rows = [_verdict_row(row, named=has_several_claims) for row in verdicts.to_dict("records")]
        to.print(table(["dataset", "system", "A", "B"], rows))
    say(to, f"\nMean {measure} (scores that are equal, of those that both suites have)")
    heads = ["dataset", "system", "A", "B", "B − A", "equal", "largest difference"]
    rows = [_score_row(row) for row in scores.to_dict("records")]
    to.print(table(heads, rows, numbers=heads[2:]))
    say(to, MEANING)


def _settings_title(n: int) -> str:
    if not n:
        return "Settings: no difference"
    hidden = f", the first {MOST_SETTINGS} of them here, all in --json" if n > MOST_SETTINGS else ""
    return f"Settings: {n} differ{'s' if n == 1 else ''}{hidden}"


def _shown(value: str | None) -> str:
    return "absent" if value is None else value


def _verdict_row(row: dict[str, Any], *, named: bool) -> list[str]:
    """Return the cells of a claim. named: the system's cell has the name of the claim too."""
    name = f" (“{row['claim']}”)" if named else ""
    return [
        str(row["dataset"]),
        f"{row['system']}{name}",
        *(_judged(row, side) for side in "ab"),
    ]


def _judged(row: dict[str, Any], side: str) -> str:
    """Return the word of a claim in one suite, with its estimate, limits and deciding control.

    A claim without limits, because nothing could be estimated, has its word alone.
    """
    word, lower, upper = (row[f"{column}_{side}"] for column in ("word", "lower", "upper"))
    if pd.isna(word):
        return "absent"
    if not np.isfinite([lower, upper]).all():
        return str(word)
    limits = short_interval(lower, upper, sign=True)
    return f"{word}: {signed(row[f'estimate_{side}'])} {limits} against {row[f'decided_by_{side}']}"


def _score_row(row: dict[str, Any]) -> list[str]:
    def mean(side: str) -> str:
        n_seeds = row[f"n_seeds_{side}"]
        return f"{number(row[f'mean_{side}'], 4)} ({n_seeds})" if n_seeds else "absent"

    return [
        str(row["dataset"]),
        str(row["system"]),
        mean("a"),
        mean("b"),
        signed(row["difference"]),
        f"{row['n_equal']} of {row['n_scores']}",
        number(row["largest"], 4),
    ]

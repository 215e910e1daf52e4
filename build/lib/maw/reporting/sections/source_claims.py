"""The section that puts the claims of the method's source beside what was measured here.

The short table has a line for each group of claims, shown by the claim that comes nearest to what
the source says; all claims stand in the full table. The rule for the words is that of
`maw.reporting.source.source_words`, and it stands below the table.
"""

from collections.abc import Sequence
from math import isnan
from typing import Any

import pandas as pd

from maw.reporting.page_data import PageData
from maw.reporting.source.source_elsewhere import (
    ABLATIONS,
    BENCHMARK,
    ablation_rows,
    complexity_rows,
    theory_rows,
)
from maw.reporting.source.source_gains import (
    gain_rows,
    missing_rows,
    score_rows,
    significance_rows,
    systems_of,
)
from maw.reporting.source.source_numbers import source_numbers
from maw.reporting.source.source_words import ERROR, SourceRow
from maw.reporting.tables import rows_of

UNTRAINED, FAIR = "Over untrained (unfair)", "Over fair control"
RULE = (
    "Supported: the 95 % interval of the relative difference over the fair control (trained alike, "
    "without depths) lies above 0 and reaches the claimed range. Contradicted here: it lies below "
    "that range. Not supported: neither. The intervals are about new queries and new seeds; their "
    "limits are divided by the limit of the control's mean that makes them wider. Without a fair "
    "control, an interval over the untrained model can contradict, not support. Counted multiples: "
    "supported within 10 %. Ablations: by the interval of the false coverage rate, which only "
    "selected contrasts have. RR@1 equals Success@1."
)


def content(page: PageData) -> dict[str, Any] | None:
    """Return the section as its template reads it; None without a system as the source's are.

    `table` is the short table and `full` the one of all claims, both as `rows_of` returns them;
    `rule` and `level` are sentences, `csv_rows` the rows of comparisons.csv behind the intervals,
    `not_run` the commands of what was not run.
    """
    rows = all_rows(page)
    if not rows:
        return None
    used = [row.csv_row for row in rows if row.csv_row]
    return {
        "table": rows_of(short_table(rows)),
        "full": rows_of(full_table(rows)),
        "n_claims": len(rows),
        "rule": RULE,
        "level": level(rows),
        "place": source_numbers().place,
        "csv_rows": used,
        "not_run": not_run(page),
    }


def all_rows(page: PageData) -> list[SourceRow]:
    """Return the rows of all claims, in the order of the source's list; [] without its systems."""
    numbers = source_numbers()
    if not any(systems_of(page, claim.router) for claim in numbers.gains):
        return []
    return [
        *gain_rows(page, numbers),
        *missing_rows(page, numbers),
        *score_rows(page, numbers),
        *significance_rows(numbers),
        *ablation_rows(page, numbers),
        *complexity_rows(page, numbers),
        *theory_rows(page, numbers),
    ]


def not_run(page: PageData) -> list[str]:
    """Return the commands that would decide or complete rows, of what was not run here."""
    own = None if page.suite is None else page.suite.ablations
    known = {ABLATIONS: page.elsewhere.get("ablations", own)}
    known[BENCHMARK] = page.elsewhere.get("attention_benchmark")
    return [command for command, table in known.items() if table is None]


def short_table(rows: Sequence[SourceRow]) -> pd.DataFrame:
    """Return a line for each group of claims: its nearest claim, and the words of all of them.

    Theorems, which no data decide, stand in the full table alone.

    The nearest claim is the one whose interval reaches highest above its lower end, so that a group
    is shown at its best for the source.
    """
    groups = {
        name: [row for row in rows if row.group == name]
        for name in dict.fromkeys(row.group for row in rows if row.group)
        if not name.startswith("Theorem")
    }
    return pd.DataFrame([_line(name, group) for name, group in groups.items()])


def full_table(rows: Sequence[SourceRow]) -> pd.DataFrame:
    """Return a row for each claim, with the reason for its word."""
    return pd.DataFrame(
        [
            {
                "Claim": row.claim,
                "The source says": row.says,
                UNTRAINED: row.untrained or "–",
                FAIR: row.fair or "–",
                "Word": row.word.value,
                "Reason": row.reason,
            }
            for row in rows
        ]
    )


def level(rows: Sequence[SourceRow]) -> str:
    """Return a sentence on how often the words that rest on intervals are false; "" without any."""
    n = sum(row.is_interval for row in rows)
    if not n:
        return ""
    each = f"{100 * ERROR:g} %"
    if n == 1:
        return f"The word that rests on an interval is false in at most {each}."
    return (
        f"Each of the {n} words that rest on such intervals is false in at most {each}, at least "
        f"one of them in at most {100 * min(1.0, n * ERROR):g} %."
    )


def _line(name: str, group: Sequence[SourceRow]) -> dict[str, str]:
    """Return the line of a group: its nearest claim, or its first one where none is an interval."""
    known = [row for row in group if not isnan(row.gap)]
    nearest = max(known, key=lambda row: row.gap) if known else group[0]
    words = {row.word for row in group}
    return {
        "Claim": nearest.claim if known else name,
        "Source": nearest.brief or nearest.says,
        UNTRAINED: nearest.untrained,
        FAIR: nearest.fair,
        "Word": nearest.word.value if len(words) == 1 else _counted(group),
        "Why": (nearest.why or nearest.reason) if len(words) == 1 else "",
    }


def _counted(group: Sequence[SourceRow]) -> str:
    """Return the words of a group, each with its number of claims."""
    words = [row.word.value for row in group]
    return ", ".join(f"{word} ({words.count(word)})" for word in dict.fromkeys(words))

"""Sentences on the topics that turn from a hit into a miss between two systems, and on tiers.

A page, a terminal and Markdown say them alike. Nothing here decides a verdict. The numbers are
those of `maw.verdicts.flips` and `maw.verdicts.tiers`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from maw.reporting.frames import VerdictFrames
from maw.reporting.wording import compact, pvalue, short_interval
from maw.reporting.words import listed
from maw.verdicts.flips import GAINED, LOST, PAIR

Row = Mapping[str, Any]

N_NAMED = 3  # topics of each side in one line
N_PAIRS = 3  # contrasts of a dataset in one line
LENGTH = 60  # characters of a topic's text in a list


def hits_of(frames: VerdictFrames, dataset: str | None = None) -> list[dict[str, Any]]:
    """Return the rows of the frame `hits`, of one dataset or of all; none without the frame."""
    return _rows_of(frames.hits, dataset)


def turned_of(frames: VerdictFrames, row: Row, side: str) -> list[dict[str, Any]]:
    """Return the topics of one contrast that were gained or lost, the largest difference first.

    row: of the frame `hits`. side: `gained` or `lost`.
    """
    rows = frames.flips
    if rows is None:
        return []
    of_pair = (rows[PAIR] == [row[name] for name in PAIR]).all(axis=1) & rows["turned"].eq(side)
    records: list[dict[str, Any]] = rows[of_pair].to_dict("records")
    return records


def definition(rows: Sequence[Row], *, several_seeds: bool) -> str:
    """Return the sentence on what a hit is. rows: of the frame `hits`, not empty."""
    seeds = ", with more than half of the system’s seeds" if several_seeds else ""
    return f"A hit: {rows[0]['hit']}{seeds}."


def sentence(row: Row) -> str:
    """Return how many topics of a contrast turn. row: of the frame `hits`."""
    n = int(row["n_queries"])
    if not row["n_gained"] and not row["n_lost"]:
        return (
            f"None of {n} topics turns from a hit into a miss, or back, between {row['system']} "
            f"and {row['baseline']}."
        )
    return (
        f"Of {n} topics, {row['n_lost']} turn{'s' * (row['n_lost'] == 1)} from a hit with "
        f"{row['baseline']} into a miss with {row['system']}, and {row['n_gained']} from a miss "
        "into a hit."
    )


def on_shares(row: Row) -> str:
    """Return the sentence on the difference of the shares of hits; "" where it has no test."""
    if pd.isna(row["newcombe_low"]):
        return ""
    limits = short_interval(row["newcombe_low"], row["newcombe_high"], sign=True)
    return (
        f"{row['system']} has {row['n_hits']} hits and {row['baseline']} {row['n_hits_baseline']} "
        f"of {row['n_queries']}, a difference of {compact(row['hits_difference'], sign=True)} "
        f"{limits} (Newcombe’s 95 % interval of paired proportions); McNemar’s exact test: "
        f"{pvalue(row['p_exact'])}. The plan’s test decides, and not these."
    )


def lines(frames: VerdictFrames, dataset: str) -> Iterator[str]:
    """Yield the lines of a terminal on a dataset: one on all that turn, and one for each test."""
    rows = hits_of(frames, dataset)
    if not rows:
        return
    told = [
        f"{row['system']} against {row['baseline']}: "
        f"{_named(row['n_lost'], turned_of(frames, row, LOST))} lost, "
        f"{_named(row['n_gained'], turned_of(frames, row, GAINED))} gained"
        for row in rows[:N_PAIRS]
    ]
    more = f"; and {len(rows) - N_PAIRS} more contrasts" if len(rows) > N_PAIRS else ""
    yield f"Hits ({rows[0]['hit']}): {'; '.join(told)}{more}."
    yield from filter(None, map(on_shares, rows[:N_PAIRS]))


def tiers_of(frames: VerdictFrames, dataset: str | None = None) -> list[dict[str, Any]]:
    """Return the rows of the frame `tiers`, of one dataset or of all; none without the frame."""
    return _rows_of(frames.tiers, dataset)


def basis_of_tiers(row: Row) -> str:
    """Return the sentences on what tiers mean, and on their tests. row: of the frame `tiers`."""
    n, differ = row["n_pairs"], row["n_pairs_that_differ"]
    return (
        "Systems that share a letter are not shown to differ; that is no evidence that they are "
        f"equal. Of all {n} pairs, {differ} differ{'s' * (differ == 1)} by Holm’s procedure at "
        f"{100 * row['alpha']:g} % together, apart from the claims."
    )


def tier_line(frames: VerdictFrames, dataset: str) -> str:
    """Return the line of a terminal on the tiers of a dataset; "" where it has none."""
    rows = tiers_of(frames, dataset)
    if not rows:
        return ""
    told = ", ".join(f"{row['system']} {row['tier']}" for row in rows)
    return f"Tiers, the highest mean first: {told}. {basis_of_tiers(rows[0])}"


def _named(n: int, topics: Sequence[Row]) -> str:
    """Return a number of topics with the ids of the first ones: `2 (301 and 302)`."""
    if not n:
        return "0"
    ids = [str(row["query_id"]) for row in topics[:N_NAMED]]
    return f"{n} ({', '.join(ids)} …)" if n > N_NAMED else f"{n} ({listed(ids)})"


def _rows_of(table: pd.DataFrame | None, dataset: str | None) -> list[dict[str, Any]]:
    """Return the rows of a frame, of one dataset or of all; none without the frame."""
    if table is None:
        return []
    rows = table if dataset is None else table[table["dataset"] == dataset]
    records: list[dict[str, Any]] = rows.to_dict("records")
    return records

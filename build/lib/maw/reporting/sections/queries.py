"""The section on the queries that move: how many, which most, and where their documents stood.

Everything here was looked at after the verdict; it explains a verdict and tests nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

import pandas as pd

from maw.reporting.figures import registry as figures
from maw.reporting.figures.moved import MOST, ClaimRows, claims_of, name_of
from maw.reporting.page_data import PageData
from maw.reporting.tables import rows_of
from maw.reporting.wording import compact
from maw.verdicts.moved import BEST, KEY, LARGE, WORST, movers, moves, shortened

N_UNFOLDED = 2  # queries of each side that stand in the table
LENGTH = 42  # characters of a query's text there
HEADINGS = {BEST: "Largest gains", WORST: "Largest losses"}

Record = Mapping[str, Any]


def content(page: PageData) -> dict[str, Any] | None:
    """Return the template's data; None where no claim has differences.

    first: the first claim, whose queries are unfolded. rest: the other claims, MOST in all. counts:
    a table of all claims, where there are several.
    """
    differences = page.frames.differences
    if differences is None or differences.empty:
        return None
    claims = list(claims_of(differences))
    shown = [
        {
            "name": name_of(claim, differences),
            "sentence": sentence(claim, queries=page.queries),
            "picture": _picture(page, claim, place=place, n_claims=len(claims)),
            **listed(claim, _records(page, claim)),
        }
        for place, claim in enumerate(claims[:MOST], start=1)
    ]
    return {
        "first": shown[0],
        "rest": shown[1:],
        "counts": rows_of(counts(claims, differences)) if len(claims) > 1 else None,
        "unit": "query" if page.queries == "queries" else page.queries.removesuffix("s"),
        "units": page.queries,
    }


def sentence(claim: ClaimRows, *, queries: str) -> str:
    """Return a sentence on how many queries rank better with the system, and how many move far.

    queries: `queries`, or `topics` of run files.
    """
    n = moves(claim.rows["difference"])
    all_queries = f"{n.n} test queries" if queries == "queries" else f"{n.n} {queries}"
    return (
        f"Of {all_queries}, {n.up} rank better with {claim.system} than with {claim.baseline}, "
        f"{n.tied} equally well, {n.down} worse; {n.gain} gain and {n.lose} lose more than "
        f"{LARGE:g}."
    )


def counts(claims: Sequence[ClaimRows], differences: pd.DataFrame) -> pd.DataFrame:
    """Return a table of how many queries move, with a row for each claim on each dataset."""
    rows = []
    for claim in claims:
        n = moves(claim.rows["difference"])
        rows.append(
            {
                "Claim": name_of(claim, differences),
                "Up": n.up,
                "Tied": n.tied,
                "Down": n.down,
                f"Gain over {LARGE:g}": n.gain,
                f"Lose over {LARGE:g}": n.lose,
            }
        )
    return pd.DataFrame(rows)


def listed(claim: ClaimRows, records: Sequence[Record]) -> dict[str, Any]:
    """Return the rows of a claim's table, and the queries of each side in full.

    records: rows of `maw.verdicts.moved.MOVED`, or of `movers` where there are no texts. rows: the
    first N_UNFOLDED of each side, the largest gain first and the largest loss last. ranked, routed:
    whether ranks are known, and depths.
    """
    sides = {
        side: [record for record in records if record["side"] == side] for side in (BEST, WORST)
    }
    full = {side: [_query(record) for record in found] for side, found in sides.items() if found}
    table = sides[BEST][:N_UNFOLDED] + sides[WORST][:N_UNFOLDED][::-1]
    return {
        "system": claim.system,
        "baseline": claim.baseline,
        "ranked": bool(records) and "ranks" in records[0],
        "routed": any(query["depths"] for found in full.values() for query in found),
        "rows": [
            {
                "text": shortened(_text(record), LENGTH),
                "difference": compact(record["difference"], sign=True),
                "ranks": [_median(record, name) for name in ("ranks_baseline", "ranks")],
            }
            for record in table
        ],
        "sides": [
            {"name": side, "heading": HEADINGS[side], "queries": found}
            for side, found in full.items()
        ],
    }


def ranks_of(record: Record) -> str:
    """Return `13, 13, 16, 14, 1 → 2, 1, 2, 15, 2`: the control's rank with each seed, the system's.

    A dash stands for a run that returns no best relevant document.
    """
    return f"{_sequence(record['ranks_baseline'])} → {_sequence(record['ranks'])}"


def depths_of(record: Record) -> str:
    """Return the depths that were chosen, a value for each seed; "" where nothing was routed.

    Where the control has a router too, it is `0, 2 → 1, 1`, the control's depths first.
    """
    sides = [record["depths_baseline"], record["depths"]]
    routed = [_sequence(text) for text in sides if any(n is not None for n in json.loads(text))]
    return " → ".join(routed)


def _query(record: Record) -> dict[str, Any]:
    """Return a query as the template shows it in full."""
    scores = [compact(record[name]) for name in ("score_baseline", "score")]
    query: dict[str, Any] = {
        "text": _text(record),
        "query_id": record["query_id"],
        "difference": compact(record["difference"], sign=True),
        "scores": " → ".join(scores),
    }
    if "ranks" not in record:
        return query | {"ranks": "", "depths": "", "documents": [], "n_more": 0}
    documents = json.loads(record["relevant"])
    return query | {
        "ranks": ranks_of(record),
        "depths": depths_of(record),
        "documents": documents,
        "n_more": int(record["n_relevant"]) - len(documents),
    }


def _records(page: PageData, claim: ClaimRows) -> list[dict[str, Any]]:
    """Return the claim's rows of the frame `moved`; without this frame, its movers alone."""
    moved = None if page.suite is None else page.suite.moved
    if moved is None:
        texts = page.spec.get("texts", {})
        found = movers(claim.rows)
        found = found.assign(text=[texts.get(query, "") for query in found["query_id"]])
    else:
        found = moved[(moved[KEY] == list(claim.key)).all(axis=1)]
    records: list[dict[str, Any]] = found.to_dict("records")
    return records


def _picture(page: PageData, claim: ClaimRows, *, place: int, n_claims: int) -> dict[str, Any]:
    """Return the picture of one claim, whose ids in the page are its own.

    The figure of a suite shows all claims at once, so that it is the claim's only where there is no
    other.
    """
    csv = "../figures/moved.csv" if "moved" in page.pictures else ""
    told = {
        "caption": _caption(claim),
        "title": f"Which {page.queries} move: {claim.system} − {claim.baseline}",
    }
    if n_claims == 1 and "moved" in page.pictures:
        return {**figures.entry("moved", page.pictures["moved"], csv=csv), **told}
    comparisons = page.frames.comparisons
    alone = replace(
        page.frames,
        differences=claim.rows,
        comparisons=comparisons[comparisons["dataset"] == claim.dataset],
    )
    svg = figures.shown("moved", alone, plan=page.plan, queries=page.queries)
    name = f"moved{place}"
    entry = figures.entry("moved", svg.replace("figure-moved-", f"figure-{name}-"), csv=csv)
    return {**entry, "name": name, **told}


def _caption(claim: ClaimRows) -> str:
    n_seeds = claim.rows[["n_seeds", "n_seeds_baseline"]].iloc[0].max()
    return f"{'Means over seeds' if n_seeds > 1 else 'Differences'}, sorted."


def _text(record: Record) -> str:
    """Return the text of a query, or its id where no text is known."""
    return str(record.get("text") or record["query_id"])


def _sequence(values: str) -> str:
    """Return a JSON list of whole numbers as `2, 1, –`."""
    return ", ".join("–" if value is None else str(value) for value in json.loads(values))


def _median(record: Record, name: str) -> str:
    """Return the median of a list of ranks; a missing rank counts as larger than any other."""
    if name not in record:
        return "–"
    ranks = [float("inf") if rank is None else rank for rank in json.loads(record[name])]
    middle = median(ranks)
    return "–" if middle == float("inf") else f"{middle:g}"

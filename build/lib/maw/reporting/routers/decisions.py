"""The decision view: what single test queries attend to under each depth of each router."""

from typing import Any

import pandas as pd

from maw.reporting.wording import number

TOKENS = 10  # most attended tokens that have a column of their own


def decisions(attention: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the template's data of each shown query: its text, and a table for each system.

    attention: columns `maw.stages.look.COLUMNS`, as that stage wrote it. A table has a row for each
    depth and a column for each of the ten tokens that some depth attends to most, in the order of
    the text; `rest` is the share of all other tokens. A cell is text in percent and `share`, 0 to
    1, its part of the table's largest weight. Systems without attention are left out.
    """
    rows = attention[attention["note"] == ""]
    queries = []
    for (dataset, query_id), of_query in rows.groupby(["dataset", "query_id"], sort=False):
        tables = [
            _table(of_system) for _, of_system in of_query.groupby(["system", "doc_id"], sort=False,
                                                                   dropna=False)
        ]  # fmt: skip
        text = of_query["text"].iloc[0]
        queries.append({"dataset": dataset, "query_id": query_id, "text": text, "systems": tables})
    return queries


def without_attention(attention: pd.DataFrame) -> list[str]:
    """Return a sentence for each system whose attention cannot be shown, with the reason."""
    rows = attention[attention["note"] != ""]
    return [f"{row.system} on {row.dataset}: {row.note}" for row in rows.itertuples()]


def _table(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the table of one system for one query: a row for each depth."""
    first = rows.iloc[0]
    weights = rows.pivot(index="depth", columns="position", values="weight")
    shown = sorted(weights.max().nlargest(TOKENS).index)
    largest = float(weights[shown].max(axis=None))
    tokens = rows.drop_duplicates("position").set_index("position")["token"]
    body = []
    for one in rows.drop_duplicates("depth").itertuples():
        own = weights.loc[one.depth]
        body.append(
            {
                "depth": int(one.depth),
                "chosen": bool(one.chosen),
                "probability": number(one.probability, 2),
                "rank": _rank(one.best_relevant_rank, one.n_ranked),
                "cells": [
                    {"text": f"{100 * own[n]:.0f}", "share": f"{own[n] / largest:.2f}"}
                    for n in shown
                ],
                "rest": f"{100 * own.drop(shown).sum():.0f}",
            }
        )
    return {
        "system": first["system"],
        "seed": int(first["seed"]),
        "document": "" if pd.isna(first["doc_id"]) else first["doc_id"],
        "mixes": not rows["chosen"].any(),
        "tokens": [tokens[n] for n in shown],
        "rows": body,
    }


def _rank(rank: float, n_ranked: float) -> str:
    """Return the rank as `3`, as `> 10` where it is beyond what was ranked, or a dash."""
    if pd.notna(rank):
        return str(int(rank))
    return "–" if pd.isna(n_ranked) else f"> {int(n_ranked)}"

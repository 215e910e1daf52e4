"""Did the router route? What each router chose, what its choices are worth, and single decisions.

No verdict depends on this section. Nothing is pooled over seeds: a router that sends everything to
one depth, another one in each seed, would look as if it routed.
"""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from maw.reporting import wording
from maw.reporting.figures import registry as figures
from maw.reporting.figures.routing import routing_data
from maw.reporting.page_data import PageData
from maw.reporting.routers.decisions import decisions, without_attention
from maw.reporting.routers.router_findings import Sentence, configured, finding, targets
from maw.reporting.routers.router_use import DECIDING, SIDES, RouterUse, router_uses
from maw.reporting.tables import rows_of
from maw.reporting.words import listed

FIGURE = "routing"
FEW = 2  # sentences that are not folded
SHOWN = {  # quantity -> its column, and what it is
    "effective_depths": (
        "Depths in the mean policy",
        "exp of the entropy of the mean policy: all depths for even use, 1 for one depth.",
    ),
    "effective_depths_used": (
        "Depths chosen",
        "The same of the depths that were chosen, the likeliest of each text.",
    ),
    "policy_entropy": (
        "Policy entropy",
        "Mean entropy of a text's policy in nats: 0 where the router is certain.",
    ),
    "mutual_information_mode": (
        "Bits on mode",
        "Bits that the chosen depth shares with the query's true mode; in brackets, what shuffled "
        "modes share by chance.",
    ),
    "mutual_information_cluster": ("Bits on cluster", "The same with the query's cluster."),
    "mutual_information_length": ("Bits on length", "The same with the text's length."),
    "mutual_information_relevant": (
        "Bits on relevant documents",
        "The same with the query's number of relevant documents.",
    ),
    "rule_accuracy_minus_majority": (
        "Rule accuracy − majority",
        "How much oftener a supervised router gives its rule's depth than naming the commonest "
        "depth would.",
    ),
    "regret_best_fixed": (
        "Regret: best depth",
        "Score of the best single depth, chosen on one half of the queries and scored on the "
        "other, minus the router's.",
    ),
    "regret_oracle": (
        "Regret: oracle",
        "Score of each query's best depth, chosen with another seed's model, minus the router's. "
        "Below 0 where a depth has another role in each seed.",
    ),
    "oracle_headroom_across": (
        "Headroom",
        "That best depth's score minus the mean over depths.",
    ),
    "oracle_headroom_within": (
        "Headroom, same seed",
        "The same chosen on the scores themselves: a maximum over noise, always above 0.",
    ),
    "control_headroom_within": (
        "Control's, same seed",
        "What noise alone gives: the best of several seeds of the control, which has no depths.",
    ),
}


def content(page: PageData) -> dict[str, Any] | None:
    """Return the template's data; None for a comparison and for a suite without routers.

    sentences: the first two, each a name and pieces; more: the others.
    shown: the table of shares of the first system that did not send all to one depth; tables: all
    others, which with several datasets are all of them.
    """
    if page.suite is None or page.suite.depths.empty:
        return None
    frames, systems = page.suite, page.spec.get("systems", {})
    uses = router_uses(frames, systems)
    if not uses:
        return None
    ordered = _in_order(uses, page)
    several = len({use.dataset for use in uses}) > 1
    sentences = _sentences(ordered, page, several=several)
    shown = None if several else next((use for use in ordered if not _is_settled(use)), None)
    others = [use for use in uses if use is not shown and not use.mixes]
    attention = frames.attention
    is_drawn = not routing_data(frames, page.plan).empty
    picture = page.pictures.get(FIGURE) if is_drawn else None
    return {
        "sentences": sentences[:FEW],
        "more": sentences[FEW:],
        "shown": None if shown is None else shares(shown),
        "tables": [shares(use, several=several) for use in others],
        "figure": None if picture is None else figures.entry(FIGURE, picture),
        "diagnoses": {} if frames.routing is None else _tables(frames.routing),
        "definitions": list(SHOWN.values()),
        "targets": targets(frames.curves, systems=systems),
        "decisions": [] if attention is None else decisions(attention),
        "without_attention": [] if attention is None else without_attention(attention),
    }


def _in_order(uses: Sequence[RouterUse], page: PageData) -> list[RouterUse]:
    """Return the uses on the side that decides: systems of claims first, routers that learn first.

    Otherwise the order of the claims holds, then that of `uses`.
    """
    systems = page.spec.get("systems", {})
    names = list(dict.fromkeys(page.frames.claims["system"]))

    def place(use: RouterUse) -> tuple[bool, bool, int]:
        learns = not configured(systems.get(use.system, {}))
        is_claimed = use.system in names
        return not is_claimed, not learns, names.index(use.system) if is_claimed else 0

    return sorted((use for use in uses if use.side in DECIDING), key=place)


def _is_settled(use: RouterUse) -> bool:
    """Return True where a sentence says all: one depth took everything, or all are mixed."""
    return use.mixes or use.n_single_depth == len(use.shares)


def _sentences(uses: Sequence[RouterUse], page: PageData, *, several: bool) -> list[dict[str, Any]]:
    """Return the template's data of each sentence: the name of its system, and its pieces.

    several: True where there are several datasets. A sentence that holds of a system on some of
    them is told once, with their names.
    """
    places: dict[tuple[str, Sentence], list[str]] = {}
    for use in uses:
        entry = page.spec.get("systems", {}).get(use.system, {})
        pieces = finding(use, primary=page.plan.primary, entry=entry)
        places.setdefault((use.system, pieces), []).append(use.dataset)
    return [
        {"name": f"{system} on {listed(names)}" if several else system, "pieces": pieces}
        for (system, pieces), names in places.items()
    ]


def shares(use: RouterUse, *, several: bool = False) -> dict[str, Any]:
    """Return the template's table of a router's choices: a row for each seed, a cell a depth.

    A cell is its text, a share in percent, and `share`, 0 to 1, for its shade. several: True where
    the page shows several datasets, so that the table names its own.
    """
    return {
        "name": f"{use.system} on {use.dataset}" if several else use.system,
        "texts": use.texts,
        "n_texts": use.n_texts,
        "depths": list(use.shares.columns),
        "rows": [
            {
                "seed": seed,
                "cells": [
                    {"text": percent(value) if value else "", "share": f"{value:.2f}"}
                    for value in row
                ],
            }
            for seed, row in zip(use.shares.index, use.shares.to_numpy(), strict=True)
        ],
    }


def percent(share: float) -> str:
    """Return a share as whole percent; only what is 0 or 1 exactly is shown as `0` or `100`."""
    if 0 < share < 0.005:
        return "<1"
    return ">99" if 0.995 <= share < 1 else f"{100 * share:.0f}"


def _tables(quantities: pd.DataFrame) -> dict[str, Any]:
    """Return dataset -> the table of its routers as the page's template reads it."""
    return {name: rows_of(table) for name, table in diagnoses(quantities).items()}


def diagnoses(quantities: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return dataset or fold -> a table of its routers, a row for each system, seed and side.

    quantities: columns `maw.verdicts.routing.ROUTING`. Only the main quantities are shown, and
    only the columns that have a number on this dataset. Mutual information stands beside what
    chance alone would show.
    """
    rows = quantities[quantities["side"].isin(SIDES)]
    return {
        str(dataset): _diagnosis(of_dataset)
        for dataset, of_dataset in rows.groupby("dataset", sort=False)
    }


def _diagnosis(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table of one dataset; quantities that it lacks have no column."""
    key = ["system", "seed", "side"]
    order = rows[key].drop_duplicates()
    wide = rows.pivot(index=key, columns="quantity", values="value")
    wide = wide.loc[list(order.itertuples(index=False, name=None))]
    columns = {name.capitalize(): order[name].astype(str).tolist() for name in key}
    for quantity, (title, _) in SHOWN.items():
        if quantity in wide:
            columns[title] = [
                wording.number(value)
                if math.isnan(chance)
                else f"{wording.number(value)} ({wording.number(chance)})"
                for value, chance in zip(
                    wide[quantity], _column(wide, f"{quantity}_by_chance"), strict=True
                )
            ]
    return pd.DataFrame(columns)


def _column(wide: pd.DataFrame, quantity: str) -> pd.Series:
    """Return the values of a quantity; nan in each row where no row has it."""
    return wide.get(quantity, pd.Series(math.nan, index=wide.index))

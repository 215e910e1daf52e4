"""What a router's choices of depth say of the texts: quantities of one system, seed and side.

A side is query, document, or pair (of a query and a document, for a cross-encoder). No quantity is
pooled over seeds, sides or datasets, and no verdict depends on one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.ranking.policies import effective_depths
from maw.verdicts.information import information, quarters

ROUTING = ["dataset", "system", "seed", "side", "quantity", "value"]
MANY = 3  # relevant documents: so many or more are one class

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class KnownTexts:
    """What is known of the texts of one dataset or fold, for the quantities to be compared with.

    queries: indexed by query_id; length (number of words), cluster, n_relevant (number of relevant
    documents in the collection) and, where the collection knows it, mode. documents: doc_id ->
    length; None where only the routing of queries is looked at.
    """

    queries: pd.DataFrame
    documents: pd.Series | None


def choice_quantities(
    choices: pd.DataFrame, known: KnownTexts, *, side: str, seed: int
) -> dict[str, float]:
    """Return quantity -> value of the depths that a router chose for the texts of one side.

    choices: query_id, doc_id, depth, a row for each text or pair. seed: of the shuffling.

    effective_depths_used: exp(H) of the chosen depths. mutual_information_<what>, in bits, of the
    chosen depth with what is known: length, in quarters of the number of words; for queries and
    pairs also relevant (0, 1, 2, or 3 and more documents relevant to the query), cluster (where
    there are fewer clusters than queries), and mode (where it is known). mutual_information_
    <what>_by_chance: its mean when texts swap what is known of them at random.
    """
    depths = choices["depth"].to_numpy(np.int64)
    quantities = {"effective_depths_used": effective_depths(np.bincount(depths))}
    for name, (attributes, owner) in _known(choices, known, side=side).items():
        bits = information(depths, attributes, owner=owner, seed=seed)
        quantities[f"mutual_information_{name}"] = bits.value
        quantities[f"mutual_information_{name}_by_chance"] = bits.by_chance
    return quantities


def _known(
    choices: pd.DataFrame, known: KnownTexts, *, side: str
) -> Mapping[str, tuple[npt.ArrayLike, Codes]]:
    """Return what is known -> its value for each text [M], and the text [N] of each choice."""
    if side == "document":
        if known.documents is None:
            return {}
        lengths = known.documents.loc[choices["doc_id"]]
        return {"length": (quarters(lengths), np.arange(len(choices)))}
    owner, names = pd.factorize(choices["query_id"])
    queries = known.queries.loc[names]
    attributes: dict[str, npt.ArrayLike] = {
        "length": quarters(queries["length"]),
        "relevant": queries["n_relevant"].clip(upper=MANY),
    }
    if queries["cluster"].nunique() < len(queries):
        attributes["cluster"] = queries["cluster"]
    if "mode" in queries:
        attributes["mode"] = queries["mode"]
    return {name: (values, owner.astype(np.int64)) for name, values in attributes.items()}

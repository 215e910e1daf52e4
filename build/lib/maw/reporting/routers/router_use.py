"""How each router of a suite used its depths: shares of texts, and what is known of its choices.

Nothing is pooled over seeds or over sides (query, document, or pair of both). Where a dataset is in
folds, its texts are counted together and a quantity is the mean over folds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from maw.reporting.frames import SuiteFrames

SIDES = ("query", "document", "pair")
DECIDING = ("query", "pair")  # the side that a router's sentences are about


@dataclass(frozen=True, slots=True, eq=False)
class RouterUse:
    """One router on one side of a dataset.

    shares: a row for each seed, a column for each depth, also the never chosen: share of the texts
    whose chosen depth it is. n_texts: number of texts of one seed. quantities: a row for each seed,
    a column for each quantity of `maw.verdicts.routing`; without columns where none is known.
    mixes: True for a router that mixes all depths, and so chooses none.
    """

    dataset: str
    system: str
    side: str
    shares: pd.DataFrame
    n_texts: int
    quantities: pd.DataFrame

    @property
    def mixes(self) -> bool:
        """True where the router mixes all depths: it has policies and no choices."""
        names = self.quantities.columns
        return "effective_depths" in names and "effective_depths_used" not in names

    @property
    def n_depths(self) -> int:
        """Number of depths, D."""
        return len(self.shares.columns)

    @property
    def n_single_depth(self) -> int:
        """Number of seeds in which one depth took every text."""
        return int((self.shares == 1).any(axis=1).sum())

    @property
    def texts(self) -> str:
        """What is routed, in the plural: queries, documents or pairs."""
        return "queries" if self.side == "query" else f"{self.side}s"

    def values(self, quantity: str) -> pd.Series:
        """Return the known values of a quantity, one for each seed; empty where there is none."""
        if quantity not in self.quantities:
            return pd.Series(dtype="float64")
        return self.quantities[quantity].dropna()


def router_uses(frames: SuiteFrames, systems: Mapping[str, Any]) -> list[RouterUse]:
    """Return every router's use of its depths, in the order of the rows of `frames.depths`.

    systems: name -> configuration; the number of `depths` of its attention is the number of depths.
    Where it names none, as an attention from outside the package may, it is that of the depths
    seen.
    """
    uses = []
    groups = frames.depths.groupby(["dataset", "system", "side"], sort=False)
    for (dataset, system, side), rows in groups:
        n_depths = _n_depths(systems.get(system, {}), seen=int(rows["depth"].max()) + 1)
        counts = pd.crosstab(rows["seed"], rows["depth"])
        counts = counts.reindex(columns=range(n_depths), fill_value=0)
        totals = counts.sum(axis=1)
        quantities = _quantities(frames.routing, str(dataset), str(system), str(side))
        uses.append(
            RouterUse(
                dataset=str(dataset),
                system=str(system),
                side=str(side),
                shares=counts.div(totals, axis=0),
                n_texts=int(totals.max()),
                quantities=quantities,
            )
        )
    return uses


def _n_depths(entry: Mapping[str, Any], *, seen: int) -> int:
    """Return the number of depths of a system's attention. seen: 1 + the largest depth chosen."""
    configured = (entry.get("attention") or {}).get("depths")
    return max(seen, configured) if isinstance(configured, int) else seen


def _quantities(routing: pd.DataFrame | None, dataset: str, system: str, side: str) -> pd.DataFrame:
    """Return seed x quantity of one router on one side, the mean over the dataset's folds."""
    if routing is None:
        return pd.DataFrame()
    own = routing["dataset"].map(lambda name: is_of(str(name), dataset))
    rows = routing[own & (routing["system"] == system) & (routing["side"] == side)]
    return rows.pivot_table(index="seed", columns="quantity", values="value", aggfunc="mean")


def is_of(unit: str, dataset: str) -> bool:
    """Return True for the dataset itself and for a fold of it, as `pydocs.fold2`."""
    return unit == dataset or re.fullmatch(rf"{re.escape(dataset)}\.fold\d+", unit) is not None

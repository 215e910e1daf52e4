"""Rules that give a query a depth without looking at its text, for the objective `supervised`.

- `source`, from the original MAW code: three or more relevant documents -> depth 0, two -> 1,
  one -> 2, none -> 3, or the last depth if there are fewer. Where most queries have three or more,
  nearly all get depth 0.
- `quantiles`: the training queries are ordered by their number of relevant documents and cut into D
  bins of nearly equal size; the fewest are in bin 0. Queries with equal numbers are in one bin.
- `mode`: the query's own `mode`, a whole number from 0 that a made collection knows, or the last
  depth where the mode is larger. It is the truth about the query, and so an upper bound.
"""

from typing import Protocol

import torch
from torch import Tensor


class RuledQueries(Protocol):
    """What the rules read about Q queries; `maw.training.objectives.batch` documents the fields."""

    @property
    def n_relevant(self) -> Tensor:
        """Return each query's number of relevant documents [Q]."""

    @property
    def quantile(self) -> Tensor | None:
        """Return each query's quantile [Q] among the training queries; None where unknown."""

    @property
    def mode(self) -> Tensor | None:
        """Return each query's mode [Q]; None where the collection has none."""


def targets(rule: str, queries: RuledQueries, n_depths: int) -> Tensor:
    """Return the depth [Q] that a rule gives each query: `source`, `quantiles` or `mode`.

    ValueError where the queries lack what the rule reads.
    """
    if rule == "source":
        return by_number(queries.n_relevant, n_depths)
    if rule == "quantiles":
        if queries.quantile is None:
            raise ValueError(
                "rule: quantiles: the batch has no quantiles of its queries; give it `quantile`"
            )
        return by_quantile(queries.quantile, n_depths)
    if queries.mode is None:
        raise ValueError(
            "rule: mode: the queries of this collection have no column `mode`; choose the rule "
            "source or quantiles, or a loader that writes the column, such as routing_control"
        )
    return queries.mode.clamp(max=n_depths - 1)


def by_number(n_relevant: Tensor, n_depths: int) -> Tensor:
    """Return the source's depth [Q] for numbers of relevant documents [Q], at most D - 1."""
    return (3 - n_relevant.clamp(max=3)).clamp(max=n_depths - 1)


def by_quantile(quantile: Tensor, n_depths: int) -> Tensor:
    """Return the depth [Q] for quantiles [Q] from 0 to below 1: the whole part of D · quantile."""
    return (quantile * n_depths).long()


def quantiles(n_relevant: Tensor, among: Tensor) -> Tensor:
    """Return the quantiles [Q] of numbers of relevant documents [Q] among those of N queries [N].

    A quantile is the share of the N queries with a smaller number, plus half the share of those
    with the same number (the mid-rank). It is below 1 for a query that is one of the N. float64.
    """
    ordered = among.sort().values
    n_smaller = torch.searchsorted(ordered, n_relevant)
    n_not_larger = torch.searchsorted(ordered, n_relevant, right=True)
    return (n_smaller + n_not_larger).double() / (2 * len(ordered))

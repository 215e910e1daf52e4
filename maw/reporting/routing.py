"""The page's tables and sentences about routers: the depths they choose, their training targets."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from maw.reporting import wording

COLLAPSED = 0.99  # share of the texts; a router that sends more to one depth has collapsed


def routing(depths: pd.DataFrame, system: str, *, dataset: str) -> str:
    """Return a sentence on the share of texts that the most chosen depth takes.

    The share is a mean over seeds, each with a most chosen depth of its own. The sentence also says
    in how many seeds one depth took all texts. Without a router it is "". depths: columns dataset,
    system, seed and depth, a row for each routed text (or pair); where a router mixes all depths,
    the depth is the one of the largest weight.
    """
    rows = depths[(depths["system"] == system) & (depths["dataset"] == dataset)]
    if rows.empty:
        return ""
    seeds = rows.groupby("seed")["depth"]
    n_collapsed = int((seeds.nunique() == 1).sum())
    share = seeds.agg(lambda depth: depth.value_counts(normalize=True).iloc[0]).mean()
    text = f"Routing: the most chosen depth of a seed took {share:.0%} of the texts"
    if not n_collapsed:
        return f"{text}."
    return (
        f"{text}; in {n_collapsed} of {len(seeds)} seeds it took all, so that nothing was routed."
    )


def router_use(depths: pd.DataFrame) -> pd.DataFrame:
    """Return a table of the depths in use, a row for each dataset, system, seed and side.

    depths: columns dataset, system, seed, side, depth and probability (that of this depth under the
    router), a row for each routed text or pair. A side is query, document or pair. A router has
    collapsed where one depth has more than 99 % of the rows.
    """
    rows = []
    groups = depths.groupby(["dataset", "system", "seed", "side"], sort=False)
    for (dataset, system, seed, side), group in groups:
        shares = group["depth"].value_counts(normalize=True)
        rows.append(
            {
                "Dataset": dataset,
                "System": system,
                "Seed": seed,
                "Side": side,
                "Depths in use": len(shares),
                "Most chosen": f"depth {int(shares.index[0])}, {shares.iloc[0]:.0%}",
                "Mean probability": wording.number(group["probability"].mean()),
                "Collapsed": "yes" if shares.iloc[0] > COLLAPSED else "no",
            }
        )
    return pd.DataFrame(rows)


def targets(curves: pd.DataFrame, *, systems: Mapping[str, Any]) -> list[str]:
    """Return sentences on the entropy of the target depths that supervised routers learn from.

    A rule gives each training text the depth that its router should choose. The entropy is that of
    these depths within a batch, averaged over the recorded steps of all seeds; 0 means that each
    batch had only one target, so that the router had nothing to learn. systems: name ->
    configuration; the number of `depths` of its attention bounds the entropy. An attention from
    outside the package may lack that option, and then the sentence names no bound.
    """
    rows = curves[curves["quantity"] == "target_entropy"]
    sentences = []
    for (dataset, system), group in rows.groupby(["dataset", "system"], sort=False):
        n_depths = (systems[system].get("attention") or {}).get("depths")
        bound = f" of at most {math.log(n_depths):.2f}" if isinstance(n_depths, int) else ""
        entropy = group["value"].mean()
        end = ": they are always the same, and the router had nothing to learn."
        sentences.append(
            f"The rule's targets for {system} on {dataset} have an entropy of {entropy:.2f} nats"
            f"{bound}{end if entropy == 0 else '.'}"
        )
    return sentences

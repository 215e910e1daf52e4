"""The page's tables and sentences about routers: the depths they choose, their training targets."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from maw.reporting import wording

SIDES = ("query", "document", "pair")
SHOWN = {  # quantity -> its column
    "effective_depths": "Depths in the mean policy",
    "effective_depths_used": "Depths chosen",
    "policy_entropy": "Policy entropy",
    "mutual_information_mode": "Bits on mode",
    "mutual_information_cluster": "Bits on cluster",
    "mutual_information_length": "Bits on length",
    "mutual_information_relevant": "Bits on relevant documents",
    "rule_accuracy_minus_majority": "Rule accuracy − majority",
    "regret_best_fixed": "Regret: best depth",
    "regret_oracle": "Regret: oracle",
    "oracle_headroom_across": "Headroom",
    "oracle_headroom_within": "Headroom, same seed",
    "control_headroom_within": "Control's, same seed",
}
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
    for quantity, title in SHOWN.items():
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

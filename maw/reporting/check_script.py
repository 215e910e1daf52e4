"""`check.R`: the verdicts again, by other people's software, from the CSV files beside it."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

if TYPE_CHECKING:
    from maw.comparison import Comparison

HERE = Path(__file__).parent


def script(comparison: "Comparison") -> str:
    """R code that reads scores.csv and comparisons.csv, and fails where it finds otherwise."""
    plan = comparison.plan
    content = {
        "primary": quoted(plan.primary),
        "alpha": repr(plan.alpha),
        "sesoi": "NA" if plan.sesoi is None else repr(plan.sesoi),
        "trained": ", ".join(map(quoted, plan.trained)),
        "linked": ", ".join(
            quoted(f"{pair.system} {pair.baseline}") for pair in plan.contrasts if pair.linked
        ),
    }
    # R is no HTML: what would end a string is escaped by `quoted`
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("check.R.j2").render(content)


def scores_with_clusters(comparison: "Comparison") -> pd.DataFrame:
    """SCORES and `cluster`; a topic without one is a cluster of its own."""
    scores = comparison.scores
    if comparison.clusters is None:
        return scores.assign(cluster=scores["query_id"])
    known = {dataset: dict(labels) for dataset, labels in comparison.clusters.items()}
    pairs = zip(scores["dataset"], scores["query_id"], strict=True)
    return scores.assign(cluster=[known[dataset][query] for dataset, query in pairs])


def quoted(text: str) -> str:
    """A string as R writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

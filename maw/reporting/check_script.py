"""`check.R`: the verdicts again, by other people's software, from the CSV files beside it."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from maw.settings.plan import Analysis, PlannedContrast
from maw.verdicts.score_table import Clusters

HERE = Path(__file__).parent


def script(plan: Analysis, *, trained: Iterable[str]) -> str:
    """R code that reads scores.csv, and fails where comparisons.csv or claims.csv says otherwise.

    trained: systems of which a single seed would say nothing about training again.
    """
    content = {
        "primary": quoted(plan.primary),
        "alpha": repr(plan.alpha),
        "sesoi": "NA" if plan.sesoi is None else repr(plan.sesoi),
        "trained": ", ".join(map(quoted, trained)),
        "linked": ", ".join(
            quoted(f"{pair.system} {pair.baseline}") for pair in plan.contrasts if pair.linked
        ),
        "carried": ", ".join(_carried(pair) for pair in plan.contrasts if pair.claims),
    }
    # R is no HTML: what would end a string is escaped by `quoted`
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("check.R.j2").render(content)


def _carried(pair: PlannedContrast) -> str:
    """`"maw plain" = c("better", "routing helps")`."""
    names = ", ".join(map(quoted, pair.claims))
    return f"{quoted(f'{pair.system} {pair.baseline}')} = c({names})"


def scores_with_clusters(scores: pd.DataFrame, clusters: Clusters | None) -> pd.DataFrame:
    """SCORES and `cluster`; without clusters each topic is one of its own."""
    if clusters is None:
        return scores.assign(cluster=scores["query_id"])
    known = {dataset: dict(labels) for dataset, labels in clusters.items()}
    pairs = zip(scores["dataset"], scores["query_id"], strict=True)
    return scores.assign(cluster=[known[dataset][query] for dataset, query in pairs])


def quoted(text: str) -> str:
    """A string as R writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

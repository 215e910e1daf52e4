"""The script `check.R`, which recomputes the verdicts in R from the CSV files beside it."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from maw.settings.plan import Analysis, PlannedContrast
from maw.verdicts.score_table import Clusters

HERE = Path(__file__).parent


def script(plan: Analysis, *, trained: Iterable[str]) -> str:
    """Return R code that recomputes the verdicts from scores.csv.

    The code stops with an error where comparisons.csv or claims.csv disagrees. trained: names of
    the trained systems; a contrast with only one seed of such a system has no verdict.
    """
    content = {
        "primary": quoted(plan.primary),
        "alpha": repr(plan.alpha),
        "sesoi": "NA" if plan.sesoi is None else repr(plan.sesoi),
        "trained": ", ".join(map(quoted, trained)),
        "linked": ", ".join(
            quoted(f"{contrast.system} {contrast.baseline}")
            for contrast in plan.contrasts
            if contrast.linked
        ),
        "carried": ", ".join(_carried(contrast) for contrast in plan.contrasts if contrast.claims),
    }
    # no HTML escaping: the output is R, and `quoted` escapes what would end a string
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("check.R.j2").render(content)


def _carried(contrast: PlannedContrast) -> str:
    """Return a contrast's claims as an entry of a list in R.

    Example: `"maw plain" = c("better", "routing helps")`.
    """
    names = ", ".join(map(quoted, contrast.claims))
    return f"{quoted(f'{contrast.system} {contrast.baseline}')} = c({names})"


def scores_with_clusters(scores: pd.DataFrame, clusters: Clusters | None) -> pd.DataFrame:
    """Return the scores with the column `cluster` added.

    Without clusters each query is a cluster of its own.
    """
    if clusters is None:
        return scores.assign(cluster=scores["query_id"])
    labels = {dataset: dict(of_queries) for dataset, of_queries in clusters.items()}
    pairs = zip(scores["dataset"], scores["query_id"], strict=True)
    return scores.assign(cluster=[labels[dataset][query] for dataset, query in pairs])


def quoted(text: str) -> str:
    """Return the text as a string literal of R, with quotes, backslashes and newlines escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

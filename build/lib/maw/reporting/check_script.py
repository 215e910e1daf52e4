"""The script `check.R`, which recomputes the verdicts in R from the CSV files beside it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from maw.settings.plan import Analysis, non_inferiority
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
        "form": ", ".join(
            f"{quoted(f'{pair.system} / {pair.baseline}')} = {quoted(pair.seeds)}"
            for pair in plan.contrasts
        ),
        "looks": ", ".join(f'"{look.seeds}" = {look.alpha!r}' for look in plan.looks),
        "tests": ",\n  ".join(_tests(plan)),
    }
    # no HTML escaping: the output is R, and `quoted` escapes what would end a string
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("check.R.j2").render(content)


def _tests(plan: Analysis) -> Iterator[str]:
    """Yield each claim and each contrast of non-inferiority as a list in R.

    Example: `list(system = "maw", claim = "better", controls = c("plain"), share = 0.5,
    margin = NA)`. share: of the plan's level, on all datasets together.
    """
    margins = {non_inferiority(pair): pair for pair in plan.contrasts if pair.margin is not None}
    n_seeds = plan.looks[0].seeds if plan.looks else None  # the shares are those of every look
    for test in plan.tests:
        pair = margins.get(test)
        controls = plan.controls_of[test] if pair is None else (pair.baseline,)
        share = plan.level_of(test, n_datasets=1, n_seeds=n_seeds) / plan.look_alpha(n_seeds)
        yield (
            f"list(system = {quoted(test[0])}, claim = {quoted(test[1])}, "
            f"controls = c({', '.join(map(quoted, controls))}), share = {share!r}, "
            f"margin = {'NA' if pair is None else repr(pair.margin)})"
        )


def scores_with_clusters(scores: pd.DataFrame, clusters: Clusters | None) -> pd.DataFrame:
    """Return the scores with the column `cluster` added.

    Without clusters, or on a dataset that has none, each query is a cluster of its own.
    """
    if clusters is None:
        return scores.assign(cluster=scores["query_id"])
    labels = {dataset: dict(of_queries) for dataset, of_queries in clusters.items()}
    pairs = zip(scores["dataset"], scores["query_id"], strict=True)
    return scores.assign(
        cluster=[labels[dataset][query] if dataset in labels else query for dataset, query in pairs]
    )


def quoted(text: str) -> str:
    """Return the text as a string literal of R, with quotes, backslashes and newlines escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

"""Scores on a terminal: the mean of each run by each measure, and each topic's where asked for."""

from collections.abc import Iterator, Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table

from maw.reporting.console import console, say, table
from maw.reporting.terminal import noticed
from maw.reporting.wording import number
from maw.runs.notices import Notice

DIGITS = 4
KEY = ["system", "seed"]


def show_scores(
    scores: pd.DataFrame,
    *,
    measures: Sequence[str],
    notices: Sequence[Notice],
    per_topic: bool,
    target: Console | None = None,
) -> None:
    """Print a row of means for each run, in the order of the runs' names.

    scores: columns dataset, system, seed, query_id, measure, value. per_topic: whether each topic
    has a row as well, above a row `mean` of each run. target: the console; None: standard output.
    """
    to = console(target)
    wide = scores.pivot(index=[*KEY, "query_id"], columns="measure", values="value")
    wide = wide[list(measures)]
    n_topics, dataset = scores["query_id"].nunique(), scores["dataset"].iloc[0]
    say(to, f"{dataset}: {n_topics} topic{'s' * (n_topics != 1)}")
    to.print(_table(wide, per_topic=per_topic))
    if notices:
        say(to, "Noticed")
    for line in noticed(notices):
        say(to, f"- {line}")


def _table(wide: pd.DataFrame, *, per_topic: bool) -> Table:
    """Return the table. wide: a row for each system, seed and topic, a column for each measure."""
    several = wide.reset_index().groupby("system")["seed"].nunique() > 1
    heads = ["system", *(["seed"] if several.any() else []), *(["topic"] if per_topic else [])]
    rows = []
    for (system, seed), of_run in wide.groupby(level=KEY):
        name = [str(system), *([str(seed) if several[system] else ""] if several.any() else [])]
        rows += [[*name, *cells] for cells in _cells(of_run, per_topic=per_topic)]
    measures = list(map(str, wide.columns))
    return table([*heads, *measures], rows, numbers=["seed", *measures])


def _cells(of_run: pd.DataFrame, *, per_topic: bool) -> Iterator[list[str]]:
    """Yield the cells of each topic of a run, where asked for, and those of its means."""
    means = [number(mean, DIGITS) for mean in of_run.mean()]
    if not per_topic:
        yield means
        return
    for topic, values in zip(
        of_run.index.get_level_values("query_id"), of_run.to_numpy(), strict=True
    ):
        yield [str(topic), *(number(value, DIGITS) for value in values)]
    yield ["mean", *means]

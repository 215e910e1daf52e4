"""What the searches of hyper-parameters tried and chose: a table and sentences."""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from maw.reporting.wording import number, span

FEW_QUERIES = 20  # development queries; with fewer, hyper-parameters are chosen by chance
ENOUGH_QUERIES = 300  # development queries; with fewer, the page says how sure their mean is
RATE = "learning_rate"


def table(search: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each search: what was tried and chosen, and whether that is at an edge.

    search: a row for each trial, as in `maw.reporting.frames.SuiteFrames`. A system for which
    nothing was searched has no row.
    """
    tried = search[search["dev"].notna()]
    sizes = tried.groupby(["dataset", "system"])["trial"].size()
    chosen = tried[tried["chosen"]]
    return pd.DataFrame(
        {
            "Dataset": chosen["dataset"],
            "System": chosen["system"],
            "Trials": [sizes[key] for key in zip(chosen["dataset"], chosen["system"], strict=True)],
            "Hyper-parameters searched": [
                _values(tried, dataset=row.dataset, system=row.system)
                for row in chosen.itertuples()
            ],
            "Chosen": chosen["parameters"].map(shown),
            "Dev": chosen["dev"].map(number),
            "At edge": ["yes" if at_edge else "no" for at_edge in chosen["at_edge"]],
        }
    )


def _values(tried: pd.DataFrame, *, dataset: str, system: str) -> str:
    """Return each hyper-parameter of one search with the values that were tried, as one text."""
    rows = tried[tried["dataset"].eq(dataset) & tried["system"].eq(system)]
    values: dict[str, list[str]] = {}
    for text in rows["parameters"]:
        for name, value in _in_order(text):
            of_name = values.setdefault(name, [])
            of_name += [value] if value not in of_name else []
    return "; ".join(f"{name} {', '.join(tried_values)}" for name, tried_values in values.items())


def shown(parameters: str) -> str:
    """Return hyper-parameters, given as JSON, in words, such as `learning rate 0.001`."""
    return ", ".join(f"{name} {value}" for name, value in _in_order(parameters))


def _in_order(parameters: str) -> list[tuple[str, str]]:
    """Return the name and the value of each hyper-parameter as text, the learning rate first."""
    values: dict[str, Any] = json.loads(parameters)
    names = sorted(values, key=lambda name: name != RATE)
    return [("learning rate" if n == RATE else n, _text(values[n])) for n in names]


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def few_development_queries(selection: pd.DataFrame, datasets: list[str]) -> Iterator[str]:
    """Yield a warning for each dataset with too few development queries to choose by.

    selection: a row for each search. datasets: names of the datasets that may be named; folds are
    not among them, nor has a dataset a row whose models come from another one.
    """
    is_few = selection["n_dev"].between(1, FEW_QUERIES - 1)
    rows = selection[is_few & selection["dataset"].isin(datasets)]
    for dataset, n_queries in rows.groupby("dataset", sort=False)["n_dev"].min().items():
        yield (
            f"Hyper-parameters for {dataset} were chosen on {n_queries} development queries only: "
            "enlarge split.dev."
        )


def told(selection: pd.DataFrame) -> Iterator[str]:
    """Yield how surely hyper-parameters were chosen, or that they were not searched.

    Of the datasets that were searched only those with fewer than 300 judged development queries
    have a sentence. selection: a row for each search.
    """
    for dataset, rows in selection.groupby("dataset", sort=False):
        n_queries = int(rows["n_dev"].min())
        if n_queries == 0:
            fixed = " and ".join(dict.fromkeys(rows["parameters"].map(shown)))
            yield f"Nothing was searched for {dataset}: the configuration fixes {fixed}."
        elif n_queries < ENOUGH_QUERIES:
            yield _sureness(str(dataset), rows, n_queries)


def _sureness(dataset: str, rows: pd.DataFrame, n_queries: int) -> str:
    text = f"Hyper-parameters for {dataset} were chosen on {n_queries} judged development queries"
    low, high = rows["dev_se"].min(), rows["dev_se"].max()
    if pd.notna(low):
        errors = number(low) if number(low) == number(high) else span(low, high)
        text += (
            "; over these, the best trial's lead over the second-best has a standard error of "
            f"{errors}"
        )
    return f"{text}."

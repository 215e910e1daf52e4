"""The warnings above the headline of a suite's page: reasons to doubt its verdicts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from maw.reporting import protocol, rate_sensitivity
from maw.reporting.frames import SuiteFrames

FEW_QUERIES = 20  # development queries; with fewer, a learning rate is chosen by chance


def warnings(
    frames: SuiteFrames,
    *,
    history: Mapping[str, Any],
    expected: Mapping[str, Any],
    margin: float,
    datasets: Sequence[Mapping[str, Any]],
) -> list[str]:
    """Return one sentence for each reason to doubt the verdicts, the gravest first.

    history: the JSON of the stage `record`, on whether the plan preceded the scores. expected: the
    JSON of the stage `check`, on agreement with the committed mean scores. margin: a run whose
    development score gains more than this in the last fifth of its steps has not converged.
    datasets: the content of each `dataset.json`.
    """
    sensitivity = (
        [] if frames.cells is None else rate_sensitivity.disagreements(frames.cells, frames.claims)
    )
    return [
        *([f"Plan: {history['told']}."] if history["changed_late"] else []),
        *not_reproduced(expected),
        *not_converged(frames.runs, margin=margin),
        *few_development_queries(frames.selection, datasets=datasets),
        *edges(frames.selection),
        *protocol.warnings(frames.comparisons, datasets),
        *sensitivity,
    ]


def not_reproduced(expected: Mapping[str, Any]) -> Iterator[str]:
    """Yield a warning where the suite's mean scores do not reproduce the committed mean scores.

    expected: the JSON that the stage `check` wrote. A suite without committed scores has no
    warning.
    """
    if expected["checked"] and not expected["agrees"]:
        allowed = (
            "differ, although the device, the processor and all versions are the same"
            if expected["same_path"]
            else f"differ by more than {expected['tolerance']}"
        )
        yield (
            f"This run does not reproduce the committed scores: {len(expected['lines'])} of "
            f"{expected['rows']} means {allowed}, at most by {expected['largest']:.4g}. First: "
            f"{expected['lines'][0]}"
        )


def not_converged(runs: pd.DataFrame, *, margin: float) -> Iterator[str]:
    """Yield a warning for each system with trained runs that did not converge.

    runs: a row for each run. `converged` is False where the development score gained more than the
    margin in the last fifth of the steps, or where that gain is not known. margin: only named in
    the warning.
    """
    if "converged" not in runs:
        return
    unfinished = runs[runs["converged"].eq(False)]
    for system, rows in unfinished.groupby("system", sort=False):
        yield (
            f"Not converged: {system}, {len(rows)} of {(runs['system'] == system).sum()} runs "
            f"still gained more than {margin:g} on development queries in the last fifth of "
            "their steps."
        )


def few_development_queries(
    selection: pd.DataFrame, *, datasets: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Yield a warning for each dataset with too few development queries to choose learning rates.

    Datasets that choose no learning rate on queries of their own are left out: with the split
    `transfer` the models come from another dataset, with `kfold` each fold chooses its own.
    selection: a row for each learning rate tried; without rows there is no warning.
    """
    if selection.empty:
        return
    for dataset in datasets:
        n_queries = dataset["counts"]["dev_judged"]
        # these kinds choose their learning rates on other queries than the dataset's own
        elsewhere = dataset.get("split", {}).get("kind") in ("transfer", "kfold")
        if n_queries < FEW_QUERIES and not elsewhere:
            yield (
                f"Learning rates for {dataset['name']} were chosen on {n_queries} "
                "development queries only: enlarge split.dev."
            )


def edges(selection: pd.DataFrame) -> Iterator[str]:
    """Yield a warning for each system whose chosen learning rate is the smallest or largest tried.

    It is enough that this is so on one dataset.
    """
    for system in dict.fromkeys(selection.loc[selection["on_edge"].eq(True), "system"]):
        yield f"The learning rate of {system} lies on the edge of the grid that was tried."

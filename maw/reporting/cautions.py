"""The warnings above the headline of a suite's page: reasons to doubt its verdicts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from maw.reporting import protocol, rate_sensitivity
from maw.reporting.frames import SuiteFrames
from maw.reporting.study_controls import control_lines
from maw.reporting.wording import interval, number, pvalue, span
from maw.settings.plan import Analysis

FEW_QUERIES = 20  # development queries; with fewer, a learning rate is chosen by chance
ENOUGH_QUERIES = 300  # development queries; with fewer, the page says how sure their mean is


def warnings(
    frames: SuiteFrames,
    *,
    plan: Analysis,
    history: Mapping[str, Any],
    expected: Mapping[str, Any],
    datasets: Sequence[Mapping[str, Any]],
    judged_by_model: Sequence[str] = (),
) -> list[str]:
    """Return one sentence for each reason to doubt the verdicts, the gravest first.

    history: the JSON of the stage `record`, on whether the plan preceded the scores. expected: the
    JSON of the stage `check`, on agreement with the committed mean scores. datasets: the content of
    each `dataset.json`. judged_by_model: names of the datasets whose judgements a model made.
    """
    sensitivity = (
        [] if frames.cells is None else rate_sensitivity.disagreements(frames.cells, frames.claims)
    )
    amended = f"Plan amended after scores: {history['told']}."
    return [
        *([amended, *both_forms(frames.comparisons)] if history["changed_late"] else []),
        *undeclared_looks(history),
        *not_reproduced(expected),
        *control_lines(frames.controls, plan=plan).failed,
        *few_development_queries(frames.selection, datasets=datasets),
        *edges(frames.selection),
        *protocol.warnings(frames.comparisons, datasets),
        *map(model_judges, judged_by_model),
        *sensitivity,
    ]


def both_forms(comparisons: pd.DataFrame) -> Iterator[str]:
    """Yield, for each contrast of a claim, what both forms of the seeds give.

    A plan that was amended after there were scores might have chosen the form by what it gives.
    comparisons: columns of `maw.verdicts.decide.COLUMNS`.
    """
    rows = comparisons[comparisons["role"] == "confirmatory"]
    for row in rows[rows["other_form_p"].notna()].to_dict("records"):
        other = "independent" if row["seeds"] == "shared" else "shared"
        yield (
            f"{row['system']} against {row['baseline']} on {row['dataset']}: with {row['seeds']} "
            f"seeds {pvalue(row['p'])}, 95 % interval {interval(row['ci_low'], row['ci_high'])}; "
            f"with {other} seeds {pvalue(row['other_form_p'])}, "
            f"{interval(row['other_form_low'], row['other_form_high'])}."
        )


def model_judges(dataset: str) -> str:
    """Return the warning about a dataset whose judgements a language model made."""
    return (
        f"The judgements of {dataset} were made by a model: tests on them reject too often, "
        "because the judge's own errors are in no interval."
    )


def undeclared_looks(history: Mapping[str, Any]) -> Iterator[str]:
    """Yield a warning where scores were seen with sets of seeds that the plan does not declare.

    history: the JSON of the stage `record`.
    """
    n_looks = history.get("undeclared_looks", 0)
    if n_looks:
        sets = "another set" if n_looks == 1 else f"{n_looks} other sets"
        yield (
            f"The scores were also seen with {sets} of seeds, which the plan does not declare: a "
            "claim that is tested again and again errs more often than α says."
        )


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


def standard_errors(selection: pd.DataFrame) -> Iterator[str]:
    """Yield how surely learning rates were chosen, a sentence for each dataset.

    Only datasets with fewer than 300 judged development queries have a sentence. selection: a row
    for each learning rate tried, with `n_dev`, the number of judged development queries, and
    `dev_se`, the standard error of the best rate's lead over the second-best, nan where one rate
    was tried; a summary of an earlier version has no such columns, and no sentence.
    """
    if not {"dev_se", "n_dev"} <= set(selection.columns):
        return
    chosen = selection[selection["chosen"].eq(True) & (selection["n_dev"] < ENOUGH_QUERIES)]
    for dataset, rows in chosen.groupby("dataset", sort=False):
        text = (
            f"Learning rates for {dataset} were chosen on {int(rows['n_dev'].min())} judged "
            "development queries"
        )
        low, high = rows["dev_se"].min(), rows["dev_se"].max()
        if pd.notna(low):
            errors = number(low) if number(low) == number(high) else span(low, high)
            text += (
                f"; over these, the best rate's lead over the second-best has a standard error of "
                f"{errors}"
            )
        yield f"{text}."

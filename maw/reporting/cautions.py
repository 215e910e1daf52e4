"""The warnings above the headline of a suite's page: reasons to doubt its verdicts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from maw.reporting import protocol, rate_sensitivity, searches
from maw.reporting.frames import SuiteFrames
from maw.reporting.study_controls import control_lines
from maw.reporting.wording import interval, pvalue
from maw.settings.plan import Analysis


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
        *searches.few_development_queries(frames.selection, [each["name"] for each in datasets]),
        *searches.edges(frames.selection),
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

"""May the verdicts be trusted? Every check of a study: passed, failed, undecided, or not made.

A check that failed is told in full, with the direction in which it pushes the verdicts. A check
that nobody made is told as such and never counts as passed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from maw.measures.judged import JUDGED
from maw.reporting import calibration, protocol, rate_sensitivity, searches
from maw.reporting.checks import (
    PUSHES,
    Check,
    State,
    control_checks,
    judged_share,
)
from maw.reporting.edges import edge_checks
from maw.reporting.elsewhere import elsewhere_checks
from maw.reporting.frames import SuiteFrames
from maw.reporting.page_data import PageData
from maw.reporting.truncated import truncation_checks
from maw.reporting.wording import interval, pvalue
from maw.verdicts.judgements import ENOUGH_JUDGED

# in the sentence of the stage `record`: the plan was first, or was first seen beside scores
BEFORE, TOGETHER = "before any scores", "first seen together"
SURER = "If anything, the verdicts look surer than they are."


def content(page: PageData) -> dict[str, Any]:
    """Return the template's data: the checks by their state, and whether a file holds controls."""
    made = checks(page)

    def of(state: State) -> list[Check]:
        return [check for check in made if check.state == state]

    return {
        "failed": of("failed"),
        "passed": of("passed"),
        "unknown": of("unknown"),
        "absent": of("absent"),
        "has_controls": page.suite is not None and page.suite.controls is not None,
    }


def checks(page: PageData) -> list[Check]:
    """Return all checks of a suite or of a comparison by `maw compare`, the gravest first."""
    found = [
        *_plan_first(page.history, page.frames.comparisons),
        *_looks(page.history),
        *_reproduced(page.expected),
    ]
    if page.suite is None:
        return [
            *found,
            *_noticed(page.spec),
            *_judged_of_runs(page.frames.leaderboard),
            *_false_words(page.frames.calibration, alpha=page.plan.alpha),
        ]
    return [
        *found,
        *control_checks(
            page.suite.controls,
            plan=page.plan,
            budget=page.suite.budget,
            is_trained=bool(page.suite.runs["trained"].any()),
        ),
        *_false_words(page.frames.calibration, alpha=page.plan.alpha),
        *_development(page.suite.selection, page.datasets),
        *edge_checks(page.suite.selection, page.suite.claims, plan=page.plan),
        *_small_tests(page.frames.comparisons, page.datasets),
        *_model_judges(page.spec),
        *_rates(page.suite),
        *_leaks(page.datasets),
        *truncation_checks(page.suite.runs, systems=page.spec.get("systems", {})),
        *elsewhere_checks(page.suite.runs),
    ]


def _plan_first(history: Mapping[str, Any], comparisons: pd.DataFrame) -> Iterator[Check]:
    """Yield whether the plan came before the scores; where not, what both forms of seeds give."""
    name, told = "plan before scores", str(history.get("told", ""))
    sentence = f"{told[:1].upper()}{told[1:]}."
    if history.get("changed_late"):
        forms = " ".join(both_forms(comparisons))
        yield Check(name, "failed", f"{sentence} {forms}".strip(), PUSHES["both"])
    elif BEFORE in told:
        yield Check(name, "passed", sentence)
    elif TOGETHER in told:
        yield Check(name, "unknown", sentence)
    else:
        yield Check(name, "absent", "Whether the plan came before the scores is not recorded.")


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


def _looks(history: Mapping[str, Any]) -> Iterator[Check]:
    """Yield whether scores were seen with sets of seeds that the plan does not declare."""
    if "undeclared_looks" not in history:
        yield Check("looks", "absent", "With which seeds the scores were seen is not recorded.")
        return
    n_looks = int(history["undeclared_looks"])
    if not n_looks:
        sentence = "The scores were seen with no other seeds than the plan declares."
        yield Check("looks", "passed", sentence)
        return
    sets = "another set" if n_looks == 1 else f"{n_looks} other sets"
    sentence = (
        f"The scores were also seen with {sets} of seeds: a claim that is tested again and again "
        "errs more often than α says."
    )
    yield Check("looks", "failed", sentence, SURER)


def _reproduced(expected: Mapping[str, Any]) -> Iterator[Check]:
    """Yield whether the mean scores agree with the committed ones; nothing for a comparison."""
    name = "committed scores"
    if not expected:
        return
    if not expected["checked"]:
        yield Check(name, "absent", "No committed scores exist for this suite.")
        return
    if expected["agrees"]:
        how = (
            "to the last bit"
            if expected["same_path"]
            else f"to {expected['tolerance']:g}, on another processor or with other versions; the "
            f"largest difference is {expected['largest']:.2g}"
        )
        text = f"This run reproduces {expected['rows']} committed means {how}."
        yield Check(name, "passed", text)
        return
    allowed = (
        "differ, although the device, the processor and all versions are the same"
        if expected["same_path"]
        else f"differ by more than {expected['tolerance']:g}"
    )
    sentence = (
        f"This run does not reproduce the committed scores: {len(expected['lines'])} of "
        f"{expected['rows']} means {allowed}, at most by {expected['largest']:.4g}. First: "
        f"{expected['lines'][0]}."
    )
    yield Check(name, "failed", sentence, PUSHES["both"])


def _noticed(spec: Mapping[str, Any]) -> Iterator[Check]:
    """Yield whether the input of a comparison is odd. spec: `notices` holds all notices."""
    notices = spec.get("notices")
    if notices is None:
        return
    if not notices:
        yield Check("input", "passed", "Nothing odd was noticed in the input.")
        return
    n, codes = len(notices), ", ".join(dict.fromkeys(notice.code for notice in notices))
    things = "1 thing was" if n == 1 else f"{n} things were"
    yield Check("input", "failed", f"{things} noticed in the input, to be read first: {codes}.")


def _judged_of_runs(leaderboard: pd.DataFrame) -> Iterator[Check]:
    """Yield, for each dataset of a comparison, whether enough documents are judged."""
    rows = leaderboard[leaderboard["measure"] == JUDGED]
    if rows.empty:
        yield Check("the judged share", "absent", "The share of judged documents was not measured.")
    for dataset, means in rows.groupby("dataset", sort=False)["mean"]:
        text = judged_share(str(dataset), means.tolist())
        if means.min() >= ENOUGH_JUDGED:
            yield Check("judged share", "passed", f"{text}.")
        else:
            text += f"; {100 * ENOUGH_JUDGED:.0f} % would be enough"
            yield Check("judged share", "unknown", f"{text}.")


def _false_words(frame: pd.DataFrame | None, *, alpha: float) -> Iterator[Check]:
    """Yield how often the plan would say a false word on data like these, if it was counted."""
    name = "false words on these data"
    if frame is None:
        yield Check(name, "absent", "How often the plan errs on data like these was not counted.")
        return
    shown = calibration.section(frame, alpha=alpha)
    for warning in shown.warnings:
        yield Check(name, "failed", f"{warning}.", SURER)
    if shown.answer and not shown.warnings:
        yield Check(name, "passed", shown.answer)


def _development(selection: pd.DataFrame, datasets: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    """Yield whether hyper-parameters were chosen on enough development queries."""
    name = "search of hyper-parameters"
    names = [dataset["name"] for dataset in datasets]
    few = list(searches.few_development_queries(selection, names))
    for sentence in few:
        yield Check(name, "failed", sentence, PUSHES["both"])
    searched = selection[selection["n_dev"] > 0]
    for sentence in searches.told(selection[selection["n_dev"] == 0]):
        yield Check(name, "absent", sentence)
    if len(searched) and not few:
        n_queries = int(searched["n_dev"].min())
        sentence = f"Hyper-parameters were chosen on at least {n_queries} development queries."
        yield Check(name, "passed", sentence)


def _small_tests(
    comparisons: pd.DataFrame, datasets: Sequence[Mapping[str, Any]]
) -> Iterator[Check]:
    """Yield each dataset with so few test topics that a difference is likely to be missed."""
    pushes = "If anything, differences are missed."
    for sentence in protocol.warnings(comparisons, datasets):
        yield Check("number of topics", "failed", sentence, pushes)


def _model_judges(spec: Mapping[str, Any]) -> Iterator[Check]:
    """Yield whether a language model made the judgements of a dataset."""
    for dataset in spec.get("judged_by_model", ()):
        sentence = (
            f"The judgements of {dataset} were made by a model: tests on them reject too often, "
            "because the judge's own errors are in no interval."
        )
        yield Check("judges", "failed", sentence, SURER)
    if "judged_by_model" in spec and not spec["judged_by_model"]:
        yield Check("judges", "passed", "No judgements are declared to be made by a model.")


def _rates(suite: SuiteFrames) -> Iterator[Check]:
    """Yield whether the verdicts depend on the learning rate, where several were reported."""
    if suite.cells is None:
        return
    disagreements = rate_sensitivity.disagreements(suite.cells, suite.claims)
    for sentence in disagreements:
        yield Check("learning rate", "failed", sentence, PUSHES["both"])
    if not disagreements:
        yield Check("learning rate", "passed", "No verdict depends on the learning rate.")


def _leaks(datasets: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    """Yield whether training saw what is tested, on the datasets that were searched for it."""
    found = {
        dataset["name"]: int(dataset["leak_check"]["leaks"])
        for dataset in datasets
        if "leaks" in dataset.get("leak_check", {})
    }
    for name, n_leaks in found.items():
        if n_leaks:
            sentence = f"{n_leaks} held-out queries of {name} leaked into its training."
            yield Check("leaks", "failed", sentence, PUSHES["both"])
    if found and not any(found.values()):
        sentence = f"No held-out query of {', '.join(found)} leaked into training."
        yield Check("leaks", "passed", sentence)

"""The controls of the study as checks: what passed, what failed, and where a failure would push.

A control shows whether the study could see a difference, or sees one where there is none. It has no
word and belongs to no family of claims.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from maw.measures.condensed import BPREF, condensed_name
from maw.measures.judged import JUDGED
from maw.reporting.wording import compact, digits_apart, number, short_interval
from maw.settings.plan import Analysis
from maw.verdicts.judgements import ENOUGH_JUDGED, JUDGED_KIND
from maw.verdicts.study_controls import BUDGET

State = Literal["passed", "failed", "unknown", "absent"]

PUSHES = {
    "for": "If anything, this makes the claims look better than they are.",
    "against": "If anything, this makes the claims look worse than they are.",
    "both": "This may move the verdicts in either direction.",
}
BUDGET_KEY = ["dataset", "system", "factor", "steps"]


@dataclass(frozen=True, slots=True)
class Check:
    """One reason to trust the verdicts, or to doubt them.

    name: what was looked at, in a few words. state: `passed`; `failed`; `unknown` where the check
    could not be run or showed neither; `absent` where nobody looked. sentence: what was seen.
    pushes: for a check that failed, the sentence on where this pushes the verdicts, or "".
    """

    name: str
    state: State
    sentence: str
    pushes: str = ""


def control_checks(
    controls: pd.DataFrame | None,
    *,
    plan: Analysis,
    budget: pd.DataFrame | None = None,
    is_trained: bool = True,
) -> list[Check]:
    """Return a suite's controls as checks, and those that the plan could have and does not.

    controls: `summary/controls.parquet`, or None. budget: columns `maw.verdicts.budget.RUNS`, or
    None. is_trained: False where no system is trained, so that there are no steps to add. All
    controls of one name that passed are one check; any other control is a check of its own.
    """
    rows = [] if controls is None else controls.to_dict("records")
    judged = [row for row in rows if row["kind"] == JUDGED_KIND]
    others = [row for row in rows if row["kind"] != JUDGED_KIND]
    passed: dict[str, list[str]] = {}
    checks = []
    for row in others:
        sentence = f"{_line(row, plan=plan)}."
        if pd.isna(row["passed"]):
            checks.append(Check(str(row["control"]), "unknown", sentence))
        elif row["passed"]:
            passed.setdefault(str(row["control"]), []).append(sentence)
        else:
            pushes = _pushes(row, budget=budget)
            checks.append(Check(str(row["control"]), "failed", sentence, pushes))
    checks += [Check(name, "passed", " ".join(lines)) for name, lines in passed.items()]
    return [
        *checks,
        *_judged_checks(judged, plan=plan),
        *_absent(plan, controls, is_trained=is_trained),
    ]


def judged_share(dataset: str, shares: Sequence[float]) -> str:
    """Return the start of a sentence on how much of the systems' first ten documents is judged.

    shares: Judged@10 of each system, from 0 to 1.
    """
    low, high = (f"{100 * share:.0f}" for share in (min(shares), max(shares)))
    reach = low if low == high else f"{low} to {high}"
    return f"On {dataset}, {reach} % of the systems' first ten documents are judged"


def budget_table(budget: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each system and number of steps: its mean scores over seeds.

    budget: columns `maw.verdicts.budget.RUNS`.
    """
    means = budget.groupby(BUDGET_KEY, sort=False, as_index=False).agg(
        seeds=("seed", "nunique"), dev=("dev", "mean"), primary=("primary", "mean")
    )
    return pd.DataFrame(
        {
            "Dataset": means["dataset"],
            "System": means["system"],
            "Steps": means["steps"],
            "Seeds": means["seeds"],
            "Development score": means["dev"].map(lambda mean: number(mean, 4)),
            "Test score": means["primary"].map(lambda mean: number(mean, 4)),
        }
    )


def _line(row: Mapping[str, Any], *, plan: Analysis) -> str:
    """Return what a control did and found, without its full stop."""
    pair = str(row["system"])
    if row["baseline"] and row["baseline"] != row["system"]:
        pair = f"{pair} against {row['baseline']}"
    control = str(row["control"])
    text = f"{control[:1].upper()}{control[1:]} ({pair} on {row['dataset']}): {row['outcome']}"
    if pd.isna(row["estimate"]):
        return text
    numbers: Sequence[float] = (row["estimate"], row["low"], row["high"])
    digits = digits_apart(numbers, plan.sesoi)
    text += f"; {compact(row['estimate'], digits, sign=True)}"
    if not (pd.isna(row["low"]) and pd.isna(row["high"])):
        text += f" {short_interval(row['low'], row['high'], digits, sign=True)}"
    if pd.notna(row["target"]) and row["target"] != 0:
        text += f", expected {compact(row['target'], max(digits, 4), sign=True)}"
    return text


def _turned(row: Mapping[str, Any], *, plan: Analysis) -> str:
    """Return the sentence on a contrast that turns round on judged documents alone."""
    digits = digits_apart([row["estimate"], row["low"], row["high"]], plan.sesoi)
    difference = compact(row["estimate"], digits, sign=True)
    limits = short_interval(row["low"], row["high"], digits, sign=True)
    here, there = ("leads", "trails") if row["estimate"] > 0 else ("trails", "leads")
    return (
        f"By {row['control']}, which reads judged documents alone, {row['system']} {here} "
        f"{row['baseline']} on {row['dataset']} ({difference}, 95 % {limits}); by {plan.primary} "
        f"it {there}."
    )


def _pushes(row: Mapping[str, Any], *, budget: pd.DataFrame | None) -> str:
    """Return the sentence on where the failure of a control pushes the verdicts; "" if nowhere."""
    direction, system, baseline = (str(row[name]) for name in ("pushes", "system", "baseline"))
    if direction not in ("for", "against") or not baseline or baseline == system:
        return PUSHES.get(direction, "")
    looks = "better" if direction == "for" else "worse"
    if row["kind"] == BUDGET and budget is not None:
        learner = baseline if direction == "for" else system
        if _gain_of_steps(budget, str(row["dataset"]), learner) > 0:
            subject = "it looks" if learner == system else f"{system} looks"
            return f"{learner} is still learning: if anything, {subject} {looks} than it is."
    return f"If anything, {system} looks {looks} than it is."


def _gain_of_steps(budget: pd.DataFrame, dataset: str, system: str) -> float:
    """Return what a system's mean test score gains by more steps; nan where it is not known."""
    rows = budget[budget["dataset"].eq(dataset) & budget["system"].eq(system)]
    means = rows.groupby("steps")["primary"].mean()
    return float(means.iloc[-1] - means.iloc[0]) if len(means) > 1 else float("nan")


def _judged_checks(rows: Sequence[Mapping[str, Any]], *, plan: Analysis) -> Iterator[Check]:
    """Yield, for each dataset, whether enough documents are judged, and each control that fails."""
    for dataset in dict.fromkeys(str(row["dataset"]) for row in rows):
        of_dataset = [row for row in rows if row["dataset"] == dataset]
        failed = [row for row in of_dataset if pd.notna(row["passed"]) and not row["passed"]]
        for row in failed:
            sentence, pushes = _turned(row, plan=plan), _pushes(row, budget=None)
            yield Check("judgements", "failed", sentence, pushes)
        shares = [float(row["estimate"]) for row in of_dataset if row["control"] == JUDGED]
        if not shares:
            continue
        text = judged_share(dataset, shares)
        if min(shares) >= ENOUGH_JUDGED:
            yield Check("judged share", "passed", f"{text}.")
            continue
        text += f"; {100 * ENOUGH_JUDGED:.0f} % would be enough"
        on_judged = (condensed_name(plan.primary), BPREF)
        if any(row["control"] in on_judged for row in of_dataset) and not failed:
            text += f". On judged documents alone, no contrast turns against {plan.primary}"
        yield Check("judged share", "unknown", f"{text}.")


def _absent(plan: Analysis, controls: pd.DataFrame | None, *, is_trained: bool) -> Iterator[Check]:
    """Yield a check for each kind of control that the plan does not have."""
    elsewhere = "workflow/config/thorough.yaml looks at it"
    if not plan.controls.planted:
        yield Check("a planted loss", "absent", "No loss was planted that the tests must find.")
    if plan.controls.positive is None:
        yield Check(
            "a known difference", "absent", "No contrast with a known difference was declared."
        )
    if plan.controls.negative is None and is_trained:
        yield Check(
            "the noise floor",
            "absent",
            f"No system was trained again to be compared with itself; {elsewhere}.",
        )
    if plan.controls.budget is None and is_trained:
        yield Check("more steps", "absent", f"Nothing was trained with more steps; {elsewhere}.")
    if controls is None or not controls["kind"].eq(JUDGED_KIND).any():
        yield Check("the judged share", "absent", "The share of judged documents is not recorded.")

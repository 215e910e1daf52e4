"""The answer of `maw compare`: that of a study's claims, and what only a comparison of runs needs.

A plan of `--max-loss` has no claim that a system is better. Its contrasts of non-inferiority then
give the headings. Where a language model made the judgements, every heading says what that does to
the tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from maw.reporting import answer
from maw.reporting.answer import Answer, with_remarks
from maw.reporting.frames import VerdictFrames
from maw.reporting.wording import compact, digits_apart, short_interval
from maw.reporting.words import listed
from maw.runs.judge import JUDGED_BY_MODEL
from maw.runs.notices import Notice
from maw.settings.plan import Analysis
from maw.significance import Word
from maw.verdicts.claims import NON_INFERIOR, NOT_SHOWN

# code of a notice -> what the heading says of it
REMARKS = {JUDGED_BY_MODEL: "by a model’s judgements, on which tests reject too often"}


def complete(
    answers: Sequence[Answer],
    frames: VerdictFrames,
    *,
    plan: Analysis,
    notices: Sequence[Notice],
) -> tuple[Answer, ...]:
    """Return the answers on a comparison of runs, one for each dataset.

    answers: those on the plan's claims, as `maw.reporting.answer.answers` gives them. Where the
    plan has no claim, the answers on its contrasts of non-inferiority stand in their place.
    """
    found = tuple(answers) if plan.claims else margin_answers(frames, plan=plan)
    codes = {notice.code for notice in notices}
    remarks = [text for code, text in REMARKS.items() if code in codes]
    if not remarks:
        return found
    return tuple(replace(one, heading=with_remarks(one.heading, remarks)) for one in found)


def margin_answers(frames: VerdictFrames, *, plan: Analysis) -> tuple[Answer, ...]:
    """Return the answer of each dataset on all contrasts of non-inferiority; none without any."""
    rows = margin_contrasts(frames.comparisons, plan=plan)
    found = []
    for dataset in dict.fromkeys(rows["dataset"]):
        records = rows[rows["dataset"] == dataset].to_dict("records")
        headings = [_heading(row) for row in records]
        leads = tuple(_lead(row, measure=plan.primary) for row in records)
        if len(records) == 1:
            found.append(Answer(str(dataset), headings[0], (), leads))
            continue
        n_holding = sum(row["word"] == NON_INFERIOR for row in records)
        count = f"{n_holding or 'none'} of {len(records)} comparisons"
        heading = f"On {dataset}, non-inferiority is shown in {count}."
        found.append(Answer(str(dataset), heading, tuple(headings), leads))
    return tuple(found)


def margin_contrasts(comparisons: pd.DataFrame, *, plan: Analysis) -> pd.DataFrame:
    """Return the rows of the contrasts of non-inferiority by the primary measure.

    The further column `margin` has the largest loss that still counts as not worse.
    """
    margins = answer.margins_of(plan)
    rows = comparisons[
        comparisons["measure"].eq(plan.primary) & comparisons["role"].eq("non-inferiority")
    ]
    pairs = zip(rows["system"], rows["baseline"], strict=True)
    return rows.assign(margin=[margins[pair] for pair in pairs])


def level(frames: VerdictFrames, *, plan: Analysis) -> str:
    """Return the level of all limits, those of non-inferiority where the plan has no claim."""
    if not plan.claims:
        frames = replace(frames, claims=margin_contrasts(frames.comparisons, plan=plan))
    return answer.level(frames, plan=plan)


def accepted_loss(plan: Analysis) -> str:
    """Return the sentence on the largest loss that still counts as not worse; "" without one."""
    margins = {pair.margin for pair in plan.contrasts if pair.margin is not None}
    shown = [f"{margin:g}" for margin in sorted(margins)]
    if not shown:
        return ""
    if len(shown) == 1:
        return f"A loss below {shown[0]} still counts as not worse."
    return f"A loss below {listed(shown, last='or')}, as planned, still counts as not worse."


def _heading(row: Mapping[str, Any]) -> str:
    """Return the verdict on a contrast of non-inferiority as a sentence."""
    place, pair = f"on {row['dataset']}", f"{row['system']} and {row['baseline']}"
    by = f"worse than {row['baseline']} by {row['margin']:g} or more"
    if row["word"] == NON_INFERIOR:
        return f"Yes, {place}: {row['system']} is not {by}."
    if row["word"] == NOT_SHOWN:
        return f"Not shown, {place}: {row['system']} may be {by}."
    if row["word"] == Word.NOT_CONTROLLED:
        return f"Not judged, {place}: {pair} have too few seeds."
    return f"Not judged, {place}: the difference of {pair} cannot be estimated."


def _lead(row: Mapping[str, Any], *, measure: str) -> str:
    """Return the sentence with the estimate and the limits that decided it."""
    ends = (row["bar_low"], row["bar_high"])
    digits = digits_apart((row["difference"], *ends), row["margin"])
    estimate = compact(row["difference"], digits, sign=True)
    pair = f"{row['system']} − {row['baseline']}"
    if row["word"] not in (NON_INFERIOR, NOT_SHOWN):
        return f"Observed {pair}: {estimate} {measure}."
    fits = "is excluded" if row["word"] == NON_INFERIOR else "or more fits the data"
    limits = short_interval(*ends, digits, sign=True)
    return f"{pair} is {estimate} {limits} {measure}. A loss of {row['margin']:g} {fits}."

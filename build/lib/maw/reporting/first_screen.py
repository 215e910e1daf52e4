"""The first screen of a page: the verdicts as its heading, with their numbers, then cards.

There is a card for each claim on each dataset.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from maw.reporting import answer, claim_card
from maw.reporting.frames import ComparisonFrames, SuiteFrames
from maw.reporting.scale import Groups, scale, scale_across
from maw.reporting.tables import claims as claim_table
from maw.reporting.tables import rows_of, spelled
from maw.reporting.wording import basis, interval, signed
from maw.reporting.words import Claim, Key
from maw.settings.plan import Analysis
from maw.verdicts.prospects import AS_IT_IS

SENTENCES = re.compile(r"(?<=\.) (?=[A-Z])")  # the space between two sentences
GIVEN = (
    "Given this split, this backbone and these hyperparameters, chosen once; their variance is not "
    "in the interval."
)
GIVEN_RUNS = (
    "Given these topics and these systems' settings, chosen once; the variance of that choice is "
    "not in the interval."
)


class Scales(NamedTuple):
    """The sentences on scale: those of the first screen, and one by one those of many datasets."""

    shown: tuple[str, ...]
    folded: tuple[str, ...]


def opening(
    frames: ComparisonFrames,
    *,
    plan: Analysis,
    queries: str,
    undeclared_look: bool = False,
) -> dict[str, Any]:
    """Return the template's data of the heading, its leads, and the table of claims.

    queries: `queries` of a suite, `topics` of run files. undeclared_look: True where scores were
    seen with a number of seeds that the plan does not declare.
    """
    controls = frames.controls if isinstance(frames, SuiteFrames) else None
    remarks = answer.remarks_on(frames.claims, controls=controls, undeclared_look=undeclared_look)
    answers = answer.answers(
        frames,
        plan=plan,
        queries=queries,
        remarks=remarks,
        to_add=what_to_add(frames, plan=plan),
    )
    return {
        "answers": tuple(replace(one, leads=endings_once(one.leads)) for one in answers),
        "headline": " ".join(one.heading for one in answers) or answer.NO_CLAIM,
        "level": answer.level(frames, plan=plan),
        "definition": answer.margin(plan),
        "given": GIVEN_RUNS if queries == "topics" else GIVEN,
        "claim_table": rows_of(claim_table(frames.claims)) if len(frames.claims) else None,
    }


def endings_once(leads: Sequence[str]) -> tuple[str, ...]:
    """Return the leads without the last sentences of each that the next one ends with, too.

    What is said of two claims alike is so said once, after both. Each keeps its first sentence.
    """
    sentences = [SENTENCES.split(lead) for lead in leads]
    shown = []
    for own, following in zip(sentences, [*sentences[1:], []], strict=False):
        kept = list(own)
        for mine, theirs in zip(reversed(own[1:]), reversed(following[1:]), strict=False):
            if mine != theirs:
                break
            kept.pop()
        shown.append(" ".join(kept))
    return tuple(shown)


def scales(
    frames: SuiteFrames, *, plan: Analysis, systems: Mapping[str, Mapping[str, Any]]
) -> Scales:
    """Return the sentences on scale of a suite. systems: name -> configuration.

    With several datasets the first screen has what can be said of them together, and the sentences
    on each are folded.
    """
    trained = set(frames.runs.loc[frames.runs["trained"].eq(True), "system"])
    bm25 = [name for name, entry in systems.items() if entry["kind"] == "bm25"]
    # of a run that was made elsewhere nobody knows here whether its model was trained
    elsewhere = [name for name, entry in systems.items() if entry["kind"] == "run"]
    untrained = [name for name in systems if name not in {*trained, *bm25, *elsewhere}]
    groups = Groups(trained=trained, bm25=bm25, untrained=untrained)
    sentences = scale(frames, plan=plan, groups=groups)
    if frames.leaderboard["dataset"].nunique() == 1:
        return Scales(sentences, ())
    return Scales(scale_across(frames, plan=plan, groups=groups), sentences)


def what_to_add(frames: ComparisonFrames, *, plan: Analysis) -> dict[Key, str]:
    """Return claim -> the first forecast, such as `5 more seeds`, that could find the SESOI.

    That is, with which the smallest detectable difference of the deciding contrast is no larger. A
    claim without such a forecast, or that can find it as it is, is left out.
    """
    if plan.sesoi is None:
        return {}
    to_add = {}
    keys = ["dataset", "system", "claim", "baseline"]
    groups = dict(iter(frames.prospects.groupby(keys, sort=False)))
    for row in frames.claims.itertuples():
        plans = groups.get((row.dataset, row.system, row.claim, row.decided_by))
        if plans is None:
            continue
        enough = plans.loc[plans["mde"] <= plan.sesoi, "plan"].tolist()
        if enough and enough[0] != AS_IT_IS:
            to_add[(row.dataset, row.system, row.claim)] = str(enough[0])
    return to_add


def cards(frames: ComparisonFrames, *, plan: Analysis, queries: str) -> list[dict[str, Any]]:
    """Return the template's data of a card for each claim, in the order of the claims' rows.

    A card is about the claim's deciding control, or its first one where none decides. A claim whose
    controls have no row has no card.
    """
    judged = answer.judged_claims(frames, plan=plan, queries=queries)
    several_names = frames.has_named_claims
    return [
        _card(claim, frames.prospects, plan=plan, several_names=several_names)
        for claim in judged
        if len(claim.controls)
    ]


def _card(
    claim: Claim, prospects: pd.DataFrame, *, plan: Analysis, several_names: bool
) -> dict[str, Any]:
    rows = claim.controls.to_dict("records")
    row = next((row for row in rows if row["baseline"] == claim.closest), rows[0])
    return {
        **claim_card.content(row, prospects, claim=claim.key[2], sesoi=plan.sesoi),
        "claim": claim.row,
        "against": claim.all_controls,
        "named": claim.key[2] if several_names else "",
        "verdict": spelled(claim.row),
        "estimate": signed(claim.row["estimate"]),
        "limits": interval(claim.row["lower"], claim.row["upper"]),
        "basis": basis(row, queries=claim.terms.queries),
    }

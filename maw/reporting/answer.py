"""The answer of a study: the verdicts on all of its claims in one heading for each dataset.

Claims with the same word share a heading; else the heading counts the claims that hold, and each
claim's own heading follows. Datasets never share a heading, because no claim is about several.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from maw.reporting.claim_sentences import ALONE
from maw.reporting.frames import VerdictFrames
from maw.reporting.leads import lead
from maw.reporting.words import WITHHELD, Claim, Key, Terms, heading, listed
from maw.settings.plan import Analysis
from maw.significance import Word

NO_CLAIM = "The plan names no claim."
AT_THIS_BUDGET = "at this budget only"
UNDECLARED_LOOK = "after an undeclared look"
GRAVE = ("planted", "positive", "negative")  # kinds of controls whose failure is in the heading


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdicts on one dataset's claims.

    heading: one sentence. bullets: each claim's own heading where the heading only counts them.
    leads: the sentences with the numbers, one text for each claim, in the plan's order.
    """

    dataset: str
    heading: str
    bullets: tuple[str, ...]
    leads: tuple[str, ...]


def answers(
    frames: VerdictFrames,
    *,
    plan: Analysis,
    queries: str = "queries",
    remarks: Mapping[Key, Sequence[str]] | None = None,
    to_add: Mapping[Key, str] | None = None,
) -> tuple[Answer, ...]:
    """Return one answer for each dataset, in the order of the claims' rows; none without a claim.

    queries: what a ranking is made for, `queries` or `topics`. remarks: what the heading of a claim
    must say beside its word, as `remarks_on` returns it. to_add: the data that would decide an
    inconclusive claim, such as `5 more seeds`.
    """
    claims = judged_claims(frames, plan=plan, queries=queries, to_add=to_add)
    several_names = len({claim.row["claim"] for claim in claims}) > 1
    datasets = list(dict.fromkeys(claim.key[0] for claim in claims))
    found = []
    for dataset in datasets:
        of_dataset = [claim for claim in claims if claim.key[0] == dataset]
        said = [tuple((remarks or {}).get(claim.key, ())) for claim in of_dataset]
        texts = [
            _named_lead(claim, several_names=several_names, place=dataset)
            if len(datasets) > 1
            else _named_lead(claim, several_names=several_names)
            if len(of_dataset) > 1
            else lead(claim)
            for claim in of_dataset
        ]
        told, bullets = _told(
            dataset,
            of_dataset,
            remarks=said,
            several_names=several_names,
            share_bullets=several_names or len(datasets) > 1,
        )
        found.append(Answer(dataset, told, bullets, tuple(texts)))
    return tuple(found)


def judged_claims(
    frames: VerdictFrames,
    *,
    plan: Analysis,
    queries: str = "queries",
    to_add: Mapping[Key, str] | None = None,
) -> tuple[Claim, ...]:
    """Return the verdict on each claim with its controls, in the order of the claims' rows.

    queries, to_add: as for `answers`.
    """
    terms = Terms(measure=plan.primary, sesoi=plan.sesoi, queries=queries)
    return tuple(
        _claim(
            frames,
            row,
            plan=plan,
            terms=terms,
            to_add=(to_add or {}).get((row["dataset"], row["system"], row["claim"]), ""),
        )
        for row in frames.claims.to_dict("records")
    )


def remarks_on(
    claims: pd.DataFrame, *, controls: pd.DataFrame | None, undeclared_look: bool = False
) -> dict[Key, tuple[str, ...]]:
    """Return what each claim's heading must say beside its word.

    controls: the controls of the study, `summary/controls.parquet`, or None. undeclared_look: True
    where scores were seen with a number of seeds that the plan does not declare.
    """
    remarks = {}
    for row in claims.itertuples():
        texts = []
        if controls is not None:
            of_dataset = controls[controls["dataset"] == row.dataset]
            pair = of_dataset["system"].eq(row.system) & of_dataset["baseline"].eq(row.decided_by)
            if of_dataset.loc[pair, "outcome"].eq(AT_THIS_BUDGET).any():
                texts.append(AT_THIS_BUDGET)
            failed = of_dataset["passed"].eq(False) & of_dataset["kind"].isin(GRAVE)
            names = dict.fromkeys(of_dataset.loc[failed, "control"].astype(str))
            names.pop(str(row.withheld), None)  # the heading's own words say that it failed
            if names:
                texts.append(f"a control failed: {listed(list(names))}")
        if undeclared_look:
            texts.append(UNDECLARED_LOOK)
        remarks[(row.dataset, row.system, row.claim)] = tuple(texts)
    return remarks


def margins_of(plan: Analysis) -> dict[tuple[str, str], float | None]:
    """Return (system, baseline) -> the largest loss that still counts as not worse, if planned."""
    return {(pair.system, pair.baseline): pair.margin for pair in plan.contrasts}


def level(frames: VerdictFrames, *, plan: Analysis) -> str:
    """Return the level of all limits: `95 % over 2 claims together: each at 97.5 %`."""
    levels = frames.claims["level"].dropna().unique()
    n_claims = len(plan.tests) * frames.claims["dataset"].nunique()
    if not len(levels):
        return ""
    if len(levels) > 1:
        total = frames.claims["level"].sum() if plan.looks else plan.alpha
        return f"{_percent(total)} over {n_claims} claims together, each at its own share"
    total = float(levels[0]) * n_claims
    if n_claims == 1:
        return _percent(total)
    return f"{_percent(total)} over {n_claims} claims together: each at {_percent(levels[0])}"


def margin(plan: Analysis) -> str:
    """Return the sentence that defines the smallest effect size of interest."""
    if plan.sesoi is None:
        return "The plan names no smallest difference that matters."
    reason = plan.sesoi_reason.strip().rstrip(".")
    end = f": {reason}." if reason else "."
    return f"{plan.sesoi:g} is the smallest difference that the plan says matters{end}"


def _claim(
    frames: VerdictFrames,
    row: Mapping[str, Any],
    *,
    plan: Analysis,
    terms: Terms,
    to_add: str,
) -> Claim:
    """Return a claim with the rows of its controls, in the order of the plan's contrasts."""
    system, claim = str(row["system"]), str(row["claim"])
    names = plan.controls_of[(system, claim)]
    rows = frames.comparisons
    rows = rows[
        rows["dataset"].eq(row["dataset"])
        & rows["system"].eq(system)
        & rows["measure"].eq(plan.primary)
        & rows["baseline"].isin(names)
    ]
    foreign = frozenset(
        pair.baseline
        for pair in plan.contrasts
        if pair.system == system and pair.baseline in names and pair.carried[:1] != (claim,)
    )
    return Claim(row=row, controls=rows, terms=terms, foreign=foreign, to_add=to_add)


def _named_lead(claim: Claim, *, several_names: bool, place: str = "") -> str:
    """Return the lead with what it is about before it, unless it starts with the system's name."""
    text = lead(claim)
    if not (place or several_names) and text.startswith(f"{claim.system} "):
        return text
    name = f", “{claim.key[2]}”" if several_names else ""
    return f"{claim.system}{f' on {place}' if place else ''}{name}: {text}"


def _told(
    dataset: str,
    claims: Sequence[Claim],
    *,
    remarks: Sequence[tuple[str, ...]],
    several_names: bool,
    share_bullets: bool,
) -> tuple[str, tuple[str, ...]]:
    """Return the heading of a dataset's claims, and each claim's own where it only counts them.

    Claims about one system with the same word share a bullet. share_bullets: other claims that are
    alike have one bullet together, too, as a page on several datasets, or on several claims about
    each system, has to do to be short.
    """
    if len(claims) == 1:
        return with_remarks(heading(claims[0]), remarks[0]), ()
    systems = [claim.system for claim in claims]
    verdicts = {_verdict(claim) for claim in claims}
    if len(verdicts) == 1 and len(set(systems)) == len(systems) and len(set(remarks)) == 1:
        return with_remarks(_alike(dataset, claims), remarks[0]), ()
    shared = tuple(text for text in remarks[0] if all(text in texts for texts in remarks))
    others = [tuple(text for text in texts if text not in shared) for texts in remarks]
    named_texts = _bullets(dataset, claims, remarks=others, share_bullets=share_bullets)
    bullets = tuple(
        f"{listed(names)}: {text}" if several_names else text for text, names in named_texts
    )
    n_holding = sum(claim.word.startswith("better") for claim in claims)
    count = f"{n_holding or 'none'} of {len(claims)} claims hold{'s' * (n_holding < 2)}"
    return with_remarks(f"On {dataset}, {count}.", shared), bullets


def _bullets(
    dataset: str,
    claims: Sequence[Claim],
    *,
    remarks: Sequence[tuple[str, ...]],
    share_bullets: bool,
) -> list[tuple[str, list[str]]]:
    """Return the text of each bullet, and the names of the claims that it is about, in quotes.

    Claims about one system that have the same word have one bullet. share_bullets: as for `_told`.
    """
    groups: dict[tuple[Any, ...], list[Claim]] = {}
    for i, (claim, own) in enumerate(zip(claims, remarks, strict=True)):
        alone = "" if share_bullets and claim.word not in ALONE else i
        groups.setdefault((claim.key[2], own, _verdict(claim), alone), []).append(claim)
    names: dict[tuple[str, str], list[str]] = {}  # systems and text, as a withheld one names none
    for (name, own, *_), group in groups.items():
        sentence = heading(group[0]) if len(group) == 1 else _alike(dataset, group)
        systems = " ".join(claim.system for claim in group)
        names.setdefault((systems, with_remarks(sentence, own)), []).append(f"“{name}”")
    return [(text, found) for (_, text), found in names.items()]


def _verdict(claim: Claim) -> tuple[str, bool, str]:
    """Return what claims have in common that may share a sentence."""
    return claim.word, claim.is_withheld, str(claim.row["suffix"])


def _alike(dataset: str, claims: Sequence[Claim]) -> str:
    """Return the heading of several claims with the same word, each about another system."""
    place, edge = f"on {dataset}", claims[0].terms.margin
    names = [claim.system for claim in claims]
    both, either = listed(names), listed(names, last="or")
    if claims[0].is_withheld:
        return f"Undecided, {place}: {WITHHELD}"
    match claims[0].word:
        case Word.BETTER | Word.BETTER_BY_SESOI:
            return f"Yes, {place}: {both} each rank better than all their controls."
        case Word.SLIGHTLY_BETTER:
            return (
                f"Better, but too little to matter, {place}: {both} each lead a control by less "
                f"than {edge}."
            )
        case Word.REFUTED:
            first, *others = (listed(claim.losses) for claim in claims)
            losses = [f"{names[0]} loses to {first}"]
            losses += [f"{name} to {lost}" for name, lost in zip(names[1:], others, strict=True)]
            return f"No, {place}: {', '.join(losses)}."
        case Word.EQUIVALENT:
            return (
                f"No difference that matters, {place}: {both} are each within {edge} of all their "
                "controls."
            )
        case Word.NO_RELEVANT_GAIN:
            none = f"neither {listed(names, last='nor')}" if len(names) == 2 else f"none of {both}"
            return f"No gain that matters, {place}: {none} leads every control by {edge}."
        case Word.NOT_CONTROLLED:
            return f"Not judged, {place}: {both} have too few seeds."
        case Word.NOT_ESTIMABLE:
            return f"Not judged, {place}: the effect of training {either} cannot be estimated."
        case _:
            return f"Undecided, {place}: {both} may or may not rank better."


def with_remarks(sentence: str, remarks: Sequence[str]) -> str:
    """Return a heading with its remarks before its full stop: `Yes, …, at this budget only.`"""
    return f"{', '.join([sentence.rstrip('.'), *remarks])}."


def _percent(alpha: float) -> str:
    """Return the confidence at a level as text: `97.5 %` for 0.025."""
    return f"{100 * (1 - alpha):.4g} %"

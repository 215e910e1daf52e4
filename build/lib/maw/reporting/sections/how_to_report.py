"""The section “How to report this”: text for a paper with every figure filled in.

The paragraph on the results is shown. Folded below it are the methods, both as LaTeX with the
sources as BibTeX, and the pre-registration of the plan.
"""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from maw.reporting import answer
from maw.reporting.checks import control_checks
from maw.reporting.claim_sentences import alike, statement
from maw.reporting.first_screen import GIVEN, GIVEN_RUNS, scales
from maw.reporting.leads import left_open, tie
from maw.reporting.page_data import PageData
from maw.reporting.paper import citations
from maw.reporting.paper.methods import deciding_columns, methods, sizes
from maw.reporting.paper.registration import registration
from maw.reporting.wording import compact, digits_apart, pvalue, short_interval
from maw.reporting.words import Claim, listed
from maw.significance import FEWEST_SEEDS, Word

WIDTH = 88  # characters in a line of LaTeX
MOST_WORDS = 120  # of the paragraph on the results; a longer one is folded
TESTED = (  # words whose claim is about a difference, for which a paper gives the p-value
    Word.BETTER_BY_SESOI, Word.SLIGHTLY_BETTER, Word.BETTER, Word.REFUTED, Word.INCONCLUSIVE,
)  # fmt: skip
UNSAID = (Word.EQUIVALENT, Word.NO_RELEVANT_GAIN, Word.INCONCLUSIVE)  # their sentence lacks them


def content(page: PageData) -> dict[str, Any] | None:
    """Return the template's data: both paragraphs, LaTeX, BibTeX and the pre-registration.

    is_long: whether the paragraph on the results is folded, as that of many claims is. None without
    a claim, because there is then no result to report.
    """
    if page.frames.claims.empty:
        return None
    given = GIVEN_RUNS if page.queries == "topics" else GIVEN
    found, how = results(page), f"{methods(page)} {given}"
    tex = "\n\n".join(
        textwrap.fill(citations.latex(text), WIDTH, break_long_words=False, break_on_hyphens=False)
        for text in (how, found)
    )
    return {
        "results": (plain := citations.plain(found)),
        "is_long": len(plain.split()) > MOST_WORDS,
        "methods": citations.plain(how),
        "latex": tex,
        "bibtex": citations.bibtex(f"{how} {found}"),
        "registration": registration(page),
    }


def results(page: PageData) -> str:
    """Return the paragraph on the results: each claim, the controls, and what is not covered."""
    suite = page.suite
    level = answer.level(page.frames, plan=page.plan)
    scale = (
        scales(suite, plan=page.plan, systems=page.spec["systems"]).shown
        if suite is not None and page.spec.get("systems")
        else ()
    )
    return " ".join(
        [
            *_verdicts(page),
            *([f"Limits: {level}."] if level else []),
            *scale[:1],
            *_controls(page),
            *_not_looked_at(page),
        ]
    )


def _verdicts(page: PageData) -> Iterator[str]:
    """Yield one text for each group of claims that are alike, on the same data."""
    suite = page.suite
    remarks = answer.remarks_on(
        page.frames.claims,
        controls=None if suite is None else suite.controls,
        undeclared_look=bool(page.history.get("undeclared_looks")),
    )
    claims = answer.judged_claims(page.frames, plan=page.plan, queries=page.queries)
    before = ""
    for group in alike(claims, apart=lambda claim: (remarks[claim.key], _counts(claim))):
        first = group[0]
        dataset, _, name = first.key
        place = f"On {dataset} ({_counts(first)}), "
        start = "" if place == before else place  # the data are named once
        before = place
        name_of_claim = f"“{name}”: " if page.frames.has_named_claims else ""
        text = f"{start}{name_of_claim}{_verdict(group)}"
        if not text.startswith(first.system):  # a name keeps its own first letter
            text = f"{text[0].upper()}{text[1:]}"
        yield answer.with_remarks(text, remarks[first.key]) + _reach(group)


def _verdict(group: Sequence[Claim]) -> str:
    """Return what the word of claims that are alike says, with the numbers behind it."""
    first = group[0]
    text = statement(group)
    if first.is_withheld:
        return text
    if first.word in UNSAID:
        text += f" ({first.word})"
    numbers = "" if tie(first) else _numbers(group)
    return f"{text}: {numbers}" if numbers else text


def _counts(claim: Claim) -> str:
    """Return the data of a claim: `550 queries in 187 clusters, 5 shared seeds`."""
    row = claim.row
    text = "" if pd.isna(row["n_queries"]) else sizes(row, queries=claim.terms.queries)
    if pd.isna(row["n_seeds"]) or row["n_seeds"] < 1:
        return text
    n = int(row["n_seeds"])
    if n == 1:
        return f"{text}, single runs"
    form = f"{row['seeds']} " if row["seeds"] in ("shared", "independent") else ""
    return f"{text}, {n} {form}seeds"


def _numbers(group: Sequence[Claim]) -> str:
    """Return each claim's difference with the limits that decided, and its p where it is tested."""
    texts = [text for claim in group if (text := _number(claim))]
    smallest = "smallest " * (group[0].n_controls > 1)
    what = f"{smallest}difference{'s' * (len(texts) > 1)} in {group[0].terms.measure} "
    return what + "; ".join(texts) if texts else ""


def _number(claim: Claim) -> str:
    row = claim.row
    if pd.isna(row["estimate"]):
        return ""
    low, high = deciding_columns(claim)
    values = [float(row[name]) for name in ("estimate", low, high)]
    digits = digits_apart(values, claim.terms.sesoi)
    text = f"{claim.system} − {claim.closest} {compact(values[0], digits, sign=True)}"
    if claim.word in (Word.NOT_CONTROLLED, Word.NOT_ESTIMABLE):
        return text
    text += f" {short_interval(values[1], values[2], digits, sign=True)}"
    is_tested = claim.word in TESTED and pd.notna(row["p_bonferroni"])
    return f"{text}, {pvalue(row['p_bonferroni'])}" if is_tested else text


def _reach(group: Sequence[Claim]) -> str:
    """Return the sentence on what the verdict leaves open, with a space before it, or ""."""
    first = group[0]
    if first.is_withheld:
        return ""
    match first.word:
        case Word.NOT_CONTROLLED:
            text = f"{FEWEST_SEEDS} seeds are needed."
        case Word.NOT_ESTIMABLE:
            text = "No effect could be estimated."
        case _:
            text = left_open(group)
    return f" {text}" if text else ""


def _controls(page: PageData) -> Iterator[str]:
    """Yield a sentence on the controls of the study that passed, and each failed one in full."""
    controls = None if page.suite is None else page.suite.controls
    if controls is None:
        return
    of_study = controls[controls["kind"].ne("judged")]
    passed = list(dict.fromkeys(of_study.loc[of_study["passed"].eq(True), "control"].astype(str)))
    if passed:
        yield f"Controls of the study that passed: {listed(passed)}."
    open_ones = of_study[of_study["passed"].isna()].drop_duplicates(["control", "outcome"])
    for row in open_ones.to_dict("records"):
        yield f"Control without a result: {row['control']} ({row['outcome']})."
    for check in control_checks(controls, plan=page.plan):
        if check.state == "failed":
            yield f"{check.sentence} {check.pushes}".strip()


def _not_looked_at(page: PageData) -> Iterator[str]:
    """Yield a sentence on the kinds of controls that the study did not have, if any."""
    controls = page.plan.controls
    absent = [
        name
        for name, is_there in (
            ("a planted loss", controls.planted and page.suite is not None),
            ("a known difference", controls.positive is not None and page.suite is not None),
            ("the noise floor between further seeds", controls.negative is not None),
            ("training with more steps", controls.budget is not None),
        )
        if not is_there
    ]
    if absent:
        yield f"Not looked at: {listed(absent)}."

"""The section “How to report this”: text for a paper with every figure filled in.

The paragraph on the results is shown. Folded below it are the methods, both as LaTeX with the
sources as BibTeX, and the pre-registration of the plan.
"""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from maw.reporting import answer
from maw.reporting.checks import control_checks
from maw.reporting.first_screen import GIVEN, GIVEN_RUNS, scales
from maw.reporting.page_data import PageData
from maw.reporting.paper import citations
from maw.reporting.paper.methods import deciding_columns, methods, sizes
from maw.reporting.paper.registration import registration
from maw.reporting.wording import compact, digits_apart, pvalue, short_interval
from maw.reporting.words import WITHHELD, Claim, listed
from maw.significance import FEWEST_SEEDS, Suffix, Word

WIDTH = 88  # characters in a line of LaTeX
TESTED = (  # words whose claim is about a difference, for which a paper gives the p-value
    Word.BETTER_BY_SESOI, Word.SLIGHTLY_BETTER, Word.BETTER, Word.REFUTED, Word.INCONCLUSIVE,
)  # fmt: skip


def content(page: PageData) -> dict[str, Any] | None:
    """Return the template's data: both paragraphs, LaTeX, BibTeX and the pre-registration.

    None without a claim, because there is then no result to report.
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
        "results": citations.plain(found),
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
        scales(suite, plan=page.plan, systems=page.spec["systems"])
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
    """Yield one text for each group of claims of a dataset that have the same verdict."""
    claims = answer.judged_claims(page.frames, plan=page.plan, queries=page.queries)
    suite = page.suite
    remarks = answer.remarks_on(
        page.frames.claims,
        controls=None if suite is None else suite.controls,
        undeclared_look=bool(page.history.get("undeclared_looks")),
    )

    def kind(claim: Claim) -> tuple[Any, ...]:
        dataset, _, name = claim.key
        suffix = str(claim.row["suffix"])
        counts = _counts(claim)
        return dataset, name, claim.word, suffix, claim.is_withheld, remarks[claim.key], counts

    named, before = page.frames.has_named_claims, ""
    for (dataset, name, *_, said, counts), group in groupby(claims, kind):
        alike = list(group)
        place = f"On {dataset} ({counts}), "
        start = "" if place == before else place  # the data are named once
        before = place
        text = f"{start}{f'“{name}”: ' if named else ''}{predicate(alike)}"
        if (numbers := _numbers(alike)) and not alike[0].is_withheld:
            text += f": {numbers}"
        yield answer.with_remarks(text, said) + _reach(alike)


def predicate(alike: Sequence[Claim]) -> str:
    """Return what is said of claims with the same word: `a and b each rank better than c`.

    alike: claims on one dataset, with the same word and suffix.
    """
    first = alike[0]
    several, margin = len(alike) > 1, first.terms.margin
    names = listed([claim.system for claim in alike])
    each = " each" * several
    whom, was = _controls_of(alike), "were" if several else "was"
    if first.is_withheld:
        return f"{names}: {WITHHELD.rstrip('.')}"
    ranked = f"{names}{each} ranked better than {whom}"
    match first.word:
        case Word.BETTER_BY_SESOI:
            return f"{ranked} by at least {margin}"
        case Word.SLIGHTLY_BETTER:
            return f"{ranked}, with a smallest lead below {margin}"
        case Word.BETTER:
            return ranked
        case Word.REFUTED:
            lost = [f"{claim.system} lost to {listed(claim.losses)}" for claim in alike]
            return f"{listed(lost)}{_size_of_loss(alike)}"
        case Word.EQUIVALENT:
            return f"{names}{each} differed from {whom} by less than {margin} (equivalent)"
        case Word.NO_RELEVANT_GAIN:
            led = whom if not several and first.n_controls == 1 else "every control"
            return f"{names}{each} did not lead {led} by {margin} (no relevant gain)"
        case Word.NOT_CONTROLLED:
            return f"{names} {was} not judged: {FEWEST_SEEDS} seeds are needed"
        case Word.NOT_ESTIMABLE:
            return f"{names} {was} not judged: no effect could be estimated"
        case _:
            return f"{names} may or may not rank better than {whom} (inconclusive)"


def _size_of_loss(alike: Sequence[Claim]) -> str:
    """Return what “refuted” says of the loss: with several controls only of the largest one."""
    first = alike[0]
    largest = ", the largest loss" if any(claim.n_controls > 1 for claim in alike) else ""
    match first.row["suffix"]:
        case Suffix.LESS:
            return f"{largest} by less than {first.terms.margin}"
        case Suffix.AT_LEAST:
            return f"{largest} by at least {first.terms.margin}"
        case _:
            return ""


def _controls_of(alike: Sequence[Claim]) -> str:
    """Return the controls' names: their common one, `all 6 controls`, or `their controls`."""
    texts = {claim.all_controls for claim in alike}
    if len(texts) > 1:
        return "their controls"
    return texts.pop()


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


def _numbers(alike: Sequence[Claim]) -> str:
    """Return each claim's difference with the limits that decided, and its p where it is tested."""
    texts = [text for claim in alike if (text := _number(claim))]
    smallest = "smallest " * any(claim.n_controls > 1 for claim in alike)
    what = f"{smallest}difference{'s' * (len(texts) > 1)} in {alike[0].terms.measure} "
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


def _reach(alike: Sequence[Claim]) -> str:
    """Return the sentence on what the verdict leaves open, with a space before it, or ""."""
    first = alike[0]
    margin = first.terms.margin
    if first.is_withheld:
        return ""
    match first.word:
        case Word.EQUIVALENT:
            return f" Gains and losses of {margin} are excluded; smaller ones are not."
        case Word.NO_RELEVANT_GAIN if all(claim.row["upper_gain"] <= 0 for claim in alike):
            return " No gain fits the data; a loss is not shown."
        case Word.NO_RELEVANT_GAIN:
            return " A smaller gain, none, or a loss remain possible."
        case Word.INCONCLUSIVE:
            return " This is not evidence of equality."
        case Word.BETTER if margin:
            return f" Whether the lead reaches {margin} is open."
        case _:
            return ""


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

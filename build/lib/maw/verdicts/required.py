"""Did a comparison come out as required? The question of a pipeline that goes on only if it did.

`better` accepts the three words that begin with it, and `equivalent` accepts that word alone.
`no-worse` accepts "non-inferior", "equivalent" and the three words of better: each of them excludes
a loss as large as the margin or the smallest effect size of interest. No test is done here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from maw.errors import InputError
from maw.settings.plan import BETTER as DEFAULT_CLAIM
from maw.settings.plan import Analysis
from maw.significance import Word
from maw.verdicts.claims import NON_INFERIOR

Requirement = Literal["better", "equivalent", "no-worse"]
BETTER = (Word.BETTER, Word.BETTER_BY_SESOI, Word.SLIGHTLY_BETTER)
ACCEPTED: Mapping[Requirement, tuple[str, ...]] = {
    "better": BETTER,
    "equivalent": (Word.EQUIVALENT,),
    "no-worse": (*BETTER, Word.EQUIVALENT, NON_INFERIOR),
}


@dataclass(frozen=True, slots=True)
class Missed:
    """A claim that did not come out as required.

    subject: the system, what it is compared with, and the dataset. word: the word that it got.
    """

    subject: str
    word: str

    def __str__(self) -> str:
        return f"{self.subject} is “{self.word}”"


def require_possible(plan: Analysis, requirement: Requirement) -> None:
    """Raise an InputError where no claim of the plan can have a word that the requirement accepts.

    Without a margin and without a smallest effect size of interest (SESOI) `no-worse` could be met
    by a gain alone, which is another question; it is refused, too.
    """
    has_margin = any(contrast.margin is not None for contrast in plan.contrasts)
    option = f"--require {requirement}"
    if requirement == "no-worse" and not has_margin and (plan.sesoi is None or not plan.claims):
        raise InputError(
            f"{option}: nothing says which loss is too large; give --max-loss, or a plan with a "
            "contrast of `role: non-inferiority`"
        )
    if requirement != "no-worse" and not plan.claims and has_margin:
        raise InputError(
            f"{option}: the contrasts ask about a loss alone, and cannot get this word; leave "
            "--max-loss out, or give a plan with a confirmatory contrast"
        )
    if requirement != "no-worse" and not plan.claims:
        raise InputError(f"{option}: the plan has no claim; give it a confirmatory contrast")
    if requirement == "equivalent" and plan.sesoi is None:
        raise InputError(
            f"{option}: without a smallest effect size of interest nothing is called equivalent; "
            "give --sesoi, or a plan with `sesoi`"
        )


def missed(
    requirement: Requirement, *, claims: pd.DataFrame, comparisons: pd.DataFrame, plan: Analysis
) -> tuple[Missed, ...]:
    """Return the claims that did not come out as required, in the order of the tables.

    claims, comparisons: as `maw.verdicts.decide` returns them. `no-worse` asks the contrasts of
    non-inferiority as well as the claims; the other requirements ask the claims alone. A word that
    a failed control of the study forbids to say does not count.
    """
    rows = [*_claims(claims, plan=plan)]
    if requirement == "no-worse":
        rows += _margins(comparisons, plan=plan)
    accepted = ACCEPTED[requirement]
    return tuple(
        Missed(subject, word if not withheld else f"{word}, which is withheld")
        for subject, word, withheld in rows
        if withheld or word not in accepted
    )


def _claims(claims: pd.DataFrame, *, plan: Analysis) -> Iterator[tuple[str, str, bool]]:
    """Yield the subject of each claim, its word, and whether the word is withheld."""
    controls_of = plan.controls_of
    for row in claims.to_dict("records"):
        against = ", ".join(controls_of[row["system"], row["claim"]])
        name = "" if row["claim"] == DEFAULT_CLAIM else f", “{row['claim']}”"
        yield _subject(row, against=against) + name, row["word"], bool(row["withheld"])


def _margins(comparisons: pd.DataFrame, *, plan: Analysis) -> Iterator[tuple[str, str, bool]]:
    """Yield the same three of each contrast of non-inferiority."""
    rows = comparisons[
        comparisons["measure"].eq(plan.primary) & comparisons["role"].eq("non-inferiority")
    ]
    for row in rows.to_dict("records"):
        yield _subject(row, against=row["baseline"]), row["word"], bool(row["withheld"])


def _subject(row: Mapping[str, Any], *, against: str) -> str:
    return f"{row['system']} against {against} on {row['dataset']}"

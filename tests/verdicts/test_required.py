"""A requirement accepts the words that its page lists, and is refused where none can come."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.settings.plan import Analysis
from maw.significance import Word
from maw.significance.clean import Array
from maw.verdicts.decide import decide
from maw.verdicts.plan_options import PlanOptions, plan_from
from maw.verdicts.required import ACCEPTED, Requirement, missed, require_possible
from tests.scored import plan_of, scored

Q = 40
BASE = np.random.default_rng(0).uniform(0.2, 0.6, (Q, 1))


def lead(size: float) -> Array:
    """Return scores that lead BASE by `size`, give or take .01 on a topic."""
    return BASE + size + np.random.default_rng(1).normal(0, 0.01, (Q, 1))


@dataclass(frozen=True)
class Judged:
    """A plan and its verdicts."""

    plan: Analysis
    claims: pd.DataFrame
    comparisons: pd.DataFrame

    def missed(self, requirement: Requirement) -> list[str]:
        found = missed(
            requirement, claims=self.claims, comparisons=self.comparisons, plan=self.plan
        )
        return [str(one) for one in found]


def judged(size: float, plan: Analysis) -> Judged:
    """Judge the system `new`, which leads `old` by `size`, and `zero`, far below both."""
    tables = {"new": lead(size), "old": BASE, "zero": BASE - 0.2}
    trained = dict.fromkeys(tables, False)
    verdicts = decide(
        scored(tables), plan=plan, trained=trained, clusters=None, measures=("nDCG@10",)
    )
    return Judged(plan, verdicts.claims, verdicts.rows)


def not_worse(margin: float) -> Analysis:
    return plan_from(
        PlanOptions(max_loss=margin), systems=["new", "old"], first="old", primary="nDCG@10"
    )


def test_the_accepted_words_are_those_of_the_protocol() -> None:
    better = [word for word in Word if word.startswith("better")]
    assert len(better) == 3
    assert set(ACCEPTED["better"]) == set(better)
    assert set(ACCEPTED["equivalent"]) == {"equivalent"}
    assert set(ACCEPTED["no-worse"]) == {*better, "equivalent", "non-inferior"}


@pytest.mark.parametrize(
    ("size", "met"),
    [
        (0.1, {"better", "no-worse"}),
        (0.008, {"better", "no-worse"}),  # better, but by less than SESOI
        (0.0, {"equivalent", "no-worse"}),
        (-0.1, set()),
    ],
)
def test_a_claim_meets_a_requirement_or_is_named_with_its_word(size: float, met: set[str]) -> None:
    result = judged(size, plan_of(("new", "old")))  # SESOI .02
    (word,) = result.claims["word"]
    for requirement in ACCEPTED:
        known = [] if requirement in met else [f"new against old on toy is “{word}”"]
        assert result.missed(requirement) == known


def test_no_worse_asks_the_contrasts_of_non_inferiority_too() -> None:
    assert judged(0.0, not_worse(0.02)).missed("no-worse") == []
    (named,) = judged(-0.1, not_worse(0.02)).missed("no-worse")
    assert named == "new against old on toy is “non-inferiority not shown”"


def test_every_claim_is_asked_and_the_named_ones_are_told_by_name() -> None:
    contrasts = [
        {"system": "new", "baseline": "zero", "claims": ["beats zero"]},
        {"system": "new", "baseline": "old", "claims": ["beats both"]},
    ]
    plan = Analysis.checked({"sesoi": 0.02, "contrasts": contrasts}, source="test")
    assert judged(-0.1, plan).missed("better") == [
        "new against old on toy, “beats both” is “refuted”"
    ]


def test_a_withheld_word_does_not_count() -> None:
    result = judged(0.0, plan_of(("new", "old")))
    withheld = Judged(result.plan, result.claims.assign(withheld="planted"), result.comparisons)
    assert withheld.missed("equivalent") == [
        "new against old on toy is “equivalent, which is withheld”"
    ]


NO_SESOI = plan_of(("new", "old"), sesoi=None)


@pytest.mark.parametrize(
    ("plan", "requirement", "message"),
    [
        (NO_SESOI, "equivalent", "without a smallest effect size of interest .* give --sesoi"),
        (NO_SESOI, "no-worse", "nothing says which loss is too large; give --max-loss"),
        (not_worse(0.1), "better", "ask about a loss alone, .*; leave --max-loss out"),
        (not_worse(0.1), "equivalent", "the contrasts ask about a loss alone"),
        (plan_of(("new", "old", "reference")), "better", "the plan has no claim; give it a conf"),
        (plan_of(("new", "old", "reference")), "no-worse", "nothing says which loss"),
    ],
)
def test_a_requirement_that_no_claim_can_meet_is_refused(
    plan: Analysis, requirement: Requirement, message: str
) -> None:
    with pytest.raises(InputError, match=f"--require {requirement}: .*{message}"):
        require_possible(plan, requirement)


def test_a_requirement_that_can_be_met_is_not_refused() -> None:
    require_possible(NO_SESOI, "better")
    require_possible(plan_of(("new", "old")), "equivalent")
    require_possible(plan_of(("new", "old")), "no-worse")
    require_possible(not_worse(0.1), "no-worse")

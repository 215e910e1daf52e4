"""Options without a plan become a plan; beside a plan they are refused."""

from math import inf

import pytest

from maw.errors import InputError
from maw.settings.plan import Analysis
from maw.verdicts.plan_options import PlanOptions, given_plan, plan_from
from tests.scored import plan_of


def made(options: PlanOptions) -> Analysis:
    return plan_from(options, systems=["c", "a", "b"], first="b", primary="AP")


def test_every_other_system_is_compared_with_the_first_or_the_named_one() -> None:
    plan = made(PlanOptions(alpha=0.1, sesoi=0.02))
    assert (plan.primary, plan.alpha, plan.sesoi) == ("AP", 0.1, 0.02)
    assert [(pair.system, pair.baseline, pair.role) for pair in plan.contrasts] == [
        ("a", "b", "confirmatory"),
        ("c", "b", "confirmatory"),
    ]
    for name in ("c", "runs/c.run.gz"):  # by itself, and by its file
        assert {pair.baseline for pair in made(PlanOptions(baseline=name)).contrasts} == {"c"}


def test_a_largest_loss_makes_the_contrasts_those_of_non_inferiority() -> None:
    plan = made(PlanOptions(max_loss=0.01))
    assert [(pair.system, pair.role, pair.margin) for pair in plan.contrasts] == [
        ("a", "non-inferiority", 0.01),
        ("c", "non-inferiority", 0.01),
    ]
    assert plan.claims == ()
    # the plan is one that a YAML file could hold
    assert Analysis.checked(plan.model_dump(), source="test") == plan


@pytest.mark.parametrize("loss", [0.0, -0.01, inf, float("nan")])
def test_a_largest_loss_is_above_zero(loss: float) -> None:
    with pytest.raises(InputError, match="max_loss: .* is no margin; give a number above 0"):
        PlanOptions(max_loss=loss)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (PlanOptions(baseline="b"), "baseline"),
        (PlanOptions(alpha=0.1), "alpha"),
        (PlanOptions(sesoi=0.1), "sesoi"),
        (PlanOptions(max_loss=0.1), "max_loss"),
    ],
)
def test_an_option_beside_a_plan_is_refused(options: PlanOptions, name: str) -> None:
    with pytest.raises(InputError, match=f"^{name}: given beside a plan, which states it; leave"):
        given_plan(plan_of(("a", "b")), beside=options)
    assert given_plan(None, beside=options) is None

"""The plan is checked, and its hash sees every change."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from maw.plan import Analysis, Contrast

PLAN = {"contrasts": [{"system": "maw", "baseline": "plain"}], "sesoi": 0.02}


def test_a_plan_needs_contrasts_only() -> None:
    plan = Analysis.model_validate({"contrasts": PLAN["contrasts"]})
    assert (plan.primary, plan.alpha, plan.sesoi) == ("nDCG@10", 0.05, None)
    assert plan.contrasts == (Contrast(system="maw", baseline="plain", role="confirmatory"),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alpha": 0}, "greater than 0"),
        ({"alpha": 1}, "less than 1"),
        ({"sesoi": 0}, "greater than 0"),
        ({"sesoi": float("inf")}, "finite"),
        ({"margin": 0.1}, "Extra inputs"),
        ({"contrasts": [{"system": "maw", "baseline": "maw"}]}, "compared with itself"),
        ({"contrasts": PLAN["contrasts"] * 2}, "planned 2 times"),
        ({"contrasts": [{"system": "a", "baseline": "b", "role": "primary"}]}, "confirmatory"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(change: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Analysis.model_validate(PLAN | change)


def test_the_digest_is_that_of_the_plan_and_of_nothing_else() -> None:
    plan = Analysis.model_validate(PLAN)
    assert len(plan.digest()) == 64
    assert plan.digest() == Analysis.model_validate(plan.model_dump(mode="json")).digest()
    changes = [{"alpha": 0.01}, {"sesoi": 0.03}, {"sesoi": None}, {"primary": "AP"}]
    changes.append({"contrasts": [{**PLAN["contrasts"][0], "role": "reference"}]})
    digests = {Analysis.model_validate(PLAN | change).digest() for change in changes}
    assert len(digests | {plan.digest()}) == len(changes) + 1


def test_a_plan_never_changes() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Analysis.model_validate(PLAN).alpha = 0.1  # type: ignore[misc]


def test_reading_a_plan_imports_nothing_heavy() -> None:
    code = "import sys, maw.plan; print({'numpy', 'pandas', 'scipy', 'torch'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"

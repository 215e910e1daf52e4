"""The pre-registration of a plan: all that the plan fixes, and nothing that depends on scores."""

from dataclasses import replace

import numpy as np
import pytest

from maw.reporting.page_data import PageData
from maw.reporting.paper.registration import registration
from maw.settings.plan import Analysis
from tests.reporting.small_suite import TOY, comparison_frames
from tests.scored import plan_of

GENERATOR = np.random.default_rng(5)
PLAN = Analysis.model_validate(
    {
        "sesoi": 0.02,
        "sesoi_reason": "One rank is seen.",
        "contrasts": [
            {"system": "new", "baseline": "old"},
            {"system": "new", "baseline": "random", "role": "reference"},
            {"system": "old", "baseline": "random", "role": "non-inferiority", "margin": 0.01},
        ],
        "looks": [{"seeds": 3, "alpha": 0.01}, {"seeds": 4, "alpha": 0.04}],
        "controls": {
            "positive": {"system": "new", "baseline": "random"},
            "negative": {"system": "old", "seeds": [90, 91, 92]},
            "budget": {"factor": 2},
        },
    }
)


def page_of(plan: Analysis, *, seed: int) -> PageData:
    """Return a page whose scores depend on the seed."""
    generator = np.random.default_rng(seed)
    tables = {name: generator.uniform(size=(20, 4)) for name in ("new", "old", "random")}
    return PageData(
        frames=comparison_frames(tables, plan),
        plan=plan,
        spec={"suite": "small", "seeds": [42, 43]},
        datasets=(TOY,),
    )


@pytest.mark.parametrize(
    "line",
    [
        "Pre-registration of small",
        "H1: new ranks better than old, on toy.",
        "H2: old ranks worse than random by no more than 0.01, on toy.",
        "- toy: made up; split holdout (train 0.6, dev 0.1, test 0.3, salt maw)",
        "- Seeds of every trained system: 42, 43",
        "- Primary measure: nDCG@10",
        "- Smallest effect size of interest: 0.02 nDCG@10",
        "- Reason: One rank is seen.",
        "- α = 0.05 for all 2 claims together, by Bonferroni's correction",
        "- Looks at the scores: with 3 seeds at 0.01 and with 4 seeds at 0.04",
        "- no relevant gain: U₂ < 0.02",
        "- Reference: new against random",
        "- Planted loss that must be found: yes",
        "- Difference that is known: new against random",
        "- Noise floor: old with seeds 90, 91, 92",
        "- Training with more steps: 2 times the steps",
        f"- SHA-256 of the plan as canonical JSON: {PLAN.digest()}",
        "- Registered at: nowhere but in the local record plan.json",
    ],
)
def test_it_has_all_that_the_plan_fixes(line: str) -> None:
    assert line in registration(page_of(PLAN, seed=1)).splitlines()


def test_it_does_not_depend_on_scores() -> None:
    assert registration(page_of(PLAN, seed=1)) == registration(page_of(PLAN, seed=2))


def test_a_plan_with_little_says_what_it_lacks() -> None:
    plan = plan_of(("new", "old"), sesoi=None, controls={"planted": False})
    page = replace(page_of(plan, seed=1), spec={}, datasets=())
    text = registration(page)
    assert text.startswith("Pre-registration of a comparison of runs\n")
    assert (
        "- Smallest effect size of interest: none, so that no absence of a gain is claimed" in text
    )
    assert "equivalent" not in text
    assert "- Each claim is decided at 0.05" in text
    assert "- Looks at the scores: one, after the last seed" in text
    assert "- Planted loss that must be found: none" in text

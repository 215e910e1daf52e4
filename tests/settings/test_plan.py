"""A plan is checked, and every change of it changes its digest."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from maw.errors import InputError
from maw.settings.plan import Analysis, PlannedContrast, read_plan

PLAN: dict[str, Any] = {"contrasts": [{"system": "maw", "baseline": "plain"}], "sesoi": 0.02}


def test_a_plan_needs_contrasts_only() -> None:
    plan = Analysis.model_validate({"contrasts": PLAN["contrasts"]})
    assert (plan.primary, plan.alpha, plan.sesoi) == ("nDCG@10", 0.05, None)
    assert plan.contrasts == (PlannedContrast(system="maw", baseline="plain", role="confirmatory"),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alpha": 0}, "greater than 0"),
        ({"alpha": 1}, "less than 1"),
        ({"sesoi": 0}, "greater than 0"),
        ({"sesoi": float("inf")}, "finite"),
        ({"margin": 0.1}, "Extra inputs"),
        ({"contrasts": [{"system": "maw", "baseline": "maw"}]}, "compared with itself"),
        ({"contrasts": PLAN["contrasts"] * 2}, "planned 2 times; keep one"),
        ({"contrasts": [{"system": "a", "baseline": "b", "role": "primary"}]}, "confirmatory"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Analysis.model_validate(PLAN | change)


def test_the_digest_is_that_of_the_plan_and_of_nothing_else() -> None:
    plan = Analysis.model_validate(PLAN)
    assert len(plan.digest()) == 64
    assert plan.digest() == Analysis.model_validate(plan.model_dump(mode="json")).digest()
    changes: list[dict[str, Any]] = [
        {"alpha": 0.01},
        {"sesoi": 0.03},
        {"sesoi": None},
        {"primary": "AP"},
    ]
    changes.append({"contrasts": [{**PLAN["contrasts"][0], "role": "reference"}]})
    digests = {Analysis.model_validate(PLAN | change).digest() for change in changes}
    assert len(digests | {plan.digest()}) == len(changes) + 1


def test_a_plan_never_changes() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Analysis.model_validate(PLAN).alpha = 0.1  # type: ignore[misc]


def test_reading_a_plan_imports_nothing_heavy() -> None:
    heavy = "{'numpy', 'pandas', 'scipy', 'torch'}"
    code = f"import sys, maw.settings.plan; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_plan_keeps_its_digest_when_options_are_added_to_maw() -> None:
    # computed before `trained` and `seeds` existed
    assert Analysis.model_validate(PLAN).digest() == (
        "9fd5b082510e957dbf0e3eb28be740a8c9a979a2f74b88e11f192a4684f452f2"
    )
    linked = {**PLAN["contrasts"][0], "seeds": "linked", "reason": "maw starts from plain"}
    changed: list[dict[str, Any]] = [{"trained": ["maw"]}, {"contrasts": [linked]}]
    digests = {Analysis.model_validate(PLAN | change).digest() for change in changed}
    assert len(digests | {Analysis.model_validate(PLAN).digest()}) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seeds": "linked"}, "linked seeds need a `reason`"),
        ({"seeds": "linked", "reason": " "}, "linked seeds need a `reason`"),
        ({"reason": "they look alike"}, "`reason` is given without `seeds: linked`; take it out"),
        ({"seeds": "paired"}, "'independent' or 'linked'"),
    ],
)
def test_seeds_are_linked_with_a_reason_or_not_at_all(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PlannedContrast.model_validate(PLAN["contrasts"][0] | change)


def test_claims_are_hashed_where_they_are_named_and_only_there() -> None:
    plan = Analysis.model_validate(PLAN)
    assert plan.claims == (("maw", "better"),)
    assert "claims" not in plan.model_dump(mode="json")["contrasts"][0]
    pair = PLAN["contrasts"][0]
    named = Analysis.model_validate({"contrasts": [pair | {"claims": ["better", "routing helps"]}]})
    assert named.claims == (("maw", "better"), ("maw", "routing helps"))
    assert named.digest() == Analysis.model_validate(named.model_dump(mode="json")).digest()
    other = Analysis.model_validate({"contrasts": [pair | {"claims": ["routing helps"]}]})
    unnamed = Analysis.model_validate({"contrasts": [pair]})
    assert len({named.digest(), other.digest(), unnamed.digest()}) == 3
    assert named.model_dump(mode="json", exclude_defaults=True)["contrasts"][0]["claims"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"claims": ["better", "better"]}, "`claims` has an empty or a repeated name; give each"),
        ({"claims": [" "]}, "`claims` has an empty or a repeated name; give each"),
        ({"claims": ["better"], "role": "reference"}, "a reference contrast decides no claim"),
    ],
)
def test_claims_that_cannot_be_meant_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PlannedContrast.model_validate(PLAN["contrasts"][0] | change)


YAML = "contrasts:\n  - {system: maw, baseline: plain}\nsesoi: 0.02\n"


@pytest.mark.parametrize(
    "text", [YAML, "suite: x\nanalysis:\n  " + YAML.replace("\n", "\n  "), "\ufeff" + YAML]
)
def test_a_plan_is_read_from_a_file_of_its_own_or_from_a_suites(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    assert read_plan(path) == Analysis.model_validate(PLAN)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (YAML + "sesoy: 1\n", r"plan\.yaml\.sesoy: unknown key; did you mean 'sesoi'"),
        (YAML + "alpha: 2\n", r"plan\.yaml\.alpha: Input should be less than 1 \(got 2\)"),
        ("sesoi: 0.1\n", r"plan\.yaml\.contrasts: this key is missing; add it"),
        ("contrasts: [\n", r"plan\.yaml: not readable as YAML"),
        ("alpha: 0.1\n" + YAML + "alpha: 0.2\n", r"plan\.yaml:\d+: key 'alpha' stands twice"),
        ("- 1\n", r"plan\.yaml: expected the keys of a plan"),
        ("", r"plan\.yaml: expected the keys of a plan"),
    ],
)
def test_a_file_that_is_no_plan_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as raised:
        read_plan(path)
    assert "\n" not in str(raised.value)


def test_a_plan_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: no such plan"):
        read_plan(tmp_path / "none.yaml")

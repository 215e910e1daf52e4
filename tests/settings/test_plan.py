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
        ({"alpha": 0.6}, "less than or equal to 0.5"),
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
    pair = PLAN["contrasts"][0]
    changes += [{"contrasts": [{**pair, "role": "reference"}]}]
    changes += [{"contrasts": [{**pair, "seeds": "independent"}]}]
    changes += [{"sesoi_reason": "less is not noticed"}, {"trained": ["maw"]}]
    changes += [{"looks": [{"seeds": 5, "alpha": 0.05}]}, {"weights": {"maw": 1.0}}]
    changes += [{"controls": {"planted": False}}, {"registered": "https://example.org"}]
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
        (
            {"claims": ["better"], "role": "reference"},
            "only a confirmatory contrast decides claims",
        ),
        ({"seeds": "linked"}, "'shared', 'independent' or 'auto'"),
        ({"margin": 0.01}, "`margin` is for `role: non-inferiority` only; take it out"),
        ({"role": "non-inferiority"}, "`role: non-inferiority` needs a `margin`; give one"),
    ],
)
def test_contrasts_that_cannot_be_meant_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PlannedContrast.model_validate(PLAN["contrasts"][0] | change)


def pairs(*baselines: str, system: str = "maw", **options: Any) -> list[dict[str, Any]]:
    """Contrasts of one system with several baselines."""
    return [{"system": system, "baseline": name, **options} for name in baselines]


NESTED = [
    *pairs("plain", "wide", claims=["better", "routing helps"]),
    *pairs("random", claims=["routing helps"]),
    *pairs("plain", system="other"),
]


def test_a_claim_includes_those_that_have_fewer_of_its_controls() -> None:
    plan = Analysis.model_validate({"contrasts": NESTED})
    assert plan.controls_of == {
        ("maw", "better"): ("plain", "wide"),
        ("maw", "routing helps"): ("plain", "wide", "random"),
        ("other", "better"): ("plain",),
    }
    assert plan.includes == {("maw", "routing helps"): (("maw", "better"),)}


def test_alpha_is_shared_by_claims_and_non_inferiority_on_all_datasets() -> None:
    contrasts = [*NESTED, *pairs("bm25", role="non-inferiority", margin=0.01)]
    plan = Analysis.model_validate({"contrasts": contrasts})
    assert plan.tests == (
        ("maw", "better"),
        ("maw", "routing helps"),
        ("other", "better"),
        ("maw", "not worse than bm25"),
    )
    assert plan.level_of(("maw", "better"), n_datasets=2) == pytest.approx(0.05 / 8)


def test_declared_weights_share_alpha_unequally() -> None:
    weights = {"maw: better": 0.5, "maw: routing helps": 0.3, "other": 0.2}
    plan = Analysis.model_validate({"contrasts": NESTED, "weights": weights})
    levels = [plan.level_of(test, n_datasets=1) for test in plan.tests]
    assert levels == pytest.approx([0.025, 0.015, 0.01])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"maw": 1.0}, r"'maw' is no claim of the plan; the claims are maw: better, maw: routing"),
        ({"maw: better": 1.0}, "give the claim 'maw: routing helps' one share"),
        (
            {"maw: better": 0.5, "maw: routing helps": 0.3, "other": 0.1, "other: better": 0.1},
            "give the claim 'other: better' one share",
        ),
        ({"maw: better": 0.5, "maw: routing helps": 0.3, "other": 0.3}, "they sum to 1.1; give"),
        ({"maw: better": 1.5, "maw: routing helps": -0.7, "other": 0.2}, "shares above 0"),
    ],
)
def test_weights_that_cannot_be_meant_are_refused(weights: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Analysis.model_validate({"contrasts": NESTED, "weights": weights})


LOOKS = [{"seeds": 5, "alpha": 0.005}, {"seeds": 10, "alpha": 0.045}]


def test_each_look_has_its_own_level() -> None:
    plan = Analysis.model_validate(PLAN | {"looks": LOOKS})
    assert [plan.look_alpha(n) for n in (5, 10)] == [0.005, 0.045]
    assert plan.level_of(("maw", "better"), n_datasets=1, n_seeds=5) == 0.005
    with pytest.raises(InputError, match=r"no look has 7 seeds; the plan looks at 5, 10 seeds"):
        plan.look_alpha(7)


@pytest.mark.parametrize(
    ("looks", "message"),
    [
        (LOOKS[::-1], "their seeds do not rise; give the look with the fewest first"),
        (LOOKS[:1], r"their levels sum to 0\.005; they must sum to alpha, 0\.05"),
    ],
)
def test_looks_that_cannot_be_meant_are_refused(looks: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Analysis.model_validate(PLAN | {"looks": looks})


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({"positive": {"system": "a", "baseline": "a"}}, "compared with itself"),
        ({"negative": {"system": "a", "seeds": [1, 2]}}, "at least 3 items"),
        ({"negative": {"system": "a", "seeds": [1, 2, 2]}}, "a seed is there twice"),
        ({"budget": {"factor": 1}}, "greater than or equal to 2"),
    ],
)
def test_controls_that_cannot_be_meant_are_refused(controls: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Analysis.model_validate(PLAN | {"controls": controls})


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
        (
            YAML + "alpha: 2\n",
            r"plan\.yaml\.alpha: Input should be less than or equal to 0.5 \(got 2\)",
        ),
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

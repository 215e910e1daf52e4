"""The analysis plan: primary measure, significance level, smallest effect of interest, contrasts.

The plan should be fixed before there are scores. Its digest is recorded beside the scores, so that
a later change of the plan is visible.
"""

import json
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from maw.errors import InputError
from maw.settings.planned import BETTER, Controls, Look, Part, PlannedContrast

__all__ = ["BETTER", "Analysis", "Controls", "Look", "PlannedContrast", "Test", "read_plan"]

Test = tuple[str, str]  # a system, and a claim about it
ROUNDING = 1e-9  # by which shares may miss their sum


class Analysis(Part):
    """The analysis plan of a suite, or of a comparison of run files."""

    primary: str = "nDCG@10"
    """The primary measure: all verdicts are about it."""
    alpha: float = Field(0.05, gt=0, le=0.5)
    """Significance level of all claims on all datasets together: the largest probability that any
    false verdict is given."""
    sesoi: float | None = Field(None, gt=0, allow_inf_nan=False)
    """Smallest effect size of interest, in the primary measure's unit: the smallest difference that
    matters. none: no system is called equivalent."""
    sesoi_reason: str = ""
    """Why smaller differences do not matter, in words; the report shows it."""
    contrasts: tuple[PlannedContrast, ...]
    """Planned contrasts; each pair of system and baseline may be there once."""
    weights: dict[str, float] = Field(default_factory=dict)
    """Share of `alpha` of each claim, under the system's name or, where it has several claims,
    under `system: claim`. The shares sum to 1. Left out: equal shares."""
    looks: tuple[Look, ...] = ()
    """Looks at the scores before the last seed is trained, the one with the fewest seeds first. The
    verdicts of a look have its level. Left out: one look, with the level `alpha`."""
    registered: str = ""
    """Address at which the plan was registered before there were scores, if it was."""
    controls: Controls = Controls()
    """The controls of the study, which the workflow runs."""
    trained: tuple[str, ...] = ()
    """Systems with one run, made elsewhere, whose scores depend on a training seed. A system with
    several runs need not be named."""

    @model_validator(mode="after")
    def _check_contrasts(self) -> Self:
        pairs = Counter((contrast.system, contrast.baseline) for contrast in self.contrasts)
        for (system, baseline), n_times in pairs.items():
            if n_times > 1:
                raise ValueError(
                    f"{system!r} against {baseline!r} is planned {n_times} times; keep one"
                )
        return self

    @model_validator(mode="after")
    def _check_weights(self) -> Self:
        if not self.weights:
            return self
        names = {name for test in self.tests for name in self._names_of(test)}
        if unknown := [name for name in self.weights if name not in names]:
            raise ValueError(
                f"weights: {unknown[0]!r} is no claim of the plan; the claims are "
                f"{', '.join(map(': '.join, self.tests))}"
            )
        given = [sum(name in self.weights for name in self._names_of(test)) for test in self.tests]
        if any(n != 1 for n in given):
            test = self.tests[[n != 1 for n in given].index(True)]
            raise ValueError(f"weights: give the claim {': '.join(test)!r} one share")
        total = sum(self.weights.values())
        if min(self.weights.values()) <= 0 or abs(total - 1) > ROUNDING:
            raise ValueError(f"weights: they sum to {total:.10g}; give shares above 0, of sum 1")
        return self

    @model_validator(mode="after")
    def _check_looks(self) -> Self:
        if not self.looks:
            return self
        seeds = [look.seeds for look in self.looks]
        if seeds != sorted(set(seeds)):
            raise ValueError("looks: their seeds do not rise; give the look with the fewest first")
        total = sum(look.alpha for look in self.looks)
        if abs(total - self.alpha) > ROUNDING:
            raise ValueError(
                f"looks: their levels sum to {total:.10g}; they must sum to alpha, {self.alpha:g}"
            )
        return self

    @property
    def claims(self) -> tuple[Test, ...]:
        """Pairs of a system and a claim about it, in the order of the contrasts, each pair once.

        Each pair is judged on every dataset.
        """
        pairs = ((pair.system, claim) for pair in self.contrasts for claim in pair.carried)
        return tuple(dict.fromkeys(pairs))

    @property
    def tests(self) -> tuple[Test, ...]:
        """All pairs that share `alpha`: the claims, then the contrasts of non-inferiority.

        The claim of such a contrast is called `not worse than BASELINE`.
        """
        return (*self.claims, *map(non_inferiority, self._of_role("non-inferiority")))

    @property
    def controls_of(self) -> dict[Test, tuple[str, ...]]:
        """Claim -> the baselines that its system must beat, in the order of the contrasts."""
        return {
            (system, claim): tuple(
                pair.baseline
                for pair in self._of_role("confirmatory")
                if pair.system == system and claim in pair.carried
            )
            for system, claim in self.claims
        }

    @property
    def includes(self) -> dict[Test, tuple[Test, ...]]:
        """Claim -> the claims about the same system that it includes, for claims that include any.

        A claim includes another one if its controls are those of the other, and more: if it holds,
        so does the other.
        """
        controls = {test: set(names) for test, names in self.controls_of.items()}
        included = {
            outer: tuple(
                inner
                for inner in controls
                if inner[0] == outer[0] and controls[inner] < controls[outer]
            )
            for outer in controls
        }
        return {outer: inner for outer, inner in included.items() if inner}

    def level_of(self, test: Test, *, n_datasets: int, n_seeds: int | None = None) -> float:
        """Return α′, the level at which one of `tests` is decided on one of n_datasets.

        It is the test's share of α. n_seeds: number of seeds of each trained system, for a plan
        with looks; None for the level of a plan without. InputError where no look has this number.
        """
        level = self.look_alpha(n_seeds) / n_datasets
        if not self.weights:
            return level / len(self.tests)
        return level * next(
            self.weights[name] for name in self._names_of(test) if name in self.weights
        )

    def look_alpha(self, n_seeds: int | None) -> float:
        """Return the level that all claims share at the look with n_seeds seeds.

        Without looks it is `alpha`. InputError where no look has this number of seeds.
        """
        if not self.looks:
            return self.alpha
        for look in self.looks:
            if look.seeds == n_seeds:
                return look.alpha
        planned = ", ".join(str(look.seeds) for look in self.looks)
        raise InputError(
            f"analysis.looks: no look has {n_seeds} seeds; the plan looks at {planned} seeds: give "
            "as many, or take `looks` out"
        )

    def _of_role(self, role: str) -> tuple[PlannedContrast, ...]:
        return tuple(contrast for contrast in self.contrasts if contrast.role == role)

    def _names_of(self, test: Test) -> tuple[str, ...]:
        """Return the keys under which `weights` may hold the share of a test."""
        system, claim = test
        of_system = [name for name, _ in self.tests if name == system]
        return (f"{system}: {claim}", *([system] if len(of_system) == 1 else []))

    @classmethod
    def checked(cls, content: Mapping[str, Any], *, source: str) -> Self:
        """Return the plan that a mapping of its keys describes.

        source: the file or argument that the InputError for a wrong plan names, beside the key.
        """
        from maw.settings.registry import explain

        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise InputError(explain(error, model=cls, within=source)) from None

    def digest(self) -> str:
        """Return the SHA-256 of the plan as canonical JSON: 64 hexadecimal digits."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


def non_inferiority(contrast: PlannedContrast) -> Test:
    """Return the name of a non-inferiority contrast as a test: its system, and its claim."""
    return contrast.system, f"not worse than {contrast.baseline}"


def read_plan(path: Path) -> Analysis:
    """Return the plan in a YAML file.

    The file has the keys of a plan at its top, or under the key `analysis` as a suite's
    configuration has them. InputError when the file is missing, is not YAML, has a key twice or is
    no plan.
    """
    import yaml

    from maw.settings.yaml_text import load_yaml

    try:
        content = load_yaml(path.read_text(encoding="utf-8-sig"), source=str(path))
    except FileNotFoundError:
        raise InputError(f"{path}: no such plan file; give the path of a YAML file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder; give the YAML file of a plan") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: not readable as YAML: {reason}") from None
    if isinstance(content, dict) and isinstance(content.get("analysis"), dict):
        content = content["analysis"]  # the file is a suite's configuration
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected the keys of a plan, such as `contrasts:`")
    return Analysis.checked(content, source=str(path))

"""The plan of an experiment: primary measure, level, margin and contrasts, fixed before any score.

The plan's digest is in every output, so that a change after the scores exist is visible.
"""

import json
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from maw.errors import InputError

Role = Literal["confirmatory", "reference"]
BETTER = "better"  # the claim of a confirmatory contrast that names none


class PlannedContrast(BaseModel, extra="forbid", frozen=True):
    """A planned contrast: the score of a system minus the score of its baseline."""

    system: str
    """System whose scores the baseline's are subtracted from."""
    baseline: str
    """System that it is compared with."""
    role: Role = "confirmatory"
    """`confirmatory` contrasts carry claims and share the level; `reference` ones show scale."""
    seeds: Literal["independent", "linked"] = "independent"
    """`linked` if the system's run of a seed was made from, or drew the same as, the baseline's."""
    reason: str = ""
    """How linked seeds are linked, in words; required with `seeds: linked`."""
    claims: tuple[str, ...] = ()
    """Claims that need this baseline beaten, the row's own first; none named: `better`."""

    @property
    def carried(self) -> tuple[str, ...]:
        """Claims that need this baseline beaten; a reference contrast carries none."""
        return (self.claims or (BETTER,)) if self.role == "confirmatory" else ()

    @property
    def linked(self) -> bool:
        """True where the system's run of a seed belongs to the baseline's run of that seed."""
        return self.seeds == "linked"

    @model_validator(mode="after")
    def _check_systems(self) -> Self:
        if self.system == self.baseline:
            raise ValueError(f"{self.system!r} is compared with itself; name another baseline")
        return self

    @model_validator(mode="after")
    def _check_seeds(self) -> Self:
        pair = f"{self.system!r} against {self.baseline!r}"
        if self.linked and not self.reason.strip():
            raise ValueError(
                f"{pair}: linked seeds need a `reason`: say what runs of one seed have in common"
            )
        if self.reason and not self.linked:
            raise ValueError(f"{pair}: a `reason` goes with `seeds: linked`; take it out")
        return self

    @model_validator(mode="after")
    def _check_claims(self) -> Self:
        pair = f"{self.system!r} against {self.baseline!r}"
        if self.claims and self.role != "confirmatory":
            raise ValueError(f"{pair}: a reference carries no claim; take `claims` out")
        if len(set(self.claims)) != len(self.claims) or not all(map(str.strip, self.claims)):
            raise ValueError(f"{pair}: each of `claims` needs a name of its own")
        return self

    @model_serializer(mode="wrap")
    def _without_empty_claims(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out `claims` where none is named, so that older plans keep their digest."""
        content: dict[str, Any] = dump(self)
        if not self.claims:
            content.pop("claims", None)
        return content


class Analysis(BaseModel, extra="forbid", frozen=True):
    """The plan of a suite, or of a comparison of run files."""

    primary: str = "nDCG@10"
    """Measure that verdicts are about."""
    alpha: float = Field(0.05, gt=0, lt=1)
    """Level of the family of all confirmatory tests: the chance of any false claim."""
    sesoi: float | None = Field(None, gt=0, allow_inf_nan=False)
    """Smallest effect size of interest, in the primary measure's unit; none: never equivalent."""
    contrasts: tuple[PlannedContrast, ...]
    """Planned contrasts, each pair of a system and a baseline once."""
    trained: tuple[str, ...] = ()
    """For `maw compare` only: systems whose scores depend on a training seed."""

    @model_validator(mode="after")
    def _check_contrasts(self) -> Self:
        pairs = Counter((contrast.system, contrast.baseline) for contrast in self.contrasts)
        for (system, baseline), n_times in pairs.items():
            if n_times > 1:
                raise ValueError(
                    f"{system!r} against {baseline!r} is planned {n_times} times; keep one"
                )
        return self

    @property
    def claims(self) -> tuple[tuple[str, str], ...]:
        """Pairs of system and claim in the contrasts' order: a dataset's family of claims."""
        pairs = ((pair.system, claim) for pair in self.contrasts for claim in pair.carried)
        return tuple(dict.fromkeys(pairs))

    @classmethod
    def checked(cls, content: Mapping[str, Any], *, source: str) -> Self:
        """Return the plan in parsed keys. InputError names source, key and nearest right key."""
        from maw.settings.registry import explain

        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise InputError(explain(error, model=cls, within=source)) from None

    def digest(self) -> str:
        """Return the SHA-256 of the plan as canonical JSON: 64 hexadecimal digits."""
        plan = self.model_dump(mode="json")
        # newer options are left out where they are not used, so that older plans keep their digest
        if not self.trained:
            del plan["trained"]
        for contrast in plan["contrasts"]:
            if contrast["seeds"] == "independent":
                del contrast["seeds"], contrast["reason"]
        text = json.dumps(plan, sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


def read_plan(path: Path) -> Analysis:
    """Return the plan in a YAML file: the keys of `analysis:`, under that key or on their own.

    InputError when the file is missing, broken or no plan.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such plan") from None
    except (yaml.YAMLError, UnicodeDecodeError, IsADirectoryError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: not readable as YAML: {reason}") from None
    if isinstance(content, dict) and isinstance(content.get("analysis"), dict):
        content = content["analysis"]  # the file is a suite's configuration
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected the keys of a plan, such as `contrasts:`")
    return Analysis.checked(content, source=str(path))

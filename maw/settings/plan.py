"""What was decided before anybody saw a score: primary measure, level, margin and contrasts.

The plan is hashed into every output, so that a change after the scores exist is visible.
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
BETTER = "better"  # the claim of a contrast that names none


class PlannedContrast(BaseModel, extra="forbid", frozen=True):
    """system − baseline. Confirmatory contrasts carry the claims; references only give scale.

    claims: which claims about the system need this baseline beaten; the first is the one whose
    verdict the contrast's own row shows. None named: the claim that the system is better.
    seeds: `linked` only where each run of system was made from the baseline's run of that seed, or
    drew what that one drew; reason says how. Else 42 here has nothing to do with 42 there.
    """

    system: str
    baseline: str
    role: Role = "confirmatory"
    seeds: Literal["independent", "linked"] = "independent"
    reason: str = ""
    claims: tuple[str, ...] = ()

    @property
    def carried(self) -> tuple[str, ...]:
        """Claims that need this baseline beaten; a reference carries none."""
        return (self.claims or (BETTER,)) if self.role == "confirmatory" else ()

    @property
    def linked(self) -> bool:
        """Seed 42 of one side belongs to seed 42 of the other."""
        return self.seeds == "linked"

    @model_validator(mode="after")
    def _two_systems(self) -> Self:
        if self.system == self.baseline:
            raise ValueError(f"{self.system!r} is compared with itself; name another baseline")
        return self

    @model_validator(mode="after")
    def _links_are_explained(self) -> Self:
        pair = f"{self.system!r} against {self.baseline!r}"
        if self.linked and not self.reason.strip():
            raise ValueError(
                f"{pair}: linked seeds need a `reason`, what the runs of one seed have in common"
            )
        if self.reason and not self.linked:
            raise ValueError(f"{pair}: a `reason` goes with `seeds: linked`; take it out")
        return self

    @model_validator(mode="after")
    def _claims_are_carried(self) -> Self:
        pair = f"{self.system!r} against {self.baseline!r}"
        if self.claims and self.role != "confirmatory":
            raise ValueError(f"{pair}: a reference carries no claim; take `claims` out")
        if len(set(self.claims)) != len(self.claims) or not all(map(str.strip, self.claims)):
            raise ValueError(f"{pair}: each of `claims` needs a name of its own")
        return self

    @model_serializer(mode="wrap")
    def _without_unused_options(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Plans that name no claim are written, and hashed, as before claims had names."""
        content: dict[str, Any] = dump(self)
        if not self.claims:
            content.pop("claims", None)
        return content


class Analysis(BaseModel, extra="forbid", frozen=True):
    """The plan of one suite.

    alpha: level of the whole confirmatory family. sesoi: smallest effect size of interest, in the
    primary measure's own unit; without it nothing is ever called equivalent. trained: systems that
    would score otherwise if trained again; a suite knows its own, `maw compare` has to be told.
    """

    primary: str = "nDCG@10"
    alpha: float = Field(0.05, gt=0, lt=1)
    sesoi: float | None = Field(None, gt=0, allow_inf_nan=False)
    contrasts: tuple[PlannedContrast, ...]
    trained: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _each_contrast_once(self) -> Self:
        pairs = Counter((contrast.system, contrast.baseline) for contrast in self.contrasts)
        for (system, baseline), times in pairs.items():
            if times > 1:
                raise ValueError(f"{system!r} against {baseline!r} is planned {times} times")
        return self

    @property
    def claims(self) -> tuple[tuple[str, str], ...]:
        """(system, claim), as the contrasts first name them: on each dataset the family's units."""
        pairs = ((pair.system, claim) for pair in self.contrasts for claim in pair.carried)
        return tuple(dict.fromkeys(pairs))

    @classmethod
    def checked(cls, content: Mapping[str, Any], *, source: str) -> Self:
        """A plan from parsed keys. InputError names source, key and the nearest right key."""
        from maw.settings.registry import explain

        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise InputError(explain(error, model=cls, within=source)) from None

    def digest(self) -> str:
        """SHA-256 of the plan as canonical JSON: the same plan, the same 64 hexadecimal digits."""
        whole = self.model_dump(mode="json")
        # options that came later count only where they are used: an older plan keeps its hash
        if not self.trained:
            del whole["trained"]
        for contrast in whole["contrasts"]:
            if contrast["seeds"] == "independent":
                del contrast["seeds"], contrast["reason"]
        content = json.dumps(whole, sort_keys=True, separators=(",", ":"))
        return sha256(content.encode()).hexdigest()


def read_plan(path: Path) -> Analysis:
    """The plan in a YAML file: the keys of `analysis:`, under that key or on their own."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such plan") from None
    except (yaml.YAMLError, UnicodeDecodeError, IsADirectoryError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: not readable as YAML: {reason}") from None
    if isinstance(content, dict) and isinstance(content.get("analysis"), dict):
        content = content["analysis"]  # a suite's whole configuration
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected the keys of a plan, such as `contrasts:`")
    return Analysis.checked(content, source=str(path))

"""What was decided before anybody saw a score: primary measure, level, margin and contrasts.

The plan is hashed into every output, so that a change after the scores exist is visible.
"""

import json
from collections import Counter
from hashlib import sha256
from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

Role = Literal["confirmatory", "reference"]


class Contrast(BaseModel, extra="forbid", frozen=True):
    """system − baseline. Confirmatory contrasts carry the claims; references only give scale."""

    system: str
    baseline: str
    role: Role = "confirmatory"

    @model_validator(mode="after")
    def _two_systems(self) -> Self:
        if self.system == self.baseline:
            raise ValueError(f"{self.system!r} is compared with itself; name another baseline")
        return self


class Analysis(BaseModel, extra="forbid", frozen=True):
    """The plan of one suite.

    alpha: level of the whole confirmatory family. sesoi: smallest effect size of interest, in the
    primary measure's own unit; without it nothing is ever called equivalent.
    """

    primary: str = "nDCG@10"
    alpha: float = Field(0.05, gt=0, lt=1)
    sesoi: float | None = Field(None, gt=0, allow_inf_nan=False)
    contrasts: tuple[Contrast, ...]

    @model_validator(mode="after")
    def _each_contrast_once(self) -> Self:
        pairs = Counter((contrast.system, contrast.baseline) for contrast in self.contrasts)
        for (system, baseline), times in pairs.items():
            if times > 1:
                raise ValueError(f"{system!r} against {baseline!r} is planned {times} times")
        return self

    def digest(self) -> str:
        """SHA-256 of the plan as canonical JSON: the same plan, the same 64 hexadecimal digits."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return sha256(content.encode()).hexdigest()

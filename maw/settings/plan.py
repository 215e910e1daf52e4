"""The analysis plan: primary measure, significance level, equivalence margin and contrasts.

The plan should be fixed before there are scores. Its digest is recorded beside the scores, so that
a later change of the plan is visible.
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
    """A planned contrast: the scores of a system A minus the scores of its baseline B."""

    system: str
    """Name of the system A."""
    baseline: str
    """Name of the system B that A is compared with."""
    role: Role = "confirmatory"
    """`confirmatory`: the contrast decides claims, and all claims together have the level `alpha`.
    `reference`: the contrast decides no claim; it shows how large a difference is, such as that to
    BM25."""
    seeds: Literal["independent", "linked"] = "independent"
    """`linked` where A's run and B's run with the same seed depend on each other, because one was
    made from the other or both used the same random numbers; else `independent`."""
    reason: str = ""
    """Why the seeds are linked, in words; required with `seeds: linked` and refused without it."""
    claims: tuple[str, ...] = ()
    """Names of the claims about A that hold only if A beats this baseline. The contrast's own
    verdict is that of the first. Left out: the one claim `better`."""

    @property
    def carried(self) -> tuple[str, ...]:
        """Names of the claims that hold only if the system beats this baseline.

        They are `claims`, or `better` where none is named; a reference contrast has none.
        """
        return (self.claims or (BETTER,)) if self.role == "confirmatory" else ()

    @property
    def linked(self) -> bool:
        """True where the two systems' runs with the same seed depend on each other."""
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
            raise ValueError(
                f"{pair}: `reason` is given without `seeds: linked`; take it out or link the seeds"
            )
        return self

    @model_validator(mode="after")
    def _check_claims(self) -> Self:
        pair = f"{self.system!r} against {self.baseline!r}"
        if self.claims and self.role != "confirmatory":
            raise ValueError(f"{pair}: a reference contrast decides no claim; take `claims` out")
        if len(set(self.claims)) != len(self.claims) or not all(map(str.strip, self.claims)):
            raise ValueError(
                f"{pair}: `claims` has an empty or a repeated name; give each claim its own name"
            )
        return self

    @model_serializer(mode="wrap")
    def _without_empty_claims(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the contrast's keys, without `claims` where none is named.

        Plans that were made before claims had names keep their digest in this way.
        """
        content: dict[str, Any] = dump(self)
        if not self.claims:
            content.pop("claims", None)
        return content


class Analysis(BaseModel, extra="forbid", frozen=True):
    """The analysis plan of a suite, or of a comparison of run files."""

    primary: str = "nDCG@10"
    """The primary measure: all verdicts are about it."""
    alpha: float = Field(0.05, gt=0, lt=1)
    """Significance level of all claims on all datasets together: the largest probability that any
    claim is accepted though it is false."""
    sesoi: float | None = Field(None, gt=0, allow_inf_nan=False)
    """Smallest effect size of interest, in the primary measure's unit; it is the margin of the
    equivalence test. none: no system is called equivalent."""
    contrasts: tuple[PlannedContrast, ...]
    """Planned contrasts; each pair of system and baseline may be there once."""
    trained: tuple[str, ...] = ()
    """For `maw compare` only: systems with one run whose scores depend on a training seed. A system
    with several runs need not be named."""

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
        """Pairs of a system and a claim about it, in the order of the contrasts, each pair once.

        Each pair is tested on every dataset. All these tests are one family, whose p-values are
        adjusted together.
        """
        pairs = ((pair.system, claim) for pair in self.contrasts for claim in pair.carried)
        return tuple(dict.fromkeys(pairs))

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

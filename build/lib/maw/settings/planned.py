"""The parts of an analysis plan: planned contrasts, looks, and the controls of the study."""

from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

Role = Literal["confirmatory", "reference", "exploratory", "non-inferiority"]
SeedsForm = Literal["shared", "independent", "auto"]
# roles whose contrasts have a verdict and share the level α
DECIDING_ROLES: tuple[Role, ...] = ("confirmatory", "non-inferiority")
BETTER = "better"  # the claim of a confirmatory contrast that names none
FEWEST_FURTHER_SEEDS = 3  # with fewer trainings the noise floor is not known


class Part(BaseModel, extra="forbid", frozen=True):
    """The base of all parts of a plan: unknown keys are errors, values never change."""


class PlannedContrast(Part):
    """A planned contrast: the scores of a system A minus the scores of its baseline B."""

    system: str
    """Name of the system A."""
    baseline: str
    """Name of the system B that A is compared with."""
    role: Role = "confirmatory"
    """`confirmatory`: the contrast decides claims, and all claims together have the level `alpha`.
    `reference`: it decides no claim; it shows how large a difference is, such as that to BM25.
    `exploratory`: one of many that are looked through, with intervals at the level of the false
    coverage rate and without a verdict. `non-inferiority`: it decides whether A is worse than B by
    no more than `margin`, and counts among the claims."""
    seeds: SeedsForm = "shared"
    """`shared`: seed 42 of A and seed 42 of B draw the same batches and negatives, so differences
    are taken within a seed. `independent`: what A draws at a seed tells nothing about what B draws.
    `auto`: the scores decide between the two; `maw compare` does so for runs without a plan. It
    makes no difference where A or B has one run only."""
    claims: tuple[str, ...] = ()
    """Names of the claims about A that hold only if A beats this baseline. Left out: the one claim
    `better`."""
    margin: float | None = Field(None, gt=0, allow_inf_nan=False)
    """The largest loss that still counts as not worse, in the primary measure's unit; required with
    `role: non-inferiority`, refused without it."""

    @property
    def carried(self) -> tuple[str, ...]:
        """Names of the claims that hold only if the system beats this baseline.

        They are `claims`, or `better` where none is named; only a confirmatory contrast has any.
        """
        return (self.claims or (BETTER,)) if self.role == "confirmatory" else ()

    @model_validator(mode="after")
    def _check_systems(self) -> Self:
        if self.system == self.baseline:
            raise ValueError(f"{self.system!r} is compared with itself; name another baseline")
        return self

    @model_validator(mode="after")
    def _check_margin(self) -> Self:
        pair = f"{self.system!r} against {self.baseline!r}"
        if self.role == "non-inferiority" and self.margin is None:
            raise ValueError(f"{pair}: `role: non-inferiority` needs a `margin`; give one")
        if self.role != "non-inferiority" and self.margin is not None:
            raise ValueError(
                f"{pair}: `margin` is for `role: non-inferiority` only; take it out or change the "
                "role"
            )
        return self

    @model_validator(mode="after")
    def _check_claims(self) -> Self:
        pair = f"{self.system!r} against {self.baseline!r}"
        if self.claims and self.role != "confirmatory":
            raise ValueError(
                f"{pair}: only a confirmatory contrast decides claims; take `claims` out"
            )
        if len(set(self.claims)) != len(self.claims) or not all(map(str.strip, self.claims)):
            raise ValueError(
                f"{pair}: `claims` has an empty or a repeated name; give each claim its own name"
            )
        return self

    @model_serializer(mode="wrap")
    def _without_unused_keys(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the contrast's keys, without `claims` and `margin` where they are not given."""
        content: dict[str, Any] = dump(self)
        if not self.claims:
            content.pop("claims", None)
        if self.margin is None:
            content.pop("margin", None)
        return content


class Look(Part):
    """A planned look at the scores, with its share of the significance level."""

    seeds: int = Field(ge=1)
    """Number of seeds of each trained system at this look."""
    alpha: float = Field(gt=0, lt=1)
    """Significance level that this look spends; those of all looks sum to the plan's `alpha`."""


class Pair(Part):
    """Two systems that are known to differ."""

    system: str
    """Name of the system that ranks better."""
    baseline: str
    """Name of the system that ranks worse."""

    @model_validator(mode="after")
    def _check_systems(self) -> Self:
        if self.system == self.baseline:
            raise ValueError(f"{self.system!r} is compared with itself; name another baseline")
        return self


class FurtherSeeds(Part):
    """A trained system, and further seeds with which it is trained again."""

    system: str
    """Name of the trained system, as a rule the control of the claims."""
    seeds: tuple[int, ...] = Field(min_length=FEWEST_FURTHER_SEEDS)
    """Seeds that are neither among the suite's `seeds` nor its tuning seed."""

    @model_validator(mode="after")
    def _check_seeds(self) -> Self:
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError("seeds: a seed is there twice; give each seed once")
        return self


class Budget(Part):
    """Trainings with more steps than the plan's."""

    factor: int = Field(2, ge=2)
    """Number by which the training steps are multiplied."""


class Controls(Part):
    """The controls of the study: could it have seen a difference, and does it see one where there
    is none? They are shown beside the verdicts and are no claims."""

    planted: bool = True
    """Whether a loss of `sesoi` is planted into the rankings of the first control of each dataset,
    which the tests then have to find."""
    positive: Pair | None = None
    """Two systems that are known to differ, such as a trained and an untrained one. Where their
    interval does not exclude 0, the words “equivalent” and “no relevant gain” are withheld."""
    negative: FurtherSeeds | None = None
    """A trained system that is trained again on further seeds and compared with itself: the
    difference is the noise floor."""
    budget: Budget | None = None
    """Trains the system of each claim, and the control that decided it, with a multiple of the
    steps: does the verdict depend on how long the systems were trained?"""

"""Which systems are the settings of one factor, and which option is swept?

`ablations:` and `sweeps:` of a configuration. Nothing here imports torch.
"""

from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, Field, model_validator

from maw import registry
from maw.errors import require
from maw.packaged import packaged
from maw.sections import KFold, Section

if TYPE_CHECKING:
    from maw.config import Suite


class Factor(Section):
    """One thing that is varied: its settings in order, as shown, and the system that each is.

    claimed: the name of the source's own table of it, in maw/source_claims.yaml.
    """

    settings: dict[str, str] = Field(min_length=2)
    claimed: str | None = None


class Sweep(Section):
    """An option of a system, `attention.strength`, tried at values on development queries alone."""

    system: str
    option: str = Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")
    values: tuple[float, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if list(self.values) != sorted(set(self.values)):
            raise ValueError("values must rise")
        return self


def check(suite: "Suite") -> None:
    """ValueError for a setting that is no system, or a value that its system cannot have."""
    if suite.sweeps and not suite.ablations:
        raise ValueError("sweeps are shown beside `ablations`; name a factor there")
    tables = packaged("source_claims")["tables"]
    for name, factor in suite.ablations.items():
        for system in factor.settings.values():
            require(system, suite.systems, told=f"ablations.{name}: unknown system")
        if factor.claimed is not None:
            require(factor.claimed, tables, told=f"ablations.{name}: no table")
    for name, dataset in suite.datasets.items():
        if suite.sweeps and isinstance(dataset.split, KFold):
            raise ValueError(
                f"sweeps: a query that one fold of {name!r} develops on is tested in another; give "
                "it a split with one training side, or drop it or the sweeps"
            )
    for name, sweep in suite.sweeps.items():
        require(sweep.system, suite.systems, told=f"sweeps.{name}: unknown system")
        if not suite.is_trained(sweep.system) or suite.priced_for(sweep.system):
            raise ValueError(f"sweeps.{name}: {sweep.system!r} is not trained as others are")
        for value in sweep.values:
            varied(suite, sweep, value)


def varied(suite: "Suite", sweep: Sweep, value: float) -> BaseModel:
    """The system of a sweep with its option at another value. ValueError where it has none."""
    whole = registry.dump(suite.systems[sweep.system])
    *place, last = sweep.option.split(".")
    part: Any = whole
    for key in place:
        part = part.get(key) if isinstance(part, dict) else None
    if not isinstance(part, dict) or last not in part:
        raise ValueError(f"{sweep.system!r} has no option {sweep.option!r}")
    part[last] = value
    return registry.parse("systems", whole)

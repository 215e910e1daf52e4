"""Which systems are the settings of one factor, and which option is swept?

`ablations:` and `sweeps:` of a configuration. Nothing here imports torch.
"""

from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, Field, model_validator

from maw import registry
from maw.errors import nearest
from maw.sections import Section
from maw.source_claims import source_claims

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
    tables = source_claims()["tables"]
    for name, factor in suite.ablations.items():
        for system in factor.settings.values():
            if system not in suite.systems:
                hint = nearest(system, suite.systems)
                raise ValueError(f"ablations.{name}: unknown system {system!r}{hint}")
        if factor.claimed is not None and factor.claimed not in tables:
            hint = nearest(factor.claimed, tables)
            raise ValueError(f"ablations.{name}: no table {factor.claimed!r}{hint}")
    for name, sweep in suite.sweeps.items():
        if sweep.system not in suite.systems:
            hint = nearest(sweep.system, suite.systems)
            raise ValueError(f"sweeps.{name}: unknown system {sweep.system!r}{hint}")
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

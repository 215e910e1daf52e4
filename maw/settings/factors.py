"""The system of a sweep, with its swept option at another value.

Nothing here imports torch.
"""

from typing import Any

from pydantic import BaseModel

from maw.settings import registry
from maw.settings.sections import Sweep


def varied(system: BaseModel, sweep: Sweep, value: float) -> BaseModel:
    """The system of a sweep with its option at another value. ValueError where it has none."""
    whole = registry.dump(system)
    *place, last = sweep.option.split(".")
    part: Any = whole
    for key in place:
        part = part.get(key) if isinstance(part, dict) else None
    if not isinstance(part, dict) or last not in part:
        raise ValueError(f"{sweep.system!r} has no option {sweep.option!r}")
    part[last] = value
    return registry.parse("systems", whole)

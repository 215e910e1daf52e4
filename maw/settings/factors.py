"""The systems of a sweep: copies of one system, each with another value of the same option.

This module never imports torch, because configurations have to be checked quickly.
"""

from typing import Any

from pydantic import BaseModel

from maw.settings import registry
from maw.settings.sections import Sweep


def varied(system: BaseModel, sweep: Sweep, *, value: float) -> BaseModel:
    """Return a copy of a system in which the option that the sweep names has this value.

    ValueError for a system without that option; InputError for a value that the option cannot have.
    """
    settings = registry.dump(system)
    *section_names, option = sweep.option.split(".")
    section: Any = settings
    for name in section_names:
        section = section.get(name) if isinstance(section, dict) else None
    if not isinstance(section, dict) or option not in section:
        raise ValueError(
            f"sweeps: {sweep.system!r} has no option {sweep.option!r}; name an option of its entry"
        )
    section[option] = value
    return registry.parse("systems", settings)

"""The systems of a sweep: one system, with one option at each of the sweep's values.

torch is never imported here.
"""

from typing import Any

from pydantic import BaseModel

from maw.settings import registry
from maw.settings.sections import Sweep


def varied(system: BaseModel, sweep: Sweep, *, value: float) -> BaseModel:
    """Return a system with the option of a sweep at this value.

    ValueError for a system without that option; InputError for a value that it cannot have.
    """
    settings = registry.dump(system)
    *section_names, option = sweep.option.split(".")
    section: Any = settings
    for name in section_names:
        section = section.get(name) if isinstance(section, dict) else None
    if not isinstance(section, dict) or option not in section:
        raise ValueError(f"{sweep.system!r} has no option {sweep.option!r}")
    section[option] = value
    return registry.parse("systems", settings)

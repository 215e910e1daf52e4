"""Copies of a system with another value of one of its options, for sweeps and for the search.

This module never imports torch, because configurations have to be checked quickly.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from maw.errors import InputError
from maw.settings import registry
from maw.settings.sections import Sweep, Training

RECIPE = "training."  # start of the path of an option of the training recipe


def varied(system: BaseModel, sweep: Sweep, *, value: float) -> BaseModel:
    """Return a copy of a system in which the option that the sweep names has this value.

    ValueError for a system without that option; InputError for a value that the option cannot have.
    """
    if not has_option(system, sweep.option):
        raise ValueError(
            f"sweeps: {sweep.system!r} has no option {sweep.option!r}; name an option of its entry"
        )
    return _with_option(system, sweep.option, value)


def with_options(
    system: BaseModel, training: Training, options: Mapping[str, Any]
) -> tuple[BaseModel, Training]:
    """Return a copy of a system and of its training recipe in which options have other values.

    options: the path of each option in the system's entry, such as `attention.noise`, or in the
    recipe, such as `training.temperature`, and its value. InputError for a value that an option
    cannot have. ValueError for an option that is not there.
    """
    for path, value in options.items():
        if path.startswith(RECIPE):
            training = _with_setting(training, path.removeprefix(RECIPE), value)
        elif has_option(system, path):
            system = _with_option(system, path, value)
        else:
            raise ValueError(f"the system's entry has no option {path!r}")
    return system, training


def has_option(system: BaseModel, path: str) -> bool:
    """Return whether the entry of a system has an option. path: as `attention.noise`."""
    section, option = _section(registry.dump(system), path)
    return isinstance(section, dict) and option in section


def _section(settings: dict[str, Any], path: str) -> tuple[Any, str]:
    """Return the mapping that should hold an option, None where there is none, and its key."""
    *section_names, option = path.split(".")
    section: Any = settings
    for name in section_names:
        section = section.get(name) if isinstance(section, dict) else None
    return section, option


def _with_option(system: BaseModel, path: str, value: Any) -> BaseModel:
    settings = registry.dump(system)
    section, option = _section(settings, path)
    section[option] = value
    return registry.parse("systems", settings)


def _with_setting(training: Training, name: str, value: Any) -> Training:
    try:
        return Training.model_validate({**training.model_dump(), name: value})
    except ValidationError as error:
        raise InputError(registry.explain(error, model=Training, within="training")) from None

"""The registry of kinds: `{kind: grpo}` under the key `router` means `maw.models.routers.grpo`.

A kind is one way to do a task, such as routing; the kinds of one task are a group. Each kind is a
module in the package of its group (`PACKAGES`), with a pydantic model `Config` and the functions
that the group needs. The name of its file is its name; no list names the kinds. The module must not
import torch at its top, because a configuration has to be parsed quickly. Kinds outside of `maw`
are found by `maw.settings.extensions`.

A `Config` may have a class attribute `RENAMED`, a mapping from the old name of a key to its new
name. The error for a configuration with the old name then states the new name:

    RENAMED: ClassVar[Mapping[str, str]] = {"entropy": "entropy_bonus"}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType, UnionType
from typing import Annotated, Any, Union, get_origin

from pydantic import BaseModel, BeforeValidator, PlainSerializer, SerializeAsAny, ValidationError

from maw.errors import InputError, nearest
from maw.settings import extensions

# Key of the configuration -> group of kinds. Installed packages have kinds in the entry-point group
# `maw.<group>`, so the names of groups never change.
GROUPS = {
    "loader": "loaders",
    "system": "systems",
    "attention": "attention",
    "projection": "projections",
    "router": "routers",
    "objective": "objectives",
}
PACKAGES = {  # group of kinds -> the package that holds a module for each kind
    "loaders": "maw.datasets.loaders",
    "systems": "maw.ranking.systems",
    "attention": "maw.models.attention",
    "projections": "maw.models.projections",
    "routers": "maw.models.routers",
    "objectives": "maw.training.objectives",
}
ROOT = Path(__file__).parents[2]  # the folder that holds the package `maw`


@dataclass(frozen=True)
class KindOf:
    """A mark in a field's type: the field holds a kind of the group `group`, such as `routers`."""

    group: str


def kinds(group: str) -> list[str]:
    """Return the names of all kinds of a group that `maw` itself has, sorted.

    They are the names of the modules in the group's package that define a class `Config`.
    """
    folder = ROOT.joinpath(*PACKAGES[group].split("."))
    return sorted(
        path.stem
        for path in folder.glob("[a-z]*.py")
        if "\nclass Config(" in path.read_text(encoding="utf-8")
    )


def load(group: str, kind: str) -> ModuleType:
    """Return the module of a kind, from `maw` or from outside.

    InputError for an unknown kind, with the nearest right name, and for a kind outside of `maw`
    that cannot be imported.
    """
    if kind in kinds(group):
        return import_module(f"{PACKAGES[group]}.{kind}")
    module = extensions.load(group, kind)
    if module is None:
        names = [*kinds(group), *extensions.installed(group)]
        raise InputError(f"{group}: unknown kind {kind!r}{nearest(kind, names)}")
    return module


def kind_of(entry: BaseModel) -> str:
    """Return the name of a kind: `"grpo"` for a Config of `maw.models.routers.grpo`.

    entry: the kind's `Config` with its options. For a kind outside of `maw` the result is the
    string that the configuration has after `kind:`.
    """
    module = type(entry).__module__
    return extensions.NAMES.get(module) or module.rpartition(".")[2]


def module_of(entry: BaseModel) -> ModuleType:
    """Return the module of a kind, as in `module_of(entry).build(entry, ...)`.

    entry: the kind's `Config` with its options.
    """
    return import_module(type(entry).__module__)


def parse(group: str, value: Any) -> BaseModel:
    """Return the `Config` that a mapping with `kind` describes; a `Config` is returned as it is.

    `{kind: grpo, samples: 4}` gives `maw.training.objectives.grpo.Config(samples=4)` in the group
    `objectives`. InputError for a value without `kind`, an unknown kind, or an option that is
    unknown, missing or has a wrong value.
    """
    if isinstance(value, BaseModel):
        return value
    if not isinstance(value, Mapping) or not isinstance(value.get("kind"), str):
        raise InputError(f"{group}: expected a mapping with `kind:`, got {value!r}; add the kind")
    options = {key: option for key, option in value.items() if key != "kind"}
    model: type[BaseModel] = load(group, value["kind"]).Config
    try:
        return model.model_validate(options)
    except ValidationError as error:
        raise InputError(explain(error, model=model, within=f"{group}/{value['kind']}")) from None


def dump(entry: BaseModel) -> dict[str, Any]:
    """Return a kind's `Config` as the mapping that `parse` reads, ready for JSON.

    It has the key `kind` and all options, those with default values as well.
    """
    return {"kind": kind_of(entry), **entry.model_dump(mode="json")}


def entry(key: str) -> Any:
    """Return the type for a model's field that holds a kind.

    key: a key of `GROUPS`, such as `router`. pydantic parses the field with `parse` and writes it
    with `dump`.
    """
    group = GROUPS[key]
    return Annotated[
        SerializeAsAny[BaseModel],
        KindOf(group),
        BeforeValidator(lambda value: parse(group, value)),
        PlainSerializer(dump),
    ]


SHOULD_BE = "Input should be "  # how pydantic begins its messages


def explain(error: ValidationError, *, model: type[BaseModel], within: str) -> str:
    """Return the first fault of a pydantic error as one line: the key, the fault, and the value.

    An unknown or missing key, and a key that holds a mapping, are shown without a value. model: the
    class that was validated. within: the start of the line: the name of a file or an argument, or
    `group/kind`.
    """
    faults = error.errors()
    fault = faults[0]
    location, value = fault["loc"], fault.get("input")
    kinds_of_value = [each for each in faults if each["loc"][:-1] == location[:-1]]
    if len(kinds_of_value) > 1 and _is_kind_of_value(model, location):
        # a value of several possible kinds has a fault for each, whose last part names the kind
        location = location[:-1]
        others = [str(each["msg"]).removeprefix(SHOULD_BE) for each in kinds_of_value[1:]]
        fault["msg"] = ", or ".join([str(fault["msg"]), *others])
    key = ".".join(str(part) for part in (within, *location))
    if fault["type"] == "extra_forbidden":
        return f"{key}: {_unknown_key(str(location[-1]), _owner(model, location))}"
    if fault["type"] == "missing":
        return f"{key}: this key is missing; add it"
    message = str(fault["msg"]).removeprefix("Value error, ")  # pydantic's prefix of our own errors
    # a section's whole content does not help to find what is wrong in it
    return (
        f"{key}: {message}" if isinstance(value, Mapping) else f"{key}: {message} (got {value!r})"
    )


def _is_kind_of_value(model: type[BaseModel], location: tuple[int | str, ...]) -> bool:
    """Return whether the last part of a location names a kind of value, and no key or index."""
    if len(location) < 2:
        return False
    field = _owner(model, location[:-1]).model_fields.get(str(location[-2]))
    return field is not None and get_origin(field.annotation) in (Union, UnionType)


def _unknown_key(key: str, model: type[BaseModel]) -> str:
    """Return the end of the message about a key that the model does not have.

    It says the key's new name, where `RENAMED` has one; else the nearest name of a key.
    """
    renamed: Mapping[str, str] = getattr(model, "RENAMED", {})
    if key in renamed:
        return f"this key is now called {renamed[key]!r}; rename it"
    return f"unknown key{nearest(key, model.model_fields)}"


def _owner(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """Return the model, inside `model` or itself, that should have the last key of a location.

    location: the keys and indices that lead to a fault, as pydantic's errors give them.
    """
    for part in location[:-1]:
        field = model.model_fields.get(str(part))
        model = (model_in(field.annotation) if field else None) or model
    return model


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the first pydantic model that a type annotation contains; None where it has none.

    It is `Model` for `Model`, `dict[str, Model]`, `tuple[Model, ...]` and `Model | None`.
    """
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = (model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in models if model), None)

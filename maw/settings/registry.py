"""Kinds by name: `{kind: grpo}` under the key `router` stands for `maw.models.routers.grpo`.

A kind is a module of its group's package (`PACKAGES`) with a pydantic `Config` and the functions
that its group calls. It is found by its file's name and listed nowhere. Its module level must not
import torch, because configurations are parsed where a second of start-up counts. Kinds outside of
`maw` are found by `maw.settings.extensions`.

A model may have a class attribute `RENAMED`, a mapping from the old name of a key to its new one.
A configuration with the old name is then told the new one:

    RENAMED: ClassVar[Mapping[str, str]] = {"entropy": "entropy_bonus"}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

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
    """The group of the kinds that a model's field may hold; it is part of the field's type."""

    group: str


def kinds(group: str) -> list[str]:
    """Return the names of the group's modules that define a `Config`, sorted."""
    folder = ROOT.joinpath(*PACKAGES[group].split("."))
    return sorted(
        path.stem
        for path in folder.glob("[a-z]*.py")
        if "\nclass Config(" in path.read_text(encoding="utf-8")
    )


def load(group: str, kind: str) -> ModuleType:
    """Return the module of a kind. InputError, with the nearest right name, for an unknown one."""
    if kind in kinds(group):
        return import_module(f"{PACKAGES[group]}.{kind}")
    module = extensions.load(group, kind)
    if module is None:
        names = [*kinds(group), *extensions.installed(group)]
        raise InputError(f"{group}: unknown kind {kind!r}{nearest(kind, names)}")
    return module


def kind_of(entry: BaseModel) -> str:
    """Return the kind's name: `"grpo"` for a Config of `maw.models.routers.grpo`.

    For a kind outside of `maw` it is the name by which the configuration chose it.
    """
    module = type(entry).__module__
    return extensions.NAMES.get(module) or module.rpartition(".")[2]


def module_of(entry: BaseModel) -> ModuleType:
    """Return the module of an entry's kind, as in `module_of(entry).build(entry, ...)`."""
    return import_module(type(entry).__module__)


def parse(group: str, value: Any) -> BaseModel:
    """Return `maw.training.objectives.grpo.Config(samples=4)` for `{kind: grpo, samples: 4}`.

    InputError for an unknown kind, or an option that the kind does not have.
    """
    if isinstance(value, BaseModel):
        return value
    if not isinstance(value, Mapping) or not isinstance(value.get("kind"), str):
        raise InputError(f"{group}: expected a mapping with `kind:`, got {value!r}")
    options = {key: option for key, option in value.items() if key != "kind"}
    model: type[BaseModel] = load(group, value["kind"]).Config
    try:
        return model.model_validate(options)
    except ValidationError as error:
        raise InputError(explain(error, model=model, within=f"{group}/{value['kind']}")) from None


def dump(entry: BaseModel) -> dict[str, Any]:
    """Return the JSON-ready mapping that `parse` reads, with defaults written out."""
    return {"kind": kind_of(entry), **entry.model_dump(mode="json")}


def entry(key: str) -> Any:
    """Return the type of a model's field that holds a kind: `entry("router")` for routers."""
    group = GROUPS[key]
    return Annotated[
        SerializeAsAny[BaseModel],
        KindOf(group),
        BeforeValidator(lambda value: parse(group, value)),
        PlainSerializer(dump),
    ]


def explain(error: ValidationError, *, model: type[BaseModel], within: str) -> str:
    """Return the first fault of a pydantic error as one line: key, what is there, the mend.

    model: the class that was validated. within: the file, or group and kind, for the line's start.
    """
    fault = error.errors()[0]
    location, value = fault["loc"], fault.get("input")
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


def _unknown_key(key: str, model: type[BaseModel]) -> str:
    """Return the mend for a key that the model does not have: its new name, or the nearest one."""
    renamed: Mapping[str, str] = getattr(model, "RENAMED", {})
    if key in renamed:
        return f"this key is now called {renamed[key]!r}; rename it"
    return f"unknown key{nearest(key, model.model_fields)}"


def _owner(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """Return the model that holds the last key of a location inside `model`."""
    for part in location[:-1]:
        field = model.model_fields.get(str(part))
        model = (model_in(field.annotation) if field else None) or model
    return model


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model in `dict[str, Model]`, `tuple[Model, ...]` or `Model | None`, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = (model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in models if model), None)

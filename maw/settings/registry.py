"""Which module does `{kind: grpo}` under `router` stand for? The one of that name in its package.

A kind is a module of its group's package (`PACKAGES`) with a pydantic `Config` and the functions
that its group calls. It is found by its file's name and listed nowhere. Its module level must not
import torch, because configurations are parsed where a second of start-up counts.
`maw.settings.extensions` finds kinds that lie outside this package.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, PlainSerializer, SerializeAsAny, ValidationError

from maw.errors import InputError, nearest
from maw.settings import extensions

# key of the configuration -> group of kinds; a package brings kinds of the entry-point group
# `maw.<group>`, so these names never change
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


def kinds(group: str) -> list[str]:
    """Names of the group's modules that define a `Config`, sorted."""
    folder = ROOT.joinpath(*PACKAGES[group].split("."))
    return sorted(
        path.stem for path in folder.glob("[a-z]*.py") if "\nclass Config(" in path.read_text()
    )


def load(group: str, kind: str) -> ModuleType:
    """The module of one kind. InputError with the nearest right name when there is none."""
    if kind in kinds(group):
        return import_module(f"{PACKAGES[group]}.{kind}")
    found = extensions.load(group, kind)
    if found is None:
        known = [*kinds(group), *extensions.installed(group)]
        raise InputError(f"{group}: unknown kind {kind!r}{nearest(kind, known)}")
    return found


def kind_of(entry: BaseModel) -> str:
    """The kind's name: `"grpo"` for a Config of `maw.models.routers.grpo`.

    For a kind outside this package, the name by which the configuration asked for it.
    """
    module = type(entry).__module__
    return extensions.NAMES.get(module) or module.rpartition(".")[2]


def module_of(entry: BaseModel) -> ModuleType:
    """The module that an entry was configured from: `module_of(entry).build(entry, ...)`."""
    return import_module(type(entry).__module__)


def parse(group: str, value: Any) -> BaseModel:
    """`{kind: grpo, samples: 4}` -> `maw.models.routers.grpo.Config(samples=4)`."""
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
    """The inverse of `parse`, defaults written out: JSON-ready."""
    return {"kind": kind_of(entry), **entry.model_dump(mode="json")}


def entry(key: str) -> Any:
    """The annotated type of a config field that holds an entry of the group under `key`."""
    group = GROUPS[key]
    return Annotated[
        SerializeAsAny[BaseModel],
        BeforeValidator(lambda value: parse(group, value)),
        PlainSerializer(dump),
    ]


def explain(error: ValidationError, *, model: type[BaseModel], within: str) -> str:
    """The first fault of a pydantic error in one line: place, what is there, nearest right key."""
    fault = error.errors()[0]
    place = ".".join(str(part) for part in (within, *fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return f"{place}: {_unknown_key(str(fault['loc'][-1]), _owner(model, fault['loc']))}"
    if fault["type"] == "missing":
        return f"{place}: this key is missing; add it"
    told = str(fault["msg"]).removeprefix("Value error, ")  # what our own validators raise
    given = fault.get("input")
    # a whole section is no answer to what is wrong in it
    return f"{place}: {told}" if isinstance(given, Mapping) else f"{place}: {told} (got {given!r})"


def _unknown_key(key: str, model: type[BaseModel]) -> str:
    """The mend for a key that the model does not have: its new name, or the nearest right one."""
    renamed: dict[str, str] = getattr(model, "RENAMED", {})
    if key in renamed:
        return f"this key is now called {renamed[key]!r}; rename it"
    return f"unknown key{nearest(key, model.model_fields)}"


def _owner(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """The model that a wrong key was given to: follow the location through the nested models."""
    for part in location[:-1]:
        field = model.model_fields.get(str(part))
        model = (_model_in(field.annotation) if field else None) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The pydantic model inside `dict[str, Model]`, `tuple[Model, ...]` or `Model | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((found for found in inside if found), None)

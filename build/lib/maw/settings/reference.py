"""The reference page of all configuration keys, as Markdown, made from the pydantic models.

`python -m maw.settings.reference > docs/configuration.md` writes the page. The meaning of a key is
the string below its field in the model's class, or in the base class that defines the field.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from maw.settings import registry, sections, split_kinds
from maw.settings.dataset import Dataset
from maw.settings.lora import Lora
from maw.settings.plan import Analysis
from maw.settings.planned import Budget, Controls, FurtherSeeds, Look, Pair, PlannedContrast
from maw.settings.selection import Selection
from maw.settings.suite import Suite

OPENING = """# Configuration

A suite is one YAML file that says what is computed, and never on which machine. maw refuses an
unknown key and suggests the nearest right one. A key that is left out has its default; a `required`
key has no default. "dev" is short for development: learning rates are selected on dev queries.

This page is generated from the models that check a configuration, by
`python -m maw.settings.reference > docs/configuration.md`."""

# Heading -> the model of the keys below it. A `fold` is missing, because only maw makes one.
MODELS: dict[str, type[BaseModel]] = {
    "Top level": Suite,
    "datasets": Dataset,
    "split, kind: holdout": split_kinds.Split,
    "split, kind: official": split_kinds.Official,
    "split, kind: kfold": split_kinds.KFold,
    "split, kind: transfer": split_kinds.Transfer,
    "pool": sections.Lexical,
    "backbone": sections.Backbone,
    "candidates": sections.Candidates,
    "training": sections.Training,
    "selection": Selection,
    "analysis": Analysis,
    "analysis.contrasts": PlannedContrast,
    "analysis.looks": Look,
    "analysis.controls": Controls,
    "analysis.controls.positive": Pair,
    "analysis.controls.negative": FurtherSeeds,
    "analysis.controls.budget": Budget,
    "calibration": sections.CalibrationOptions,
    "cells": sections.Cells,
    "ablations": sections.Factor,
    "sweeps": sections.Sweep,
    "lora": Lora,
}

TYPES = {int: "integer", float: "number", str: "text", bool: "true or false", Path: "path"}
PLURALS = {int: "integers", float: "numbers", str: "texts"}
BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
WIDE = 10_000  # columns, so that YAML breaks no line


def page() -> str:
    """Return the reference page as Markdown.

    The suite's sections come first. Then comes every kind of every group, such as the kind `grpo`
    of the group `routers`.
    """
    parts = [OPENING]
    for heading, model in MODELS.items():
        parts.append(_section(f"## {heading}", model, opening=model.__doc__))
    for key, group in registry.GROUPS.items():
        parts.append(f"## {key}\n\nThe kinds of `{key}` that maw has; `kind` selects one.")
        for kind in registry.kinds(group):
            module = registry.load(group, kind)
            heading = f"### {key}, kind: {kind}"
            parts.append(_section(heading, module.Config, opening=module.__doc__))
    return "\n\n".join(parts) + "\n"


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Return field name -> meaning of the field, for all fields of the model.

    The meaning is "" where neither the model nor a base class has a string below the field.
    """
    texts: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            texts |= _attribute_docstrings(base)
    return {name: texts.get(name, "") for name in model.model_fields}


def _attribute_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return field name -> the string below the field in the model's own class, as one line.

    Fields without such a string are left out.
    """
    tree = _tree(sys.modules[model.__module__].__file__ or "")
    bodies = [
        node.body
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name == model.__name__
    ]
    return {
        field.target.id: " ".join(below.value.value.split())
        for body in bodies
        for field, below in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse(Path(path).read_bytes())


def _section(heading: str, model: type[BaseModel], *, opening: str | None) -> str:
    """Return one section of the page: heading, first paragraph of `opening`, table of the keys.

    opening: the docstring that explains the section. A model without keys has no table.
    """
    paragraph = " ".join((opening or "").split("\n\n")[0].split())
    rows = list(_rows(model))
    if not rows:
        return f"{heading}\n\n{paragraph}\n\nThis kind has no options."
    table = ["| key | type | default | meaning |", "|---|---|---|---|", *rows]
    return f"{heading}\n\n{paragraph}\n\n" + "\n".join(table)


def _rows(model: type[BaseModel]) -> Iterator[str]:
    """Yield a Markdown table row for each key of a model except `kind`, which is in the heading."""
    texts = meanings(model)
    for name, field in model.model_fields.items():
        if name != "kind":
            cells = (f"`{name}`", _type_of(field), _default_of(field), texts[name])
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _type_of(field: FieldInfo) -> str:
    """Return a field's type and its bounds in words, such as `integer ≥ 2`."""
    # pydantic moves the metadata of `Annotated` from the annotation to the field
    group = next((each.group for each in field.metadata if isinstance(each, registry.KindOf)), "")
    words = _kind_link(group) if group else _words(field.annotation)
    return f"{words} {_bounds(field.metadata)}".strip()


def _bounds(metadata: Iterable[Any]) -> str:
    """Return the bounds of a number in words, such as `≥ 2`; "" for a number without bounds."""
    return ", ".join(
        f"{sign} {value:g}"
        for each in metadata
        for name, sign in BOUNDS.items()
        if (value := getattr(each, name, None)) is not None
    )


def _words(annotation: Any) -> str:
    """Return a type annotation in words, such as `list of integers`; "" for an unknown type."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        groups = [each.group for each in arguments[1:] if isinstance(each, registry.KindOf)]
        if groups:
            return _kind_link(groups[0])
        bounds = [_bounds(each.metadata) for each in arguments[1:] if isinstance(each, FieldInfo)]
        return " ".join([_words(arguments[0]), *bounds]).strip()
    if origin in (Union, UnionType):
        words = [_words(argument) for argument in arguments if argument is not NoneType]
        return " or ".join(word for word in words if word)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin is tuple:
        return f"list of {PLURALS.get(arguments[0]) or _words(arguments[0])}"
    if origin is dict:
        return f"mapping of names to {_words(arguments[1])}"
    if annotation in TYPES:
        return TYPES[annotation]
    headings = [heading for heading, model in MODELS.items() if model is annotation]
    return _link(headings[0]) if headings else ""


def _kind_link(group: str) -> str:
    return _link(next(key for key, name in registry.GROUPS.items() if name == group))


def _link(heading: str) -> str:
    """Return a Markdown link to a heading, with the anchor that GitHub gives that heading."""
    anchor = re.sub(r"[^a-z0-9_ -]", "", heading.lower()).replace(" ", "-")
    return f"[{heading}](#{anchor})"


def _default_of(field: FieldInfo) -> str:
    """Return the text of a field's default: YAML, `required`, `none` or `its keys' defaults`."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is None:
        return "none"
    if isinstance(default, BaseModel):
        return "its keys' defaults"
    value = list(default) if isinstance(default, tuple) else default
    text = yaml.safe_dump(value, default_flow_style=True, width=WIDE)
    return f"`{text.removesuffix(chr(10)).removesuffix('...').strip()}`"


if __name__ == "__main__":
    print(page(), end="")

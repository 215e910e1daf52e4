"""The command-line options of a stage, derived from the types of its parameters.

`maw.jobs.job` has an example. A parameter that is a dataclass of paths gives an option for each
field of the dataclass.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, NewType, get_args, get_origin, get_type_hints

from maw.errors import InputError
from maw.jobs import files

Output = NewType("Output", Path)  # a path that the stage writes; a plain `Path` is read
Stage = Callable[..., str | None]


def option_hints(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return option -> type of its value, from the types of a stage's parameters.

    A parameter that is a dataclass gives an option for each of its fields; `job` gives none.
    """
    hints: dict[str, Any] = {}
    for name, hint in parameters.items():
        if is_dataclass(hint) and name != "job":
            hints |= get_type_hints(hint)
        elif name not in ("job", "return"):
            hints[name] = hint
    return hints


def output_paths(options: Mapping[str, Any], hints: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the path of every output: of each option whose type is `Output` or a list of it.

    options: option -> value. hints: option -> type.
    """
    for name, value in options.items():
        if hints[name] in (Output, list[Output]):
            yield from value if isinstance(value, list) else [value]


def stage_arguments(options: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments for the stage's function: parameter -> value.

    options: option -> value. The options that are fields of a dataclass are put into one object.
    """
    arguments = dict(options)
    for name, hint in parameters.items():
        if is_dataclass(hint) and name != "job":
            fields = {field: arguments.pop(field) for field in get_type_hints(hint)}
            arguments[name] = hint(**fields)  # type: ignore[operator]
    return arguments


def parser_of(stage: Stage, hints: dict[str, Any]) -> argparse.ArgumentParser:
    """Return the parser of a stage's command.

    It has the options --spec and --code, and one for each of `hints` (option -> type), which are
    paths and lists of paths.
    """
    parser = argparse.ArgumentParser(description=stage.__doc__)
    parser.add_argument("--spec", required=True, help="the job's specification: JSON, or its file")
    parser.add_argument("--code", required=True, help="hash of the code that the job runs")
    for name, hint in hints.items():
        kinds = (hint, *get_args(hint))  # of `list[Path] | None`: the union and its members
        several = any(get_origin(kind) is list for kind in kinds)
        optional = type(None) in kinds
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=Path,
            nargs=("*" if optional else "+") if several else None,
            required=not optional,
        )
    return parser


def specification_of(text: str) -> dict[str, Any]:
    """Return the specification that the option --spec gives.

    text: the specification as JSON, or the path of a file that `maw.stages.shared.specify` wrote.
    InputError for a file that is missing, broken or without a specification.
    """
    if text.startswith("{"):
        content: dict[str, Any] = json.loads(text)
        return content
    content = files.read_json(Path(text))
    if not isinstance(content.get("spec"), dict):
        raise InputError(f"{text}: holds no specification; run snakemake, which writes it")
    return dict(content["spec"])

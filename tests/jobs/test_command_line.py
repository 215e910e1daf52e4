"""The options of a stage follow from the types of its parameters."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_type_hints

import pytest

from maw.errors import InputError
from maw.jobs.command_line import (
    Output,
    option_hints,
    output_paths,
    parser_of,
    specification_of,
    stage_arguments,
)
from maw.jobs.files import json_bytes
from maw.jobs.job import Job


@dataclass(frozen=True)
class Pair:
    """Files that stages read and write together."""

    left: Path
    right_side: Output


def stage(job: Job, *, pair: Pair, figures: list[Output], extra: Path | None = None) -> None:
    """A stage for these tests."""


def test_a_dataclass_gives_an_option_for_each_field() -> None:
    parameters = get_type_hints(stage)
    hints = option_hints(parameters)
    assert list(hints) == ["left", "right_side", "figures", "extra"]
    paths = ["--left", "a", "--right-side", "b", "--figures", "c", "d"]
    options = vars(parser_of(stage, hints).parse_args(["--spec", "{}", "--code", "c0", *paths]))
    assert (options.pop("spec"), options.pop("code")) == ("{}", "c0")
    assert list(output_paths(options, hints)) == [Path("b"), Path("c"), Path("d")]
    assert stage_arguments(options, parameters) == {
        "pair": Pair(Path("a"), Output(Path("b"))),
        "figures": [Path("c"), Path("d")],
        "extra": None,
    }


def test_a_specification_is_json_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "compare.json"
    path.write_bytes(json_bytes({"spec": {"a": 1}, "code": "c0"}))
    assert specification_of('{"a": 1}') == specification_of(str(path)) == {"a": 1}
    path.write_bytes(json_bytes({"code": "c0"}))
    with pytest.raises(InputError, match=r"compare\.json: holds no specification; run snakemake"):
        specification_of(str(path))

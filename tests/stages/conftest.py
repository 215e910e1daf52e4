"""Stages as the workflow runs them: files with stamps in, arguments as on a command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw import io
from maw.job import Stage, run

Write = Callable[..., Path]
Call = Callable[..., None]


@pytest.fixture
def write() -> Write:
    """(path, frame or object, digest) -> the path, with a file of an earlier stage in it."""

    def write_file(path: Path, content: Any, digest: str = "d0") -> Path:
        made = io.parquet_bytes if isinstance(content, pd.DataFrame) else io.json_bytes
        io.Claim(path).write(made(content, {"digest": digest}))
        return path

    return write_file


@pytest.fixture
def call() -> Call:
    """(stage, spec, option=path or paths or None) runs a stage from its command line."""

    def call_stage(stage: Stage, spec: dict[str, Any], **paths: Path | list[Path] | None) -> None:
        arguments = ["--spec", json.dumps(spec), "--code", "c0"]
        for name, value in paths.items():
            if value is not None:
                several = value if isinstance(value, list) else [value]
                arguments += [f"--{name.replace('_', '-')}", *map(str, several)]
        run(stage, arguments)

    return call_stage

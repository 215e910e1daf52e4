"""`maw export` writes a model's folder and prints how to load it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maw.errors import InputError

RunOf = Callable[[str], Path]


def test_the_command_says_how_to_load(
    run_of: RunOf, tmp_path: Path, maw: Callable[..., Any]
) -> None:
    output = maw("export", "--run", run_of("maw_grpo"), tmp_path / "model").output
    assert "maw_grpo seed 42; 6 texts encoded again, largest difference" in output
    assert f"maw.load('{tmp_path / 'model'}').encode(texts)" in output
    with pytest.raises(InputError, match="export: say what to export: --run results/runs"):
        maw("export", tmp_path / "other")

"""Run every command that docs/use.md shows, on the small suite's runs."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import maw as package

TEXT = (Path(__file__).parents[2] / "docs/use.md").read_text()
EXPECTED = {
    "inspect": "Chosen depth: ",
    "search": "5 documents",
    "export": "texts encoded again, largest difference",
    "shapes": "786,432 elements (standard) and 50,331,648 (MAW, five axes), 64.0×",
    "theory": "Theorem 1, counterexample: left 0.7616, right 0",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_commands_do_what_they_say(
    suite: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    maw: Callable[..., Any],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("maw.commands.theory.LENGTHS", (16,))
    (tmp_path / "results/runs").mkdir(parents=True)
    (tmp_path / "results/runs/pydocs").symlink_to(suite / "runs/own")
    commands = set()
    for line in "".join(blocks("sh")).splitlines():
        program, command, *arguments = shlex.split(line)
        assert program == "maw"
        assert EXPECTED[command] in maw(command, *arguments).output
        commands.add(command)
    assert commands == set(EXPECTED)
    (python,) = blocks("python")
    namespace: dict[str, Any] = {"maw": package}
    exec(python, namespace)
    assert namespace["vectors"].shape == (1, 24)
    assert 'SentenceTransformer("exported/non_maw")' in TEXT
    assert (tmp_path / "exported/non_maw/modules.json").is_file()

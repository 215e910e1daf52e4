"""`maw --help` answers at once and explains every command in one line."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from maw.cli import COMMANDS, app


def test_help_imports_nothing_heavy() -> None:
    heavy = ("torch", "transformers", "pandas", "numpy", "pydantic", "pyarrow", "scipy")
    code = f"import sys, maw.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_command_has_one_line_that_fits_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = CliRunner().invoke(app, ["--help"]).output.splitlines()
    shown = [line.strip("│ ").partition(" ") for line in lines]
    summaries = {name: text.strip() for name, _, text in shown}
    for command in COMMANDS:
        docstring = command.__doc__ or ""
        assert summaries[command.__name__] == docstring.splitlines()[0]

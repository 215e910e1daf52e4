"""`maw --help` answers at once and explains every command in one line."""

import subprocess
import sys
from io import BytesIO, TextIOWrapper

import pytest
from typer.testing import CliRunner

from maw.cli import COMMANDS, app, main


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


def test_output_is_utf_8_also_where_the_system_has_a_code_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setattr(sys, "argv", ["maw", "--help"])
    output = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(output, encoding="cp1252"))
    with pytest.raises(SystemExit, match="0"):
        main()
    sys.stdout.write("new − old")
    sys.stdout.flush()
    assert output.getvalue().decode().endswith("new − old")

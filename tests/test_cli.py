"""`maw --help` answers at once and explains every command in one line."""

import subprocess
import sys
from pathlib import Path

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


WITHOUT_TRAINING = """
import sys
from maw.errors import TRAINING_MODULES

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in TRAINING_MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""


def without_training(code: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run Python code as if the extra `train` was not installed."""
    command = [sys.executable, "-c", WITHOUT_TRAINING + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_runs_are_compared_without_the_extra_train(tmp_path: Path) -> None:
    for name, rank in (("old", 2), ("new", 1)):
        lines = (
            f"q{q} Q0 d{d} {d} {9 - d if d != 5 else 9 - rank} t\n"
            for q in range(9)
            for d in range(1, 6)
        )
        (tmp_path / f"{name}.run").write_text("".join(lines))
    (tmp_path / "qrels.txt").write_text("".join(f"q{q} 0 d{q % 5 + 1} 1\n" for q in range(9)))
    runs = (tmp_path / "old.run", tmp_path / "new.run")
    options = ("--qrels", tmp_path / "qrels.txt", "--out", tmp_path / "out")
    done = without_training("from maw.cli import main; main()", "compare", *runs, *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out/index.html").is_file()


def test_what_needs_the_extra_train_says_so_in_one_line() -> None:
    done = without_training("from maw.cli import main; main()", "theory")
    assert done.returncode == 2
    assert done.stderr.startswith("maw: torch: this package is not installed; only models")
    assert done.stderr.count("\n") == 1
    done = without_training("import maw; maw.load('x')")
    assert "InputError: torch: this package is not installed" in done.stderr

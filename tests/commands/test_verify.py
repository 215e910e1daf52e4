"""`maw verify` names each damaged file, and says how much was checked."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from maw.errors import InputError
from maw.jobs.files import json_bytes
from maw.jobs.pending import PendingFile


def test_whole_results_are_one_line(tmp_path: Path, maw: Callable[..., Result]) -> None:
    PendingFile(tmp_path / "run.json").write(json_bytes({}))
    done = maw("verify", tmp_path)
    size = (tmp_path / "run.json").stat().st_size / 1e6
    assert done.output == f"{tmp_path}: 1 files, {size:.1f} MB, all as they were written\n"


def test_each_damaged_file_is_a_line_on_stderr(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        PendingFile(tmp_path / f"{name}.json").write(json_bytes({"name": name}))
    for name in ("a", "b"):
        content = (tmp_path / f"{name}.json").read_text()
        (tmp_path / f"{name}.json").write_text(content.replace(f'"{name}"', '"d"'))
    command = [sys.executable, "-m", "maw.cli", "verify", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    *lines, last = done.stderr.splitlines()
    mismatch = "damaged: its content does not match its hash"
    assert lines == [f"{tmp_path / name}.json: {mismatch}" for name in ("a", "b")]
    assert last.startswith(f"maw: {tmp_path}: 2 of 3 files, 0.0 MB, are not as they were written")
    assert last.endswith("; the next snakemake, or the command that wrote them, makes them again")


def test_a_folder_without_results_is_named(tmp_path: Path, maw: Callable[..., Result]) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError, match="holds no file of maw; give a folder of results"):
        raise maw("verify", tmp_path).exception or AssertionError


def test_torch_is_not_imported() -> None:
    code = "import sys, maw.jobs.verification; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

"""The light package: without any extra, and without what only Linux has.

The modules that a system lacks are hidden from an interpreter of this one. Nothing here has run on
Windows or macOS.
"""

import json
import subprocess
import sys
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

import maw
from maw.reporting.figures.registry import FIGURES

Done = subprocess.CompletedProcess[str]

WITHOUT_EXTRAS = """
import sys
from maw.errors import EXTRAS

MISSING = {"statsmodels"}.union(*(extra.modules for extra in EXTRAS))

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""
COMMAND = "from maw.cli import main; main()"

# Everything that `maw compare` and `maw.compare` import, also where they import it when it is used.
# The modules are imported twice: what other packages import is loaded by then, and stays.
WITHOUT_POSIX = """
import os, pkgutil, signal, sys, warnings
from importlib import import_module
import maw

ROOMS = ("commands", "measures", "reporting", "runs", "settings", "significance", "verdicts")
FINISHED = ("publish", "documents", "plan_record", "calibrated_folder")
names = ["maw.api", "maw.cli", "maw.comparison", "maw.errors"]
names += [f"maw.stages.finished.{name}" for name in FINISHED]
for room in ROOMS:
    package = import_module(f"maw.{room}")
    names += [m.name for m in pkgutil.walk_packages(package.__path__, f"maw.{room}.")]
for name in names:
    import_module(name)
# ir_measures too, because no measure can be registered twice
for name in [name for name in sys.modules if name.partition(".")[0] in ("maw", "ir_measures")]:
    del sys.modules[name]
for name in ("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"):
    sys.modules[name] = None
for name in ("chown", "fork", "getuid", "geteuid", "getloadavg", "getpgid", "killpg", "mkfifo",
             "memfd_create", "nice", "pread", "sched_getaffinity", "setsid", "sysconf", "uname"):
    delattr(os, name)
for name in ("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "alarm", "pthread_sigmask", "setitimer"):
    delattr(signal, name)
for name in names:
    import_module(name)
print(len(names))
"""


def without_extras(code: str, *arguments: object) -> Done:
    """Run Python code as if no extra was installed."""
    command = [sys.executable, "-c", WITHOUT_EXTRAS + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Two TREC runs on nine topics, `old` and `new`, and their qrels."""
    paths = {name: tmp_path / f"{name}.run" for name in ("old", "new")}
    for name, rank in (("old", 2), ("new", 1)):
        lines = (
            f"q{q} Q0 d{d} {d} {9 - d if d != 5 else 9 - rank} t\n"
            for q in range(9)
            for d in range(1, 6)
        )
        paths[name].write_text("".join(lines))
    paths["qrels"] = tmp_path / "qrels.txt"
    paths["qrels"].write_text("".join(f"q{q} 0 d{q % 5 + 1} 1\n" for q in range(9)))
    return paths


def test_runs_are_compared_without_any_extra_to_the_same_numbers(
    files: dict[str, Path], tmp_path: Path
) -> None:
    runs, qrels = (files["old"], files["new"]), files["qrels"]
    out, document = tmp_path / "out", tmp_path / "light.json"
    options = ("--qrels", qrels, "--out", out, "--json", document)
    done = without_extras(COMMAND, "compare", *runs, *options)
    assert (done.returncode, done.stderr) == (0, "")
    expected = maw.compare([str(run) for run in runs], str(qrels))
    assert json.loads(document.read_text()) == json.loads(expected.to_json())
    written = pd.read_csv(out / "scores.csv").drop(columns="cluster", errors="ignore")
    pd.testing.assert_frame_equal(written, expected.scores, check_dtype=False, check_exact=True)
    assert list(out.glob("*.parquet")) == []
    assert "tables: as CSV only; for parquet files too, pip install" in done.stdout
    assert "figures: in words; for pictures, pip install" in done.stdout
    page = unescape((out / "index.html").read_text())
    assert page.count("pip install 'maw-bench[figures]'") == 1
    words = FIGURES["forest"].describe(expected.frames, expected.plan)
    assert f"<p>{words}</p>" in page
    assert "<svg" not in page


def test_what_needs_an_extra_says_so_in_one_line() -> None:
    done = without_extras(COMMAND, "theory")
    assert done.returncode == 2
    assert done.stderr.startswith("maw: torch: this package is not installed; only models")
    assert done.stderr.count("\n") == 1
    done = without_extras("import maw; maw.load('x')")
    assert "InputError: torch: this package is not installed" in done.stderr


def test_no_module_of_the_light_package_needs_what_only_linux_and_macos_have() -> None:
    done = without_extras(WITHOUT_POSIX)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 150

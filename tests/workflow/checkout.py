"""A copy of the code and its results, in which a test runs Snakemake as a user does."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

ROOT = Path(__file__).parents[2]
SMOKE = Path("results/suites/smoke")


@dataclass(frozen=True)
class Checkout:
    """A folder with maw, the workflow and the results of the smoke suite."""

    folder: Path
    where: ClassVar[list[str]] = ["--cores", "2"]

    @property
    def results(self) -> Path:
        return self.folder / SMOKE

    def command(self, *arguments: str) -> list[str]:
        configuration = "workflow/config/smoke.yaml"
        options = [] if "--configfile" in arguments else ["--configfile", configuration]
        where = [] if "--cores" in arguments else self.where
        return [sys.executable, "-m", "snakemake", *arguments, *where, *options]

    @property
    def environment(self) -> dict[str, str]:
        programs = str(Path(sys.executable).parent)
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PYTHONPATH": str(self.folder), "PATH": path, "NO_COLOR": "1"}

    def snakemake(self, *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) is fails, done.stdout[-6000:]
        return done.stdout

    def maw(self, *arguments: str, fails: bool = False) -> str:
        """Run the command `maw` with this checkout's code; return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "maw.cli", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) is fails, done.stdout[-6000:]
        return done.stdout

    def planned(self, *arguments: str) -> dict[str, int]:
        """Return rule -> number of jobs that Snakemake would run now."""
        output = self.snakemake("--dry-run", *arguments)
        return {rule: int(n) for rule, n in re.findall(r"^(\w+)\s+(\d+)$", output, re.MULTILINE)}

    def copy(self, folder: Path) -> "Checkout":
        shutil.copytree(self.folder, folder, symlinks=True)
        return Checkout(folder)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r} any more: mend the test"
        path.write_text(text.replace(old, new, 1))


def fresh(folder: Path) -> Checkout:
    """Copy the code into a folder of its own, without results."""
    for name in ("maw", "workflow", "profiles"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", folder / "Snakefile")
    return Checkout(folder)

"""A copy of the code and its results, in which a test runs Snakemake as a user does."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tests.workflow import forking

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
        """Return the command line of Snakemake in a process of its own."""
        return [sys.executable, "-m", "snakemake", *self.options(*arguments)]

    def options(self, *arguments: str) -> list[str]:
        """Return the arguments, with those that a test of the smoke suite need not repeat."""
        configuration = "workflow/config/smoke.yaml"
        options = [] if "--configfile" in arguments else ["--configfile", configuration]
        where = [] if "--cores" in arguments else self.where
        return [*arguments, *where, *options]

    @property
    def environment(self) -> dict[str, str]:
        programs = str(Path(sys.executable).parent)
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        ours = {"PYTHONPATH": str(self.folder), "PATH": path, "NO_COLOR": "1"}
        # each job would compile all that it imports; an empty value means that byte code is kept
        return {**os.environ, **ours, "PYTHONDONTWRITEBYTECODE": ""}

    def snakemake(self, *arguments: str, fails: bool = False) -> str:
        """Run Snakemake on the smoke suite, or on another `--configfile`; return what it prints."""
        return self.run_snakemake(self.options(*arguments), fails=fails)

    def run_snakemake(
        self, arguments: list[str], *, fails: bool = False, variables: Mapping[str, str] = {}
    ) -> str:
        """Run Snakemake with these arguments alone, and with these variables in its environment."""
        status, output = forking.snakemake(
            arguments, folder=self.folder, environment={**self.environment, **variables}
        )
        assert (status != 0) is fails, output[-6000:]
        return output

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
        return jobs_in(self.snakemake("--dry-run", *arguments))

    def ran(self, *arguments: str) -> dict[str, int]:
        """Run Snakemake; return rule -> number of jobs that it ran."""
        return jobs_in(self.snakemake(*arguments))

    def copy(self, folder: Path) -> "Checkout":
        shutil.copytree(self.folder, folder, symlinks=True)
        return Checkout(folder)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r} any more: mend the test"
        path.write_text(text.replace(old, new, 1))


def jobs_in(output: str) -> dict[str, int]:
    """Return rule -> number of jobs, and their `total`, from what Snakemake prints.

    A dry run and a run print the same table of jobs before the first job.
    """
    table = output.partition("Select jobs to execute")[0]
    return {rule: int(n) for rule, n in re.findall(r"^(\w+)\s+(\d+)$", table, re.MULTILINE)}


def fresh(folder: Path) -> Checkout:
    """Copy the code into a folder of its own, without results.

    Byte code that is there comes with it, so that no job compiles the same source again.
    """
    half_written = shutil.ignore_patterns("*.pyc.*")  # by another process, which renames it
    for name in ("maw", "workflow", "profiles"):
        shutil.copytree(ROOT / name, folder / name, ignore=half_written)
    shutil.copy(ROOT / "Snakefile", folder / "Snakefile")
    return Checkout(folder)

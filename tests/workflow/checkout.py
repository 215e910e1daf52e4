"""A copy of the code and its results, in which Snakemake runs as a user would run it."""

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
    """One folder with maw, the workflow and results."""

    folder: Path
    where: ClassVar[list[str]] = ["--cores", "2"]

    @property
    def results(self) -> Path:
        return self.folder / SMOKE

    def command(self, *arguments: str) -> list[str]:
        configuration = "workflow/config/smoke.yaml"
        chosen = [] if "--configfile" in arguments else ["--configfile", configuration]
        where = [] if "--cores" in arguments else self.where
        return [sys.executable, "-m", "snakemake", *arguments, *where, *chosen]

    @property
    def environment(self) -> dict[str, str]:
        beside = str(Path(sys.executable).parent)
        path = f"{beside}{os.pathsep}{os.environ['PATH']}"
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

    def planned(self, *arguments: str) -> dict[str, int]:
        """Rule -> jobs that Snakemake would run now."""
        told = self.snakemake("--dry-run", *arguments)
        return {rule: int(n) for rule, n in re.findall(r"^(\w+)\s+(\d+)$", told, re.MULTILINE)}

    def copy(self, folder: Path) -> "Checkout":
        shutil.copytree(self.folder, folder, symlinks=True)
        return Checkout(folder)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r} any more: mend the test"
        path.write_text(text.replace(old, new, 1))


def fresh(folder: Path) -> Checkout:
    """The code in a folder of its own, without results."""
    for name in ("maw", "workflow", "profiles"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", folder / "Snakefile")
    return Checkout(folder)

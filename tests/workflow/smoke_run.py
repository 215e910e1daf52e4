"""The run of the smoke suite that all tests of the workflow share, in the background."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.workflow.checkout import SMOKE, Checkout, fresh

LONGEST_SECONDS = 900.0


class SmokeRun:
    """A folder with the checkout of one run, what the run prints, and its exit status.

    One process starts the run, or copies one; every process that knows the folder may wait for it.
    """

    def __init__(self, folder: Path) -> None:
        self.checkout = Checkout(folder / "checkout")
        self.log, self.status = folder / "log", folder / "status"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start Snakemake, and return; its exit status is written when it ends."""
        fresh(self.checkout.folder)
        command = self.checkout.command()
        noted = f"import os, subprocess; status = subprocess.call({command!r}); "
        noted += f"open('{self.status}.part', 'w').write(str(status)); "
        noted += f"os.replace('{self.status}.part', '{self.status}')"
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-c", noted],
                cwd=self.checkout.folder,
                env=self.checkout.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def copy_made(self, source: Path) -> None:
        """Copy the run that `make smoke` made in the folder `source`, instead of starting one.

        Every test that waits for the run fails where `source` has no results of the smoke suite, or
        those of several calls: the tests look at what one call makes in a bare clone.
        """
        folder, status = self.checkout.folder, "1"
        fresh(folder)
        logs = list((source / SMOKE / "logs").glob("snakemake-*.log"))
        if len(logs) == 1:
            committed = shutil.ignore_patterns("expected")
            shutil.copytree(source / "results", folder / "results", symlinks=True, ignore=committed)
            shutil.copytree(source / ".snakemake", folder / ".snakemake", symlinks=True)
            shutil.copy(logs[0], self.log)
            status = "0"
        else:
            told = f"{source}: {len(logs)} calls of `make smoke`; make one, in a bare clone"
            self.log.write_text(told)
        part = self.status.with_suffix(".part")  # nobody reads a status that is half written
        part.write_text(status)
        part.replace(self.status)

    def finished(self) -> Checkout:
        """Wait for the end of the run; return its checkout. AssertionError where it failed."""
        deadline = time.monotonic() + LONGEST_SECONDS
        while not self.status.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert self.status.exists(), f"the smoke suite runs for {LONGEST_SECONDS:.0f} s: {self.log}"
        assert self.status.read_text() == "0", self.log.read_text(encoding="utf-8")[-6000:]
        return self.checkout

    def stop(self) -> None:
        """End the run with all its jobs where this process started it and nobody waited for it."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait()

"""Runs Snakemake and shows one line with the time left instead of all that Snakemake prints.

    python -m workflow.live snakemake --cores all --configfile workflow/config/smoke.yaml

It runs from the folder of the Snakefile, and what follows is Snakemake's own command. All that it
prints goes to a file in the folder of the logs. A terminal shows one line, which changes; a file or
a pipe gets a line at each tenth of the jobs. A failed job's log is shown in full, and the exit code
is Snakemake's. Ctrl-C and the signals TERM and HUP stop Snakemake and its jobs.
"""

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from maw.errors import InputError
from maw.jobs.estimate import estimate, read_rates
from maw.jobs.pace import Pace, clock, heavy_seconds
from maw.settings.read import read_suite
from maw.settings.suite import Suite
from workflow.snakemake_output import Story, development

CONFIGURATION = "workflow/config/embedded.yaml"  # Snakemake's default, as in workflow/Snakefile
# logs of stages that know development queries alone: no other log is ever shown before its end
SHOWN_LOGS = ("make_run", "train", "trial", "select", "sweep")
LOOK_SECONDS = 2.0  # between two looks at the logs
LINE_SECONDS = 30.0  # the shortest time between two lines in a file or pipe
SILENT_SECONDS = 600.0  # and the longest


def latest(logs: Path, since: float) -> str:
    """Return the last development score in the log that was written last, or "".

    since: a time in seconds since the epoch; older logs are of another call.
    """
    paths = [path for stage in SHOWN_LOGS for path in (logs / stage).rglob("*.log")]
    written = [(path.stat().st_mtime, path) for path in paths]
    modified, path = max(written, default=(-1.0, logs))
    if modified < since:
        return ""
    told = map(development, path.read_text(encoding="utf-8", errors="replace").splitlines())
    return next(filter(None, reversed(list(told))), "")


class Screen:
    """One changing line on a terminal; elsewhere a line at each tenth of the jobs."""

    def __init__(self, file: TextIO, *, console: Console | None = None) -> None:
        self.console = console or Console(file=file)
        self._live = Live(console=self.console, transient=True, refresh_per_second=4)
        self._last_time, self._last_tenth = -LINE_SECONDS, -1
        if self.console.is_terminal:
            self._live.start()

    def show(self, line: str, *, now: float, share: float) -> None:
        """Show the line. share: of all jobs, the part that has ended."""
        if self.console.is_terminal:
            self._live.update(Text(line, no_wrap=True, overflow="ellipsis"))
            return
        tenth, waited = int(10 * share), now - self._last_time
        if (tenth > self._last_tenth and waited >= LINE_SECONDS) or waited >= SILENT_SECONDS:
            self._last_time, self._last_tenth = now, tenth
            self.say(line)

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self.console.print(Text(line), soft_wrap=True, highlight=False)

    def close(self) -> None:
        """Remove the changing line."""
        self._live.stop()


@contextmanager
def forwarding(story: Story) -> Iterator[list[subprocess.Popen[str]]]:
    """Send each INT, TERM and HUP that reaches this process to the processes of a list.

    Yields the list. Each process has to be the first of a session of its own, with all its jobs, so
    that Ctrl-C reaches them once and through here alone. A signal that this process was told to
    ignore, as HUP by `nohup`, stays ignored.
    """
    processes: list[subprocess.Popen[str]] = []

    def send(number: int, _: object) -> None:
        story.is_stopped = True
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, number)

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    heeded = [number for number in signals if signal.getsignal(number) != signal.SIG_IGN]
    before = [signal.signal(number, send) for number in heeded]
    try:
        yield processes
    finally:
        for number, handler in zip(heeded, before, strict=True):
            signal.signal(number, handler)


def lines_of(stream: IO[str], log: TextIO) -> "queue.Queue[str | None]":
    """Return a queue of the stream's lines, which are written to the log, too; None is the end."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in stream:
            log.write(line)
            log.flush()
            lines.put(line.rstrip("\n"))
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def follow(lines: "queue.Queue[str | None]", story: Story, *, suite: Suite, screen: Screen) -> None:
    """Show the line until the stream of lines ends."""
    started, epoch, looked = time.monotonic(), time.time(), 0.0
    while True:
        try:
            line = lines.get(timeout=0.5)
        except queue.Empty:
            line = ""
        now = time.monotonic() - started
        if line is None:
            return
        for shown in story.hear(line, now) if line else ():
            screen.say(shown)
        if line.endswith("(Rule: prepare)"):  # now the size of a collection is known
            story.pace.heavy_seconds = expected_seconds(suite)
        if now - looked >= LOOK_SECONDS:
            looked = now
            if story.trains:
                story.score = latest(suite.root / "logs", epoch) or story.score
        if story.n_steps or screen.console.is_terminal:
            screen.show(story.line(now), now=now, share=story.n_done / max(story.n_steps, 1))


def expected_seconds(suite: Suite) -> float | None:
    """Return the expected seconds of a job that trains, encodes or ranks; None if not known."""
    return heavy_seconds(suite, estimate(suite, read_rates(None)).core_hours)


def option(command: Sequence[str], name: str, default: str) -> str:
    """Return the word after an option of the command, or a default where it is not given."""
    return command[command.index(name) + 1] if name in command[:-1] else default


def run(command: Sequence[str]) -> int:
    """Run Snakemake, show its progress, and return its exit code (128 + n after signal n)."""
    suite = read_suite(Path(option(command, "--configfile", CONFIGURATION)))
    cores = option(command, "--cores", "all")
    n_cores = int(cores) if cores.isdigit() else len(os.sched_getaffinity(0))
    story = Story(Pace(n_cores, expected_seconds(suite)))
    folder = suite.root / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"snakemake-{time.strftime('%Y-%m-%dT%H%M%S')}.log"
    started = time.monotonic()
    screen = Screen(sys.stderr)
    with path.open("w", encoding="utf-8") as log, forwarding(story) as processes:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        processes.append(process)
        assert process.stdout is not None
        try:
            follow(lines_of(process.stdout, log), story, suite=suite, screen=screen)
            status = process.wait()
        finally:
            screen.close()
    finish(story, status, screen=screen, path=path, seconds=time.monotonic() - started)
    return status if status >= 0 else 128 - status


def finish(story: Story, status: int, *, screen: Screen, path: Path, seconds: float) -> None:
    """Say how the run ended, and where all that Snakemake printed is."""
    if status == 0:
        done = f"{story.n_done} jobs done in {clock(seconds)}"
        screen.say(f"{done if story.n_done else 'Nothing to be done'}. Full log: {path}")
        return
    if story.is_stopped:
        screen.say(f"Stopped after {clock(seconds)}; the next call goes on from here. Log: {path}")
        return
    is_told = story.n_failures > 0 or (story.last and story.last[-1].startswith("maw: "))
    if not is_told:
        for line in story.last:
            screen.say(line)
    screen.say(f"Snakemake ended with exit code {status} after {clock(seconds)}. Full log: {path}")


def main(arguments: Sequence[str]) -> int:
    """Run the command, with all its output where `--verbose` is the first argument."""
    if not arguments or (arguments[0] == "--verbose" and len(arguments) < 2):
        print("usage: python -m workflow.live [--verbose] snakemake …", file=sys.stderr)
        return 2
    if arguments[0] == "--verbose":
        os.execvp(arguments[1], list(arguments[1:]))
    if shutil.which(arguments[0]) is None:
        print(f"maw: {arguments[0]}: no such program; run `make .venv/installed`", file=sys.stderr)
        return 127
    try:
        return run(arguments)
    except InputError as error:
        print(f"maw: {' '.join(str(error).split())}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

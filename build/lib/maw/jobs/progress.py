"""The display of progress of long work: a bar in a terminal, a line every five seconds in a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTERVAL_SECONDS = 5.0  # between two plain lines


@contextmanager
def progress(name: str, total: int | None, *, unit: str) -> Iterator[Callable[[int], None]]:
    """Show the progress of work: `with progress("encode", 1200, unit="texts") as advance: ...`.

    The work calls `advance(32)` after 32 texts. total: number of all texts; None where it is not
    known. The display shows the number per second and, with a total, the time left. In a log, work
    of less than five seconds shows nothing.
    """
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain(name, total, unit=unit)
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
    )
    from rich.progress import TimeRemainingColumn as Remaining
    from rich.text import Text

    class PerSecond(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:,.0f}/s")

    columns = (
        TextColumn(name),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        PerSecond(),
        Remaining(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(name, total=total)
        yield lambda n: bar.advance(task, n)


def _plain(name: str, total: int | None, *, unit: str) -> Callable[[int], None]:
    """Return the function `advance` for a log; it adds to the number of things that are done.

    It prints a line when five seconds have passed since the last one, and none at the end.
    """
    started = last_line = time.monotonic()
    n_done = 0

    def advance(n: int) -> None:
        nonlocal n_done, last_line
        n_done += n
        now = time.monotonic()
        if now - last_line < INTERVAL_SECONDS or n_done == total:
            return
        last_line = now
        per_second = n_done / (now - started)
        counted, left = f"{n_done:,}", ""
        if total is not None:
            counted, left = (
                f"{n_done:,} of {total:,}",
                f", {(total - n_done) / per_second:.0f} s left",
            )
        print(f"{name}: {counted} {unit}, {per_second:,.0f} {unit}/s{left}", flush=True)

    return advance

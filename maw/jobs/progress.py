"""How far is it? A moving bar at a terminal; in a pipe or a log a plain line now and then."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS = 5.0  # between two plain lines


@contextmanager
def progress(name: str, total: int | None, *, unit: str) -> Iterator[Callable[[int], None]]:
    """`with progress("encode", 1200, unit="texts") as advance: advance(32)`.

    Both forms tell the rate and, where the total is known, the time left. What takes less than a
    few seconds tells nothing.
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

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:,.0f}/s")

    columns = (
        TextColumn(name),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        Rate(),
        Remaining(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(name, total=total)
        yield lambda n: bar.advance(task, n)


def _plain(name: str, total: int | None, *, unit: str) -> Callable[[int], None]:
    started = told = time.monotonic()
    done = 0

    def advance(n: int) -> None:
        nonlocal done, told
        done += n
        now = time.monotonic()
        if now - told < SECONDS or done == total:
            return
        told = now
        rate = done / (now - started)
        far, left = f"{done:,}", ""
        if total is not None:
            far, left = f"{done:,} of {total:,}", f", {(total - done) / rate:.0f} s left"
        print(f"{name}: {far} {unit}, {rate:,.0f} {unit}/s{left}", flush=True)

    return advance

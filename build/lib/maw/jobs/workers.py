"""Work of one job that is spread over several processes, without a change of its result.

The processes are forks of the job's own: they share what it has read, and start at once. They are
processes and not threads because torch's settings belong to a whole process. The workflow says how
many a job may have, in the environment variable MAW_WORKERS.
"""

import mmap
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from multiprocessing.context import ForkContext, ForkProcess
from typing import Any, TypeVar

from maw.errors import InputError

VARIABLE = "MAW_WORKERS"
POLL = 0.1  # seconds between two looks at what the other processes have done
Item = TypeVar("Item")


def allowed() -> int:
    """Return how many processes this job may use: MAW_WORKERS, or 1 where it is not set.

    It is 1 where processes cannot be forked safely: on Windows and macOS. InputError for a value
    that is no whole number above 0.
    """
    text = os.environ.get(VARIABLE, "1")
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"{VARIABLE}={text}: not a number of processes; set 1 or more")
    return int(text) if sys.platform == "linux" else 1


def shared(n_bytes: int) -> mmap.mmap:
    """Return memory that this process and its later forks share; it is freed with the object.

    It has no name, unlike memory of /dev/shm, which containers limit to a few megabytes.
    """
    return mmap.mmap(-1, n_bytes)


def spread(
    work: Callable[[Item], int],
    items: Sequence[Item],
    *,
    n_workers: int,
    advance: Callable[[int], None],
) -> None:
    """Call `work` once for each item, in this process and in n_workers - 1 forks of it.

    work: has its effect in memory of `shared`, and returns how much it has done. advance: called in
    this process with the amount done since the last call. An exception in a fork is raised here;
    then the other forks are stopped.
    """
    n_shares = min(n_workers, len(items))
    if n_shares <= 1:
        for item in items:
            advance(work(item))
        return
    context: ForkContext = multiprocessing.get_context("fork")
    done, failures = context.Value("q", 0), context.SimpleQueue()
    forks: list[ForkProcess] = [
        context.Process(target=_share, args=(work, items[n::n_shares], done, failures), daemon=True)
        for n in range(1, n_shares)
    ]
    n_told = 0

    def tell(own: int) -> None:
        nonlocal n_told
        others, n_told = done.value - n_told, done.value
        if own + others:
            advance(own + others)

    try:
        for fork in forks:
            fork.start()
        for item in items[0::n_shares]:
            tell(work(item))
        while running := [fork.sentinel for fork in forks if fork.is_alive()]:
            wait(running, timeout=POLL)
            tell(0)
        tell(0)
    finally:
        for fork in forks:
            fork.kill()
    if not failures.empty():
        raise failures.get()
    if any(fork.exitcode for fork in forks):
        raise MemoryError("a process of this job was killed")


def _share(work: Callable[[Item], int], items: Sequence[Item], done: Any, failures: Any) -> None:
    """Do one process's share of the items; put an exception into `failures`."""
    try:
        for item in items:
            amount = work(item)
            with done.get_lock():
                done.value += amount
    except Exception as error:
        failures.put(error)

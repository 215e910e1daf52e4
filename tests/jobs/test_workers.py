"""Several processes do the work of one, and no more than the workflow allows."""

import multiprocessing
import os
import signal
from collections.abc import Callable

import pytest

from maw.errors import InputError
from maw.jobs.workers import allowed, shared, spread


@pytest.mark.parametrize("n_workers", [1, 2, 3, 50])
def test_every_item_is_done_once_whatever_the_number_of_processes(n_workers: int) -> None:
    done, advanced = shared(20), list[int]()

    def work(item: int) -> int:
        done[item] += item + 1
        return 2

    spread(work, range(20), n_workers=n_workers, advance=advanced.append)
    assert list(done[:]) == list(range(1, 21))
    assert sum(advanced) == 40
    assert min(advanced) > 0


def test_nothing_is_done_for_no_item() -> None:
    def work(item: int) -> int:
        raise AssertionError(item)

    spread(work, [], n_workers=2, advance=lambda n: None)


def test_the_processes_are_others() -> None:
    seen = multiprocessing.get_context("fork").Array("q", 4)

    def work(item: int) -> int:
        seen[item] = os.getpid()
        return 1

    spread(work, range(4), n_workers=2, advance=lambda n: None)
    assert seen[0] == seen[2] == os.getpid()
    assert seen[1] == seen[3] != os.getpid()


def failing(item: int) -> int:
    if item == 3:
        raise InputError("text 3: broken; mend it")
    return 1


def killed(item: int) -> int:
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return 1


@pytest.mark.parametrize(
    ("work", "error", "message"),
    [
        (failing, InputError, "text 3: broken; mend it"),
        (killed, MemoryError, "a process of this job was killed"),
    ],
)
def test_what_goes_wrong_in_another_process_is_raised_here(
    work: Callable[[int], int], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        spread(work, range(8), n_workers=2, advance=lambda n: None)


def test_an_exception_in_this_process_stops_the_others() -> None:
    def work(item: int) -> int:
        if item == 0:
            raise InputError("text 0: broken; mend it")
        signal.pause()  # for ever
        return 1

    with pytest.raises(InputError, match="text 0"):
        spread(work, range(2), n_workers=2, advance=lambda n: None)


def test_the_workflow_says_how_many_processes_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAW_WORKERS", raising=False)
    assert allowed() == 1
    monkeypatch.setenv("MAW_WORKERS", "3")
    monkeypatch.setattr("sys.platform", "linux")
    assert allowed() == 3
    monkeypatch.setattr("sys.platform", "darwin")
    assert allowed() == 1


@pytest.mark.parametrize("text", ["0", "-1", "many", ""])
def test_a_wrong_number_is_one_line(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAW_WORKERS", text)
    with pytest.raises(InputError, match=f"MAW_WORKERS={text}: not a number of processes; set 1"):
        allowed()

"""Seconds are the processor's, or on a GPU the clock's, between two waits, if the job is alone."""

import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch

from maw.jobs import device, stopwatch
from maw.jobs.stopwatch import Stopwatch


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the clocks and waits in the order in which they are called.

    The clocks show work of 2 and 4 processor seconds, and 10 and 30 seconds on the clock.
    """
    calls: list[str] = []

    def clock(name: str, *readings: float) -> Callable[[], float]:
        remaining = iter(readings)

        def read() -> float:
            calls.append(name)
            return next(remaining)

        return read

    clocks = SimpleNamespace(
        process_time=clock("cpu", 1, 3, 10, 14), perf_counter=clock("clock", 100, 110, 200, 230)
    )
    monkeypatch.setattr(stopwatch, "time", clocks)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: calls.append("wait"))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Some GPU")
    for name in ("MAW_SHARE_GPU", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    return calls


def measured(device_name: str) -> Stopwatch:
    watch = Stopwatch(device_name)
    for _ in range(2):
        watch.start().stop()
    return watch


def test_on_a_processor_nothing_else_is_counted(scripted: list[str]) -> None:
    watch = measured("cpu")
    assert scripted == ["cpu", "clock"] * 4
    assert watch.gpu_seconds_alone is None
    assert watch.encoding(12) == {
        "encode_device": "cpu", "encode_cpu_seconds": 6, "encode_texts_per_second": 2
    }  # fmt: skip


def test_a_gpu_that_is_held_is_waited_for_and_its_seconds_are_the_clocks(
    scripted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "is_alone", lambda: True)
    watch = measured("cuda")
    assert scripted == ["wait", "cpu", "clock"] * 4
    assert watch.encoding(120) == {
        "encode_device": "Some GPU",
        "encode_cpu_seconds": 6,
        "encode_texts_per_second": 20,
        "encode_gpu_seconds_alone": 40,
        "encode_texts_per_gpu_second_alone": 3,
    }


def test_seconds_on_a_shared_gpu_are_not_told(
    scripted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "is_alone", lambda: False)
    watch = measured("cuda")
    assert watch.gpu_seconds_alone is None
    cost = watch.encoding(12)
    assert cost["encode_device"] == "Some GPU"
    assert not [name for name in cost if "gpu" in name]


def test_a_stopwatch_goes_on_from_an_earlier_one(scripted: list[str]) -> None:
    watch = Stopwatch("cpu", spent=(5, 100)).start().stop()
    assert watch.spent == (7, 110)


def test_torch_is_not_imported_for_a_processor() -> None:
    code = (
        "import sys; from maw.jobs.stopwatch import Stopwatch;"
        "Stopwatch('cpu').start().stop().gpu_seconds_alone; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_real_gpu_is_named_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "is_alone", lambda: True)
    watch = Stopwatch("cuda").start()
    x = torch.randn(4096, 4096, device="cuda")
    for _ in range(20):
        x = x @ x / 64
    done = torch.cuda.Event()
    done.record()
    cost = watch.stop().encoding(1)
    assert done.query()
    assert cost["encode_device"] == torch.cuda.get_device_name()
    assert watch.gpu_seconds_alone > 0  # type: ignore[operator]

"""A job computes on the processor unless told otherwise, and no two jobs share a GPU unasked."""

import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest
import torch

from maw.errors import InputError
from maw.jobs import device

LOCK = """
import sys, pathlib
from maw.jobs.device import lock_gpu
print(lock_gpu(["0", "1"], folder=pathlib.Path(sys.argv[1]), every=0.05), flush=True)
sys.stdin.read()
"""
COMMAND = [sys.executable, "-c", LOCK]
PIPES: dict[str, Any] = {
    **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE),
    "text": True,
}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAW_DEVICE", "MAW_SHARE_GPU", "CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(device, "_gpu_locks", [])


def test_the_processor_is_where_it_computes_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert device.prepare(1) == torch.device("cpu")
    monkeypatch.setenv("MAW_DEVICE", "gpu")
    with pytest.raises(InputError, match="MAW_DEVICE=gpu: unknown device; set cpu or cuda"):
        device.prepare(1)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAW_DEVICE", "cuda")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(InputError, match="torch sees no GPU; unset MAW_DEVICE"):
        device.prepare(1)


def test_which_gpus_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("nvidia10", "nvidia2", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert device.gpus(tmp_path) == ["2", "10"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, GPU-8f2a")
    assert device.gpus(tmp_path) == ["3", "GPU-8f2a"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert device.gpus(tmp_path) == []


def test_each_job_takes_a_gpu_of_its_own_and_a_third_waits_for_one_to_end(tmp_path: Path) -> None:
    first, second = holder(tmp_path), holder(tmp_path, after=1)
    third = subprocess.Popen([*COMMAND, str(tmp_path)], **PIPES)
    assert line(third.stderr) == "waiting for a GPU: all of 0, 1 are in use"
    first.kill()  # however it ends
    assert line(third.stdout) == "0"
    for job in (first, second, third):
        job.kill()
        job.communicate()


def test_a_job_holds_one_gpu_and_shares_it_when_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert device.lock_gpu(["0"], folder=tmp_path) == "0"
    assert device.lock_gpu(["0"], folder=tmp_path) is None
    monkeypatch.setattr(device, "_gpu_locks", [])
    monkeypatch.setenv("MAW_SHARE_GPU", "1")
    assert device.lock_gpu(["0"], folder=tmp_path) is None
    assert device.lock_gpu([], folder=tmp_path) is None


def test_a_job_is_alone_on_what_it_locked_or_was_handed_unless_it_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not device.is_alone()
    device.lock_gpu(["0"], folder=tmp_path)
    assert device.is_alone()
    monkeypatch.setenv("MAW_SHARE_GPU", "1")
    assert not device.is_alone()
    monkeypatch.setattr(device, "_gpu_locks", [])
    monkeypatch.delenv("MAW_SHARE_GPU")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    assert device.is_alone()


def holder(folder: Path, *, after: int = 0) -> "subprocess.Popen[str]":
    """A process that has taken GPU `after` and keeps it."""
    job = subprocess.Popen([*COMMAND, str(folder)], **PIPES)
    assert line(job.stdout) == str(after)
    return job


def line(pipe: IO[str] | None) -> str:
    assert pipe is not None
    return pipe.readline().strip()

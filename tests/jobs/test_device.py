"""A job computes on the processor unless told otherwise, and no two jobs share a GPU unasked."""

import os
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
    with pytest.raises(InputError, match="MAW_DEVICE=gpu: unknown device; set auto, cpu or cuda"):
        device.prepare(1)
    assert device.prepare(1, "cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["auto", "cuda", "cpu"])
@pytest.mark.parametrize("n_gpus", [0, 1])
def test_a_gpu_is_used_where_there_is_one_and_is_wanted(
    name: str, n_gpus: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, locked = [], []

    def is_available() -> bool:
        asked.append(os.environ.get("PYTORCH_NVML_BASED_CUDA_CHECK"))
        return n_gpus > 0

    monkeypatch.setenv("MAW_DEVICE", name)
    monkeypatch.setattr(torch.cuda, "is_available", is_available)
    monkeypatch.setattr(device, "lock_gpu", lambda names: locked.append(names))
    monkeypatch.setattr(device, "gpus", lambda: ["0"] * n_gpus)
    for kernel in ("enable_flash_sdp", "enable_mem_efficient_sdp"):
        monkeypatch.setattr(torch.backends.cuda, kernel, lambda _: None)
    if (name, n_gpus) == ("cuda", 0):
        with pytest.raises(InputError, match="device cuda: torch cannot use a GPU here; set `dev"):
            device.prepare(1)
        return
    wants_gpu = name == "cuda" or (name == "auto" and n_gpus > 0)
    assert device.prepare(1).type == ("cuda" if wants_gpu else "cpu")
    assert locked == ([["0"]] if wants_gpu else [])
    # before the lock, CUDA itself is not asked: it would remember which GPUs there were
    assert asked == (["1"] if name == "auto" else []) + ([None] if wants_gpu else [])


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


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "model name\t: AMD EPYC\ncpu family\t: 26\nmodel\t\t: 2\n",
            "AMD EPYC (family 26 model 2)",
        ),
        (
            "cpu family : 6\nmodel : 85\nmodel name : Xeon\n\ncpu family : 6\nmodel : 86\n"
            "model name : other\n",
            "Xeon (family 6 model 85)",
        ),
        ("model name : ARM\n", "ARM"),
        ("flags : fpu\n", ""),
        (None, ""),
    ],
)
def test_a_processor_is_named_with_its_generation(
    text: str | None, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "cpuinfo"
    if text is not None:
        path.write_text(text)
    assert device._processor(path) == name

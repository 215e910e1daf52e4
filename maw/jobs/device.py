"""Where does torch compute, with how many threads, is it repeatable, and is there room for all?

On the processor, unless `MAW_DEVICE=cuda` is set; then jobs take a GPU each and wait for their
turn. `MAW_SHARE_GPU=1` lets them share.
"""

import fcntl
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

import torch

from maw.errors import InputError

Made = TypeVar("Made")
_held: list[IO[str]] = []  # the lock on this process's GPU, until it ends


def prepare(seed: int) -> torch.device:
    """One thread, deterministic kernels, seeded; the device to compute on.

    InputError for a device that is not there: what was asked for is never quietly done elsewhere.
    """
    torch.set_num_threads(1)  # two spin against each other on a shared core, and change last bits
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    wanted = os.environ.get("MAW_DEVICE", "cpu")
    if wanted not in ("cpu", "cuda"):
        raise InputError(f"MAW_DEVICE={wanted}: unknown device; set cpu or cuda")
    if wanted == "cuda":
        _prepare_gpu()
    torch.manual_seed(seed)
    return torch.device(wanted)


def _prepare_gpu() -> None:
    """Its own device, and of attention's kernels the one whose gradient is repeatable."""
    if "SLURM_JOB_ID" not in os.environ:  # there the scheduler has handed one out
        lock_gpu(gpus())
    if not torch.cuda.is_available():
        raise InputError("MAW_DEVICE=cuda: torch sees no GPU; unset it, or install torch for CUDA")
    torch.backends.cuda.enable_flash_sdp(False)
    torch.backends.cuda.enable_mem_efficient_sdp(False)


def gpus(devices: Path = Path("/dev")) -> list[str]:
    """What CUDA may see: the names in CUDA_VISIBLE_DEVICES, else the numbers of all there are."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [name.strip() for name in named.split(",") if name.strip() not in ("", "-1")]
    found = (path.name.removeprefix("nvidia") for path in devices.glob("nvidia[0-9]*"))
    return sorted(found, key=int)


def lock_gpu(names: list[str], *, folder: Path | None = None, every: float = 1.0) -> str | None:
    """Take one of the GPUs for this process alone, waiting for it; CUDA then sees no other.

    Before CUDA wakes. None without a GPU, when this process has one, or with MAW_SHARE_GPU=1.
    """
    if _held or not names or os.environ.get("MAW_SHARE_GPU") == "1":
        return None
    place = folder or Path(tempfile.gettempdir())
    told = False
    while True:
        for name in names:
            file = _opened(place / f"maw-gpu-{name.replace('/', '-')}.lock")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            _held.append(file)
            os.environ["CUDA_VISIBLE_DEVICES"] = name
            return name
        if not told:
            print(f"waiting for a GPU: all of {', '.join(names)} are in use", file=sys.stderr)
            told = True
        time.sleep(every)


def is_alone() -> bool:
    """Whether this process has its GPU for itself: by its lock, or handed out by the scheduler.

    Only of jobs that ask as this one does; whoever else is on the machine is not seen.
    """
    shared = os.environ.get("MAW_SHARE_GPU") == "1"
    return not shared and (bool(_held) or "SLURM_JOB_ID" in os.environ)


def _opened(path: Path) -> IO[str]:
    """For reading, which is enough to lock: the file may be another user's."""
    if not path.exists():
        path.touch()
    return open(path)


def _told(at_once: int) -> None:
    print(f"out of memory: from here on {at_once} texts in memory at a time")


def fitting(
    attempt: Callable[[int | None], Made],
    *,
    at_once: int | None = None,
    most: int,
    tell: Callable[[int], None] = _told,
) -> Made:
    """What the attempt makes with so many texts in memory, halved until the device has room.

    at_once: to begin with; None: all, which are `most`. InputError when one alone does not fit.
    """
    while True:
        try:
            return attempt(at_once)
        except torch.OutOfMemoryError as error:
            at_once, reason = (at_once or most) // 2, str(error).partition(". ")[0]
        if not at_once:
            raise InputError(
                f"one text alone does not fit into the device's memory ({reason}); "
                "lower backbone.max_document_tokens or free the device"
            )
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()
        tell(at_once)


def peak_bytes() -> int:
    """Largest memory of this process so far: the GPU's where it computes there, else resident."""
    if torch.cuda.is_initialized():
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def versions() -> dict[str, str]:
    """Of what computed the numbers."""
    import platform

    import numpy

    model = Path("/proc/cpuinfo")
    names = [line for line in model.read_text().splitlines() if line.startswith("model name")]
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "processor": names[0].partition(":")[2].strip() if names else platform.machine(),
        **({"gpu": torch.cuda.get_device_name()} if torch.cuda.is_initialized() else {}),
    }

"""The device that a job computes on: processor or GPU, repeatable kernels, and memory.

The environment variable `MAW_DEVICE` names the device; the workflow sets it to the key `device` of
the suite's configuration, unless the user has set it. A job that uses a GPU takes one for itself
and waits while none is free; with `MAW_SHARE_GPU=1` several jobs use one GPU.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

import torch
from filelock import lock_descriptor

from maw.errors import InputError

Result = TypeVar("Result")
_gpu_locks: list[IO[str]] = []  # the lock on this process's GPU, held until the process ends


def prepare(seed: int, name: str | None = None) -> torch.device:
    """Set up torch for a job (one thread, deterministic kernels, the seed); return its device.

    name: `auto` (a GPU where torch sees one, else the processor), `cpu` or `cuda`; None: the value
    of MAW_DEVICE, and `cpu` where that is not set. InputError for another name, and for `cuda`
    without a GPU: the job does not use the processor instead.
    """
    torch.set_num_threads(1)  # two threads on a shared core are slower and change the last bits
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    name = name or os.environ.get("MAW_DEVICE", "cpu")
    if name not in ("auto", "cpu", "cuda"):
        raise InputError(f"MAW_DEVICE={name}: unknown device; set auto, cpu or cuda")
    if name == "auto":
        name = "cuda" if _sees_gpu() else "cpu"
    if name == "cuda":
        _prepare_gpu()
    torch.manual_seed(seed)
    return torch.device(name)


def _sees_gpu() -> bool:
    """Return True where torch sees a GPU. This does not start CUDA.

    CUDA, once started, would ignore which GPU the job locks; so torch asks the driver's NVML.
    """
    os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "1"
    is_seen = torch.cuda.is_available()
    del os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"]
    return is_seen


def _prepare_gpu() -> None:
    """Lock a GPU, where jobs need locks, and switch off attention kernels that are not repeatable.

    No lock is needed where SLURM gave the GPU or jobs may share one (MAW_SHARE_GPU=1). InputError
    where torch sees no GPU.
    """
    if "SLURM_JOB_ID" not in os.environ:  # SLURM gives each of its jobs a GPU itself
        lock_gpu(gpus())
    if not torch.cuda.is_available():
        raise InputError(
            "device cuda: torch cannot use a GPU here; set `device: cpu` in the configuration (or "
            "MAW_DEVICE=cpu), or install torch for CUDA"
        )
    torch.backends.cuda.enable_flash_sdp(False)
    torch.backends.cuda.enable_mem_efficient_sdp(False)


def gpus(devices: Path = Path("/dev")) -> list[str]:
    """Return the names of the GPUs that CUDA may use.

    They are the entries of CUDA_VISIBLE_DEVICES, which may be none. Where that variable is not set,
    they are the numbers of all GPUs, read from the files `nvidia<number>` in the folder `devices`.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [name.strip() for name in visible.split(",") if name.strip() not in ("", "-1")]
    numbers = (path.name.removeprefix("nvidia") for path in devices.glob("nvidia[0-9]*"))
    return sorted(numbers, key=int)


def lock_gpu(names: list[str], *, folder: Path | None = None, every: float = 1.0) -> str | None:
    """Lock one of the named GPUs for this process and return its name; wait while all are locked.

    Call this before CUDA starts, because CUDA_VISIBLE_DEVICES is set to the locked GPU. Returns
    None, and locks nothing, where `names` is empty, MAW_SHARE_GPU is 1, or this process has locked
    a GPU already. folder: holds a lock file for each GPU. every: seconds between two attempts.
    """
    if _gpu_locks or not names or os.environ.get("MAW_SHARE_GPU") == "1":
        return None
    folder = folder or Path(tempfile.gettempdir())
    is_reported = False
    while True:
        for name in names:
            file = _opened(folder / f"maw-gpu-{name.replace('/', '-')}.lock")
            if not lock_descriptor(file.fileno(), blocking=False):
                file.close()
                continue
            _gpu_locks.append(file)
            os.environ["CUDA_VISIBLE_DEVICES"] = name
            return name
        if not is_reported:
            print(f"waiting for a GPU: all of {', '.join(names)} are in use", file=sys.stderr)
            is_reported = True
        time.sleep(every)


def is_alone() -> bool:
    """Return True where no other job of maw uses this process's GPU.

    This process then holds the GPU's lock, or SLURM gave it the GPU, and MAW_SHARE_GPU is not 1.
    Other programs may use the GPU: they do not take the locks and are not noticed.
    """
    shared = os.environ.get("MAW_SHARE_GPU") == "1"
    return not shared and (bool(_gpu_locks) or "SLURM_JOB_ID" in os.environ)


def _opened(path: Path) -> IO[str]:
    """Return a lock file, opened for reading; it is created where it does not exist.

    Reading is enough for a lock, and the file may belong to another user and not be writable.
    """
    if not path.exists():
        path.touch()
    return open(path)


def _print_fewer(n_texts: int) -> None:
    print(f"out of memory: from here on {n_texts} texts in memory at a time")


def fitting(
    attempt: Callable[[int | None], Result],
    *,
    at_once: int | None = None,
    most: int,
    tell: Callable[[int], None] = _print_fewer,
) -> Result:
    """Return the result of a computation, which is repeated with fewer texts if memory runs out.

    attempt: the computation; its argument is the largest number of texts in memory at a time, or
    None for all texts. at_once: the argument of the first attempt; after each attempt that fails it
    is halved, None counting as `most`. most: number of all texts. tell: called with each new
    number. InputError when one text alone does not fit.
    """
    while True:
        try:
            return attempt(at_once)
        except torch.OutOfMemoryError as error:
            at_once, reason = (at_once or most) // 2, str(error).partition(". ")[0]
        if not at_once:
            raise InputError(
                f"one text alone does not fit into the device's memory ({reason}); "
                "lower backbone.max_document_tokens or free memory on the device"
            )
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()
        tell(at_once)


def peak_bytes() -> int | None:
    """Return the largest memory in bytes that this process has used so far.

    It is the GPU's memory where the process uses a GPU, else the machine's. None on Windows without
    a GPU, where Python cannot measure it.
    """
    if torch.cuda.is_initialized():
        return int(torch.cuda.max_memory_allocated())
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux KiB


def versions() -> dict[str, str]:
    """Return the versions of Python, torch and numpy, and the name of the processor.

    The GPU's name is added where this process uses a GPU.
    """
    import platform

    import numpy

    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "processor": _processor(Path("/proc/cpuinfo")) or platform.machine(),
        **({"gpu": torch.cuda.get_device_name()} if torch.cuda.is_initialized() else {}),
    }


def _processor(path: Path) -> str:
    """Return the processor's name from the file `path`, `/proc/cpuinfo` of Linux.

    A virtual machine may show one name for several generations of processors, which round
    differently; so family and model follow the name, where the file has them. "" where the file
    does not exist or has no name.
    """
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = [(key.strip(), value.strip()) for key, _, value in (s.partition(":") for s in lines)]
    facts = dict(reversed(pairs))  # those of the first processor
    if "cpu family" in facts and "model" in facts and facts.get("model name"):
        return f"{facts['model name']} (family {facts['cpu family']} model {facts['model']})"
    return facts.get("model name", "")

"""Where does torch compute, with how many threads, and is it repeatable?"""

import os
import resource
from pathlib import Path

import torch


def prepare(seed: int) -> torch.device:
    """One thread, deterministic kernels, seeded. CUDA when there is one, locked by `lock_gpu`."""
    torch.set_num_threads(1)  # two spin against each other on a shared core, and change last bits
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def peak_bytes() -> int:
    """Largest resident memory of this process so far."""
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
    }

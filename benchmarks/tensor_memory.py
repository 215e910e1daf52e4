"""The peak memory of a piece of work, as the allocator counts it, with the kernels' own buffers.

On a CPU, torch's profiler reports each block that is allocated and freed; on a GPU, the allocator
records the peak. Memory that was in use before does not count. A count of tensors alone would miss
the buffers inside kernels, which are a tenth of the pooled attention's peak.
"""

import gc
import os
from collections.abc import Callable

os.environ.setdefault(
    "KINETO_LOG_LEVEL", "99"
)  # before the import of torch, which would print lines otherwise

import torch
from torch.profiler import ProfilerActivity, profile


def peak_bytes(run: Callable[[], object], *, device: str = "cpu") -> int:
    """Return the most bytes that `run` has allocated at one time.

    `run` must not free memory that was allocated before.
    """
    gc.collect()
    if device == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        run()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        run()
    events = profiled.profiler.kineto_results.events()
    blocks = [(event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]"]
    current = peak = 0
    for _, size in sorted(
        blocks, key=lambda block: block[0]
    ):  # stable: the order within a tick stays
        current += size
        peak = max(peak, current)
    return peak

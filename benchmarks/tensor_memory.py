"""How much memory does something ask for at once? Of the allocator, kernels' buffers included.

On a CPU torch's profiler tells of each block that is taken and given back, on a GPU the allocator
keeps the peak. What was there before does not count. Watching tensors alone would miss what a
kernel takes and gives back inside: a tenth of the pooled attention's peak.
"""

import gc
import os
from collections.abc import Callable

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # before torch: else a line at each start and stop

import torch
from torch.profiler import ProfilerActivity, profile


def peak_bytes(run: Callable[[], object], *, device: str = "cpu") -> int:
    """Most bytes alive at once of what `run` takes. It must free nothing that was there before."""
    gc.collect()
    if device == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        run()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as told:
        run()
    events = told.profiler.kineto_results.events()  # type: ignore[union-attr]
    blocks = [(event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]"]
    now = most = 0
    for _, size in sorted(blocks, key=lambda block: block[0]):  # stable: in order within a tick
        now += size
        most = max(most, now)
    return most

"""A stopwatch for work on a processor or a GPU.

Processor seconds measure work on a processor, because other jobs do not change them. They do not
measure work on a GPU, which the processor only starts. So the stopwatch also counts seconds on the
clock, from an idle GPU to an idle GPU; they count only where no other job of maw uses the GPU.
torch is imported for a GPU only.
"""

import time
from typing import Self


class Stopwatch:
    """A stopwatch that adds up the seconds between each start and stop.

    device: "cpu" or "cuda". spent: (processor seconds, clock seconds) with which to begin, such as
    those of an earlier process that did a part of the same work.
    """

    def __init__(self, device: str, spent: tuple[float, float] = (0.0, 0.0)) -> None:
        self._on_gpu = device != "cpu"
        self.cpu_seconds, self._clock_seconds = spent
        self._cpu = self._clock = 0.0

    @property
    def spent(self) -> tuple[float, float]:
        """(Processor seconds, clock seconds) so far; another stopwatch can go on from them."""
        return self.cpu_seconds, self._clock_seconds

    def start(self) -> Self:
        """Start, or start again after a stop, and return this stopwatch."""
        self._wait()
        self._cpu, self._clock = time.process_time(), time.perf_counter()
        return self

    def stop(self) -> Self:
        """Stop, add the seconds since the last start, and return this stopwatch.

        Call it once for each start.
        """
        self._wait()
        self.cpu_seconds += time.process_time() - self._cpu
        self._clock_seconds += time.perf_counter() - self._clock
        return self

    @property
    def gpu_seconds_alone(self) -> float | None:
        """Clock seconds on a GPU that no other job of maw uses.

        None on a processor, and on a GPU that jobs may share.
        """
        if not self._on_gpu:
            return None
        from maw.jobs import device

        return self._clock_seconds if device.is_alone() else None

    def encoding(self, n_texts: int) -> dict[str, float | str]:
        """Return the entries of `cost.json` about encoding: device, seconds and texts per second.

        n_texts: number of texts that were encoded in the counted time. GPU seconds are left out
        where `gpu_seconds_alone` is None.
        """
        cpu, gpu = self.cpu_seconds, self.gpu_seconds_alone
        cost: dict[str, float | str] = {
            "encode_device": self._device_name(),
            "encode_cpu_seconds": cpu,
            "encode_texts_per_second": n_texts / cpu,
        }
        if gpu is not None:
            cost["encode_gpu_seconds_alone"] = gpu
            cost["encode_texts_per_gpu_second_alone"] = n_texts / gpu
        return cost

    def _device_name(self) -> str:
        """Return `cpu`, or the model name of the GPU, because GPU models differ in speed."""
        if not self._on_gpu:
            return "cpu"
        import torch

        return torch.cuda.get_device_name()

    def _wait(self) -> None:
        """Wait until the GPU has done all work that was launched on it."""
        if self._on_gpu:
            import torch

            torch.cuda.synchronize()

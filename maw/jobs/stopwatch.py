"""A stopwatch for work on a processor or a GPU.

On a processor it counts processor seconds, which other jobs do not change. On a GPU these would
count the launch of the work alone, so there it counts seconds on the clock, from an idle GPU to an
idle GPU, and only where the job has the GPU for itself. torch is imported for a GPU only.
"""

import time
from typing import Self


class Stopwatch:
    """The sum of the seconds between each start and stop. device: "cpu" or "cuda".

    spent: processor and clock seconds of the same work in an earlier process, which was stopped.
    """

    def __init__(self, device: str, spent: tuple[float, float] = (0.0, 0.0)) -> None:
        self._on_gpu = device != "cpu"
        self.cpu_seconds, self._clock_seconds = spent
        self._cpu = self._clock = 0.0

    @property
    def spent(self) -> tuple[float, float]:
        """Processor and clock seconds so far, from which another stopwatch can go on."""
        return self.cpu_seconds, self._clock_seconds

    def start(self) -> Self:
        """Start, or start again: the seconds are added to those counted before."""
        self._wait()
        self._cpu, self._clock = time.process_time(), time.perf_counter()
        return self

    def stop(self) -> Self:
        """Stop, once for each start."""
        self._wait()
        self.cpu_seconds += time.process_time() - self._cpu
        self._clock_seconds += time.perf_counter() - self._clock
        return self

    @property
    def gpu_seconds_alone(self) -> float | None:
        """Clock seconds on a GPU; None on a processor, and on a GPU that other jobs may use too."""
        if not self._on_gpu:
            return None
        from maw.jobs import device

        return self._clock_seconds if device.is_alone() else None

    def encoding(self, n_texts: int) -> dict[str, float | str]:
        """Return the keys of `cost.json` for encoding: device, seconds, and texts per second."""
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
        """Return `cpu`, or the GPU's model, because GPUs of two models take different times."""
        if not self._on_gpu:
            return "cpu"
        import torch

        return torch.cuda.get_device_name()

    def _wait(self) -> None:
        """Wait until the GPU has done all work that was launched on it."""
        if self._on_gpu:
            import torch

            torch.cuda.synchronize()

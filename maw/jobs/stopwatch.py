"""How long does work take? In processor seconds, to which a neighbour's work adds nothing.

On a GPU those are only of handing the work out. There seconds on the clock count, from an idle GPU
to an idle GPU, and only where the job has that GPU for itself. Never imports torch for a processor.
"""

import time
from typing import Self


class Stopwatch:
    """Adds up what lies between start and stop. device: "cpu" or "cuda".

    spent: seconds of the processor and on the clock, of the same work before it was cut off.
    """

    def __init__(self, device: str, spent: tuple[float, float] = (0.0, 0.0)) -> None:
        self._on_gpu = device != "cpu"
        self.cpu_seconds, self._clock_seconds = spent
        self._cpu = self._clock = 0.0

    @property
    def spent(self) -> tuple[float, float]:
        """What another stopwatch goes on from."""
        return self.cpu_seconds, self._clock_seconds

    def start(self) -> Self:
        """Goes on from what was added up before."""
        self._wait()
        self._cpu, self._clock = time.process_time(), time.perf_counter()
        return self

    def stop(self) -> Self:
        """Once for each start."""
        self._wait()
        self.cpu_seconds += time.process_time() - self._cpu
        self._clock_seconds += time.perf_counter() - self._clock
        return self

    @property
    def gpu_seconds_alone(self) -> float | None:
        """None on a processor, and on a GPU that other jobs may use at the same time."""
        if not self._on_gpu:
            return None
        from maw.jobs import device

        return self._clock_seconds if device.is_alone() else None

    def encoding(self, n_texts: int) -> dict[str, float | str]:
        """What cost.json says of it: where, the seconds, and texts by them."""
        cpu, gpu = self.cpu_seconds, self.gpu_seconds_alone
        found: dict[str, float | str] = {
            "encode_device": self._named(),
            "encode_cpu_seconds": cpu,
            "encode_texts_per_second": n_texts / cpu,
        }
        if gpu is not None:
            found["encode_gpu_seconds_alone"] = gpu
            found["encode_texts_per_gpu_second_alone"] = n_texts / gpu
        return found

    def _named(self) -> str:
        """`cpu`, or which GPU: seconds of one are not those of another."""
        if not self._on_gpu:
            return "cpu"
        import torch

        return torch.cuda.get_device_name()

    def _wait(self) -> None:
        """Until the GPU has done what it was handed."""
        if self._on_gpu:
            import torch

            torch.cuda.synchronize()

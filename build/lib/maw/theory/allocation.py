"""Measurement of the memory that a call takes, by watching the tensors of every operation."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of one call.

    largest: number of elements of the largest new tensor; peak_bytes: largest number of bytes of
    new tensors that are alive at the same time.
    """

    largest: int
    peak_bytes: int


class _MemoryWatch(TorchDispatchMode):
    """A mode of torch that follows each new storage until the last tensor on it is gone.

    Memory that a kernel takes and gives back within one operation is not seen.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.largest = self.peak = 0
        self.alive: dict[int, tuple[StorageWeakRef, int]] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation and record the storages that it made."""
        inputs = {tensor.untyped_storage()._cdata for tensor in _tensors((args, kwargs or {}))}
        result = func(*args, **(kwargs or {}))
        self.alive = {key: pair for key, pair in self.alive.items() if not pair[0].expired()}
        for tensor in _tensors(result):
            storage = tensor.untyped_storage()
            if storage._cdata in inputs:  # a view, or written in place
                continue
            self.largest = max(self.largest, tensor.numel())
            if storage._cdata not in self.alive:
                self.alive[storage._cdata] = (StorageWeakRef(storage), storage.nbytes())
        self.peak = max(self.peak, sum(size for _, size in self.alive.values()))
        return result


def _tensors(value: Any) -> Iterator[Tensor]:
    """Yield all tensors in nested lists, tuples and dicts."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)


def memory_of(call: Callable[[], object]) -> Memory:
    """Run a call without gradient, and return the memory that its new tensors take.

    The memory follows from the tensors' sizes, so it is the same on every machine.
    """
    with torch.no_grad(), _MemoryWatch() as watch:
        call()
    return Memory(watch.largest, watch.peak)

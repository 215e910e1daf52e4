"""How much memory does a call really take? Watches every operation and what it leaves alive."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode


@dataclass(frozen=True, slots=True)
class Memory:
    """largest: elements of the largest tensor made. peak_bytes: alive at once, at most."""

    largest: int
    peak_bytes: int


class _Watch(TorchDispatchMode):
    """Follows each new piece of memory until its last tensor is gone.

    What a kernel takes and gives back within one operation is not seen.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.largest = self.peak = 0
        self.alive: dict[int, tuple[StorageWeakRef, int]] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the operation; note what it returned in memory that was not there before."""
        known = {tensor.untyped_storage()._cdata for tensor in _tensors((args, kwargs or {}))}
        made = func(*args, **(kwargs or {}))
        self.alive = {key: pair for key, pair in self.alive.items() if not pair[0].expired()}
        for tensor in _tensors(made):
            storage = tensor.untyped_storage()
            if storage._cdata in known:  # a view, or written in place
                continue
            self.largest = max(self.largest, tensor.numel())
            if storage._cdata not in self.alive:
                self.alive[storage._cdata] = (StorageWeakRef(storage), storage.nbytes())
        self.peak = max(self.peak, sum(size for _, size in self.alive.values()))
        return made


def _tensors(value: Any) -> Iterator[Tensor]:
    """All tensors in nested lists, tuples and dicts."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)


def watched(call: Callable[[], object]) -> Memory:
    """A call without gradient; the same numbers on every machine."""
    with torch.no_grad(), _Watch() as seen:
        call()
    return Memory(seen.largest, seen.peak)

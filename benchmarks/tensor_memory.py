"""How many bytes of tensors are alive at once while something runs? Exact, on any machine."""

import gc
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class Alive(TorchDispatchMode):
    """Counts the storages that are made while it is on; what was there before does not count."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[int, int] = {}
        self.now = self.most = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = {
            tensor.untyped_storage()._cdata
            for tensor in torch.utils._pytree.tree_leaves((args, kwargs or {}))
            if isinstance(tensor, torch.Tensor)
        }
        made = func(*args, **(kwargs or {}))
        for tensor in torch.utils._pytree.tree_leaves(made):
            if isinstance(tensor, torch.Tensor):
                self._note(tensor.untyped_storage(), given)
        return made

    def _note(self, storage: torch.UntypedStorage, given: set[int]) -> None:
        key = storage._cdata
        if key in self.known or key in given:
            return
        self.known[key] = storage.nbytes()
        self.now += storage.nbytes()
        self.most = max(self.most, self.now)
        weakref.finalize(storage, self._forget, key)

    def _forget(self, key: int) -> None:
        self.now -= self.known.pop(key, 0)


def peak_bytes(run: Callable[[], None]) -> int:
    """Of the tensors that a run makes; not what kernels use inside."""
    gc.collect()
    with Alive() as alive:
        run()
    return alive.most

"""Matrix products in float32 on the processor, by the faster of torch's two libraries.

torch gives float32 products to its BLAS (MKL in the usual packages), which uses half of what some
processors can do. It has a second library, oneDNN, behind the public setting
`torch.backends.mkldnn.matmul.fp32_precision = "bf16"`. The setting allows rounding to bfloat16, but
processors without AMX instructions do not round: there oneDNN computes in full float32. So the
first product of a process is preceded by a probe, which takes a hundredth of a second. oneDNN is
used only where it is as exact as BLAS and much faster.

The setting is on only while a product is computed, because it makes torch's fused attention many
times slower. Products on a GPU, under autocast, in other types than float32, or with few rows are
computed as torch does by default.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from maw.errors import InputError

Library = Literal["onednn", "blas"]
VARIABLE = "MAW_PRODUCTS"
SENT = "bf16"  # the value of torch's setting that gives float32 products to oneDNN
# with fewer rows the gain is small, and oneDNN writes code for each new shape: half a millisecond
FEW_ROWS = 256
# of the probe: [rows, inputs] · [inputs, outputs], how often, largest error relative to the largest
# entry, and the largest share of BLAS's time. The share leaves a margin, so that processors on
# which both are about equal always get BLAS, and all processes of a machine get the same library
PROBED_SHAPE, N_PROBES, MAX_ERROR, MAX_TIME = (192, 384, 384), 5, 1e-5, 0.75

_precision: Any = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]


@cache
def library() -> Library:
    """Return the library that computes this process's large float32 products on the processor.

    It is decided once in a process: by the environment variable MAW_PRODUCTS, `onednn` or `blas`,
    or by a probe where it is not set. InputError for another value.
    """
    name = os.environ.get(VARIABLE, "")
    if name in get_args(Library):
        return "onednn" if name == "onednn" else "blas"
    if name:
        raise InputError(f"{VARIABLE}={name}: unknown library; set onednn or blas, or unset it")
    is_usable = torch.backends.mkldnn.is_available() and _is_exact() and _is_fast()
    return "onednn" if is_usable else "blas"


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return what torch's `linear` returns: x [..., E], weight [F, E], bias [F] -> [..., F].

    The products of the backward pass are computed by the same library.
    """
    if not is_sent(x):
        return functional.linear(x, weight, bias)
    y: Tensor = _Linear.apply(x, weight, bias)  # type: ignore[no-untyped-call]
    return y


class Linear(nn.Linear):
    """torch's linear layer, with its products by `linear` of this module."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output [..., F] for x [..., E]."""
        return linear(x, self.weight, self.bias)


def is_sent(x: Tensor) -> bool:
    """Return True where products of x [..., E] with a matrix are sent to oneDNN.

    They are where oneDNN is this process's library, and x has many rows in float32 on the
    processor, without autocast.
    """
    return (
        x.dtype == torch.float32
        and x.device.type == "cpu"
        and x.numel() >= FEW_ROWS * x.shape[-1]
        and not torch.is_autocast_enabled("cpu")
        and library() == "onednn"
    )


@contextmanager
def sent(to_onednn: bool) -> Iterator[None]:
    """Send all float32 products in a `with` block to oneDNN, if `to_onednn` is True.

    The block must hold nothing but products: no attention, and no call of a user's code.
    """
    if not to_onednn:
        yield
        return
    before = _precision.fp32_precision
    if before == SENT:  # another thread's block: restoring this value would leave it on for good
        yield
        return
    _precision.fp32_precision = SENT
    try:
        yield
    finally:
        _precision.fp32_precision = before


class LinearLayers(TorchFunctionMode):
    """A `with` block in which every linear layer, also of other packages, computes by `linear`.

    Other operations, such as attention, are computed as torch does by default.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Compute one of torch's functions: `linear` as this module does, any other as torch."""
        return (linear if func is functional.linear else func)(*args, **(kwargs or {}))


class _Linear(torch.autograd.Function):
    """The autograd function of `linear`; all products, also of the gradients, are by oneDNN."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.biased = bias is not None
        with sent(True):
            return functional.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        of_x, of_weight, of_bias = ctx.needs_input_grad
        rows = gradient.reshape(-1, gradient.shape[-1])
        with sent(True):
            x_gradient = (rows @ weight).view(x.shape) if of_x else None
            weight_gradient = rows.T @ x.reshape(len(rows), -1) if of_weight else None
        return x_gradient, weight_gradient, rows.sum(0) if ctx.biased and of_bias else None


def _factors() -> tuple[Tensor, Tensor]:
    """Return two matrices whose product the probe computes."""
    generator = torch.Generator().manual_seed(0)
    n_rows, n_inputs, n_outputs = PROBED_SHAPE
    a = torch.randn(n_rows, n_inputs, generator=generator)
    return a, torch.randn(n_inputs, n_outputs, generator=generator)


def _is_exact() -> bool:
    """Return True where oneDNN computes float32 products without rounding to bfloat16."""
    a, b = _factors()
    exact = a.double() @ b.double()
    with sent(True):
        error = (a @ b - exact).abs().max() / exact.abs().max()
    return bool(error < MAX_ERROR)


def _is_fast() -> bool:
    """Return True where oneDNN takes at most MAX_TIME of the time that BLAS takes."""
    a, b = _factors()
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(N_PROBES):
        for to_onednn, measured in seconds.items():
            with sent(to_onednn):
                started = time.perf_counter()
                a @ b
                measured.append(time.perf_counter() - started)
    # the least: the first product of a library takes longer, and other processes take time
    return min(seconds[True]) <= MAX_TIME * min(seconds[False])

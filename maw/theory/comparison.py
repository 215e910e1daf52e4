"""The cost of the forward pass of each kind of attention: FLOPs, memory and time.

FLOPs are counted by torch.utils.flop_counter (a multiply-add is two operations). Attention is
counted in its unfused form, which has the same matrix products as the fused one, because the
counter knows these products on every device.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from maw.models.products import LinearLayers
from maw.theory.allocation import memory_of
from maw.theory.attentions import KINDS, AttentionConfig, build

LENGTHS = (128, 256, 512, 1024)


@dataclass(frozen=True, slots=True)
class AttentionCost:
    """The cost of one attention's forward pass.

    parameters: number in the module; parameters_used: number that one text passes through; largest:
    number of elements of the largest tensor that the pass makes; peak_bytes: largest number of
    bytes of such tensors alive at one time; seconds: of the fastest run, None if time was not
    measured.
    """

    config: AttentionConfig
    flops: int
    parameters: int
    parameters_used: int
    largest: int
    peak_bytes: int
    seconds: float | None


class AttentionComparator:
    """Measures the cost of several attentions, on random input and without gradient.

    configs: the attentions, None for one of each kind. seed: for the weights and the input.
    """

    def __init__(self, configs: Sequence[AttentionConfig] | None = None, *, seed: int = 0) -> None:
        self.configs = tuple(configs or (AttentionConfig(kind) for kind in KINDS))
        self.seed = seed

    def compare(
        self, lengths: Sequence[int] = LENGTHS, *, repeats: int = 0
    ) -> tuple[AttentionCost, ...]:
        """Return the cost of each attention at each length; one length's costs stand together.

        repeats: number of timed runs of each; 0: no time is measured. The attentions take turns, so
        that a slow moment of the machine slows all of them alike.
        """
        costs: list[AttentionCost] = []
        for length in lengths:
            calls = [self._call(replace(config, length=length)) for config in self.configs]
            seconds = fastest_seconds([call for _, _, call in calls], repeats=repeats)
            for (config, module, call), fastest in zip(calls, seconds, strict=True):
                costs.append(_cost(config, module, call, seconds=fastest))
        return tuple(costs)

    def _call(
        self, config: AttentionConfig
    ) -> tuple[AttentionConfig, nn.Module, Callable[[], Tensor]]:
        torch.manual_seed(self.seed)
        module = build(config)
        x = torch.randn(config.batch, config.length, config.hidden)
        mask = torch.ones(config.batch, config.length, dtype=torch.bool)
        return config, module, lambda: module(x, mask)


def _cost(
    config: AttentionConfig,
    module: nn.Module,
    call: Callable[[], Tensor],
    *,
    seconds: float | None,
) -> AttentionCost:
    n_parameters = sum(parameter.numel() for parameter in module.parameters())
    per_depth = 2 * config.hidden * (config.hidden + 1)  # W_q, W_k and their biases, of one depth
    n_unused = per_depth * (config.n_depths - 1) if config.kind == "maw_lazy" else 0
    memory = memory_of(call)
    return AttentionCost(
        config=config,
        flops=count_flops(call),
        parameters=n_parameters,
        parameters_used=n_parameters - n_unused,
        largest=memory.largest,
        peak_bytes=memory.peak_bytes,
        seconds=seconds,
    )


def count_flops(call: Callable[[], object]) -> int:
    """Return the FLOPs of all matrix products that a call computes."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
        call()
    return int(counter.get_total_flops())


def fastest_seconds(calls: Sequence[Callable[[], object]], *, repeats: int) -> list[float | None]:
    """Return the seconds of each call's fastest run out of `repeats`; None if repeats is 0.

    The calls take turns. The first run of each call is a warm-up and not timed. Products of linear
    layers are computed by one library in all calls, that of `maw.models.products`.
    """
    if not repeats:
        return [None] * len(calls)
    fastest = [float("inf")] * len(calls)
    with torch.no_grad(), LinearLayers():
        for turn in range(repeats + 1):
            for position, call in enumerate(calls):
                start = time.perf_counter()
                call()
                seconds = time.perf_counter() - start
                if turn:  # the first turn warms up
                    fastest[position] = min(fastest[position], seconds)
    return list(fastest)

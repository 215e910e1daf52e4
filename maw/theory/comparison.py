"""What does each attention cost? FLOPs counted, memory and time measured, beside standard's.

FLOPs by torch.utils.flop_counter (a multiply-add is two), with attention in its unfused form, which
does the same products and whose operations the counter knows on every device.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from maw.theory.allocation import watched
from maw.theory.attentions import KINDS, AttentionConfig, build

LENGTHS = (128, 256, 512, 1024)


@dataclass(frozen=True, slots=True)
class AttentionCost:
    """parameters: all; parameters_used: of one text's forward pass. largest: elements of a tensor.

    seconds: the fastest of the interleaved runs, None where time was not measured.
    """

    config: AttentionConfig
    flops: int
    parameters: int
    parameters_used: int
    largest: int
    peak_bytes: int
    seconds: float | None


class AttentionComparator:
    """The same input through each attention, forward, without gradient."""

    def __init__(self, configs: Sequence[AttentionConfig] | None = None, *, seed: int = 0) -> None:
        self.configs = tuple(configs or (AttentionConfig(kind) for kind in KINDS))
        self.seed = seed

    def compare(
        self, lengths: Sequence[int] = LENGTHS, *, repeats: int = 0
    ) -> tuple[AttentionCost, ...]:
        """One cost for each length and attention; `repeats` interleaved timed runs of each."""
        found: list[AttentionCost] = []
        for length in lengths:
            calls = [self._call(replace(config, length=length)) for config in self.configs]
            seconds = timed([call for _, _, call in calls], repeats=repeats)
            for (config, module, call), fastest in zip(calls, seconds, strict=True):
                found.append(_cost(config, module, call, seconds=fastest))
        return tuple(found)

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
    n = sum(parameter.numel() for parameter in module.parameters())
    pair = 2 * config.hidden * (config.hidden + 1)  # W_q, W_k and their biases, of one depth
    unused = pair * (config.depths - 1) if config.kind == "maw_lazy" else 0
    memory = watched(call)
    return AttentionCost(
        config=config,
        flops=counted(call),
        parameters=n,
        parameters_used=n - unused,
        largest=memory.largest,
        peak_bytes=memory.peak_bytes,
        seconds=seconds,
    )


def counted(call: Callable[[], object]) -> int:
    """FLOPs of all matrix products of a call."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
        call()
    return int(counter.get_total_flops())


def timed(calls: Sequence[Callable[[], object]], *, repeats: int) -> list[float | None]:
    """The fastest run of each call, the calls taking turns; None without repeats."""
    if not repeats:
        return [None] * len(calls)
    fastest = [float("inf")] * len(calls)
    with torch.no_grad():
        for turn in range(repeats + 1):
            for place, call in enumerate(calls):
                started = time.perf_counter()
                call()
                spent = time.perf_counter() - started
                if turn:  # the first turn warms up
                    fastest[place] = min(fastest[place], spent)
    return list(fastest)

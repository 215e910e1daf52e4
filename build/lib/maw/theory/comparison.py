"""The cost of the forward pass of each kind of attention: FLOPs, memory and time.

FLOPs are counted by torch.utils.flop_counter (a multiply-add is two operations). Attention is
counted in its unfused form, which has the same matrix products as the fused one, because the
counter knows these products on every device.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

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
    bytes of such tensors alive at one time; seconds, mean_seconds: of the fastest run, and of all
    timed runs in the mean, None if time was not measured.
    """

    config: AttentionConfig
    flops: int
    parameters: int
    parameters_used: int
    largest: int
    peak_bytes: int
    seconds: float | None
    mean_seconds: float | None


class AttentionComparator:
    """Measures the cost of several attentions, on random input and without gradient.

    configs: the attentions, None for one of each kind. seed: for the weights and the input.
    device: torch's name of the device on which they run.
    """

    def __init__(
        self,
        configs: Sequence[AttentionConfig] | None = None,
        *,
        seed: int = 0,
        device: str = "cpu",
    ) -> None:
        self.configs = tuple(configs or (AttentionConfig(kind) for kind in KINDS))
        self.seed, self.device = seed, torch.device(device)

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
            timed = run_seconds([call for _, _, call in calls], repeats=repeats)
            for (config, module, call), seconds in zip(calls, timed, strict=True):
                costs.append(_cost(config, module, call, seconds=seconds))
        return tuple(costs)

    def _call(
        self, config: AttentionConfig
    ) -> tuple[AttentionConfig, nn.Module, Callable[[], Tensor]]:
        torch.manual_seed(self.seed)
        module = build(config).to(self.device)
        x = torch.randn(config.batch, config.length, config.hidden).to(self.device)
        mask = torch.ones(config.batch, config.length, dtype=torch.bool, device=self.device)

        def call() -> Tensor:
            output: Tensor = module(x, mask)
            if self.device.type == "cuda":
                torch.cuda.synchronize(self.device)  # a product is only begun when the call returns
            return output

        return config, module, call


def _cost(
    config: AttentionConfig,
    module: nn.Module,
    call: Callable[[], Tensor],
    *,
    seconds: Sequence[float],
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
        seconds=min(seconds, default=None),
        mean_seconds=fmean(seconds) if seconds else None,
    )


def count_flops(call: Callable[[], object]) -> int:
    """Return the FLOPs of all matrix products that a call computes."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
        call()
    return int(counter.get_total_flops())


def run_seconds(calls: Sequence[Callable[[], object]], *, repeats: int) -> list[list[float]]:
    """Return the seconds of each call's `repeats` runs.

    The calls take turns. The first run of each call is a warm-up and not timed. Products of linear
    layers are computed by one library in all calls, that of `maw.models.products`.
    """
    seconds: list[list[float]] = [[] for _ in calls]
    if not repeats:
        return seconds
    with torch.no_grad(), LinearLayers():
        for turn in range(repeats + 1):
            for of_call, call in zip(seconds, calls, strict=True):
                start = time.perf_counter()
                call()
                if turn:  # the first turn warms up
                    of_call.append(time.perf_counter() - start)
    return seconds

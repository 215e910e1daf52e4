"""What does a training step cost? Counted floating-point operations, the same on every machine.

Products and attention only, forward and backward, as torch's counter has them; torch does not
register its own fused attention of the CPU, so that is added here.
"""

from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import (
    FlopCounterMode,
    sdpa_backward_flop_count,
    sdpa_flop_count,
)

from maw.settings.sections import Training
from maw.training.loop import Data, train

STEPS = 4


def counter() -> FlopCounterMode:
    """`with counter() as counted: ...; counted.get_total_flops()`."""
    aten = torch.ops.aten
    return FlopCounterMode(
        display=False,
        custom_mapping={
            aten._scaled_dot_product_flash_attention_for_cpu: _forward,
            aten._scaled_dot_product_flash_attention_for_cpu_backward: _backward,
        },
    )


def _forward(query: Any, key: Any, value: Any, *rest: Any, **options: Any) -> int:
    return int(sdpa_flop_count(query, key, value))


def _backward(gradient: Any, query: Any, key: Any, value: Any, *rest: Any, **options: Any) -> int:
    return int(sdpa_backward_flop_count(gradient, query, key, value))


def flops_per_step(
    data: Data, *, system: Any, top: dict[str, Tensor], training: Training, seed: int
) -> float:
    """Mean over the first batches of a seed, which are the same for every system."""
    short = training.model_copy(update={"steps": STEPS})
    with counter() as counted:
        train(
            data,
            system=system,
            top=top,
            training=short,
            learning_rate=1e-4,
            seed=seed,
            evaluations=0,
            tell=lambda line: None,
        )
    return float(counted.get_total_flops()) / STEPS

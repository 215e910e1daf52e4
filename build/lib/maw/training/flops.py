"""The price of a training step in floating-point operations, the same on every machine.

Matrix products and attention are counted, forward and backward, by torch's counter. The counter
does not know torch's fused attention on the CPU; this module adds that operation to it.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import (
    FlopCounterMode,
    sdpa_backward_flop_count,
    sdpa_flop_count,
)

from maw.settings.sections import Training
from maw.training.loop import Recipe, TrainingData, train

COUNTED_STEPS = 4
ANY_LEARNING_RATE = 1e-4  # the number of operations does not depend on it


def flop_counter() -> FlopCounterMode:
    """Return a counter: `with flop_counter() as counter: ...`, then `counter.get_total_flops()`."""
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
    data: TrainingData, *, system: Any, top: Mapping[str, Tensor], training: Training, seed: int
) -> float:
    """Return the mean FLOPs of a training step over the first COUNTED_STEPS batches of the seed.

    These batches are the same for all bi-encoders, and for all cross-encoders. No development query
    is ranked. top: the pretrained tensors of the layers to train.
    """
    recipe = Recipe(
        system=system,
        top=top,
        training=training.model_copy(update={"steps": COUNTED_STEPS}),
        learning_rate=ANY_LEARNING_RATE,
        seed=seed,
        evaluations=0,
    )
    with flop_counter() as counter:
        train(data, recipe)
    return float(counter.get_total_flops()) / COUNTED_STEPS

"""Saving memory changes no result: checkpointing, fewer texts at a time, bfloat16, a GPU."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from maw.errors import InputError
from maw.models.encoders.embedding import embed
from maw.settings import registry
from maw.training.loop import Trained
from maw.training.texts import TextData, draw_batches
from tests.training.small_training import (
    RECIPE,
    SYSTEMS,
    have_equal_weights,
    parsed_system,
    train_small,
)

Top = Callable[..., dict[str, Tensor]]
SmallDevice = Callable[[int], None]


def trained(
    data: TextData, top: dict[str, Tensor], *, kind: str = "grpo", **options: Any
) -> Trained:
    """Train the system of this name."""
    return train_small(data, top, system=SYSTEMS[kind], **options)


@pytest.mark.parametrize("kind", SYSTEMS)
def test_checkpointing_gives_the_same_weights(kind: str, data: TextData, random_top: Top) -> None:
    saving = RECIPE.model_copy(update={"gradient_checkpointing": True})
    top = random_top(layers=2)
    plain, saved = (
        trained(data, top, kind=kind, training=training) for training in (RECIPE, saving)
    )
    assert have_equal_weights(plain, saved)


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("kind", SYSTEMS)
def test_out_of_memory_halves_the_texts_at_once_and_keeps_the_batch_and_the_result(
    kind: str, checkpointing: bool, data: TextData, random_top: Top, small_device: SmallDevice
) -> None:
    training = RECIPE.model_copy(update={"gradient_checkpointing": checkpointing})
    top, warnings = random_top(layers=2), list[str]()
    plain = trained(data, top, kind=kind, training=training)
    small_device(3)
    spared = trained(data, top, kind=kind, training=training, warn=warnings.append)
    assert plain.model.at_once is None
    assert spared.model.at_once == 2
    assert [line.partition(", ")[2] for line in warnings] == [
        f"with {n} texts in memory at a time; a batch still has 4 queries" for n in (8, 4, 2)
    ]
    # the same batch, negatives and draws, summed in another order. Not the parameters: AdamW moves
    # a key's bias, whose gradient is zero but for rounding, as far as any, and it has no effect
    rows = torch.arange(20)
    vectors, depths, _ = embed(spared.model, data.documents, rows)
    expected, same_depths, _ = embed(plain.model, data.documents, rows)
    torch.testing.assert_close(vectors, expected, rtol=0, atol=1e-4)
    assert torch.equal(depths, same_depths)
    for point, plain_point in zip(spared.curve, plain.curve, strict=True):
        assert point == pytest.approx(plain_point, abs=1e-4)


def test_the_gradient_of_few_texts_at_a_time_is_the_whole_batchs(
    data: TextData, random_top: Top
) -> None:
    system = parsed_system(SYSTEMS["supervised"])
    batch = next(draw_batches(data, RECIPE, seed=42))
    gradients = []
    for texts_at_once in (None, 3):
        torch.manual_seed(0)
        model = data.build(system, random_top(layers=2))
        model.at_once = texts_at_once
        losses = registry.module_of(system.objective).begin(system.objective, model)
        ((loss, _),) = losses(batch, torch.Generator().manual_seed(1))
        loss.backward()
        gradients.append([p.grad for p in model.parameters() if p.grad is not None])
    assert len(gradients[0]) == len(gradients[1]) > 20
    for at_once, few in zip(*gradients, strict=True):
        torch.testing.assert_close(at_once, few, rtol=1e-4, atol=1e-6)


def test_one_text_too_large_for_the_device_is_an_error_with_the_mend(
    data: TextData, random_top: Top, small_device: SmallDevice
) -> None:
    small_device(0)
    with pytest.raises(InputError, match=r"one text alone .*CUDA out of memory.*max_document"):
        trained(data, random_top())


@pytest.mark.parametrize("kind", SYSTEMS)
def test_bfloat16_trains_near_float32_in_float32_parameters(
    kind: str, data: TextData, random_top: Top
) -> None:
    lower = RECIPE.model_copy(update={"precision": "bfloat16"})
    plain, low = (
        trained(data, random_top(), kind=kind, training=training, learning_rate=1e-3)
        for training in (RECIPE, lower)
    )
    assert {parameter.dtype for parameter in low.model.parameters()} == {torch.float32}
    assert not have_equal_weights(plain, low)
    # 8 bits of mantissa: a product is off by 2^-8 of itself
    assert low.curve[0]["loss"] == pytest.approx(plain.curve[0]["loss"], rel=0.05)
    assert low.development_score == pytest.approx(plain.development_score, abs=0.15)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("kind", SYSTEMS)
def test_a_gpu_trains_as_the_processor_does(kind: str, data: TextData, random_top: Top) -> None:
    on_cpu, on_gpu = (
        trained(data, random_top(), kind=kind, learning_rate=1e-3, device=device)
        for device in ("cpu", "cuda")
    )
    assert next(on_gpu.model.parameters()).device.type == "cuda"
    assert on_gpu.curve[0]["loss"] == pytest.approx(on_cpu.curve[0]["loss"], rel=1e-4)

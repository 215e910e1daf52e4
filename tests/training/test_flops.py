"""A step's price is counted: equal for equal work, with the CPU's fused attention in it."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from maw.training.flops import flop_counter, flops_per_step
from maw.training.texts import TextData
from tests.training.small_training import RECIPE, SYSTEMS, parsed_system


def test_a_steps_price_is_counted_alike_for_the_same_work_and_higher_for_more(
    data: TextData, random_top: Callable[..., dict[str, Tensor]]
) -> None:
    eight_depths = {"kind": "maw", "depths": 8}
    ranking = {"kind": "ranking"}
    systems: dict[str, dict[str, Any]] = {
        "plain": {"objective": ranking},
        "fixed": {"attention": eight_depths, "router": {"kind": "fixed"}, "objective": ranking},
        "uniform": {"attention": eight_depths, "router": {"kind": "uniform"}, "objective": ranking},
        **{kind: SYSTEMS[kind] for kind in ("supervised", "grpo")},
    }
    price = {
        name: flops_per_step(
            data, system=parsed_system(system), top=random_top(), training=RECIPE, seed=41
        )
        for name, system in systems.items()
    }
    assert price["fixed"] == price["plain"] > 0
    assert price["plain"] < price["grpo"] < price["uniform"]
    assert price["supervised"] > price["plain"]


def test_the_fused_attention_of_the_cpu_is_counted() -> None:
    # two products of 2·L·L·h operations a head, forward; five backward
    q, k, v = (torch.randn(2, 3, 16, 8, requires_grad=True) for _ in range(3))
    with flop_counter() as counter:
        y = torch.nn.functional.scaled_dot_product_attention(q, k, v)
        forward = counter.get_total_flops()
        y.sum().backward()
    assert forward == 2 * 2 * 16 * 16 * 8 * 2 * 3
    assert counter.get_total_flops() == forward * (2 + 5) / 2

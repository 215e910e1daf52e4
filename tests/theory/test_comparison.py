"""FLOPs, parameters and times of each attention are those of the formulas."""

import torch
from torch.nn.functional import scaled_dot_product_attention

from maw.theory.attentions import KINDS, AttentionConfig
from maw.theory.comparison import AttentionComparator, count_flops, run_seconds

E, H, D = 24, 3, 5


def test_flops_are_those_of_the_formulas() -> None:
    configs = [
        AttentionConfig(k, hidden=E, heads=H, n_depths=D, kv_heads=3, batch=2) for k in KINDS
    ]
    costs = {c.config.kind: c for c in AttentionComparator(configs).compare([16])}
    n, router = 2 * 16, 2 * 2 * E * D  # tokens of the batch; of the router, two texts
    projection, attention = 2 * n * E * E, 2 * 2 * 16 * 16 * E  # each of QKᵀ and AV
    assert costs["standard"].flops == 4 * projection + 2 * attention
    assert costs["maw_lazy"].flops == costs["standard"].flops + router
    assert costs["maw_streamed"].flops == (2 * D + 2) * projection + 2 * D * attention + router
    select = 2 * 2 * H * 16 * 16 * D
    naive = (2 * D + 2) * projection + (D + 1) * attention + select + router
    assert costs["maw_naive"].flops == naive
    shared = 2 * 2 * n * E * (E // H)  # keys and values of one head
    assert costs["multi_query"].flops == 2 * projection + shared + 2 * attention
    assert costs["grouped_query"].flops == costs["standard"].flops  # here each head has its own
    state = 2 * 2 * n * E * (E // H) + 2 * n * E  # kᵀv, q(kᵀv), and the sum below
    assert costs["linear"].flops == 4 * projection + state


def test_parameters_used_are_one_depths() -> None:
    configs = [AttentionConfig(k, hidden=E, heads=H, n_depths=D, kv_heads=1) for k in KINDS]
    costs = {c.config.kind: c for c in AttentionComparator(configs).compare([8])}
    standard, lazy = costs["standard"], costs["maw_lazy"]
    router = D * (E + 1)
    assert lazy.parameters_used == standard.parameters + router
    assert lazy.parameters == standard.parameters + router + (D - 1) * 2 * E * (E + 1)
    assert costs["maw_naive"].parameters_used == costs["maw_naive"].parameters == lazy.parameters
    assert costs["maw_naive"].largest == H * 8 * 8 * D
    assert all(cost.seconds is None for cost in costs.values())


def test_runs_take_turns_and_the_first_of_each_warms_up() -> None:
    order: list[str] = []
    timed = run_seconds([lambda: order.append("a"), lambda: order.append("b")], repeats=2)
    assert order == ["a", "b"] * 3
    assert [len(seconds) for seconds in timed] == [2, 2]
    assert all(0 <= one < 1 for seconds in timed for one in seconds)


def test_the_fastest_run_is_not_slower_than_the_mean_of_all() -> None:
    config = AttentionConfig("standard", hidden=12, heads=3, kv_heads=1)
    (cost,) = AttentionComparator([config]).compare([8], repeats=4)
    assert cost.seconds is not None
    assert cost.mean_seconds is not None
    assert 0 < cost.seconds <= cost.mean_seconds
    (unmeasured,) = AttentionComparator([config]).compare([8])
    assert unmeasured.seconds is None
    assert unmeasured.mean_seconds is None


def test_the_counter_knows_fused_attention() -> None:
    q = torch.randn(1, 2, 8, 4)
    assert count_flops(lambda: scaled_dot_product_attention(q, q, q)) == 2 * 2 * 2 * 8 * 8 * 4

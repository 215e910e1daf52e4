"""The source's theory classes return what holds, and costs that are counted."""

import pytest

from maw.theory.attentions import KINDS
from maw.theory.source_analysis import AttentionComparator, AttentionConfig, MAWTheoreticalAnalysis

SMALL = AttentionConfig(num_heads=2, head_dim=8, depth_dim=3)


def test_the_bounds_are_what_holds_and_not_what_the_source_states() -> None:
    analysis = MAWTheoreticalAnalysis(num_heads=2, head_dim=8, depth_dim=3, seq_len=32)
    bounds = analysis.generate_theoretical_bounds(
        maw_strength=0.15, learning_rate=2e-4, batch_size=16
    )
    assert bounds.approximation_error == pytest.approx(0.15 * 8)  # s·√(2L), L = 32
    assert bounds.expressiveness_gain == 1.0
    assert "No convergence is claimed" in bounds.convergence
    assert bounds.computational_complexity == analysis.compute_complexity_analysis()


@pytest.mark.parametrize("strength", [0.15, 1.0])
def test_a_head_is_within_its_bounds(strength: float) -> None:
    bound = MAWTheoreticalAnalysis(seq_len=64).compute_approximation_bound(strength)
    assert 0 < bound.distance <= bound.local <= bound.always


def test_the_words_say_why() -> None:
    analysis = MAWTheoreticalAnalysis()
    assert analysis.analyze_expressiveness_gain().startswith("1.0: a text passes through one depth")
    assert "biased gradient" in analysis.convergence_analysis()
    assert analysis.counterexample().left > analysis.counterexample().right  # Theorem 1 fails


def test_complexity_is_counted_in_words() -> None:
    analysis = MAWTheoreticalAnalysis(num_heads=2, head_dim=8, depth_dim=3, seq_len=16)
    costs = AttentionComparator(SMALL).compare_complexity(16)
    words = analysis.compute_complexity_analysis()
    assert f"the chosen depth alone {costs['maw_lazy']['ratio']:.2f} ×" in words
    assert f"all depths {costs['maw_naive']['ratio']:.2f} ×" in words


def test_costs_are_by_mechanism() -> None:
    costs = AttentionComparator(SMALL).compare_complexity(seq_len=16)
    assert set(costs) == set(KINDS)
    assert set(costs["standard"]) == {"flops", "memory", "ratio"}
    assert costs["standard"]["ratio"] == 1
    # the router alone is beside standard attention, 2·16·3 of its FLOPs
    assert costs["maw_lazy"]["flops"] - costs["standard"]["flops"] == 2 * 16 * 3
    assert costs["maw_naive"]["ratio"] > costs["maw_lazy"]["ratio"]


def test_times_are_measured_and_no_mean_is_below_the_fastest() -> None:
    times = AttentionComparator(SMALL).benchmark_attention_mechanisms(seq_len=8, repeats=2)
    assert set(times) == set(KINDS)
    assert all(0 < row["fastest_ms"] <= row["avg_time_ms"] for row in times.values())


@pytest.mark.parametrize(("heads", "kv_heads"), [(12, 4), (8, 4), (5, 5)])
def test_key_and_value_heads_divide_the_heads(heads: int, kv_heads: int) -> None:
    config = AttentionConfig(num_heads=heads, head_dim=4).of_kind("grouped_query", length=8)
    assert config.kv_heads == kv_heads

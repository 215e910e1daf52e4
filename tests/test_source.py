"""The module of the source's names has all of them, and its signatures are the source's."""

import inspect
from typing import Any

import pytest

from maw import source

# name -> the arguments with which the source calls it, and their defaults
CALLED_WITH: dict[str, dict[str, Any]] = {
    "MAWAttention": {"hidden_dim": 768, "num_heads": 12, "dropout": 0.1},
    "GRPORouter": {"hidden_dim": ..., "depth_dim": ...},
    "SupervisedClassificationRouter": {"num_heads": ..., "depth_dim": ...},
    "GRPOEnvironment": {},
    "GRPOPolicyNetwork": {"state_dim": ..., "depth_dim": ...},
    "DepthwiseMAWSelfAttention": {
        "hidden_dim": ..., "num_heads": ..., "depth_dim": 8, "maw_strength": 0.15,
        "gating_mode": "stat",
    },
    "CrossEncoderWithMAW": {
        "backbone_name": "mixedbread-ai/mxbai-rerank-xsmall-v1", "use_maw": True, "depth_dim": 8,
        "maw_strength": 0.15, "inject_last_k": 1, "gating_mode": "stat",
    },
    "MAWTheoreticalAnalysis": {"num_heads": 12, "head_dim": 64, "depth_dim": 8, "seq_len": 512},
    "AttentionConfig": {"num_heads": 12, "head_dim": 64, "dropout": 0.1},
    "AttentionComparator": {},
    "ExperimentalValidationFramework": {},
}  # fmt: skip
METHODS = {
    "GRPORouter": ("get_depth_selection", "compute_grpo_loss"),
    "SupervisedClassificationRouter": ("get_depth_selection",),
    "GRPOEnvironment": ("reset", "step"),
    "MAWTheoreticalAnalysis": (
        "generate_theoretical_bounds", "compute_approximation_bound", "analyze_expressiveness_gain",
        "compute_complexity_analysis", "convergence_analysis",
    ),
    "AttentionComparator": ("compare_complexity", "benchmark_attention_mechanisms"),
    "ExperimentalValidationFramework": (
        "statistics", "baselines", "failures", "scaling", "figures",
    ),
}  # fmt: skip


def test_every_name_of_the_source_is_there() -> None:
    assert set(source.__all__) == set(CALLED_WITH)


@pytest.mark.parametrize("name", sorted(CALLED_WITH))
def test_a_name_takes_the_arguments_of_the_source_in_their_order(name: str) -> None:
    parameters = inspect.signature(getattr(source, name)).parameters.values()
    wanted = CALLED_WITH[name]
    first = {p.name: ... if p.default is p.empty else p.default for p in parameters}
    assert dict(list(first.items())[: len(wanted)]) == wanted


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_name_has_the_methods_of_the_source(name: str) -> None:
    assert all(callable(getattr(getattr(source, name), method)) for method in METHODS[name])

"""Attention, router and objective of a trained system must fit; what does not fit is named."""

from typing import Any

import pytest

from maw.errors import InputError
from maw.ranking.systems.layered import Layered
from maw.settings import registry

MAW = {"attention": {"kind": "maw", "depths": 4, "noise": 1.0}, "router": {"kind": "grpo"}}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"router": {"kind": "grpo"}}, "a router and an attention with depths need each other"),
        ({"attention": {"kind": "maw"}}, "a router and an attention with depths need each other"),
        (
            {**MAW, "objective": {"kind": "supervised"}},
            "objective 'supervised' trains router 'supervised', not 'grpo'",
        ),
        (
            {**MAW, "objective": {"kind": "ranking"}},
            "objective 'ranking' trains router None, not 'grpo'",
        ),
        ({"objective": {"kind": "grpo"}}, "objective 'grpo' trains router 'grpo', not None"),
        (
            {**MAW, "router": {"kind": "uniform"}, "objective": {"kind": "grpo"}},
            "objective 'grpo' trains router 'grpo', not None",
        ),
        (
            {**MAW, "router": {"kind": "fixed", "depth": 4}},
            "the router's depth must be below the attention's 4",
        ),
        (
            {**MAW, "objective": {"kind": "grpo", "actor_critic": True}},
            "actor_critic and the router's value_head need each other",
        ),
    ],
)
def test_parts_that_do_not_fit_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        registry.parse("systems", {"kind": "bi_encoder", **options})


def test_compute_of_is_for_a_system_that_is_trained() -> None:
    entry = {"kind": "bi_encoder", "compute_of": ["other"]}
    with pytest.raises(InputError, match="compute_of is for a system that is trained"):
        registry.parse("systems", entry)


@pytest.mark.parametrize(("router", "diagnostic"), [("oracle", True), ("grpo", False)])
def test_a_system_that_reads_judgements_is_diagnostic(router: str, diagnostic: bool) -> None:
    entry = {"kind": "bi_encoder", "attention": MAW["attention"], "router": {"kind": router}}
    config = registry.parse("systems", entry)
    assert isinstance(config, Layered)
    assert config.diagnostic is diagnostic

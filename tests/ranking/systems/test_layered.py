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
        (
            {"router": {"kind": "grpo"}},
            "a router and an attention with several depths need each other",
        ),
        (
            {"attention": {"kind": "maw"}},
            "a router and an attention with several depths need each other",
        ),
        (
            {**MAW, "router": {"kind": "supervised"}, "objective": {"kind": "ranking"}},
            "objective 'ranking' trains only a router that is mixing, but router 'supervised' "
            "learns and is choosing; change one of them",
        ),
        (
            {**MAW, "objective": {"kind": "ranking"}},
            "objective 'ranking' trains only a router that is mixing, but router 'grpo' learns",
        ),
        (
            {"attention": {"kind": "maw", "depths": "head_size"}},
            "a router and an attention with several depths need each other",
        ),
        (
            {"objective": {"kind": "grpo"}},
            "objective 'grpo' trains a router, and the system has none that learns; give it one",
        ),
        (
            {**MAW, "router": {"kind": "uniform"}, "objective": {"kind": "grpo"}},
            "objective 'grpo' trains a router, and the system has none that learns; give it one",
        ),
        (
            {**MAW, "router": {"kind": "fixed", "depth": 4}},
            "router.depth is 4, but the attention's depths are 0 to 3; give one of them",
        ),
        (
            {**MAW, "objective": {"kind": "grpo", "actor_critic": True}},
            "objective.actor_critic and router.value_head differ; set both",
        ),
    ],
)
def test_parts_that_do_not_fit_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        registry.parse("systems", {"kind": "bi_encoder", **options})


@pytest.mark.parametrize("router", ["grpo", "supervised"])
@pytest.mark.parametrize("objective", ["grpo", "mixture", "supervised"])
def test_an_objective_trains_every_router_that_learns_to_choose(
    router: str, objective: str
) -> None:
    entry = {"kind": "bi_encoder", "attention": MAW["attention"], "router": {"kind": router}}
    system = registry.parse("systems", {**entry, "objective": {"kind": objective}})
    assert isinstance(system, Layered)
    assert system.router is not None


def test_depths_that_the_backbone_tells_go_with_any_fixed_depth() -> None:
    attention = {"kind": "maw", "depths": "head_size"}
    entry = {"kind": "bi_encoder", "attention": attention, "router": {"kind": "fixed", "depth": 9}}
    assert registry.dump(registry.parse("systems", entry))["attention"]["depths"] == "head_size"


def test_compute_of_is_for_a_system_that_is_trained() -> None:
    entry = {"kind": "bi_encoder", "compute_of": ["other"]}
    with pytest.raises(InputError, match="compute_of is given, but the system is not trained"):
        registry.parse("systems", entry)


@pytest.mark.parametrize(("router", "diagnostic"), [("oracle", True), ("grpo", False)])
def test_a_system_that_reads_judgements_is_diagnostic(router: str, diagnostic: bool) -> None:
    entry = {"kind": "bi_encoder", "attention": MAW["attention"], "router": {"kind": router}}
    config = registry.parse("systems", entry)
    assert isinstance(config, Layered)
    assert config.diagnostic is diagnostic

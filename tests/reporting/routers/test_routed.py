"""Did a router route? It collapsed, it knows no more than chance, or there is no reason to deny."""

from collections.abc import Mapping
from math import log
from types import MappingProxyType

import pandas as pd
import pytest

from maw.reporting.routers.routed import unrouted
from tests.reporting.small_suite import comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

COMPARED = comparison_frames(random_tables(), plan_of(("new", "old")))
SYSTEMS = {"new": {"attention": {"depths": 4}}}
SEEDS = (42, 43, 44, 45)
NEARLY = {"policy_entropy": 0.99 * log(4), "effective_depths_used": 2.0}


def reasons(
    chosen: Mapping[int, list[int]],
    *,
    bits: float = 1.0,
    is_trained: bool = True,
    what: str = "mode",
    quantities: Mapping[str, float] = MappingProxyType({}),
) -> list[str]:
    """Return the reasons for `new`. chosen: seed -> the depths of its queries."""
    key = {"dataset": "toy", "system": "new"}
    depths = [
        {**key, "seed": seed, "query_id": f"q{i}", "side": "query", "depth": depth}
        for seed, of_seed in chosen.items()
        for i, depth in enumerate(of_seed)
    ]
    known = {f"mutual_information_{what}": bits, f"mutual_information_{what}_by_chance": 0.1}
    rows = [
        {**key, "seed": seed, "side": "query", "quantity": name, "value": value}
        for seed in chosen
        for name, value in {**known, **quantities}.items()
    ]
    if is_trained:
        rows.append(
            {**key, "seed": 42, "side": "training", "quantity": "router_gradient", "value": 0.2}
        )
    suite = suite_frames(COMPARED, depths=pd.DataFrame(depths), routing=pd.DataFrame(rows))
    return unrouted(suite, claimed=["new"], systems=SYSTEMS)


ROUTED = {seed: [0, 1, 2, 3] for seed in SEEDS}
ONE_DEPTH = {seed: [2, 2, 2, 2] for seed in SEEDS}


def test_a_router_that_tells_the_mode_has_routed() -> None:
    assert reasons(ROUTED) == []
    assert reasons(ROUTED, bits=1.5, quantities=NEARLY) == []


def test_a_collapsed_router_has_not_routed() -> None:
    sentence = "new sent over 99 % of texts to one depth in {} of 4 seeds"
    assert reasons(ONE_DEPTH) == [sentence.format(4)]
    assert reasons({**ONE_DEPTH, 42: [0, 1, 2, 3], 43: [0, 1]}) == [sentence.format(2)]
    assert reasons({**ROUTED, 42: [1, 1]}) == []


def test_a_router_that_knows_no_more_than_chance_has_not_routed() -> None:
    assert reasons(ROUTED, bits=0.11) == [
        "new chooses depths that tell hardly more of its texts than chance"
    ]


def test_a_router_that_prefers_no_depth_has_not_routed() -> None:
    sentence = "new hardly prefers any depth (entropy 1.37 of at most 1.39 nats)"
    for bits in (0.11, 0.8):
        assert reasons(ROUTED, bits=bits, quantities=NEARLY) == [sentence]


@pytest.mark.parametrize("what", ["cluster", "length", "relevant"])
def test_any_knowledge_counts_where_the_mode_is_unknown(what: str) -> None:
    assert reasons(ROUTED, what=what) == []
    assert len(reasons(ROUTED, what=what, bits=0.1)) == 1


def test_nothing_is_denied_of_what_was_not_trained_or_not_claimed() -> None:
    assert reasons(ONE_DEPTH, is_trained=False) == []
    assert unrouted(suite_frames(COMPARED), claimed=["new"], systems=SYSTEMS) == []

"""What is said of routers: whether they routed at all, and whether they had anything to learn."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.reporting.routers.router_findings import finding, routing, targets
from maw.reporting.routers.router_use import RouterUse, router_uses
from tests.reporting.routed_suite import SYSTEMS, depths_of, quantities_of, routed_frames

ROUTED: dict[int, list[int]] = {1: [0, 1, 2, 3], 2: [0, 1, 2, 2]}


def use_of(
    quantities: Mapping[str, Any], *, chosen: Mapping[int, list[int]] = ROUTED, side: str = "query"
) -> RouterUse:
    frames = routed_frames(
        depths=depths_of(chosen, side=side), routing=quantities_of(quantities, side=side)
    )
    return router_uses(frames, SYSTEMS)[0]


def told(quantities: Mapping[str, Any], *, kind: str = "grpo", **options: Any) -> str:
    pieces = finding(
        use_of({"effective_depths_used": 2.0, **quantities}, **options),
        primary="nDCG@10",
        entry={"router": {"kind": kind}},
    )
    return "".join(piece.text for piece in pieces)


def test_one_depth_for_everything_is_no_routing() -> None:
    collapsed = {1: [0, 0], 2: [3, 3]}
    assert told({}, chosen=collapsed) == (
        "In 2 of 2 seeds one depth took every query: nothing was routed."
    )
    assert told({}, chosen={1: [0, 0], 2: [0, 3]}, side="pair") == (
        "In 1 of 2 seeds one depth took every pair (collapse). "
    )
    assert told({}, chosen=collapsed, kind="fixed").startswith(
        "is made to take one depth for everything. In 2 of 2 seeds"
    )


def test_a_mixture_chooses_nothing() -> None:
    pieces = finding(
        use_of({"effective_depths": 4.0, "policy_entropy": 1.386}), primary="AP", entry={}
    )
    assert "".join(piece.text for piece in pieces) == (
        "It mixes its 4 depths for every query and chooses none; the entropy of its weights is "
        "1.39 of 1.39 nats."
    )
    assert [piece.term for piece in pieces if piece.term] == ["entropy"]


@pytest.mark.parametrize(
    ("entropy", "start"),
    [
        (1.35, "The policy is nearly uniform (entropy 1.35 of 1.39 nats). "),
        (0.02, "The policy is certain (entropy 0.02 of 1.39 nats). "),
        (0.70, ""),
    ],
)
def test_an_extreme_policy_is_told(entropy: float, start: str) -> None:
    assert told({"policy_entropy": entropy}) == start
    assert told({"policy_entropy": entropy}, kind="random") == "is made to choose at random. "


@pytest.mark.parametrize(
    ("value", "chance", "end"),
    [
        (1.9, 0.1, "1.90 of 2 bits on the true mode (0.10 by chance): it routes. "),
        (0.9, 0.5, "0.90 of 2 bits on the true mode (0.50 by chance): it routes a little. "),
        (0.6, 0.5, "0.60 of 2 bits on the true mode (0.50 by chance): hardly more than chance. "),
    ],
)
def test_bits_are_held_against_those_of_chance(value: float, chance: float, end: str) -> None:
    bits = {"mutual_information_mode": value, "mutual_information_mode_by_chance": chance}
    other = {"mutual_information_length": 2.0, "mutual_information_length_by_chance": 0.0}
    assert told({**other, **bits}) == f"Its choice carries {end}"


def test_the_grade_of_a_nearly_uniform_policy_is_not_that_of_its_bits_alone() -> None:
    bits = {"mutual_information_mode": 0.9, "mutual_information_mode_by_chance": 0.5}
    assert told({"policy_entropy": 1.37, **bits}) == (
        "The policy is nearly uniform (entropy 1.37 of 1.39 nats). Its choice carries 0.90 of 2 "
        "bits on the true mode (0.50 by chance): it hardly prefers any depth. "
    )
    # the policy of a router that chooses at random is uniform by design
    assert told({"policy_entropy": 1.37, **bits}, kind="random").endswith("it routes a little. ")


def test_seeds_of_one_depth_are_counted_and_enough_of_them_are_no_routing() -> None:
    bits = {"mutual_information_mode": 1.9, "mutual_information_mode_by_chance": 0.5}
    half = told(bits, chosen={1: [0, 0], 2: [0, 3]})
    assert half.startswith("In 1 of 2 seeds one depth took every query (collapse). Its choice")
    assert half.endswith("(0.50 by chance): it collapsed in half of its seeds or more. ")
    nearly = {1: [0] * 200 + [1], 2: [0, 3]}
    assert told({}, chosen=nearly) == (
        "In 1 of 2 seeds one depth took over 99 % of queries (collapse). "
    )


def test_the_gain_over_one_depth_has_its_limits_over_seeds() -> None:
    # R: t.test(c(.01, .03)); mean .02, -0.1070620 to 0.1470620
    assert told({"regret_best_fixed": [-0.01, -0.03]}) == (
        "It gains +.020 nDCG@10 over one depth for all (95 % over seeds [−.107, +.147])."
    )
    assert told({"regret_best_fixed": [0.004]}) == "It gains −.004 nDCG@10 over one depth for all."


@given(st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=6))
def test_the_sign_of_a_gain_is_that_of_its_numbers(regrets: list[float]) -> None:
    text = told({"regret_best_fixed": regrets})
    shown = text.split()[2]
    mean = -sum(regrets) / len(regrets)
    assert abs(float(shown.replace("−", "-")) - mean) <= 0.0005 + 1e-9


def test_a_router_that_sends_everything_one_way_is_told() -> None:
    depths = depths_of({1: [0, 0], 2: [0, 1]})
    sentence = routing(depths, "new", dataset="toy")
    assert "took 75% of the texts" in sentence
    assert "in 1 of 2 seeds it took all, so that nothing was routed" in sentence
    assert routing(depths, "old", dataset="toy") == ""
    assert routing(depths_of({1: [0, 1]}), "new", dataset="toy") == (
        "Routing: the most chosen depth of a seed took 50% of the texts."
    )


CURVES = pd.DataFrame(
    {"dataset": "toy", "system": "new", "quantity": "target_entropy", "value": [0.5] * 2}
)


@pytest.mark.parametrize(("entropy", "end"), [(0.0, "nothing to learn."), (0.5, "at most 2.08.")])
def test_targets_that_are_always_the_same_are_told(entropy: float, end: str) -> None:
    (sentence,) = targets(
        CURVES.assign(value=entropy), systems={"new": {"attention": {"depths": 8}}}
    )
    assert f"entropy of {entropy:.2f} nats" in sentence
    assert sentence.endswith(end)


@pytest.mark.parametrize("attention", [{"kind": "mine", "n_scales": 4}, None])
def test_an_attention_without_the_option_depths_has_no_bound(attention: object) -> None:
    assert targets(CURVES, systems={"new": {"attention": attention}}) == [
        "The rule's targets for new on toy have an entropy of 0.50 nats."
    ]

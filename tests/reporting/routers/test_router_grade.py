"""One rule grades a router, and both sections of a page that say whether it routed read it."""

from collections.abc import Mapping
from math import log
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.reporting.page_data import PageData
from maw.reporting.routers.router_grade import (
    Bits,
    Grade,
    bits_of,
    collapsed,
    grade_of,
    grade_router,
    share_of_largest_entropy,
)
from maw.reporting.routers.router_use import RouterUse, router_uses
from maw.reporting.sections import may_say, routing
from tests.reporting.routed_suite import PLAN, SYSTEMS, depths_of, quantities_of, routed_frames

AFFIRMED = (Grade.ROUTES, Grade.LITTLE)
ROUTED: dict[int, list[int]] = {1: [0, 1, 2, 3], 2: [0, 1, 2, 2]}
ONE_DEPTH: dict[int, list[int]] = {1: [0, 0, 0, 0], 2: [3, 3, 3, 3]}
HALF: dict[int, list[int]] = {1: [0, 0, 0, 0], 2: [0, 1, 2, 3]}
SHARES = st.none() | st.floats(0, 1)


def side_of(
    quantities: Mapping[str, Any], *, chosen: Mapping[int, list[int]] = ROUTED, side: str = "query"
) -> RouterUse:
    """Return one side of a router with 4 depths that chooses one for each text."""
    known = {"effective_depths_used": 2.0, **quantities}
    frames = routed_frames(
        depths=depths_of(chosen, side=side), routing=quantities_of(known, side=side)
    )
    return router_uses(frames, SYSTEMS)[0]


def bits_on(what: str, value: float, chance: float = 0.0) -> dict[str, float]:
    return {f"mutual_information_{what}": value, f"mutual_information_{what}_by_chance": chance}


@pytest.mark.parametrize(
    ("collapsed_seeds", "entropy", "bits", "expected"),
    [
        (0.5, None, None, Grade.COLLAPSED),
        (0.5, 0.5, 0.9, Grade.COLLAPSED),
        (0.49, 0.5, 0.9, Grade.ROUTES),
        (0.0, 0.95, None, Grade.INDIFFERENT),
        (0.0, 0.95, 0.49, Grade.INDIFFERENT),
        (0.0, 0.95, 0.50, Grade.ROUTES),
        (0.0, 0.94, 0.49, Grade.LITTLE),
        (0.0, 0.94, 0.10, Grade.LITTLE),
        (0.0, 0.94, 0.09, Grade.CHANCE),
        (0.0, None, 0.50, Grade.ROUTES),
        (0.0, None, None, None),
        (0.0, 0.94, None, None),
    ],
)
def test_the_rule_at_its_thresholds(
    collapsed_seeds: float, entropy: float | None, bits: float | None, expected: Grade | None
) -> None:
    assert grade_of(collapsed=collapsed_seeds, entropy=entropy, bits=bits) == expected


@given(st.floats(0, 1), SHARES, st.floats(0, 3), st.floats(0, 3), st.floats(0, 3))
def test_no_grade_contradicts_its_bits(
    collapsed_seeds: float, entropy: float | None, value: float, chance: float, largest: float
) -> None:
    share = Bits("mode", value, chance, largest).share
    grade = grade_of(collapsed=collapsed_seeds, entropy=entropy, bits=share)
    assert grade is not None
    if value <= chance:
        assert grade not in AFFIRMED
    if grade in AFFIRMED:
        assert value > chance
        assert collapsed_seeds < 0.5
    if grade == Grade.ROUTES:
        assert value - chance >= 0.499 * (largest - chance)


def test_without_modes_the_bits_are_those_of_what_has_most_beyond_chance() -> None:
    side = side_of(
        {
            **bits_on("cluster", 1.5, 1.4), "mutual_information_relevant": 1.9,
            "mutual_information_length": [0.4, 0.6], "mutual_information_length_by_chance": 0.1,
        }
    )  # fmt: skip
    # by hand: .4 bits more than chance on the length, .1 on the cluster; of 2 - .1 beyond chance
    bits = bits_of(side)
    assert bits == Bits("length", 0.5, 0.1, 2.0)
    assert bits.share == pytest.approx(0.4 / 1.9)
    assert bits_of(side_of({})) is None
    modes = side_of({**bits_on("mode", 0.2), **bits_on("length", 1.9)})
    assert bits_of(modes) == Bits("mode", 0.2, 0.0, 2.0)


def test_the_entropy_is_a_share_of_that_of_a_uniform_policy() -> None:
    # by hand: log 2 of log 4
    assert share_of_largest_entropy(side_of({"policy_entropy": log(2)})) == pytest.approx(0.5)
    assert share_of_largest_entropy(side_of({})) is None


def test_a_seed_has_collapsed_where_one_depth_takes_over_99_percent_of_every_side() -> None:
    nearly = side_of({}, chosen={1: [0] * 199 + [1], 2: [0] * 99 + [1]})
    assert collapsed([nearly]) == [True, False]  # by hand: shares .995 and .990
    other = side_of({}, chosen={1: [0, 1], 2: [1, 1]}, side="document")
    assert collapsed([nearly, other]) == [False, False]


def test_several_sides_have_the_kindest_grade() -> None:
    uniform = {"policy_entropy": 0.99 * log(4)}
    query, document = side_of({**uniform, **bits_on("mode", 0.6)}), side_of(bits_on("mode", 0.3))
    assert grade_router([query]) == Grade.INDIFFERENT
    assert grade_router([document]) == Grade.LITTLE
    assert grade_router([query, document]) == Grade.LITTLE
    assert grade_router([query], has_policy=False) == Grade.LITTLE


def denied_and_told(
    quantities: Mapping[str, float], *, chosen: Mapping[int, list[int]]
) -> tuple[str, str]:
    """Return the reason why `new` did not learn to route, or "", and what “routing” says of it."""
    known = quantities_of({"effective_depths_used": 2.0, **quantities})
    trained = quantities_of({"router_gradient": 0.2}, side="training")
    frames = routed_frames(depths=depths_of(chosen), routing=pd.concat([known, trained]))
    page = PageData(frames=frames, plan=PLAN, spec={"systems": SYSTEMS})
    said, told = may_say.content(page), routing.content(page)
    assert said is not None
    assert told is not None
    lines = [*said["may_not"], *said["may_not_folded"]]
    reasons = [line.reason for line in lines if line.sentence == "The router learned to route"]
    (sentence,) = told["sentences"]
    return "".join(reasons), "".join(piece.text for piece in sentence["pieces"])


@pytest.mark.parametrize("chosen", [ROUTED, HALF, ONE_DEPTH], ids=["routed", "half", "one depth"])
@pytest.mark.parametrize("entropy", [0.3, 0.99])
@pytest.mark.parametrize("bits", [0.1, 0.6, 1.6])
def test_both_sections_agree_whether_a_router_routed(
    chosen: Mapping[int, list[int]], entropy: float, bits: float
) -> None:
    quantities = {"policy_entropy": entropy * log(4), **bits_on("mode", bits)}
    reason, sentence = denied_and_told(quantities, chosen=chosen)
    affirmed = "it routes" in sentence
    assert affirmed == (reason == "")
    if chosen is ONE_DEPTH:
        assert "nothing was routed" in sentence
    elif not affirmed:
        phrase = next(grade for grade in Grade if sentence.endswith(f": {grade}. "))
        beginning = {
            Grade.COLLAPSED: "new sent over 99 % of texts to one depth in 1 of 2 seeds",
            Grade.INDIFFERENT: "new hardly prefers any depth (entropy 1.37 of at most 1.39 nats)",
            Grade.CHANCE: "new chooses depths that tell hardly more of its texts than chance",
        }
        assert reason == beginning[phrase]

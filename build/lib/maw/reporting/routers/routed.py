"""Which trained routers did not route, with the reason: a page denies that they learned to.

The grade is that of `maw.reporting.routers.router_grade`, read on all sides of a router together.
"""

from collections.abc import Collection, Mapping, Sequence
from math import log
from typing import Any

from maw.reporting.frames import SuiteFrames
from maw.reporting.routers.router_grade import ONE_DEPTH, Grade, collapsed, grade_router
from maw.reporting.routers.router_use import RouterUse, router_uses
from maw.reporting.wording import number

TRAINED = "router_gradient"  # a quantity that only a router with a training has


def unrouted(
    frames: SuiteFrames, *, claimed: Collection[str], systems: Mapping[str, Any]
) -> list[str]:
    """Return the reason for each trained router that did not route, such as `maw sent over …`.

    claimed: names of the systems that may be named. systems: name -> configuration. A suite without
    the routers' quantities has no reasons.
    """
    if frames.routing is None:
        return []
    rows = frames.routing[frames.routing["quantity"] == TRAINED]
    trained = set(rows["system"]) & set(claimed)
    routers: dict[tuple[str, str], list[RouterUse]] = {}
    for use in router_uses(frames, systems):
        if use.system in trained and not use.mixes:
            routers.setdefault((use.dataset, use.system), []).append(use)
    reasons = {key: _reason(sides) for key, sides in routers.items()}
    several = len({dataset for dataset, _ in routers}) > 1
    return [
        f"{system}{f' on {dataset}' if several else ''} {reason}"
        for (dataset, system), reason in reasons.items()
        if reason
    ]


def _reason(sides: Sequence[RouterUse]) -> str:
    """Return why a router did not route, as the end of a sentence; "" where nothing denies it."""
    match grade_router(sides):
        case Grade.COLLAPSED:
            seeds = collapsed(sides)
            share = f"{100 * ONE_DEPTH:.0f} %"
            return f"sent over {share} of texts to one depth in {sum(seeds)} of {len(seeds)} seeds"
        case Grade.INDIFFERENT:
            least = min(float(side.values("policy_entropy").mean()) for side in sides)
            largest = log(sides[0].n_depths)
            return (
                f"hardly prefers any depth (entropy {number(least, 2)} of at most "
                f"{number(largest, 2)} nats)"
            )
        case Grade.CHANCE:
            return "chooses depths that tell hardly more of its texts than chance"
        case _:
            return ""

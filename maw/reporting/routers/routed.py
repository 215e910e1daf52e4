"""Did a router learn to route? Reasons to deny it, from the depths that it chose.

A router has collapsed where more than 99 % of the texts of each side get one depth, whatever the
text. A policy that is almost uniform for each text has learned no preference, unless its choices
tell much of the texts. Any choices must tell more of them than chance alone would.
"""

from collections.abc import Collection, Mapping, Sequence
from math import log
from typing import Any

from maw.reporting.frames import SuiteFrames
from maw.reporting.routers.router_findings import EVEN, LITTLE, ROUTES, bits_of
from maw.reporting.routers.router_use import RouterUse, router_uses
from maw.reporting.wording import number

COLLAPSED = 0.99  # share of the texts; a router that sends more to one depth has collapsed
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
    reasons = {key: _collapse(uses) or _indifference(uses) for key, uses in routers.items()}
    several = len({dataset for dataset, _ in routers}) > 1
    return [
        f"{system}{f' on {dataset}' if several else ''} {reason}"
        for (dataset, system), reason in reasons.items()
        if reason
    ]


def _collapse(uses: Sequence[RouterUse]) -> str:
    """Return in how many seeds a router collapsed on all sides; "" where in fewer than half."""
    largest = [use.shares.max(axis=1) > COLLAPSED for use in uses]
    collapsed = [all(sides) for sides in zip(*largest, strict=True)]
    if 2 * sum(collapsed) < len(collapsed):
        return ""
    share = f"{100 * COLLAPSED:.0f} %"
    n_seeds = len(collapsed)
    return f"sent over {share} of texts to one depth in {sum(collapsed)} of {n_seeds} seeds"


def _indifference(uses: Sequence[RouterUse]) -> str:
    """Return that the policy of each text is near uniform, or that choices know nothing, or "".

    A near uniform policy may still have choices that tell much of the texts; then it has routed.
    """
    shares = [bits.share for bits in map(bits_of, uses) if bits is not None]
    entropies = [_share_of_largest_entropy(use) for use in uses]
    is_uniform = all(share is not None and share >= EVEN for share in entropies)
    if is_uniform and max(shares, default=0) < ROUTES:
        least = min(float(use.values("policy_entropy").mean()) for use in uses)
        largest = log(uses[0].n_depths)
        return (
            f"hardly prefers any depth (entropy {number(least, 2)} of at most "
            f"{number(largest, 2)} nats)"
        )
    if shares and max(shares) < LITTLE:
        return "chooses depths that tell hardly more of its texts than chance"
    return ""


def _share_of_largest_entropy(use: RouterUse) -> float | None:
    """Return the mean entropy of a router's policies, 1 for uniform ones; None where unknown."""
    values = use.values("policy_entropy")
    return None if values.empty or use.n_depths < 2 else float(values.mean()) / log(use.n_depths)

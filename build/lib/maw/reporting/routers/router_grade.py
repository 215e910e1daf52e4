"""Did a router route? The rule that grades it, its thresholds, and what the grade is read from.

Every sentence of a page that says whether a router routed reads its grade from here. A router has
collapsed where one depth takes nearly all texts in half of its seeds or more. A policy that is
nearly uniform for each text has learned no preference, unless its choices tell much of the texts:
even a router that was never trained takes some depth for each text, and so tells a little of them.
All other choices are held against those of chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log, log2

from maw.reporting.routers.router_use import RouterUse

ONE_DEPTH = 0.99  # share of the texts of a seed; a depth that takes more has taken nearly all
HALF_OF_SEEDS = 0.5  # share of the seeds; a router has collapsed that collapsed in so many or more
EVEN = 0.95  # share of the largest entropy from which a policy is nearly uniform
MUCH, LITTLE = 0.5, 0.1  # shares of the bits beyond chance: routes from the one, a little the other
KNOWN = {  # what a choice is compared with -> its name; the true mode stands above all others
    "mode": "the true mode",
    "cluster": "the cluster",
    "relevant": "the number of relevant documents",
    "length": "the length",
}


class Grade(StrEnum):
    """What a router did, as the end of a sentence on its choices."""

    COLLAPSED = "it collapsed in half of its seeds or more"
    INDIFFERENT = "it hardly prefers any depth"
    CHANCE = "hardly more than chance"
    LITTLE = "it routes a little"
    ROUTES = "it routes"


@dataclass(frozen=True, slots=True)
class Bits:
    """What a router's choices say of the texts, in bits, a mean over seeds.

    what: a key of KNOWN. value: the bits that the chosen depth carries on it. chance: what shuffled
    texts show. largest: what a depth can carry, log2 of D.
    """

    what: str
    value: float
    chance: float
    largest: float

    @property
    def share(self) -> float:
        """Return the share of the bits beyond chance, 1 where the depth says all that it can."""
        beyond = self.largest - self.chance
        return (self.value - self.chance) / beyond if beyond > 0 else 0.0


def grade_of(*, collapsed: float, entropy: float | None, bits: float | None) -> Grade | None:
    """Return the grade by three shares; None where a router did not collapse and no more is known.

    collapsed: share of the seeds in which nearly all texts got one depth. entropy: mean entropy of
    the policies of texts, as a share of the largest one. bits: share of the bits beyond chance.
    entropy, bits: None where unknown.
    """
    if collapsed >= HALF_OF_SEEDS:
        return Grade.COLLAPSED
    is_uniform = entropy is not None and entropy >= EVEN
    if is_uniform and (bits is None or bits < MUCH):
        return Grade.INDIFFERENT
    if bits is None:
        return None
    if bits >= MUCH:
        return Grade.ROUTES
    return Grade.LITTLE if bits >= LITTLE else Grade.CHANCE


def grade_router(sides: Sequence[RouterUse], *, has_policy: bool = True) -> Grade | None:
    """Return the grade of one router on the sides of a dataset, or on one of them.

    On several sides it is the kindest that all of them allow: it collapsed only where every side
    did, its policy is nearly uniform only where that of every side is, and the bits are those of
    the side with most. has_policy: False for a router that is made to choose at random, whose
    policy is uniform by design and says nothing of its choices.
    """
    seeds = collapsed(sides)
    entropies = [share_of_largest_entropy(side) for side in sides] if has_policy else []
    known = [share for share in entropies if share is not None]
    shares = [bits.share for bits in map(bits_of, sides) if bits is not None]
    return grade_of(
        collapsed=sum(seeds) / len(seeds),
        entropy=min(known) if known and len(known) == len(sides) else None,
        bits=max(shares, default=None),
    )


def collapsed(sides: Sequence[RouterUse]) -> list[bool]:
    """Return for each seed whether nearly all texts of every side got one depth of that side."""
    largest = [side.shares.max(axis=1) > ONE_DEPTH for side in sides]
    return [all(of_sides) for of_sides in zip(*largest, strict=True)]


def share_of_largest_entropy(use: RouterUse) -> float | None:
    """Return the mean entropy of a router's policies, 1 for uniform ones; None where unknown."""
    values = use.values("policy_entropy")
    return None if values.empty or use.n_depths < 2 else float(values.mean()) / log(use.n_depths)


def bits_of(use: RouterUse) -> Bits | None:
    """Return the bits that a router's choices carry on what is known of a text.

    Of several things that are known it is the true mode, else the one with the most bits beyond
    chance. None where nothing is known, or there is one depth.
    """
    if use.n_depths < 2:
        return None
    known = []
    for what in KNOWN:
        name = f"mutual_information_{what}"
        values, chance = use.values(name), use.values(f"{name}_by_chance")
        if len(values) and len(chance):
            mean = float(values.mean())
            known.append(Bits(what, mean, float(chance.mean()), log2(use.n_depths)))
    modes = [bits for bits in known if bits.what == "mode"]
    return max(modes or known, key=lambda bits: bits.value - bits.chance, default=None)

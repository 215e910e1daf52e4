"""What a router did, in plain sentences: each states its numbers, so that a reader can judge it.

A sentence is a sequence of pieces; a piece with a term is shown with that term's definition.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan, log, log2
from typing import Any, NamedTuple

import pandas as pd

from maw.reporting.routers.router_use import RouterUse
from maw.reporting.wording import compact, digits_apart, number, short_interval
from maw.verdicts.seed_mean import over_seeds

EVEN, SURE = 0.95, 0.05  # shares of the largest entropy: nearly uniform above, certain below
ROUTES, LITTLE = 0.5, 0.1  # shares of the bits that a depth can carry beyond chance
KNOWN = {  # what a choice is compared with -> its name; the true mode stands above all others
    "mode": "the true mode",
    "cluster": "the cluster",
    "relevant": "the number of relevant documents",
    "length": "the length",
}
CONFIGURED = {  # kinds of router that learn nothing -> what they are made to do
    "fixed": "is made to take one depth for everything",
    "random": "is made to choose at random",
    "told": "is told the right depth",
}


class Piece(NamedTuple):
    """A part of a sentence. term: key of the glossary whose definition it has; "" for none."""

    text: str
    term: str = ""


Sentence = tuple[Piece, ...]
ENTROPY = Piece("entropy", "entropy")


def finding(use: RouterUse, *, primary: str, entry: Mapping[str, Any]) -> Sentence:
    """Return what a router did on one side, without the system's name before it.

    primary: the measure of regrets. entry: the system's configuration.
    """
    made = configured(entry)
    start = (Piece(f"{made}. "),) if made else ()
    if use.mixes:
        return (*start, *_mixture(use))
    n_seeds = len(use.shares)
    if use.n_collapsed == n_seeds:
        return (
            *start,
            Piece(f"In {n_seeds} of {n_seeds} seeds one depth took every {use.side}: "),
            Piece("nothing was routed", "collapse"),
            Piece("."),
        )
    parts = [*start]
    if use.n_collapsed:
        parts += [
            Piece(f"In {use.n_collapsed} of {n_seeds} seeds one depth took every {use.side} ("),
            Piece("collapse", "collapse"),
            Piece("). "),
        ]
    if made != CONFIGURED["random"]:
        parts += _policy(use)
    return (*parts, *_information(use), *_regret(use, primary=primary))


def configured(entry: Mapping[str, Any]) -> str:
    """Return what a system's router is made to do, "" for one that learns. entry: of the system."""
    router = entry.get("router") or {}
    return CONFIGURED.get(str(router.get("kind")), "")


def _mixture(use: RouterUse) -> Sentence:
    """Return the sentence on a router that mixes all depths."""
    start = f"It mixes its {use.n_depths} depths for every {use.side} and chooses none; the "
    values = use.values("policy_entropy")
    if values.empty:
        return (Piece(f"{start[:-6]}."),)
    return (
        Piece(start),
        ENTROPY,
        Piece(f" of its weights is {_of_largest(values.mean(), log(use.n_depths))} nats."),
    )


def _policy(use: RouterUse) -> Sentence:
    """Return that the router is nearly indifferent, or certain; () between, and where not known."""
    values = use.values("policy_entropy")
    if values.empty or use.n_depths < 2:
        return ()
    entropy, largest = float(values.mean()), log(use.n_depths)
    shown = f" {_of_largest(entropy, largest)} nats"
    if entropy / largest >= EVEN:
        return Piece("The policy is nearly uniform ("), ENTROPY, Piece(f"{shown}). ")
    if entropy / largest <= SURE:
        return Piece("The policy is certain ("), ENTROPY, Piece(f"{shown}). ")
    return ()


def _of_largest(value: float, largest: float) -> str:
    return f"{number(value, 2)} of {number(largest, 2)}"


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

    @property
    def grade(self) -> str:
        """Return the share in words."""
        if self.share >= ROUTES:
            return "it routes"
        return "it routes a little" if self.share >= LITTLE else "hardly more than chance"


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


def _information(use: RouterUse) -> Sentence:
    """Return the bits that a choice carries, beside chance; () where nothing is known."""
    bits = bits_of(use)
    if bits is None:
        return ()
    told = f"{number(bits.value, 2)} of {bits.largest:.3g} bits"
    beside = f"{KNOWN[bits.what]} ({number(bits.chance, 2)} by chance)"
    return (
        Piece("Its choice carries "),
        Piece(told, "mutual_information"),
        Piece(f" on {beside}: {bits.grade}. "),
    )


def _regret(use: RouterUse, *, primary: str) -> Sentence:
    """Return the gain over the best single depth for all texts; () where it is not known."""
    values = use.values("regret_best_fixed")
    if values.empty:
        return ()
    gain = over_seeds(-values)
    digits = digits_apart([gain.mean, gain.low, gain.high], None)
    limits = ""
    if not isnan(gain.low):
        limits = f" (95 % over seeds {short_interval(gain.low, gain.high, digits, sign=True)})"
    return (
        Piece("It "),
        Piece("gains", "regret"),
        Piece(
            f" {compact(gain.mean, digits, sign=True)} {primary} over one depth for all{limits}."
        ),
    )


def routing(depths: pd.DataFrame, system: str, *, dataset: str) -> str:
    """Return a sentence on the share of texts that the most chosen depth takes.

    The share is a mean over seeds, each with a most chosen depth of its own. The sentence also says
    in how many seeds one depth took all texts. Without a router it is "". depths: columns dataset,
    system, seed and depth, a row for each routed text (or pair); where a router mixes all depths,
    the depth is the one of the largest weight.
    """
    rows = depths[(depths["system"] == system) & (depths["dataset"] == dataset)]
    if rows.empty:
        return ""
    seeds = rows.groupby("seed")["depth"]
    n_collapsed = int((seeds.nunique() == 1).sum())
    share = seeds.agg(lambda depth: depth.value_counts(normalize=True).iloc[0]).mean()
    text = f"Routing: the most chosen depth of a seed took {share:.0%} of the texts"
    if not n_collapsed:
        return f"{text}."
    return (
        f"{text}; in {n_collapsed} of {len(seeds)} seeds it took all, so that nothing was routed."
    )


def targets(curves: pd.DataFrame, *, systems: Mapping[str, Any]) -> list[str]:
    """Return sentences on the entropy of the target depths that supervised routers learn from.

    A rule gives each training text the depth that its router should choose. The entropy is that of
    these depths within a batch, averaged over the recorded steps of all seeds; 0 means that each
    batch had only one target, so that the router had nothing to learn. systems: name ->
    configuration; the number of `depths` of its attention bounds the entropy. An attention from
    outside the package may lack that option, and then the sentence names no bound.
    """
    rows = curves[curves["quantity"] == "target_entropy"]
    sentences = []
    for (dataset, system), group in rows.groupby(["dataset", "system"], sort=False):
        n_depths = (systems[system].get("attention") or {}).get("depths")
        bound = f" of at most {log(n_depths):.2f}" if isinstance(n_depths, int) else ""
        entropy = group["value"].mean()
        end = ": they are always the same, and the router had nothing to learn."
        sentences.append(
            f"The rule's targets for {system} on {dataset} have an entropy of {entropy:.2f} nats"
            f"{bound}{end if entropy == 0 else '.'}"
        )
    return sentences

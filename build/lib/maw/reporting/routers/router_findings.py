"""What a router did, in plain sentences: each states its numbers, so that a reader can judge it.

A sentence is a sequence of pieces; a piece with a term is shown with that term's definition.
"""

from collections.abc import Mapping
from math import isnan, log
from typing import Any, NamedTuple

import pandas as pd

from maw.reporting.routers.router_grade import (
    EVEN,
    KNOWN,
    ONE_DEPTH,
    Grade,
    bits_of,
    collapsed,
    grade_router,
    share_of_largest_entropy,
)
from maw.reporting.routers.router_use import RouterUse
from maw.reporting.wording import compact, digits_apart, number, short_interval
from maw.verdicts.seed_mean import over_seeds

SURE = 0.05  # share of the largest entropy up to which a policy is certain
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
    if use.n_single_depth == n_seeds:
        return (
            *start,
            Piece(f"In {n_seeds} of {n_seeds} seeds one depth took every {use.side}: "),
            Piece("nothing was routed", "collapse"),
            Piece("."),
        )
    has_policy = made != CONFIGURED["random"]
    grade = grade_router([use], has_policy=has_policy)
    policy = _policy(use) if has_policy else ()
    return (
        *start,
        *_collapse(use),
        *policy,
        *_information(use, grade=grade),
        *_regret(use, primary=primary),
    )


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


def _collapse(use: RouterUse) -> Sentence:
    """Return in how many seeds one depth took all texts, or nearly all; () where in none."""
    seeds = collapsed([use])
    if not any(seeds):
        return ()
    takes_all = use.n_single_depth == sum(seeds)
    texts = f"every {use.side}" if takes_all else f"over {100 * ONE_DEPTH:.0f} % of {use.texts}"
    return (
        Piece(f"In {sum(seeds)} of {len(seeds)} seeds one depth took {texts} ("),
        Piece("collapse", "collapse"),
        Piece("). "),
    )


def _policy(use: RouterUse) -> Sentence:
    """Return that the router is nearly indifferent, or certain; () between, and where not known."""
    share = share_of_largest_entropy(use)
    if share is None:
        return ()
    largest = log(use.n_depths)
    shown = f" {_of_largest(share * largest, largest)} nats"
    if share >= EVEN:
        return Piece("The policy is nearly uniform ("), ENTROPY, Piece(f"{shown}). ")
    if share <= SURE:
        return Piece("The policy is certain ("), ENTROPY, Piece(f"{shown}). ")
    return ()


def _of_largest(value: float, largest: float) -> str:
    return f"{number(value, 2)} of {number(largest, 2)}"


def _information(use: RouterUse, *, grade: Grade | None) -> Sentence:
    """Return the bits that a choice carries, beside chance; () where nothing is known.

    grade: the router's, which ends the sentence; only without these bits may it be None.
    """
    bits = bits_of(use)
    if bits is None or grade is None:
        return ()
    told = f"{number(bits.value, 2)} of {bits.largest:.3g} bits"
    beside = f"{KNOWN[bits.what]} ({number(bits.chance, 2)} by chance)"
    return (
        Piece("Its choice carries "),
        Piece(told, "mutual_information"),
        Piece(f" on {beside}: {grade}. "),
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

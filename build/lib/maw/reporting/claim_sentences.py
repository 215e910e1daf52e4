"""What a paper may say about claims, and what it may not: sentences from the limits of each word.

Claims with the same word on the same dataset share a sentence. What a word says stands once, in
`statement`. Each sentence that may be said adds the limits that decided, the measure, the test and
the level, so that it can stand alone.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import NamedTuple

from maw.reporting.leads import largest_loss, lead, numbers, tie
from maw.reporting.wording import compact, digits_apart, short_interval
from maw.reporting.words import Claim, listed
from maw.significance import FEWEST_SEEDS, Reason, Suffix, Word

ALONE = (Word.NOT_ESTIMABLE, Word.NOT_CONTROLLED)  # words whose claims never share a sentence


class Refusal(NamedTuple):
    """A sentence that may not be said, without its quotes, and the reason why not."""

    sentence: str
    reason: str


def alike(
    claims: Sequence[Claim], *, apart: Callable[[Claim], Hashable] = lambda claim: None
) -> list[list[Claim]]:
    """Return the claims in groups that share a sentence, in the order of their first claims.

    They are about different systems on one dataset, and have the same word, suffix, level and
    control, or each as many controls. apart: returns what else claims must have in common.
    """
    groups: dict[tuple[Hashable, ...], list[Claim]] = {}
    for i, claim in enumerate(claims):
        own = i if claim.word in ALONE or tie(claim) else ""
        opponent = claim.closest if claim.n_controls == 1 else claim.n_controls
        losses = claim.losses if claim.word == Word.REFUTED else ()
        verdict = (claim.word, claim.row["suffix"], claim.row["withheld"], claim.row["level"])
        key = (claim.key[0], claim.key[2], opponent, losses, *verdict, own, apart(claim))
        groups.setdefault(key, []).append(claim)
    return list(groups.values())


def may_say(group: Sequence[Claim], *, n_claims: int) -> str:
    """Return the sentence that may be said about claims that are `alike`.

    n_claims: the number of claims that share the plan's level.
    """
    first = group[0]
    text = f"On {first.key[0]}, {statement(group, with_limits=True)}"
    if first.is_withheld or tie(first):
        return f"{text}."
    match first.word:
        case Word.NOT_CONTROLLED:
            return f"{text}; observed: {numbers(first)[0]} {first.terms.measure}."
        case Word.NOT_ESTIMABLE:
            return f"{text}. {lead(first)}"
        case _:
            return f"{text} ({_basis(group, n_claims=n_claims)})."


def may_not_say(group: Sequence[Claim]) -> Iterator[Refusal]:
    """Yield the sentences about claims that are `alike` which say more than their limits show."""
    first, margin = group[0], group[0].terms.margin
    names = listed([claim.system for claim in group])
    opponent, several = _opponent(group), len(group) > 1
    equal = f"{names} {'are' if several else 'is'} equal to {opponent}"
    no_difference = f"{names} {'do' if several else 'does'} not differ from {opponent} at all"
    if first.is_withheld:
        missed = "the study missed what it had to find, and may miss a difference here, too"
        yield Refusal(equal, missed)
        return
    if tie(first):
        yield Refusal(no_difference, "so few runs and queries bound the difference only loosely")
        return
    match first.word:
        case Word.BETTER_BY_SESOI:
            shown, _ = _hull(group, "lower", "upper")
            size = "as estimated" if several else f"by {numbers(first)[0]}"
            yield Refusal(f"{names} {_s(group, 'lead')} {size}", f"only {shown} is shown")
        case Word.BETTER if margin:
            fit = "leads from {} to {} fit the data".format(*_hull(group, "lower", "upper"))
            yield Refusal(f"{names} {_s(group, 'lead')} by {margin} or more", fit)
        case Word.SLIGHTLY_BETTER:
            _, high = _hull(group, "lower", "upper_gain")
            below = f"the smallest lead is at most {high}, below {margin}"
            yield Refusal(f"The gain of {names} matters", below)
        case Word.REFUTED:
            yield from _beyond_a_loss(group)
        case Word.EQUIVALENT:
            ends = _hull(group, "equivalence_low", "equivalence_high")
            fit = "differences from {} to {} fit the data".format(*ends)
            yield Refusal(no_difference, fit)
        case Word.NO_RELEVANT_GAIN:
            yield from _beyond_no_gain(group, equal=equal)
        case Word.NOT_CONTROLLED | Word.NOT_ESTIMABLE:
            yield _beyond_no_verdict(first)
        case Word.INCONCLUSIVE:
            fit = "differences from {} to {} fit the data".format(*_hull(group, "lower", "upper"))
            yield Refusal(equal, fit)


def statement(group: Sequence[Claim], *, with_limits: bool = False) -> str:
    """Return what the word of claims that are `alike` says: `S1 and S2 each rank better than C`.

    It names no dataset and has no full stop. with_limits: puts the limits behind each system's
    name, as in `S (+.031 [.012, .050]) ranks better than C`.
    """
    first = group[0]
    names = _subjects(group) if with_limits else listed([claim.system for claim in group])
    if first.is_withheld:
        return (
            f"nothing is claimed about {names} against {_opponent(group)}, because the control "
            f"“{first.row['withheld']}” of the study failed"
        )
    return tie(first).removesuffix(".") or _predicate(group, names=names)


def _predicate(group: Sequence[Claim], *, names: str) -> str:
    """Return what a word says that is neither withheld nor a tie. names: the systems."""
    first, margin, opponent = group[0], group[0].terms.margin, _opponent(group)
    rank = f"{names} {_s(group, 'rank')}"
    match first.word:
        case Word.BETTER_BY_SESOI:
            return f"{rank} better than {opponent}, by at least {margin}"
        case Word.BETTER:
            return f"{rank} better than {opponent}"
        case Word.SLIGHTLY_BETTER:
            return f"{rank} better than {opponent}, but {_size_of_lead(group)}"
        case Word.REFUTED:
            return f"{rank} worse than {listed(first.losses)}{_size_of_loss(first)}"
        case Word.EQUIVALENT:
            verb = "is" if len(group) == 1 else "are each"
            each = opponent if first.n_controls == 1 else f"each of {first.n_controls} controls"
            return f"{names} {verb} within ±{margin} of {each}"
        case Word.NO_RELEVANT_GAIN:
            led = opponent if first.n_controls == 1 else "every control"
            return f"{names} {_s(group, 'fail')} to lead {led} by {margin}"
        case Word.NOT_CONTROLLED:
            return f"too few trainings were made to judge {first.system} against {opponent}"
        case Word.NOT_ESTIMABLE:
            return f"{first.system} against {opponent} is not judged"
        case _:
            return f"it is undecided whether {rank} better than {opponent}"


def _subjects(group: Sequence[Claim]) -> str:
    """Return the systems with their numbers: `S1 (+.031 [.012, .050]) and S2 (…)`."""
    return listed([f"{claim.system} ({_limits(claim)})" for claim in group])


def _limits(claim: Claim) -> str:
    """Return the estimate of a claim with the limits that decided its word."""
    sesoi = claim.terms.sesoi
    match claim.word:
        case Word.REFUTED:
            winner, loss, low, high = largest_loss(claim)
            digits = digits_apart((loss, low, high), sesoi)
            reach = short_interval(-high, -low, digits, sign=True)
            over = f" against {winner}" if claim.n_controls > 1 else ""
            return f"{compact(-loss, digits, sign=True)} {reach}{over}"
        case Word.SLIGHTLY_BETTER:
            return " ".join(numbers(claim, "lower", "upper_gain"))
        case Word.EQUIVALENT if claim.n_controls == 1:
            return " ".join(numbers(claim, "equivalence_low", "equivalence_high"))
        case Word.NO_RELEVANT_GAIN:
            largest = float(claim.row["upper_gain"])
            return f"at most {compact(largest, digits_apart((largest,), sesoi), sign=True)}"
        case _:
            return " ".join(numbers(claim))


def _basis(group: Sequence[Claim], *, n_claims: int) -> str:
    """Return the measure, the limits' level, the test, and the correction of a sentence."""
    first = group[0]
    level, is_one = float(first.row["level"]), first.n_controls == 1
    one_sided, lower = _percent(1 - level), _percent(1 - level / 2)
    match first.word:
        case Word.EQUIVALENT if is_one:
            limits = f"two one-sided tests at {_percent(level)}"
        case Word.SLIGHTLY_BETTER:
            limits = f"lower limit at {lower}, upper at {one_sided}, one-sided"
        case Word.NO_RELEVANT_GAIN:
            limits = f"one-sided {one_sided} limit"
        case _:
            limits = f"{one_sided} limits"
    what = "" if is_one or first.word == Word.REFUTED else "smallest difference in "
    correction = f", Bonferroni over {n_claims} claims" if n_claims > 1 else ""
    return f"{what}{first.terms.measure}, {limits}; {_test(first)}{correction}"


def _test(claim: Claim) -> str:
    """Return the name of the test that decides: of training procedures, or of single runs."""
    estimands = claim.controls.get("estimand")
    if estimands is not None and estimands.eq("E1").all():
        return f"paired t-test over {claim.terms.queries}"
    return f"generalised p-value over {claim.terms.queries} and seeds"


def _size_of_lead(group: Sequence[Claim]) -> str:
    """Return the bound of a lead that is too small: `by less than 0.02`, or of which control."""
    first, bound = group[0], f"by less than {group[0].terms.margin}"
    if first.n_controls == 1:
        return bound
    led = first.below_margin if len(group) == 1 else "a control"
    return f"{_s(group, 'lead')} {led} {bound}"


def _size_of_loss(claim: Claim) -> str:
    """Return what is shown of the size of a loss, after a comma; "" where nothing is."""
    match claim.row["suffix"]:
        case Suffix.LESS:
            return f", by less than {claim.terms.margin}"
        case Suffix.AT_LEAST if len(claim.losses) == 1:
            return f", by at least {claim.terms.margin}"
        case Suffix.AT_LEAST:
            return f"; the largest of these losses is at least {claim.terms.margin}"
    return ""


def _beyond_a_loss(group: Sequence[Claim]) -> Iterator[Refusal]:
    first, margin = group[0], group[0].terms.margin
    names = listed([claim.system for claim in group])
    n_others = first.n_controls - len(first.losses)
    if n_others:
        yield Refusal(
            f"{names} {_s(group, 'rank')} worse than {_opponent(group)}",
            f"no loss to {n_others} of them is shown",
        )
    match first.row["suffix"]:
        case Suffix.LESS:
            yield Refusal(f"The loss of {names} matters", f"it is below {margin}")
        case Suffix.AT_LEAST:
            lost = listed(first.losses)
            yield Refusal(
                f"{names} {_s(group, 'rank')} as well as {lost}",
                f"a loss of at least {margin} is shown",
            )
        case _ if margin:
            losses = [largest_loss(claim)[2:] for claim in group]
            low, high = min(low for low, _ in losses), max(high for _, high in losses)
            digits = digits_apart((low, high), first.terms.sesoi)
            yield Refusal(
                f"{names} {_s(group, 'lose')} by {margin} or more",
                f"losses from {compact(low, digits)} to {compact(high, digits)} fit the data",
            )


def _beyond_no_gain(group: Sequence[Claim], *, equal: str) -> Iterator[Refusal]:
    lowest, _ = _hull(group, "lower", "upper")
    if any(claim.row["lower"] <= -(claim.terms.sesoi or 0) for claim in group):
        yield Refusal(equal, f"a loss fits the data, down to {lowest}")
    else:
        yield Refusal(equal, "only the smallest lead is bounded")
    if all(claim.row["upper_gain"] <= 0 for claim in group):
        names = listed([claim.system for claim in group])
        yield Refusal(f"{names} {_s(group, 'rank')} worse", "a loss is not shown")


def _beyond_no_verdict(claim: Claim) -> Refusal:
    direction = "worse" if claim.row["estimate"] < 0 else "better"
    sentence = f"{claim.system} ranks {direction} than {_opponent([claim])}"
    if claim.word == Word.NOT_CONTROLLED:
        few = f"fewer than {FEWEST_SEEDS} trainings cannot tell how much training varies"
        return Refusal(sentence, few)
    row = claim.untested
    codes = [] if row is None else str(row["reason"]).split(";")
    if Reason.ONE_SEED in codes or Reason.FEW_SEEDS in codes:
        return Refusal(f"Training {claim.system} pays", "another training may differ otherwise")
    return Refusal(sentence, "the difference could not be tested")


def _opponent(group: Sequence[Claim]) -> str:
    """Return `C`, `all K controls` of one system, or `all their controls` of several systems."""
    first = group[0]
    return first.all_controls if len(group) == 1 or first.n_controls == 1 else "all their controls"


def _hull(group: Sequence[Claim], low: str, high: str) -> tuple[str, str]:
    """Return the lowest and the highest limit of a group as text. low, high: their columns."""
    ends = (
        min(float(claim.row[low]) for claim in group),
        max(float(claim.row[high]) for claim in group),
    )
    digits = digits_apart(ends, group[0].terms.sesoi)
    return compact(ends[0], digits, sign=True), compact(ends[1], digits, sign=True)


def _s(group: Sequence[Claim], verb: str) -> str:
    """Return the verb after one subject, `ranks`, or after several: `each rank`."""
    return f"{verb}s" if len(group) == 1 else f"each {verb}"


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"

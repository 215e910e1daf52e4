"""The lead below the heading of a claim's verdict: the estimate, and the limits that decided it.

No limit is rounded across 0 or the smallest effect size of interest (SESOI), so that the printed
numbers never contradict the word. The headings are in `maw.reporting.words`.
"""

from collections.abc import Sequence
from math import isfinite

import pandas as pd

from maw.reporting.wording import compact, digits_apart, short_interval
from maw.reporting.words import Claim
from maw.significance import Reason, Suffix, Word

NO_NUMBER = {
    Reason.CONSTANT_MEASURE: "Every query has the same score under both systems.",
    Reason.CONSTANT_DIFFERENCE: "The difference is the same on every query, so that there is no "
    "spread to test it against.",
    Reason.NO_SPREAD: "All clusters of queries have the same mean difference, so that there is no "
    "spread to test it against.",
}


def lead(claim: Claim) -> str:
    """Return the sentences below the heading: the estimate, the limits that decided, their reach.

    Where a system and its control are identical, they say so in place of the numbers.
    """
    if sentence := tie(claim):
        return sentence
    match claim.word:
        case Word.BETTER | Word.BETTER_BY_SESOI:
            return _better(claim)
        case Word.SLIGHTLY_BETTER:
            estimate, reach = numbers(claim, "lower", "upper_gain")
            return (
                f"{claim.system} beats {claim.all_controls}; its smallest lead is {estimate} "
                f"{reach}: above zero, below {claim.terms.margin}."
            )
        case Word.REFUTED:
            return _refuted(claim)
        case Word.EQUIVALENT:
            ends = ("equivalence_low", "equivalence_high") if claim.n_controls == 1 else ()
            return f"{_difference(claim, *ends)}. {left_open([claim])}"
        case Word.NO_RELEVANT_GAIN:
            return _no_gain(claim)
        case Word.NOT_CONTROLLED:
            return (
                f"Observed {numbers(claim)[0]}. So few trainings cannot tell how much training "
                "itself varies."
            )
        case Word.NOT_ESTIMABLE:
            return _not_estimable(claim)
        case _:
            return _inconclusive(claim)


def left_open(claims: Sequence[Claim]) -> str:
    """Return the sentence on what the word that these claims share leaves open, or ""."""
    first, margin = claims[0], claims[0].terms.margin
    match first.word:
        case Word.EQUIVALENT:
            return f"Gains and losses of {margin} are excluded; smaller ones are not."
        case Word.NO_RELEVANT_GAIN if all(claim.row["upper_gain"] <= 0 for claim in claims):
            return "No gain fits the data; a loss is not shown."
        case Word.NO_RELEVANT_GAIN:
            return "A smaller gain, none, or a loss remain possible."
        case Word.INCONCLUSIVE:
            return "This is not evidence of equality."
        case Word.BETTER if first.terms.sesoi is not None:
            return f"Whether it reaches {margin} is open."
        case _:
            return ""


def _better(claim: Claim) -> str:
    estimate, reach = numbers(claim)
    text = f"Its smallest lead, over {claim.closest}, is {estimate} {reach} {claim.terms.measure}."
    if claim.word == Word.BETTER_BY_SESOI:
        return f"{text} It is at least {claim.terms.margin}."
    return f"{text} {left_open([claim])}".strip()


def _refuted(claim: Claim) -> str:
    winner, loss, low, high = largest_loss(claim)
    digits = digits_apart((loss, low, high), claim.terms.sesoi)
    text = (
        f"The claim was that {claim.system} beats {claim.all_controls}. {winner} ranks better by "
        f"{compact(loss, digits)} {short_interval(low, high, digits)}."
    )
    n_others = claim.n_controls - len(claim.losses)
    if n_others:
        text += f" It is not shown to lose to the other{'s' * (n_others > 1)}."
    match claim.row["suffix"]:
        case Suffix.LESS:
            text += f" The loss is below {claim.terms.margin}."
        case Suffix.AT_LEAST:
            where = " against the controls whose bar lies wholly beyond" * (claim.n_controls > 1)
            text += f" It is at least {claim.terms.margin}{where}."
    return text


def largest_loss(claim: Claim) -> tuple[str, float, float, float]:
    """Return the control that wins, its lead over the system, and both limits of that lead.

    It is the control with the smallest difference, unless only another one's bar lies below 0.
    """
    bars = {name: claim.bar_of(name) for name in dict.fromkeys((claim.closest, *claim.losses))}
    proven = {name: bar for name, bar in bars.items() if bar is not None and bar[1] < 0}
    if not proven:
        low, high = float(claim.row["lower"]), float(claim.row["upper"])
        return claim.closest, -float(claim.row["estimate"]), -high, -low
    if claim.closest in proven:
        name, difference = claim.closest, claim.row["estimate"]
    else:
        name = min(proven, key=lambda control: proven[control][1])
        rows = claim.controls.set_index("baseline")
        difference = rows.loc[name, "difference"]
    low, high = proven[name]
    return name, -float(difference), -high, -low


def _no_gain(claim: Claim) -> str:
    largest = float(claim.row["upper_gain"])
    digits = digits_apart((largest,), claim.terms.sesoi)
    most = compact(largest, digits, sign=True)
    return f"Over {claim.below_margin} at most {most} fits the data. {left_open([claim])}"


def _inconclusive(claim: Claim) -> str:
    text = f"{_difference(claim)}"
    if not claim.is_withheld:
        text += (
            ": 0 fits" if claim.terms.sesoi is None else f": 0 and {claim.terms.margin} both fit"
        )
    text += f". {left_open([claim])}"
    if claim.to_add and not claim.is_withheld:
        text += f" What to add: {claim.to_add}."
    return text


def _not_estimable(claim: Claim) -> str:
    row = claim.untested
    if row is None:
        return "It was not tested."
    codes = str(row["reason"]).split(";")
    if Reason.ONE_SEED in codes or Reason.FEW_SEEDS in codes:
        low, high = float(row["e1_ci_low"]), float(row["e1_ci_high"])
        level = "" if claim.row["level"] == 0.05 else " (95 %, not adjusted)"
        return (
            f"These trained models differ by {compact(row['difference'], sign=True)} "
            f"{short_interval(low, high)}{level} on new {claim.terms.queries}; another training "
            "may differ otherwise."
        )
    sentences = [text for code, text in NO_NUMBER.items() if code in codes]
    return " ".join(sentences) or f"The reason: {row['reason'] or 'not recorded'}."


def _difference(claim: Claim, low: str = "lower", high: str = "upper") -> str:
    """Return the smallest difference with its limits: `S − C is +.010 [−.008, +.028]`."""
    estimate, reach = numbers(claim, low, high)
    subject = f"{claim.system} − {claim.closest}"
    if claim.n_controls > 1:
        return f"The smallest difference, {subject}, is {estimate} {reach}"
    return f"{subject} is {estimate} {reach}"


def numbers(claim: Claim, low: str = "lower", high: str = "upper") -> tuple[str, str]:
    """Return the estimate and its limits as text. low, high: the columns of the limits.

    Limits that are all above 0 have no sign. No limit is rounded across 0 or the SESOI.
    """
    values = [float(claim.row[name]) for name in ("estimate", low, high)]
    digits = digits_apart(values, claim.terms.sesoi)
    signed = not values[1] > 0
    return (
        compact(values[0], digits, sign=True),
        short_interval(values[1], values[2], digits, sign=signed),
    )


def tie(claim: Claim) -> str:
    """Return the sentence on a control that scores as the system does everywhere, or "".

    Only where that control is the deciding one do its limits stand for the claim.
    """
    rows = claim.controls[claim.controls["baseline"] == claim.closest]
    if rows.empty or claim.word in (Word.NOT_ESTIMABLE, Word.NOT_CONTROLLED):
        return ""
    row = rows.iloc[0]
    if not (row["difference"] == 0 and row["se"] == 0):
        return ""
    n_seeds = claim.row["n_seeds"]
    seeds = "" if pd.isna(n_seeds) or n_seeds < 2 else f" and {int(n_seeds)} seeds"
    ends = [abs(float(claim.row[name])) for name in ("lower", "upper")]
    bound = max(ends) if all(map(isfinite, ends)) else 1.0
    return (
        f"{claim.system} and {claim.closest} are identical on all {int(row['n_queries'])} "
        f"{claim.terms.queries}{seeds}; this bounds the difference only by "
        f"±{compact(bound, 2 if bound >= 0.1 else 3)}."
    )

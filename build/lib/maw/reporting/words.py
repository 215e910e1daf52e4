"""The heading of the verdict on one claim: its word in a sentence, with the systems' names.

A claim is that a system S beats each of its K controls on a dataset. `maw.reporting.leads` has the
sentences below the heading, with the numbers; `maw.reporting.answer` puts several claims together.
A control is named only where the protocol allows it: with several controls, “by less than SESOI”
(the smallest effect size of interest) holds for the control with the truly smallest lead. That may
be another one than the data show, unless the control's own upper limit lies below the SESOI.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from maw.significance import FEWEST_SEEDS, Reason, Word

Row = Mapping[str, Any]
Key = tuple[str, str, str]  # dataset, system, claim

WITHHELD = (
    "the control that should have been found was not, so the absence of a gain is not claimed."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What all sentences of a page have in common."""

    measure: str
    """The primary measure."""
    sesoi: float | None
    """The smallest effect size of interest, in the measure's unit; None where the plan has none."""
    queries: str = "queries"
    """What one ranking is made for: `queries`, or `topics` where the input was TREC's."""

    @property
    def margin(self) -> str:
        """The smallest effect size of interest as text: `0.02`."""
        return "" if self.sesoi is None else f"{self.sesoi:g}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Claim:
    """The verdict on one claim: its row of `summary/claims.parquet`, and its controls' rows.

    row: the verdict. controls: a row of `summary/comparisons.parquet` by the primary measure for
    each control. foreign: names of those whose columns bar_low and bar_high belong to another claim
    that needs the same control; then no control is named by its bar.
    """

    row: Row
    controls: pd.DataFrame
    terms: Terms
    foreign: frozenset[str] = frozenset()
    to_add: str = ""
    """More data that would decide an inconclusive claim, such as `5 more seeds`; "" if unknown."""

    @property
    def key(self) -> Key:
        """Names of the dataset, of the system and of the claim."""
        return str(self.row["dataset"]), self.system, str(self.row["claim"])

    @property
    def system(self) -> str:
        """Name of the system S."""
        return str(self.row["system"])

    @property
    def word(self) -> str:
        """The word that may be said: `inconclusive` where a failed control withholds another."""
        return Word.INCONCLUSIVE.value if self.is_withheld else str(self.row["word"])

    @property
    def is_withheld(self) -> bool:
        """True where a failed control of the study forbids the word that the limits give."""
        return bool(self._text("withheld"))

    @property
    def n_controls(self) -> int:
        """Number of controls K."""
        return int(self.row["n_controls"])

    @property
    def closest(self) -> str:
        """Name of the control with the smallest difference; of the first one if none has any."""
        first = str(self.controls["baseline"].iloc[0]) if len(self.controls) else "its control"
        return self._text("decided_by") or first

    @property
    def all_controls(self) -> str:
        """`C` with one control, else `all K controls`."""
        return self.closest if self.n_controls == 1 else f"all {self.n_controls} controls"

    @property
    def below_margin(self) -> str:
        """Name of the control that is led by less than the SESOI, or `its closest control`."""
        bar = self.bar_of(self.closest)
        is_below = bar is not None and self.terms.sesoi is not None and bar[1] < self.terms.sesoi
        return self.closest if self.n_controls == 1 or is_below else "its closest control"

    @property
    def losses(self) -> tuple[str, ...]:
        """Names of the controls that are shown to beat the system."""
        return tuple(filter(None, self._text("loses_to").split("; "))) or (self.closest,)

    @property
    def untested(self) -> dict[str, Any] | None:
        """Return the row of the first control without a p-value, else of the first control."""
        rows = self.controls
        missing = rows[rows["p"].isna()] if "p" in rows else rows[:0]
        records: list[dict[str, Any]] = (missing if len(missing) else rows).to_dict("records")
        return records[0] if records else None

    def bar_of(self, control: str) -> tuple[float, float] | None:
        """Return both ends of a control's bar; None where it has none that is about this claim."""
        if self.n_controls == 1:
            return float(self.row["lower"]), float(self.row["upper"])
        rows = self.controls[self.controls["baseline"] == control]
        if rows.empty or control in self.foreign:
            return None
        if rows[["bar_low", "bar_high"]].isna().any(axis=None):
            return None
        return float(rows["bar_low"].iloc[0]), float(rows["bar_high"].iloc[0])

    def _text(self, column: str) -> str:
        value = self.row.get(column)
        return "" if value is None or pd.isna(value) else str(value)


def heading(claim: Claim) -> str:
    """Return the verdict as a sentence: `Yes, on pydocs: maw ranks better than non_maw.`"""
    place, name, margin = f"on {claim.row['dataset']}", claim.system, claim.terms.margin
    if claim.is_withheld:
        return f"Undecided, {place}: {WITHHELD}"
    match claim.word:
        case Word.BETTER | Word.BETTER_BY_SESOI:
            return f"Yes, {place}: {name} ranks better than {claim.all_controls}."
        case Word.SLIGHTLY_BETTER:
            led = claim.below_margin
            return (
                f"Better, but too little to matter, {place}: {name} leads {led} by less than "
                f"{margin}."
            )
        case Word.REFUTED:
            return f"No, {place}: {name} loses to {listed(claim.losses)}."
        case Word.EQUIVALENT:
            each = (
                claim.closest if claim.n_controls == 1 else f"each of {claim.n_controls} controls"
            )
            return f"No difference that matters, {place}: {name} and {each} are within {margin}."
        case Word.NO_RELEVANT_GAIN:
            led = claim.closest if claim.n_controls == 1 else "every control"
            return f"No gain that matters, {place}: {name} does not lead {led} by {margin}."
        case Word.NOT_CONTROLLED:
            return f"Not judged, {place}: {_few_seeds(claim)}; {FEWEST_SEEDS} are needed."
        case Word.NOT_ESTIMABLE:
            return f"Not judged, {place}: {_unknown_effect(claim)} cannot be estimated."
        case _:
            return (
                f"Undecided, {place}: {name} may or may not rank better than {claim.all_controls}."
            )


def _unknown_effect(claim: Claim) -> str:
    """Return what cannot be estimated: the effect of training a system, or a difference of two."""
    row = claim.untested
    if row is None:
        return f"the effect of training {claim.system}"
    note = str(row.get("note") or "")
    for name in (claim.system, str(row["baseline"])):
        if f"{name} is trained with one seed" in note:
            return f"the effect of training {name}"
    single_runs = row["n_seeds"] == 1 and row["n_seeds_baseline"] == 1
    if single_runs and Reason.ONE_SEED not in str(row["reason"]).split(";"):
        return f"the difference of {claim.system} and {row['baseline']}"
    return f"the effect of training {claim.system}"


def _few_seeds(claim: Claim) -> str:
    """Return who has how few seeds: `maw has 2 seeds`, or `maw and non_maw share 2 seed labels`."""
    n = 0 if pd.isna(claim.row["n_seeds"]) else int(claim.row["n_seeds"])
    has = f"has {n} seed{'s' * (n != 1)}"
    share = f"share {n} seed label"
    rows = claim.controls.to_dict("records")
    sharing = [str(row["baseline"]) for row in rows if share in str(row["note"])]
    if sharing:
        return f"{claim.system} and {sharing[0]} {share}{'s' * (n != 1)}"
    few = [str(row["baseline"]) for row in rows if row["n_seeds_baseline"] == n]
    has_enough = few and all(row["n_seeds"] != n for row in rows)
    return f"{few[0] if has_enough else claim.system} {has}"


def listed(names: Sequence[str], *, last: str = "and") -> str:
    """Return names as an enumeration: `a`, `a and b`, `a, b and c`.

    last: the word before the last name.
    """
    *first, end = names
    return f"{', '.join(first)} {last} {end}" if first else end

"""The results of `maw.compare` as objects: a verdict on each claim, and the other contrasts."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd


@dataclass(frozen=True, slots=True)
class SystemVerdict:
    """The verdict on one claim: that a system beats each of its controls by the primary measure.

    word and suffix: the verdict; withheld: the control of the study that failed and forbids to say
    the word, or "". estimate: the smallest lead over a control, that over `decided_by`; lower,
    upper: the bar of the claim, at `level`; upper_gain: the largest gain that fits the data;
    equivalence_low, equivalence_high: the limits that "equivalent" was read from; mde: the minimum
    detectable effect; sesoi_flips_at: the smallest effect size of interest at which the word would
    change. All these are in the measure's unit. controls: all systems that must be beaten;
    loses_to: those that are shown to be better. p: of the claim, unadjusted; p_bonferroni decides,
    p_holm and p_bh stand beside it. seeds: the form of the seeds; n_seeds: the fewest of any
    trained system, None without training. A number that does not exist is nan, or None.
    """

    dataset: str
    system: str
    claim: str
    measure: str
    controls: tuple[str, ...]
    word: str
    suffix: str
    withheld: str
    estimate: float
    lower: float
    upper: float
    upper_gain: float
    equivalence_low: float
    equivalence_high: float
    decided_by: str
    loses_to: tuple[str, ...]
    level: float
    p: float
    p_bonferroni: float
    p_holm: float
    p_bh: float
    mde: float
    sesoi: float
    sesoi_flips_at: float
    seeds: str
    n_seeds: int | None
    n_queries: int
    n_clusters: int | None
    note: str

    @property
    def said(self) -> str:
        """The verdict in words: the word with its suffix, or why it is not said."""
        if self.withheld:
            return f"undecided ({self.withheld} failed, so that no absence of a gain is claimed)"
        return f"{self.word} {self.suffix}".strip()

    def __str__(self) -> str:
        name = self.system if self.claim == "better" else f"{self.system} ({self.claim})"
        loses = f"; it loses to {', '.join(self.loses_to)}" if self.loses_to else ""
        return (
            f"{name} against {', '.join(self.controls)} on {self.dataset}: {self.said}{loses} "
            f"({self.measure} {self.estimate:+.4f}, limits {self.lower:+.4f} to {self.upper:+.4f})"
        )


@dataclass(frozen=True, slots=True)
class ContrastResult:
    """The result of a planned contrast that decides no claim, by the primary measure.

    role: "reference", "exploratory" or "non-inferiority". word: the outcome of a contrast of
    non-inferiority, else the role. difference (system − baseline) and its 95 % interval, which is
    not adjusted: in the measure's unit. bar_low, bar_high: the interval at the level of a contrast
    of non-inferiority, else nan. p: unadjusted; p_bonferroni, p_holm, p_bh: adjusted within the
    role's family. mde: the minimum detectable effect.
    """

    dataset: str
    system: str
    baseline: str
    measure: str
    role: str
    word: str
    estimand: str
    mean: float
    mean_baseline: float
    difference: float
    ci_low: float
    ci_high: float
    bar_low: float
    bar_high: float
    p: float
    p_bonferroni: float
    p_holm: float
    p_bh: float
    mde: float
    seeds: str
    note: str

    def __str__(self) -> str:
        return (
            f"{self.system} against {self.baseline} on {self.dataset}: {self.word} "
            f"({self.measure} {self.difference:+.4f}, 95 % interval {self.ci_low:+.4f} to "
            f"{self.ci_high:+.4f})"
        )


def verdict_of(
    claim: Mapping[str, Any], *, controls: tuple[str, ...], note: str = ""
) -> SystemVerdict:
    """Return the verdict on a claim. claim: a row of `maw.verdicts.claims.CLAIMS`.

    note: what the row of its deciding control says.
    """
    counts = {name: _count(claim[name]) for name in ("n_seeds", "n_clusters")}
    names = {field.name for field in fields(SystemVerdict)} & set(claim)
    loses_to = tuple(filter(None, str(claim["loses_to"]).split("; ")))
    content = {**{name: claim[name] for name in names}, **counts, "loses_to": loses_to}
    return SystemVerdict(**content, controls=controls, note=note)


def contrast_result(row: Mapping[str, Any]) -> ContrastResult:
    """Return the result of a contrast. row: a row of `maw.verdicts.decide.COLUMNS`."""
    return ContrastResult(**{field.name: row[field.name] for field in fields(ContrastResult)})


def _count(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)

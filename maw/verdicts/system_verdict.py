"""The verdict on one planned contrast, as `maw.compare` hands it out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SystemVerdict:
    """One planned contrast by the primary measure. Empty cells are nan.

    difference, ci_low, ci_high, detectable: in the measure's unit, the interval 95 % and
    unadjusted. p: adjusted within its family, the one that decides.
    """

    dataset: str
    system: str
    baseline: str
    measure: str
    role: str
    estimand: str
    mean: float
    mean_baseline: float
    difference: float
    ci_low: float
    ci_high: float
    p: float
    detectable: float
    verdict: str
    note: str

    def __str__(self) -> str:
        return (
            f"{self.system} against {self.baseline} on {self.dataset}: {self.verdict} "
            f"({self.measure} {self.difference:+.4f}, 95 % interval {self.ci_low:+.4f} to "
            f"{self.ci_high:+.4f})"
        )

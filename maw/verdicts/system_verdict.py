"""The verdict on one planned contrast in the form in which `maw.compare` returns it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SystemVerdict:
    """Estimates and verdict of one planned contrast by the primary measure.

    difference, ci_low, ci_high, detectable: in the measure's unit; the interval is the 95 % one,
    not adjusted. p: the p-value that decides, adjusted within its family. A number that does not
    exist is nan.
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

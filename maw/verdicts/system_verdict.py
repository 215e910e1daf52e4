"""The verdict on one planned contrast, as the result of `maw.compare` shows it in `verdicts`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SystemVerdict:
    """Estimates and verdict of one planned contrast by the primary measure.

    role: `confirmatory` or `reference`. estimand: E2 (the training procedure) or E1 (these
    checkpoints). mean, difference (system − baseline), ci_low, ci_high, detectable (the minimum
    detectable effect): in the measure's unit; the interval is the 95 % one, not adjusted. p:
    adjusted by Holm within the family of tests; for a confirmatory contrast it is that of its first
    claim, whose p is the largest over all baselines that the claim needs. verdict: that on this
    claim, or `reference`. A number that does not exist is nan.
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

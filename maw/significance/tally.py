"""The counts of a calibration: its contrasts, its settings, and how often each outcome occurred."""

from collections import Counter
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from maw.significance.score_model import SeedLevel

MULTIPLES = (0.0, 1.0, 2.0)  # true differences that are tried, in multiples of SESOI
REJECTS = "rejects"
EQUIVALENT = "equivalent"
COVERS = "covers the procedure's difference"
COVERS_CHECKPOINTS = "covers the checkpoints' difference"
COVERS_VARIANCE = "covers the variance"
ANY_CLAIM = "any claim"


@dataclass(frozen=True, slots=True)
class CalibratedContrast:
    """One contrast of the plan whose tests are calibrated: system − baseline.

    claims: the claims that need this contrast; a claim is granted only if all its contrasts are
    significant. family: contrasts with the same name share max-T and the simultaneous intervals; ""
    for a contrast alone. n_tests: number m of tests in the family, whose intervals are at 1 − α/m.
    """

    system: str
    baseline: str
    claims: tuple[str, ...] = ()
    family: str = ""
    n_tests: int = 1

    @property
    def name(self) -> str:
        """Return "system - baseline", the contrast's name in the outcomes."""
        return f"{self.system} - {self.baseline}"


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """The options of a calibration: what it counts, and in how many redrawn experiments.

    sesoi: the smallest effect size of interest, in the measure's own unit; without it only the true
    difference 0 is tried. draws: number of redrawn experiments at each level of the seed variance.
    resamples: of sign-flip, max-T and BCa in each experiment.
    """

    alpha: float = 0.05
    sesoi: float | None = None
    draws: int = 2_000
    resamples: int = 1_999
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha is {self.alpha}; expected a number between 0 and 1")
        if self.sesoi is not None and not self.sesoi > 0:
            raise ValueError(f"sesoi is {self.sesoi}; the margin must be above 0")
        if min(self.draws, self.resamples) < 1:
            raise ValueError(
                f"draws is {self.draws} and resamples {self.resamples}; both must be at least 1"
            )

    @property
    def effects(self) -> dict[float, float]:
        """Return the true differences that are tried, by their multiple of SESOI."""
        return {m: m * (self.sesoi or 0.0) for m in (MULTIPLES if self.sesoi else (0.0,))}


@dataclass(frozen=True, slots=True, order=True)
class Outcome:
    """One outcome of a redrawn experiment that is counted, e.g. "E2 rejects for maw - non_maw".

    subject: name of a contrast, claim, system or family; ANY_CLAIM for at least one claim.
    quantity: REJECTS, EQUIVALENT or one of COVERS*. multiple: the true difference, in multiples of
    SESOI.
    """

    subject: str
    test: str
    quantity: str
    multiple: float
    seed_level: SeedLevel


@dataclass(frozen=True, slots=True)
class OutcomeRate:
    """The share of redrawn experiments in which an outcome occurred.

    draws: number of these experiments, which is smaller for tests that take long.
    """

    outcome: Outcome
    rate: float
    draws: int

    @property
    def standard_error(self) -> float:
        """Return the Monte-Carlo standard error, which is not 0 for a rate of 0 or 1 either."""
        moderated = (self.rate * self.draws + 0.5) / (self.draws + 1)
        return sqrt(moderated * (1 - moderated) / self.draws)


class OutcomeCounts:
    """Counts of each outcome, and of the redrawn experiments in which it could occur."""

    def __init__(self) -> None:
        self._n_occurred: Counter[Outcome] = Counter()
        self._n_experiments: Counter[Outcome] = Counter()

    def add(self, outcome: Outcome, occurred: npt.NDArray[np.bool_]) -> None:
        """Add one block of experiments: occurred [n] is True where the outcome occurred."""
        self._n_occurred[outcome] += int(occurred.sum())
        self._n_experiments[outcome] += occurred.size

    def rates(self) -> tuple[OutcomeRate, ...]:
        """Return the rate of every outcome that was counted, in the order of the outcomes."""
        return tuple(
            OutcomeRate(outcome, self._n_occurred[outcome] / n, n)
            for outcome, n in sorted(self._n_experiments.items())
            if n
        )

"""A calibration's contrasts, claims and settings, and the counts of how often outcomes occurred."""

from collections import Counter
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from maw.significance.crossed_many import Seeds
from maw.significance.score_model import SeedLevel

MULTIPLES = (0.0, 1.0, 2.0)  # true differences that are tried, in multiples of SESOI
REJECTS = "rejects"
ANY_FALSE = "any false word"
COVERS = "covers the procedure's difference"
COVERS_CHECKPOINTS = "covers the checkpoints' difference"
COVERS_VARIANCE = "covers the variance"
ANY_CLAIM = "any claim"


@dataclass(frozen=True, slots=True)
class CalibratedContrast:
    """One contrast of the plan, system − baseline, whose tests are calibrated.

    seeds: the form of the deciding test; "shared" tests the seed labels that both systems have.
    level: α′, the strictest level at which the contrast decides something; None if it decides
    nothing. margin: the largest loss that counts as not worse, for a contrast of non-inferiority.
    family: contrasts with the same name of a family share max-T; "" for a contrast in no family.
    """

    system: str
    baseline: str
    seeds: Seeds = "shared"
    level: float | None = None
    margin: float | None = None
    family: str = ""

    @property
    def name(self) -> str:
        """Return "system - baseline", the contrast's name in the outcomes."""
        return f"{self.system} - {self.baseline}"


@dataclass(frozen=True, slots=True)
class CalibratedClaim:
    """A claim of the plan, that a system beats each of its controls, whose words are counted.

    level: α′, the level of the claim. controls: the names of all K controls. undecided: those whose
    contrast has no number or too few seeds; it need not be among the calibrated contrasts.
    includes: names of the claims that this one includes, and of those that they include.
    """

    name: str
    system: str
    controls: tuple[str, ...]
    level: float
    undecided: frozenset[str] = frozenset()
    includes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """The options of a calibration: levels, effects, and the number of redrawn experiments.

    alpha: level of the tests; the intervals have 1 − alpha. sesoi: the smallest effect size of
    interest, in the measure's own unit; without it only the true difference 0 is tried. draws:
    number of redrawn experiments at each level of the seed variance (SEED_LEVELS). beside_draws:
    the largest number of them in which tests and intervals of E1 are counted, which take long and
    decide nothing; it counts whole blocks. size_draws:
    number of draws of sufficient statistics for the size at α′. resamples: of sign-flip, max-T and
    BCa in each experiment. seed: of all random numbers. measure_range: the highest minus the lowest
    value that the measure can take.
    """

    alpha: float = 0.05
    sesoi: float | None = None
    draws: int = 2_000
    beside_draws: int = 400
    size_draws: int = 100_000
    resamples: int = 1_999
    seed: int = 0
    measure_range: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha is {self.alpha}; expected a number between 0 and 1")
        if self.sesoi is not None and not self.sesoi > 0:
            raise ValueError(f"sesoi is {self.sesoi}; it must be above 0, or None")
        numbers = {name: getattr(self, name) for name in ("draws", "size_draws", "resamples")}
        if wrong := [f"{name} is {number}" for name, number in numbers.items() if number < 1]:
            raise ValueError(f"{wrong[0]}; it must be at least 1")

    @property
    def effects(self) -> dict[float, float]:
        """Return the true differences to try, as multiple of SESOI -> difference.

        The differences are in the measure's own unit. Without a SESOI the only entry is 0 -> 0.
        """
        return {m: m * (self.sesoi or 0.0) for m in (MULTIPLES if self.sesoi else (0.0,))}


@dataclass(frozen=True, slots=True, order=True)
class Outcome:
    """One outcome of a redrawn experiment that is counted, e.g. "E2 rejects for maw - non_maw".

    subject: name of a contrast, claim, system or family; ANY_CLAIM for at least one claim. test:
    name of the test or interval, or of the words. quantity: REJECTS, COVERS, COVERS_CHECKPOINTS,
    COVERS_VARIANCE, ANY_FALSE or a word. multiple: the true difference, in multiples of SESOI: of a
    contrast, or of the systems of all claims from the other systems. seed_level: the variance of
    seeds in the redrawn experiments, one of SEED_LEVELS.
    """

    subject: str
    test: str
    quantity: str
    multiple: float
    seed_level: SeedLevel


@dataclass(frozen=True, slots=True)
class OutcomeRate:
    """The share of redrawn experiments in which an outcome occurred.

    draws: number of these experiments; it is smaller for the exact signed-rank test, which takes
    long, and larger where only sufficient statistics are drawn.
    """

    outcome: Outcome
    rate: float
    draws: int

    @property
    def standard_error(self) -> float:
        """Return the Monte-Carlo standard error; it is above 0 even for a rate of 0 or 1."""
        moderated = (self.rate * self.draws + 0.5) / (self.draws + 1)
        return sqrt(moderated * (1 - moderated) / self.draws)


class OutcomeCounts:
    """Counts of each outcome, and of the redrawn experiments in which it could occur."""

    def __init__(self) -> None:
        self._n_occurred: Counter[Outcome] = Counter()
        self._n_experiments: Counter[Outcome] = Counter()

    def add(self, outcome: Outcome, occurred: npt.NDArray[np.bool_]) -> None:
        """Add n experiments to one outcome's counts; occurred [n]: True where it occurred."""
        self._n_occurred[outcome] += int(occurred.sum())
        self._n_experiments[outcome] += occurred.size

    def rates(self) -> tuple[OutcomeRate, ...]:
        """Return the rate of every outcome that was counted, sorted by the outcomes' fields."""
        return tuple(
            OutcomeRate(outcome, self._n_occurred[outcome] / n, n)
            for outcome, n in sorted(self._n_experiments.items())
            if n
        )

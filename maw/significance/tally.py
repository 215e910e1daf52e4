"""How is a rate counted? A plan's contrasts, what is asked of each, and how often it came out."""

from collections import Counter
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from maw.significance.score_model import SeedLevel

MULTIPLES = (0.0, 1.0, 2.0)  # of SESOI
COVERS = "covers the procedure's difference"
COVERS_CHECKPOINTS = "covers the checkpoints' difference"
COVERS_VARIANCE = "covers the variance"
ANY_CLAIM = "any claim"


@dataclass(frozen=True, slots=True)
class Planned:
    """A contrast of the plan; contrasts that carry one claim must all be won.

    family: contrasts that max-T and the simultaneous intervals take together; "": it is alone.
    tests: m of that family on the page, whose intervals are at 1 − α/m.
    """

    a: str
    b: str
    claims: tuple[str, ...] = ()
    family: str = ""
    tests: int = 1

    @property
    def name(self) -> str:
        """As it stands in the rates."""
        return f"{self.a} - {self.b}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What is counted, and how long. resamples: of sign-flip and of BCa, in each experiment."""

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
            raise ValueError("draws and resamples must be at least 1")

    @property
    def effects(self) -> dict[float, float]:
        """Multiple of SESOI -> true difference, in the measure's own unit."""
        return {m: m * (self.sesoi or 0.0) for m in (MULTIPLES if self.sesoi else (0.0,))}


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a share is of. quantity: "rejects", "equivalent" or one of COVERS*."""

    contrast: str  # or a claim, a system, or a family; "any claim": of the whole family
    test: str
    quantity: str
    multiple: float
    seeds: SeedLevel


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of redrawn experiments; draws: fewer for tests that take long."""

    key: Key
    rate: float
    draws: int

    @property
    def error(self) -> float:
        """Monte-Carlo standard error; not 0 where none or all were counted."""
        near = (self.rate * self.draws + 0.5) / (self.draws + 1)
        return sqrt(near * (1 - near) / self.draws)


class Tally:
    """How often each thing came out, of how many experiments."""

    def __init__(self) -> None:
        self.hits: Counter[Key] = Counter()
        self.draws: Counter[Key] = Counter()

    def add(self, key: Key, passed: npt.NDArray[np.bool_]) -> None:
        """passed [n]: of one block."""
        self.hits[key] += int(passed.sum())
        self.draws[key] += passed.size

    def rates(self) -> tuple[Rate, ...]:
        """Of all that was looked at, in the order of the keys."""
        return tuple(Rate(key, self.hits[key] / n, n) for key, n in sorted(self.draws.items()) if n)

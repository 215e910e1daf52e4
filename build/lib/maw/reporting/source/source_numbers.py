"""The figures that the method's source claims, as one frozen object.

The source is the text that proposed MAW attention. Its figures are written once, in
`maw/settings/source_claims.yaml`, where the configuration's check of `ablations` reads them too.
Nothing here was measured by this software.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from maw.settings.packaged import packaged


@dataclass(frozen=True, slots=True)
class ClaimedGain:
    """The gain that a kind of router is said to bring over a model that was never trained.

    router: the router's kind. measure: its `ir_measures` name. low, high: ends of the claimed range
    of the relative difference, as shares (0.10 is 10 %).
    """

    router: str
    measure: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClaimedScores:
    """A row of the source's results table: NON-MAW and MAW with 8 depths on one collection.

    id: how the collection's name in ir_datasets begins. p: of the source's paired t-test. effect:
    the source's effect size, of which it does not say how it was computed.
    """

    collection: str
    id: str
    baseline: float
    baseline_sd: float
    maw: float
    maw_sd: float
    p: float
    effect: float


@dataclass(frozen=True, slots=True)
class ClaimedComplexity:
    """Operations of one layer, and its multiples of standard attention.

    length: tokens of a text. ratio: of all depths. optimised: of the optimised form.
    """

    length: int
    depths: int
    standard_operations: float
    maw_operations: float
    ratio: float
    optimised: float


@dataclass(frozen=True, slots=True)
class SourceNumbers:
    """All claims of the source that are numbers.

    gains: a claim for each router and measure. scores: its results table. level: its level after
    Bonferroni's correction. ticked: collections whose result it calls significant at this level.
    place: where the ablation tables stand. depth_scores, depth_compute: number of depths -> score,
    and compute as a multiple of one depth's. gating_scores: gating -> score. distance, bound: the
    two sides of Theorem 1 that it measured.
    """

    gains: tuple[ClaimedGain, ...]
    scores: tuple[ClaimedScores, ...]
    level: float
    ticked: tuple[str, ...]
    place: str
    depth_scores: Mapping[str, float]
    depth_compute: Mapping[str, float]
    gating_scores: Mapping[str, float]
    complexity: ClaimedComplexity
    distance: float
    bound: float

    @property
    def n_tests(self) -> int:
        """Number of the source's tests: a level of .05 for all, divided by the level of each."""
        return round(0.05 / self.level)


@cache
def source_numbers() -> SourceNumbers:
    """Return the claims. All callers get the same object: do not change its mappings."""
    claims = packaged("source_claims")
    depths, gating = claims["tables"]["depths"], claims["tables"]["gating"]
    return SourceNumbers(
        gains=tuple(
            ClaimedGain(router, measure, *ends)
            for router, by_measure in claims["gains"].items()
            for measure, ends in by_measure.items()
        ),
        scores=tuple(
            ClaimedScores(collection=collection, **row)
            for collection, row in claims["collections"].items()
        ),
        level=claims["bonferroni"]["level"],
        ticked=tuple(claims["bonferroni"]["ticked"]),
        place=claims["place"],
        depth_scores=_column(depths, "score"),
        depth_compute=_column(depths, "compute"),
        gating_scores=_column(gating, "score"),
        complexity=ClaimedComplexity(**claims["complexity"]),
        distance=claims["theorem_1"]["distance"],
        bound=claims["theorem_1"]["bound"],
    )


def _column(table: Mapping[str, Mapping[str, Any]], name: str) -> dict[str, float]:
    return {setting: float(entry[name]) for setting, entry in table.items()}

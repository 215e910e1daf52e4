"""Forecasts: which leads could be found with more seeds or queries than this experiment has.

With Q′ queries and S′ seeds the mean difference has the variance
V′ = σ̂²_q/Q′ + σ̂²_s/S′ + σ̂²_e/(Q′S′), with components of the differences where seeds are shared;
where they are independent, each system with several seeds adds its own last two terms. Components
are cut at 0. The forecasts are those of `planning`, at the mean squares that V′ implies: V_q of the
differences contains the errors, and a of the seeds does. A few seeds say little about σ²_s, so each
forecast is also given at both ends of its interval. Clusters keep their sizes: twice the queries
are twice as many clusters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, nan
from typing import Literal

import numpy as np
import numpy.typing as npt

from maw.significance.claims import FEWEST_SEEDS
from maw.significance.clean import Interval, Labels, score_table
from maw.significance.components import Component, variance_components
from maw.significance.crossed import crossed
from maw.significance.crossed_many import Seeds, seed_tables
from maw.significance.generalised import SeedPart, Spread
from maw.significance.planning import (
    TARGET,
    equivalence_power,
    minimum_detectable_effect,
    power,
)

EXTRA_SEEDS = (5, 10)


@dataclass(frozen=True, slots=True)
class SeedTerm:
    """The variance that seeds add: of one system, or of the differences where they are shared.

    seed: σ²_s; error: σ²_e; both in squared units of the measure and at least 0.
    """

    seed: float
    seed_interval: Interval
    error: float
    n_seeds: int

    def error_variance(self, n_queries: int) -> float:
        """Return σ²_e/(QS), the part of the variance of the mean that errors add."""
        return self.error / (n_queries * self.n_seeds)


@dataclass(frozen=True, slots=True)
class Design:
    """The size of an experiment and the parts of the variance of its contrast.

    query: σ²_q, which is Q·V_q without the errors, cut at 0; the design effect of clusters is part
    of it. seed_terms: none, one, or one for each of two systems with independent seeds. n_clusters:
    number of clusters, or of queries where there are none; effective_clusters: C_eff. is_tied:
    whether so few units differ that the rule for tied scores bounds the half-width.
    """

    query: float
    seed_terms: tuple[SeedTerm, ...]
    n_queries: int
    n_clusters: int
    effective_clusters: float
    is_tied: bool = False
    measure_range: float = 1.0

    def enlarged(self, *, extra_seeds: int = 0, query_factor: float = 1.0) -> "Design":
        """Return this design with more seeds for each system that has several, and more queries.

        query_factor: factor of the number of queries, and of clusters; both results are rounded.
        ValueError where fewer than two seeds, clusters or queries would be left.
        """
        seed_terms = tuple(
            replace(term, n_seeds=term.n_seeds + extra_seeds) for term in self.seed_terms
        )
        n_clusters = round(query_factor * self.n_clusters)
        if n_clusters < 2 or any(term.n_seeds < 2 for term in seed_terms):
            raise ValueError(
                f"the enlarged design has {n_clusters} independent queries and "
                f"{[term.n_seeds for term in seed_terms]} seeds; it needs at least 2 of each"
            )
        return replace(
            self,
            seed_terms=seed_terms,
            n_queries=round(query_factor * self.n_queries),
            n_clusters=n_clusters,
            effective_clusters=query_factor * self.effective_clusters,
        )

    def at_seed_limit(self, end: Literal["low", "high"]) -> "Design":
        """Return this design with each σ²_s (seed variance) at the given end of its interval."""
        seed_terms = tuple(
            replace(term, seed=getattr(term.seed_interval, end)) for term in self.seed_terms
        )
        return replace(self, seed_terms=seed_terms)

    @property
    def variance(self) -> float:
        """Return V′, the variance of the mean difference, in squared units of the measure."""
        return self.query_variance + sum(term.seed / term.n_seeds for term in self.seed_terms)

    @property
    def query_variance(self) -> float:
        """Return the expected V_q, the part of V′ from queries: σ²_q/Q′ and the errors' part."""
        errors = sum(term.error_variance(self.n_queries) for term in self.seed_terms)
        return self.query / self.n_queries + errors

    @property
    def fewest_seeds(self) -> int | None:
        """Return the smallest number of seeds of a side that has several; None without one."""
        return min((term.n_seeds for term in self.seed_terms), default=None)

    @property
    def spread(self) -> Spread:
        """Return the expected mean squares, from which half-widths follow; every field is []."""
        parts = []
        for term in self.seed_terms:
            error = term.error_variance(self.n_queries)
            between = term.seed / term.n_seeds + error
            parts.append(SeedPart(np.asarray(between), np.asarray(error), n_seeds=term.n_seeds))
        return Spread(
            query_variance=np.asarray(self.query_variance),
            query_df=self.effective_clusters - 1,
            seed_parts=tuple(parts),
            tied_units=np.asarray(self._tied_units),
            measure_range=self.measure_range,
        )

    @property
    def _tied_units(self) -> float:
        """Return n of the rule for tied scores; where nothing ever varies, seeds count, too."""
        if not self.is_tied:
            return inf
        n_seeds = [term.n_seeds for term in self.seed_terms] if self.variance == 0 else []
        return float(min([self.n_clusters, *n_seeds]))


@dataclass(frozen=True, slots=True)
class Prospect:
    """The forecast for one control of a claim in one planned experiment.

    half_width: h(α′/2), half the bar's width, at the expected mean squares. mde: the lead over the
    control with which its bar lies above 0 with the target power. power: the chance of that where
    the lead is the SESOI (smallest effect size of interest). p_equivalent: the chance that its
    limits lie inside ±SESOI where there is no difference. power and p_equivalent are nan without a
    SESOI; all of these are nan with too few seeds for a verdict, and without any spread. *_range:
    smallest and largest value over σ²_s at its estimate and at both ends of its interval.
    """

    name: str
    n_queries: int
    n_clusters: int
    n_seeds: tuple[int, ...]
    standard_error: float
    half_width: float
    mde: float
    mde_range: Interval
    power: float
    p_equivalent: float
    p_equivalent_range: Interval


def contrast_design(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    clusters: Labels | None = None,
    *,
    seeds: Seeds = "independent",
    measure_range: float = 1.0,
    level: float = 0.95,
) -> Design:
    """Return the estimated design of the contrast A − B.

    level: confidence level of the intervals of σ²_s. Other arguments and errors as in `crossed`.
    """
    contrast = crossed(a, b, clusters, seeds=seeds, measure_range=measure_range)
    tables = seed_tables(score_table(a, name="a"), score_table(b, name="b"), seeds=seeds)
    seed_terms = tuple(_seed_term(table, level=level) for table in tables)
    errors = sum(term.error_variance(contrast.n_queries) for term in seed_terms)
    return Design(
        query=max(0.0, contrast.n_queries * (contrast.query_variance - errors)),
        seed_terms=seed_terms,
        n_queries=contrast.n_queries,
        n_clusters=contrast.n_clusters,
        effective_clusters=contrast.effective_clusters,
        is_tied=isfinite(float(contrast.test.spread.tied_units)),
        measure_range=measure_range,
    )


def prospects(
    design: Design,
    *,
    alpha: float,
    sesoi: float | None = None,
    n_controls: int = 1,
    extra_seeds: Sequence[int] = EXTRA_SEEDS,
) -> tuple[Prospect, ...]:
    """Return forecasts for this experiment as it is, with more seeds, and with twice the queries.

    alpha: α′, the level of the claim. sesoi: smallest effect size of interest, in the measure's own
    unit. n_controls: K, the number of controls of the claim; each control has the power at which
    the power for all of them is the target, as in `planning`. extra_seeds: a forecast is made for
    each of these numbers of additional seeds, where a system has several seeds.
    """
    plans = [("as it is", design)]
    if design.seed_terms:
        plans += [(f"{n} more seeds", design.enlarged(extra_seeds=n)) for n in extra_seeds]
    plans.append(("twice the queries", design.enlarged(query_factor=2)))
    return tuple(
        _prospect(name, plan, alpha=alpha, sesoi=sesoi, n_controls=n_controls)
        for name, plan in plans
    )


def _prospect(
    name: str, design: Design, *, alpha: float, sesoi: float | None, n_controls: int
) -> Prospect:
    ends = [design]
    if design.seed_terms:
        ends += [design.at_seed_limit("low"), design.at_seed_limit("high")]
    spreads = [end.spread for end in ends]
    enough_seeds = design.fewest_seeds is None or design.fewest_seeds >= FEWEST_SEEDS
    is_judged = enough_seeds and (design.variance > 0 or design.is_tied)
    effects, equivalent, found, half_width = [nan], [nan], nan, nan
    if is_judged:
        target = TARGET ** (1 / n_controls)
        half_width = float(spreads[0].half_width(alpha / 2))
        effects = [minimum_detectable_effect(s, alpha=alpha, target=target) for s in spreads]
    if is_judged and sesoi is not None:
        found = power(spreads[0], lead=sesoi, alpha=alpha)
        equivalent = [
            equivalence_power(s, alpha=alpha, sesoi=sesoi, n_controls=n_controls) for s in spreads
        ]
    return Prospect(
        name=name,
        n_queries=design.n_queries,
        n_clusters=design.n_clusters,
        n_seeds=tuple(term.n_seeds for term in design.seed_terms),
        standard_error=design.variance**0.5,
        half_width=half_width,
        mde=effects[0],
        mde_range=Interval(min(effects), max(effects)),
        power=found,
        p_equivalent=equivalent[0],
        p_equivalent_range=Interval(min(equivalent), max(equivalent)),
    )


def _seed_term(table: npt.ArrayLike, *, level: float) -> SeedTerm:
    components = variance_components(table)
    return SeedTerm(
        seed=max(0.0, components.seed.value),
        seed_interval=_interval_with_estimate(components.seed, level=level),
        error=components.error.value,
        n_seeds=components.n_seeds,
    )


def _interval_with_estimate(component: Component, *, level: float) -> Interval:
    """Return the component's interval, widened where the estimate (cut at 0) is outside it."""
    low, high = component.confidence_interval(level)
    value = max(0.0, component.value)
    return Interval(min(low, value), max(high, value))

"""Forecasts: which differences could be found with more seeds or queries than this experiment has.

With Q′ queries and S′ seeds the mean difference has the variance
V′ = σ̂²_q/Q′ + Σ[σ̂²_s/S′ + σ̂²_e/(Q′S′)]; the sum is over the systems with several seeds (where
seeds are linked, it has one term: that of the differences of both systems). The variance components
of queries (q), seeds (s) and error (e) are cut at 0, and degrees of freedom are Satterthwaite's,
from the expected mean squares. A few seeds say little about σ²_s, so each forecast is also given at
both ends of the interval of σ²_s. Clusters keep their size: twice the queries are twice as many
clusters.

Runs of both systems with the same seed may see the same batches in the same order. Their errors are
then positively correlated, and V_q (the part of V from queries) is smaller than with independent
errors. Where the correlation is above chance, the forecast assumes that it continues, with a term
−2γ/(Q′S′). The reason is
Var(mean_s e_A − mean_s e_B) = σ²_eA/S + σ²_eB/S − 2γ/S, with γ the covariance of the errors of the
same seed, and V_q (so the test's V) contains γ. Without γ, the formula for V′ would mistake the
smaller V_q for a small variance of queries, and promise more of additional seeds than they give.
The verdict itself does not use the labels of the seeds, unless the plan says that they are linked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array, Interval, Labels, cluster_codes, score_table
from maw.significance.components import Component, variance_components
from maw.significance.crossed import crossed, query_differences
from maw.significance.power import equivalence_power, minimum_detectable_effect, power
from maw.significance.reasons import Flag, seed_flags

EXTRA_SEEDS = (5, 10)
# Standard errors above 0 from which a correlation of errors counts: chance exceeds it once in 700
ABOVE_CHANCE = 3.0


@dataclass(frozen=True, slots=True)
class SeedTerm:
    """The variance that one system with several seeds adds to a contrast through its seeds.

    Where seeds are linked, one term holds the variance that they add to the differences of both
    systems. seed: σ²_s; error: σ²_e; both in squared units of the measure and at least 0.
    """

    seed: float
    seed_interval: Interval
    error: float
    n_seeds: int


@dataclass(frozen=True, slots=True)
class Design:
    """The size of an experiment and the parts of the variance of its contrast.

    query: σ²_q, which is Q·V_q without the errors, cut at 0; the design effect of clusters is part
    of it. seed_terms: one for each system with several seeds, or one for the differences of linked
    seeds. n_units: number of clusters, or of queries where there are none. error_covariance:
    covariance γ of the errors of both systems at the same seed, 0 where there is none.
    """

    query: float
    seed_terms: tuple[SeedTerm, ...]
    n_queries: int
    n_units: int
    flags: tuple[Flag, ...] = ()
    error_covariance: float = 0.0

    def enlarged(self, *, extra_seeds: int = 0, query_factor: float = 1.0) -> "Design":
        """Return this design with more seeds for each system that has several, and more queries.

        query_factor: factor of the number of queries, and of clusters; both results are rounded.
        ValueError where fewer than two seeds, clusters or queries would be left.
        """
        seed_terms = tuple(
            replace(term, n_seeds=term.n_seeds + extra_seeds) for term in self.seed_terms
        )
        n_queries = round(query_factor * self.n_queries)
        n_units = round(query_factor * self.n_units)
        if n_units < 2 or any(term.n_seeds < 2 for term in seed_terms):
            raise ValueError(
                f"the enlarged design has {n_units} independent queries and "
                f"{[term.n_seeds for term in seed_terms]} seeds; it needs at least 2 of each"
            )
        return replace(self, seed_terms=seed_terms, n_queries=n_queries, n_units=n_units)

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
        errors = _error_variance(self.seed_terms, self.error_covariance)
        return self.query / self.n_queries + errors / self.n_queries

    @property
    def df(self) -> float:
        """Return Satterthwaite's degrees of freedom of V′; n_units − 1 if no σ²_s is above 0."""
        if not any(term.seed > 0 for term in self.seed_terms):
            return self.n_units - 1.0
        parts = self.query_variance**2 / (self.n_units - 1)
        for term in self.seed_terms:
            error, S = term.error / (self.n_queries * term.n_seeds), term.n_seeds
            parts += (term.seed / S + error) ** 2 / (S - 1)
            parts += error**2 / ((self.n_queries - 1) * (S - 1))
        return self.variance**2 / parts


@dataclass(frozen=True, slots=True)
class Prospect:
    """The forecast for one planned experiment: which differences it could find.

    mde: the smallest true difference that is significant with the target power. power:
    P(significant | the difference is the SESOI). p_equivalent: P(equivalent | no difference).
    power and p_equivalent are None without a SESOI (smallest effect size of interest). *_range:
    smallest and largest value over σ²_s at its estimate and at both ends of its interval. A smaller
    σ²_s does not always give the smaller mde: with a covariance of errors it may cost more in
    degrees of freedom than it saves in variance.
    """

    name: str
    n_queries: int
    n_units: int
    n_seeds: tuple[int, ...]
    variance: float
    df: float
    mde: float
    mde_range: Interval
    power: float | None
    p_equivalent: float | None
    p_equivalent_range: Interval | None
    flags: tuple[Flag, ...]


def contrast_design(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    clusters: Labels | None = None,
    *,
    linked: bool = False,
    same_seed_labels: bool = False,
    trained: tuple[bool, bool] = (False, False),
    level: float = 0.95,
) -> Design:
    """Return the estimated design of the contrast A − B.

    same_seed_labels: column s of a and column s of b have the same seed, and may share batches; the
    covariance γ of their errors is then estimated, unless seeds are linked. level: confidence level
    of the intervals of σ²_s. Other arguments and errors as in `crossed`.
    """
    a, b = score_table(a, name="a"), score_table(b, name="b")
    d = query_differences(a, b)
    v_query = crossed(d[:, None], 0 * d[:, None], clusters).variance
    if linked:
        crossed(a, b, clusters, linked=True)  # raises if the seeds do not come in pairs
    tables = [a - b] if linked else [a, b]
    seed_terms = tuple(_seed_term(table, level=level) for table in tables if table.shape[1] > 1)
    n_units = int(cluster_codes(clusters, n_queries=len(d)).max()) + 1
    covariance = 0.0
    if same_seed_labels and not linked:
        covariance = _error_covariance(a, b, n_units=n_units)
    return Design(
        query=max(0.0, len(d) * v_query - _error_variance(seed_terms, covariance)),
        seed_terms=seed_terms,
        n_queries=len(d),
        n_units=n_units,
        flags=seed_flags((a.shape[1], b.shape[1]), trained=trained),
        error_covariance=covariance,
    )


def prospects(
    design: Design,
    *,
    alpha: float,
    sesoi: float | None = None,
    target: float = 0.8,
    extra_seeds: Sequence[int] = EXTRA_SEEDS,
) -> tuple[Prospect, ...]:
    """Return forecasts for this experiment as it is, with more seeds, and with twice the queries.

    alpha: level of one test, which is α/m for one of m tests in a family. sesoi: smallest effect
    size of interest, in the measure's own unit. target: power at the minimum detectable effect.
    extra_seeds: a forecast is made for each of these numbers of additional seeds, where a system
    has several seeds. A trained system with one seed stays not estimable: the forecast treats it as
    fixed, with a flag.
    """
    plans = [("as it is", design)]
    if design.seed_terms:
        plans += [(f"{n} more seeds", design.enlarged(extra_seeds=n)) for n in extra_seeds]
    plans.append(("twice the queries", design.enlarged(query_factor=2)))
    return tuple(
        _prospect(name, plan, alpha=alpha, sesoi=sesoi, target=target) for name, plan in plans
    )


def planned_power(design: Design, *, effect: float, alpha: float) -> float:
    """Return P(p < alpha) if the true difference is `effect`, in the measure's own unit.

    Where the variance of the design is 0, the result is 0 without an effect, else 1.
    """
    if design.variance == 0:
        return float(effect != 0)
    return power(effect, standard_error=design.variance**0.5, df=design.df, alpha=alpha)


def _prospect(
    name: str, design: Design, *, alpha: float, sesoi: float | None, target: float
) -> Prospect:
    low, high = design.at_seed_limit("low"), design.at_seed_limit("high")
    effects = [
        minimum_detectable_effect(d.variance**0.5, df=d.df, alpha=alpha, target=target)
        for d in (design, low, high)
    ]
    equivalent = equivalent_range = None
    if sesoi is not None:
        probabilities = [
            equivalence_power(d.variance**0.5, df=d.df, alpha=alpha, sesoi=sesoi)
            for d in (design, low, high)
        ]
        equivalent = probabilities[0]
        equivalent_range = Interval(min(probabilities), max(probabilities))
    return Prospect(
        name=name,
        n_queries=design.n_queries,
        n_units=design.n_units,
        n_seeds=tuple(term.n_seeds for term in design.seed_terms),
        variance=design.variance,
        df=design.df,
        mde=effects[0],
        mde_range=Interval(min(effects), max(effects)),
        power=None if sesoi is None else planned_power(design, effect=sesoi, alpha=alpha),
        p_equivalent=equivalent,
        p_equivalent_range=equivalent_range,
        flags=design.flags,
    )


def _error_variance(seed_terms: Sequence[SeedTerm], covariance: float) -> float:
    """Return the variance that the errors add to one query's difference.

    covariance: γ, of the errors of both systems at the same seed.
    """
    independent = sum(term.error / term.n_seeds for term in seed_terms)
    return independent - 2 * covariance / max((term.n_seeds for term in seed_terms), default=1)


def _error_covariance(a: Array, b: Array, *, n_units: int) -> float:
    """Return the covariance γ of the errors of a[q, s] and b[q, s], a and b [Q, S].

    It is 0 where it is not above chance, with one seed, or with different numbers of seeds.
    """
    S = a.shape[1]
    if a.shape != b.shape or S < 2:
        return 0.0
    errors_a, errors_b = (
        t - t.mean(axis=1, keepdims=True) - t.mean(axis=0) + t.mean() for t in (a, b)
    )
    squares_a, squares_b = float(np.sum(errors_a**2)), float(np.sum(errors_b**2))
    products = float(np.sum(errors_a * errors_b))
    chance = ABOVE_CHANCE / sqrt((n_units - 1) * (S - 1))  # correlation that chance may give
    if products <= chance * sqrt(squares_a * squares_b):
        return 0.0
    return float(products / ((len(a) - 1) * (S - 1)))


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

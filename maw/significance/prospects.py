"""What would more seeds, or more queries, buy? From the components of the experiment at hand.

V′ = σ̂²_q/Q′ + Σ[σ̂²_s/S′ + σ̂²_e/(Q′S′)], components cut at 0, degrees of freedom by Satterthwaite
from the expected mean squares. With few seeds σ̂²_s is hardly known: every figure stands between
those at both ends of its interval. Clusters keep their size: twice the queries are twice as many.

Seeds of one number may share what they learn from (the same batches in the same order): their
errors then go the same way, and V_q is less than both systems' errors add up to. The plan takes
that to go on, −2γ/(Q′S′), where it stands out from chance; a verdict never looks at numbers.
Why: Var(mean_s e_A − mean_s e_B) = σ²_eA/S + σ²_eB/S − 2γ/S, with γ the covariance of errors of one
number, and V_q, so the test's V, has it in. The protocol's formula has no γ: what V_q lacks it
takes for little variance of queries, and promises of more seeds what they do not bring.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array, Interval, Labels, cluster_codes, score_table
from maw.significance.components import Component, variance_components
from maw.significance.crossed import crossed, query_differences
from maw.significance.power import equivalence_power, minimum_detectable_effect, power
from maw.significance.reasons import Flag, seed_flags

EXTRA_SEEDS = (5, 10)
STANDS_OUT = 3.0  # standard errors from 0: of unrelated seeds one in 700 does


@dataclass(frozen=True, slots=True)
class SeedSpread:
    """What seeds add on one side (or to the differences, if linked), variances cut at 0."""

    seed: float
    seed_interval: Interval
    error: float
    n_seeds: int


@dataclass(frozen=True, slots=True)
class Design:
    """What a contrast's variance is made of. query: Q·V_q less errors, cut at 0, clusters in it.

    shared: covariance of the errors of both sides' seeds of one number, 0 where there is none.
    """

    query: float
    sides: tuple[SeedSpread, ...]
    n_queries: int
    n_units: int
    flags: tuple[Flag, ...] = ()
    shared: float = 0.0

    def more(self, *, seeds: int = 0, queries: float = 1.0) -> "Design":
        """The same with `seeds` more on every side that has any, and `queries` times the queries.

        ValueError: fewer than two seeds or units would be left.
        """
        sides = tuple(replace(side, n_seeds=side.n_seeds + seeds) for side in self.sides)
        n_queries, n_units = round(queries * self.n_queries), round(queries * self.n_units)
        if n_units < 2 or any(side.n_seeds < 2 for side in sides):
            raise ValueError(
                f"{n_units} independent queries, {[s.n_seeds for s in sides]} seeds: "
                "an experiment needs at least 2 of each"
            )
        return replace(self, sides=sides, n_queries=n_queries, n_units=n_units)

    def at_seed_limit(self, end: str) -> "Design":
        """With every σ²_s at the "low" or "high" end of its interval."""
        sides = tuple(replace(s, seed=getattr(s.seed_interval, end)) for s in self.sides)
        return replace(self, sides=sides)

    @property
    def variance(self) -> float:
        """V′, in squared units of the measure."""
        return self.query_variance + sum(side.seed / side.n_seeds for side in self.sides)

    @property
    def query_variance(self) -> float:
        """What V_q would be: new queries, with what is left of each query's error."""
        return self.query / self.n_queries + _errors(self.sides, self.shared) / self.n_queries

    @property
    def df(self) -> float:
        """Satterthwaite's, from the expected mean squares; C − 1 where seeds add nothing."""
        if not any(side.seed > 0 for side in self.sides):
            return self.n_units - 1.0
        parts = self.query_variance**2 / (self.n_units - 1)
        for side in self.sides:
            error, S = self._error(side), side.n_seeds
            parts += (side.seed / S + error) ** 2 / (S - 1)
            parts += error**2 / ((self.n_queries - 1) * (S - 1))
        return self.variance**2 / parts

    def _error(self, side: SeedSpread) -> float:
        return side.error / (self.n_queries * side.n_seeds)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What one experiment could find. *_range: over σ²_s at both ends of its interval and as it is.

    mde: difference found with the target power; power: P(found | the difference is the margin);
    p_equivalent: P(equivalent | no difference); the last two are None without a margin. Where
    seeds share errors, less of σ²_s may cost more in degrees of freedom than it saves in variance.
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
    numbered: bool = False,
    trained: tuple[bool, bool] = (False, False),
    level: float = 0.95,
) -> Design:
    """Components of A − B. Arguments and errors as `crossed`; level: of σ²_s's intervals.

    numbered: column s of both sides is the seed of one number, and may share its batches.
    """
    a, b = score_table(a, name="a"), score_table(b, name="b")
    d = query_differences(a, b)
    v_query = crossed(d[:, None], 0 * d[:, None], clusters).variance
    if linked:
        crossed(a, b, clusters, linked=True)  # names what is wrong with the pairs
    tables = [a - b] if linked else [a, b]
    sides = tuple(_seed_spread(table, level=level) for table in tables if table.shape[1] > 1)
    n_units = int(cluster_codes(clusters, n_queries=len(d)).max()) + 1
    shared = _shared(a, b, n_units=n_units) if numbered and not linked else 0.0
    return Design(
        query=max(0.0, len(d) * v_query - _errors(sides, shared)),
        sides=sides,
        n_queries=len(d),
        n_units=n_units,
        flags=seed_flags((a.shape[1], b.shape[1]), trained=trained),
        shared=shared,
    )


def prospects(
    design: Design,
    *,
    alpha: float,
    sesoi: float | None = None,
    target: float = 0.8,
    extra_seeds: Sequence[int] = EXTRA_SEEDS,
) -> tuple[Prospect, ...]:
    """As it is, with 5 and 10 more seeds, and with twice the queries.

    alpha: of one test, α/m in a family of m. No seeds on either side: none can be added. A trained
    side with one seed stays not estimable: its flag blocks, and what is shown takes it as fixed.
    """
    plans = [("as it is", design)]
    if design.sides:
        plans += [(f"{n} more seeds", design.more(seeds=n)) for n in extra_seeds]
    plans.append(("twice the queries", design.more(queries=2)))
    return tuple(
        _prospect(name, plan, alpha=alpha, sesoi=sesoi, target=target) for name, plan in plans
    )


def planned_power(design: Design, *, effect: float, alpha: float) -> float:
    """P(p < alpha) if the true difference is `effect`, in the measure's own unit."""
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
        chances = [
            equivalence_power(d.variance**0.5, df=d.df, alpha=alpha, sesoi=sesoi)
            for d in (design, low, high)
        ]
        equivalent, equivalent_range = chances[0], Interval(max(chances), min(chances))
    return Prospect(
        name=name,
        n_queries=design.n_queries,
        n_units=design.n_units,
        n_seeds=tuple(side.n_seeds for side in design.sides),
        variance=design.variance,
        df=design.df,
        mde=effects[0],
        mde_range=Interval(min(effects), max(effects)),
        power=None if sesoi is None else planned_power(design, effect=sesoi, alpha=alpha),
        p_equivalent=equivalent,
        p_equivalent_range=equivalent_range,
        flags=design.flags,
    )


def _errors(sides: Sequence[SeedSpread], shared: float) -> float:
    """What seeds' errors add to the variance of one query's difference."""
    own = sum(side.error / side.n_seeds for side in sides)
    return own - 2 * shared / max((side.n_seeds for side in sides), default=1)


def _shared(a: Array, b: Array, *, n_units: int) -> float:
    """Covariance of what is left of a[q, s] and b[q, s]; 0 unless it stands out above chance."""
    S = a.shape[1]
    if a.shape != b.shape or S < 2:
        return 0.0
    left = [t - t.mean(axis=1, keepdims=True) - t.mean(axis=0) + t.mean() for t in (a, b)]
    own, other = (float(np.sum(part**2)) for part in left)
    products = float(np.sum(left[0] * left[1]))
    chance = STANDS_OUT / sqrt((n_units - 1) * (S - 1))
    if products <= chance * sqrt(own * other):
        return 0.0
    return float(products / ((len(a) - 1) * (S - 1)))


def _seed_spread(table: npt.ArrayLike, *, level: float) -> SeedSpread:
    found = variance_components(table)
    return SeedSpread(
        seed=max(0.0, found.seed.value),
        seed_interval=_cut(found.seed, level=level),
        error=found.error.value,
        n_seeds=found.n_seeds,
    )


def _cut(component: Component, *, level: float) -> Interval:
    """The interval, widened to the estimate cut at 0 where it lies beside it."""
    low, high = component.confidence_interval(level)
    value = max(0.0, component.value)
    return Interval(min(low, value), max(high, value))

"""One contrast on one dataset by one measure: every number that its row shows, bar the family's.

The estimand is E2, the training procedure, where a side has seeds; E1, these very checkpoints,
where none has, or where a trained system has only one (then nothing decides).
"""

from dataclasses import dataclass
from math import nan

import numpy as np

from maw.significance import (
    Contrast,
    Flag,
    Reason,
    crossed,
    mean_squares,
    paired_t,
    query_differences,
)
from maw.significance.clean import ROUNDING, Array
from maw.significance.reasons import seed_flags, skewness_of
from maw.verdicts.checkpoint_tests import Cell, Hits, other_tests, sizes
from maw.verdicts.score_table import Labels, ScoreTable

BINARY = ("Success", "Hit")  # measures whose per-query score is 0 or 1


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSystem:
    """A system in a contrast: its scores, and whether another seed would give other ones."""

    name: str
    trained: bool
    table: ScoreTable

    @property
    def n_seeds(self) -> int:
        """Columns of its table; 1 for a system without training."""
        return len(self.table.seeds)

    @property
    def lacks_seeds(self) -> bool:
        """Trained once: nothing is known about training it again."""
        return self.trained and self.n_seeds == 1


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """cells: the row's own columns; differences [Q]; tested: its p may enter a family."""

    cells: dict[str, Cell]
    differences: Array
    tested: bool
    fewest_seeds: int | None


def measure_contrast(
    a: ScoredSystem,
    b: ScoredSystem,
    *,
    dataset: str,
    measure: str,
    labels: Labels,
    linked: bool = False,
) -> Measured:
    """All tests of a − b on the same queries. labels [Q]: clusters, None where there are none.

    linked: seed 42 of a was made from seed 42 of b, and both have the same seeds; then the
    components are those of the difference, in a's columns.
    """
    scores_a, scores_b = a.table.values, b.table.values
    d = query_differences(scores_a, scores_b)
    one_seed = a.lacks_seeds or b.lacks_seeds
    e1 = paired_t(d, labels)
    both = crossed(scores_a, scores_b, labels, linked=linked)
    decides = e1 if one_seed else both
    flags = _flags(both, a=a, b=b)
    constant = any(flag.reason is Reason.CONSTANT_MEASURE for flag in flags)
    stream = "/".join((dataset, *sorted((a.name, b.name))))  # swapped, the same signs
    cells: dict[str, Cell] = {
        "estimand": "E2" if max(a.n_seeds, b.n_seeds) > 1 and not one_seed else "E1",
        **_deciding(decides, a=a, b=b),
        **other_tests(d, e1=e1, labels=labels, hits=_hits(a, b, measure), stream=stream),
        **sizes(d, labels=labels),
        "skewness": skewness_of(d) if np.isfinite(e1.statistic) and d.any() else nan,
        **_components(_seeded(a, b, linked=linked), v_query=e1.variance, n_queries=len(d)),
        "n_queries": len(d),
        "n_clusters": decides.n_clusters if labels else None,
        "n_seeds": a.n_seeds,
        "n_seeds_baseline": b.n_seeds,
        "reason": _named(flags, blocks=True),
        "cautions": _named(flags, blocks=False),
        "note": _note(flags, d, linked=linked),
    }
    if constant:
        untested = [name for name in cells if name == "p" or name.startswith("p_")]
        cells |= dict.fromkeys([*untested, "statistic", "df"], nan)
    return Measured(
        cells=cells,
        differences=d,
        tested=decides.estimable and not one_seed and not constant,
        fewest_seeds=_fewest_seeds(a, b),
    )


def _hits(a: ScoredSystem, b: ScoredSystem, measure: str) -> Hits | None:
    """Of single runs, by a measure that is 0 or 1."""
    if not measure.startswith(BINARY) or max(a.n_seeds, b.n_seeds) > 1:
        return None
    return a.table.values[:, 0], b.table.values[:, 0]


def _deciding(contrast: Contrast, *, a: ScoredSystem, b: ScoredSystem) -> dict[str, Cell]:
    interval = contrast.confidence_interval()
    baseline = float(b.table.values.mean())
    return {
        "difference": contrast.mean,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "p": contrast.pvalue,
        "statistic": contrast.statistic,
        "df": contrast.df,
        "se": contrast.standard_error,
        "mean": float(a.table.values.mean()),
        "mean_baseline": baseline,
        "relative": contrast.mean / baseline if baseline else nan,
    }


def _linked(a: Array, b: Array) -> Array:
    """d [Q, S]; what is rounding beside the scores themselves is 0."""
    d = a - b
    return np.where(np.abs(d) <= ROUNDING * max(np.abs(a).max(), np.abs(b).max()), 0.0, d)


def _seeded(a: ScoredSystem, b: ScoredSystem, *, linked: bool) -> dict[str, Array]:
    """Column suffix -> the table whose seeds vary there."""
    if linked and a.n_seeds > 1:
        return {"": _linked(a.table.values, b.table.values), "_baseline": np.empty((0, 1))}
    return {"": a.table.values, "_baseline": b.table.values}


def _components(tables: dict[str, Array], *, v_query: float, n_queries: int) -> dict[str, Cell]:
    """Variances that plan the next experiment: seed and error of each system, query of a − b.

    var_query leaves out what seeds add, and has the clusters' design effect in it. Unbiased, so
    below 0 at times; S′ seeds and Q′ queries would give the variance
    var_query/Q′ + Σ(var_seed/S′ + var_error/(Q′S′)), each cut at 0.
    """
    found: dict[str, Cell] = {}
    noise = 0.0
    for suffix, table in tables.items():
        seed = error = nan
        S = table.shape[1]
        if S > 1:
            squares = mean_squares(table)
            seed, error = (squares.seed - squares.error) / n_queries, squares.error
            noise += error / S
        found |= {f"var_seed{suffix}": seed, f"var_error{suffix}": error}
    return {"var_query": v_query * n_queries - noise, **found}


def _fewest_seeds(a: ScoredSystem, b: ScoredSystem) -> int | None:
    """Of the sides that have seeds or should; None where both are fixed."""
    counts = [side.n_seeds for side in (a, b) if side.trained or side.n_seeds > 1]
    return min(counts, default=None)


def _flags(contrast: Contrast, *, a: ScoredSystem, b: ScoredSystem) -> tuple[Flag, ...]:
    """What forbids a number, or asks for care with one; sides by their names."""
    of_seeds = seed_flags(
        (a.n_seeds, b.n_seeds), trained=(a.trained, b.trained), names=(a.name, b.name)
    )
    by_seeds = (Reason.ONE_SEED, Reason.FEW_SEEDS)
    return of_seeds + tuple(flag for flag in contrast.flags if flag.reason not in by_seeds)


def _named(flags: tuple[Flag, ...], *, blocks: bool) -> str:
    """`one seed;constant measure`: what code may compare."""
    return ";".join(dict.fromkeys(flag.reason.value for flag in flags if flag.blocks == blocks))


def _note(flags: tuple[Flag, ...], d: Array, *, linked: bool) -> str:
    """What a reader must know before believing the row; empty in the plain case."""
    notes = ["seeds are linked, as the plan says"] if linked else []
    notes += [str(flag) for flag in flags]
    if not d.any() and not any(flag.reason is Reason.CONSTANT_MEASURE for flag in flags):
        notes.append("the systems never differ")
    return "; ".join(notes)

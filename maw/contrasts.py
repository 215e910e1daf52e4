"""One contrast on one dataset by one measure: every number that its row shows, bar the family's.

The estimand is E2, the training procedure, where a side has seeds; E1, these very checkpoints,
where none has, or where a trained system has only one (then nothing decides).
"""

from dataclasses import dataclass
from math import nan

import numpy as np
from scipy import stats

from maw.score_table import ScoreTable
from maw.significance import (
    FEWEST_SEEDS,
    Contrast,
    crossed,
    effect_size,
    mean_squares,
    paired_t,
    query_differences,
    rank_biserial,
    sign_test,
    wilcoxon,
    win_share,
)
from maw.significance.clean import ROUNDING, Array

# At Q ≤ 50 strong skew was measured to make a 5 % test one of 7 %
FEW_UNITS, STRONG_SKEW = 50, 1.0

Cell = float | int | str | bool | None
Labels = tuple[str, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Side:
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


def measure_contrast(a: Side, b: Side, *, labels: Labels, linked: bool = False) -> Measured:
    """All tests of a − b on the same queries. labels [Q]: clusters, None where there are none.

    linked: seed 42 of a was made from seed 42 of b, and both have the same seeds; then the
    components are those of the difference, in a's columns.
    """
    scores_a, scores_b = a.table.values, b.table.values
    d = query_differences(scores_a, scores_b)
    values = np.unique(np.concatenate([scores_a.ravel(), scores_b.ravel()]))
    constant = len(values) == 1
    one_seed = a.lacks_seeds or b.lacks_seeds
    e1 = paired_t(d, labels)
    decides = e1 if one_seed else _decide(scores_a, scores_b, labels=labels, linked=linked)
    cells: dict[str, Cell] = {
        "estimand": "E2" if max(a.n_seeds, b.n_seeds) > 1 and not one_seed else "E1",
        **_deciding(decides, a=a, b=b),
        **_shown(d, e1=e1, labels=labels),
        **_components(_seeded(a, b, linked=linked), v_query=e1.variance, n_queries=len(d)),
        "n_queries": len(d),
        "n_clusters": decides.n_clusters if labels else None,
        "n_seeds": a.n_seeds,
        "n_seeds_baseline": b.n_seeds,
    }
    if constant:
        cells |= dict.fromkeys(("p", "p_t", "p_wilcoxon", "statistic", "df"), nan)
    cells["note"] = (
        f"constant: every query scores {values[0]:g}; not tested"
        if constant
        else _note(decides, d, a=a, b=b, linked=linked)
    )
    return Measured(
        cells=cells,
        differences=d,
        tested=decides.estimable and not one_seed and not constant,
        fewest_seeds=_fewest_seeds(a, b),
    )


def _deciding(contrast: Contrast, *, a: Side, b: Side) -> dict[str, Cell]:
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


def _shown(d: Array, *, e1: Contrast, labels: Labels) -> dict[str, Cell]:
    """E1's tests and the effect sizes, which stay at the level of queries."""
    size, signs = effect_size(d), sign_test(d)
    # with clusters the caller bootstraps it, all rows at once
    low, high = size.confidence_interval() if labels is None and d.any() else (nan, nan)
    return {
        "p_t": e1.pvalue,
        "p_wilcoxon": wilcoxon(d, labels).pvalue,
        "d_z": size.d_z if np.isfinite(size.d_z) else nan,
        "d_z_low": low,
        "d_z_high": high,
        "rank_biserial": rank_biserial(d).value,
        "p_greater": win_share(signs),
        "wins": signs.wins,
        "ties": signs.ties,
        "losses": signs.losses,
        "skewness": _skewness(d),
    }


def _decide(a: Array, b: Array, *, labels: Labels, linked: bool) -> Contrast:
    """E2; linked seeds are one system, the difference, against nothing."""
    if not linked:
        return crossed(a, b, labels)
    return crossed(_linked(a, b), np.zeros((len(a), 1)), labels)


def _linked(a: Array, b: Array) -> Array:
    """d [Q, S]; what is rounding beside the scores themselves is 0."""
    d = a - b
    return np.where(np.abs(d) <= ROUNDING * max(np.abs(a).max(), np.abs(b).max()), 0.0, d)


def _seeded(a: Side, b: Side, *, linked: bool) -> dict[str, Array]:
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


def _fewest_seeds(a: Side, b: Side) -> int | None:
    """Of the sides that have seeds or should; None where both are fixed."""
    counts = [side.n_seeds for side in (a, b) if side.trained or side.n_seeds > 1]
    return min(counts, default=None)


def _note(decides: Contrast, d: Array, *, a: Side, b: Side, linked: bool) -> str:
    """What a reader must know before believing the row; empty in the plain case."""
    notes = ["seeds are linked, as the plan says"] if linked else []
    for side in (a, b):
        if side.lacks_seeds:
            notes.append(
                f"{side.name} is trained with one seed: E1 is shown, these checkpoints; "
                "nothing is known about training again"
            )
        elif 1 < side.n_seeds < FEWEST_SEEDS:
            notes.append(f"{side.name} has {side.n_seeds} seeds: the level is not controlled")
    if not d.any():
        notes.append("the systems never differ")
    elif not decides.estimable:
        notes.append("the same difference on every query: no spread to test against")
    skewness = _skewness(d)
    if decides.n_clusters <= FEW_UNITS and abs(skewness) > STRONG_SKEW:
        notes.append(f"skewness {skewness:.1f}, few queries: a 5 % test may be one of 7 %")
    return "; ".join(notes)


def _skewness(d: Array) -> float:
    """Of the differences over queries; nan where they do not vary."""
    return float(stats.skew(d)) if np.ptp(d) > 0 and np.isfinite(effect_size(d).d_z) else nan

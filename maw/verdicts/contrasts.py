"""Tests of one contrast on one dataset by one measure: a row of `maw.verdicts.decide`.

Corrections over a family of tests are added later, in `maw.verdicts.families`. The estimand is E1,
these very checkpoints, where neither the system nor the baseline has several seeds, or where one of
them is trained and has only one seed; a row with such a trained system decides nothing. Else it is
E2, the training procedure.
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
from maw.verdicts.checkpoint_tests import Hits, Value, other_tests, sizes
from maw.verdicts.score_table import Labels, ScoreTable

BINARY = ("Success", "Hit")  # first letters of the measures whose score of a query is 0 or 1


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSystem:
    """The scores of one system by one measure, in `table`.

    trained: whether another training seed would change them.
    """

    name: str
    trained: bool
    table: ScoreTable

    @property
    def n_seeds(self) -> int:
        """Number of seeds, which are the columns of the score table; 1 for an untrained system."""
        return len(self.table.seeds)

    @property
    def lacks_seeds(self) -> bool:
        """True if the system is trained but has one seed: other trainings might score otherwise."""
        return self.trained and self.n_seeds == 1


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredContrast:
    """The numbers of one contrast on one dataset by one measure.

    columns: column name -> value of the contrast's row. differences [Q]: system − baseline. tested:
    whether its p may enter a family of tests. fewest_seeds: the smaller number of seeds among the
    two systems that are trained or have several seeds, None where neither is.
    """

    columns: dict[str, Value]
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
) -> MeasuredContrast:
    """Return the numbers of all tests of the contrast a − b; a and b have the same queries.

    labels [Q]: clusters of the queries, or None. linked: the run of seed 42 of a belongs to the run
    of seed 42 of b, and so on, and both have the same seeds. Then var_seed and var_error are those
    of the differences a − b, and the baseline's are nan.
    """
    scores_a, scores_b = a.table.values, b.table.values
    d = query_differences(scores_a, scores_b)
    one_seed = a.lacks_seeds or b.lacks_seeds
    e1 = paired_t(d, labels)
    e2 = crossed(scores_a, scores_b, labels, linked=linked)
    deciding = e1 if one_seed else e2
    flags = _flags(e2, a=a, b=b)
    is_constant = any(flag.reason is Reason.CONSTANT_MEASURE for flag in flags)
    stream = "/".join((dataset, *sorted((a.name, b.name))))  # b − a draws the same random signs
    columns: dict[str, Value] = {
        "estimand": "E2" if max(a.n_seeds, b.n_seeds) > 1 and not one_seed else "E1",
        **_deciding_columns(deciding, a=a, b=b),
        **other_tests(d, e1=e1, labels=labels, hits=_hits(a, b, measure), stream=stream),
        **sizes(d, labels=labels),
        "skewness": skewness_of(d) if np.isfinite(e1.statistic) and d.any() else nan,
        **_components(_seeded(a, b, linked=linked), query_variance=e1.variance, n_queries=len(d)),
        "n_queries": len(d),
        "n_clusters": deciding.n_clusters if labels else None,
        "n_seeds": a.n_seeds,
        "n_seeds_baseline": b.n_seeds,
        "reason": _reasons(flags, blocks=True),
        "cautions": _reasons(flags, blocks=False),
        "note": _note(flags, d, linked=linked),
    }
    return MeasuredContrast(
        columns=_untested(columns) if is_constant else columns,
        differences=d,
        tested=deciding.estimable and not one_seed and not is_constant,
        fewest_seeds=_fewest_seeds(a, b),
    )


def _untested(columns: dict[str, Value]) -> dict[str, Value]:
    """Return the columns with nan for every p-value, the statistic and its degrees of freedom."""
    p_columns = [name for name in columns if name == "p" or name.startswith("p_")]
    return columns | dict.fromkeys([*p_columns, "statistic", "df"], nan)


def _hits(a: ScoredSystem, b: ScoredSystem, measure: str) -> Hits | None:
    """Return each system's scores [Q] where they are hits, 0 or 1 for each query; else None.

    None: the measure's scores are not 0 or 1, or a system has several seeds.
    """
    if not measure.startswith(BINARY) or max(a.n_seeds, b.n_seeds) > 1:
        return None
    return a.table.values[:, 0], b.table.values[:, 0]


def _deciding_columns(contrast: Contrast, *, a: ScoredSystem, b: ScoredSystem) -> dict[str, Value]:
    interval = contrast.confidence_interval()
    baseline_mean = float(b.table.values.mean())
    return {
        "difference": contrast.mean,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "p": contrast.pvalue,
        "statistic": contrast.statistic,
        "df": contrast.df,
        "se": contrast.standard_error,
        "mean": float(a.table.values.mean()),
        "mean_baseline": baseline_mean,
        "relative": contrast.mean / baseline_mean if baseline_mean else nan,
    }


def _linked_differences(a: Array, b: Array) -> Array:
    """Return a − b [Q, S]; a difference that is only a rounding error of the scores becomes 0."""
    d = a - b
    return np.where(np.abs(d) <= ROUNDING * max(np.abs(a).max(), np.abs(b).max()), 0.0, d)


def _seeded(a: ScoredSystem, b: ScoredSystem, *, linked: bool) -> dict[str, Array]:
    """Return the score tables [Q, S] whose variances over seeds the row shows.

    The key is the suffix of the columns: "" for the system, "_baseline" for the baseline. Where
    seeds are linked, "" has the differences a − b and "_baseline" an empty table.
    """
    if linked and a.n_seeds > 1:
        differences = _linked_differences(a.table.values, b.table.values)
        return {"": differences, "_baseline": np.empty((0, 1))}
    return {"": a.table.values, "_baseline": b.table.values}


def _components(
    tables: dict[str, Array], *, query_variance: float, n_queries: int
) -> dict[str, Value]:
    """Return the variance components with which the next experiment can be planned.

    tables: the result of `_seeded`. query_variance: variance of the mean difference over queries.
    var_query is free of the error variance of seeds, and contains the design effect of clusters.
    The components are unbiased, so that they can be below 0. var_seed and var_error of a table with
    one seed are nan. With S′ seeds and Q′ queries the mean difference would have the variance
    var_query/Q′ + Σ(var_seed/S′ + var_error/(Q′S′)), with each component cut at 0; the sum is over
    the tables with several seeds.
    """
    components: dict[str, Value] = {}
    mean_error_variance = 0.0
    for suffix, table in tables.items():
        seed = error = nan
        S = table.shape[1]
        if S > 1:
            squares = mean_squares(table)
            seed, error = (squares.seed - squares.error) / n_queries, squares.error
            mean_error_variance += error / S
        components |= {f"var_seed{suffix}": seed, f"var_error{suffix}": error}
    return {"var_query": query_variance * n_queries - mean_error_variance, **components}


def _fewest_seeds(a: ScoredSystem, b: ScoredSystem) -> int | None:
    """Return the smaller number of seeds among systems that are trained or have several seeds.

    None where neither of the two systems is.
    """
    counts = [system.n_seeds for system in (a, b) if system.trained or system.n_seeds > 1]
    return min(counts, default=None)


def _flags(contrast: Contrast, *, a: ScoredSystem, b: ScoredSystem) -> tuple[Flag, ...]:
    """Return the flags: reasons why the contrast has no number, or why it needs caution.

    Flags about seeds name the systems a and b.
    """
    of_seeds = seed_flags(
        (a.n_seeds, b.n_seeds), trained=(a.trained, b.trained), names=(a.name, b.name)
    )
    by_seeds = (Reason.ONE_SEED, Reason.FEW_SEEDS)
    return of_seeds + tuple(flag for flag in contrast.flags if flag.reason not in by_seeds)


def _reasons(flags: tuple[Flag, ...], *, blocks: bool) -> str:
    """Return the reasons of the flags with this `blocks`, as in `one seed;constant measure`."""
    return ";".join(dict.fromkeys(flag.reason.value for flag in flags if flag.blocks == blocks))


def _note(flags: tuple[Flag, ...], d: Array, *, linked: bool) -> str:
    """Return the row's note: linked seeds, the texts of the flags, and systems that never differ.

    d [Q]: the differences. The note is "" where there is nothing to say.
    """
    notes = ["seeds are linked, as the plan says"] if linked else []
    notes += [str(flag) for flag in flags]
    if not d.any() and not any(flag.reason is Reason.CONSTANT_MEASURE for flag in flags):
        notes.append("the systems never differ")
    return "; ".join(notes)

"""Tests of one contrast on one dataset by one measure: a row of `maw.verdicts.decide`.

Claims and corrections over families of tests are added later, in `maw.verdicts.claims` and
`maw.verdicts.families`. The estimand is E1, these very trained models, where neither the system nor
the baseline has several seeds, or where too few seeds leave nothing to say about the training; such
a row decides nothing where a system is trained. Else it is E2, the training procedure.
"""

from dataclasses import dataclass, replace
from math import nan

import numpy as np

from maw.settings.plan import PlannedContrast
from maw.significance import (
    Contrast,
    Flag,
    Reason,
    Seeds,
    mean_squares,
    paired_t,
    query_differences,
)
from maw.significance.clean import ROUNDING, Array
from maw.significance.reasons import seed_flags, skewness_of
from maw.verdicts.checkpoint_tests import Hits, Value, other_tests, sizes
from maw.verdicts.deciding import (
    ControlContrast,
    deciding_contrast,
    deciding_test,
    is_constant_measure,
)
from maw.verdicts.score_table import Labels, ScoredSystem
from maw.verdicts.seed_forms import PairedSystems, pair_seeds

BINARY = ("Success", "Hit")  # first letters of the measures whose score of a query is 0 or 1


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredContrast:
    """The numbers of one contrast on one dataset by one measure.

    columns: column name -> value of the contrast's row. differences [Q]: system − baseline.
    contrast: what a claim is judged by. tested: whether its p may enter a family of tests.
    """

    columns: dict[str, Value]
    differences: Array
    contrast: ControlContrast
    tested: bool


def measure_contrast(
    planned: PlannedContrast,
    a: ScoredSystem,
    b: ScoredSystem,
    *,
    dataset: str,
    measure: str,
    labels: Labels,
) -> MeasuredContrast:
    """Return the numbers of all tests of the contrast a − b; a and b have the same queries.

    labels [Q]: clusters of the queries, or None. Where seeds are shared, var_seed and var_error are
    those of the differences a − b, and the baseline's are nan.
    """
    pair = pair_seeds(planned, a, b, labels=labels)
    a, b = pair.a, pair.b
    d = query_differences(a.table.values, b.table.values)
    e1 = paired_t(d, labels)
    contrast = deciding_contrast(pair, labels=labels)
    deciding = contrast.test
    flags = _flags(deciding, pair=pair)
    is_constant = is_constant_measure(flags)
    columns: dict[str, Value] = {
        "estimand": "E2" if max(a.n_seeds, b.n_seeds) > 1 and not pair.lacks_seeds else "E1",
        **_deciding_columns(deciding, a=a, b=b),
        **_columns_beside(d, pair, e1=e1, labels=labels, measure=measure, dataset=dataset),
        **_other_form(pair, labels=labels),
        "n_queries": len(d),
        "n_clusters": deciding.n_clusters if labels else None,
        "seeds": pair.form,
        "n_seeds": a.n_seeds,
        "n_seeds_baseline": b.n_seeds,
        "fewest_seeds": pair.fewest_seeds,
        "reason": _reasons(flags, blocks=True),
        "cautions": _reasons(flags, blocks=False),
        "note": _note(flags, d, pair=pair),
    }
    tested = deciding.estimable and not pair.lacks_seeds and not is_constant
    return MeasuredContrast(
        columns=_untested(columns) if is_constant else columns,
        differences=d,
        contrast=contrast,
        tested=tested,
    )


def _columns_beside(
    d: Array,
    pair: PairedSystems,
    *,
    e1: Contrast,
    labels: Labels,
    measure: str,
    dataset: str,
) -> dict[str, Value]:
    """Return what stands beside the deciding test: tests of E1, effect sizes, and components.

    d [Q]: the differences; e1: their paired t-test.
    """
    a, b = pair.a, pair.b
    stream = "/".join((dataset, *sorted((a.name, b.name))))  # b − a draws the same random signs
    return {
        **other_tests(d, e1=e1, labels=labels, hits=_hits(a, b, measure), stream=stream),
        **sizes(d, labels=labels),
        "skewness": skewness_of(d) if np.isfinite(e1.statistic) and d.any() else nan,
        **_components(_seeded(pair), query_variance=e1.query_variance, n_queries=len(d)),
    }


def _other_form(pair: PairedSystems, *, labels: Labels) -> dict[str, Value]:
    """Return p and the 95 % interval with the other form of the seeds; nan where there is none.

    A report whose plan was amended after there were scores shows both forms.
    """
    low = high = p = nan
    if min(pair.a.n_seeds, pair.b.n_seeds) > 1 and pair.a.table.seeds == pair.b.table.seeds:
        other: Seeds = "independent" if pair.form == "shared" else "shared"
        test = deciding_test(replace(pair, form=other), labels=labels)
        p, (low, high) = test.pvalue, test.confidence_interval()
    return {"other_form_p": p, "other_form_low": low, "other_form_high": high}


def _untested(columns: dict[str, Value]) -> dict[str, Value]:
    """Return the columns with nan for every p-value and all that comes from the deciding test."""
    names = ["statistic", "df", "ci_low", "ci_high", "chance_of_better_training"]
    names += [name for name in columns if name == "p" or name.startswith(("p_", "other_form_"))]
    return columns | dict.fromkeys(names, nan)


def _hits(a: ScoredSystem, b: ScoredSystem, measure: str) -> Hits | None:
    """Return each system's scores [Q] where they are hits, 0 or 1 for each query; else None.

    None: a system has several seeds, or the scores are not 0 or 1, as means over repeats are not.
    """
    if not measure.startswith(BINARY) or max(a.n_seeds, b.n_seeds) > 1:
        return None
    hits = a.table.values[:, 0], b.table.values[:, 0]
    return hits if np.isin(hits, (0, 1)).all() else None


def _deciding_columns(contrast: Contrast, *, a: ScoredSystem, b: ScoredSystem) -> dict[str, Value]:
    interval = contrast.confidence_interval()
    baseline_mean = float(b.table.values.mean())
    return {
        "difference": contrast.mean,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "p": contrast.pvalue,
        "p_satterthwaite": contrast.pvalue_satterthwaite,
        "statistic": contrast.statistic,
        "df": contrast.df,
        "se": contrast.standard_error,
        "chance_of_better_training": contrast.retraining_superiority,
        "mean": float(a.table.values.mean()),
        "mean_baseline": baseline_mean,
        "relative": contrast.mean / baseline_mean if baseline_mean else nan,
    }


def _shared_differences(a: Array, b: Array) -> Array:
    """Return a − b [Q, S]; a difference that is only a rounding error of the scores becomes 0."""
    d = a - b
    return np.where(np.abs(d) <= ROUNDING * max(np.abs(a).max(), np.abs(b).max()), 0.0, d)


def _seeded(pair: PairedSystems) -> dict[str, Array]:
    """Return the score tables [Q, S] whose variances over seeds the row shows.

    The key is the suffix of the columns: "" for the system, "_baseline" for the baseline. Where
    seeds are shared, "" has the differences a − b and "_baseline" an empty table.
    """
    a, b = pair.a.table.values, pair.b.table.values
    if pair.form == "shared" and not pair.lacks_seeds:
        return {"": _shared_differences(a, b), "_baseline": np.empty((0, 1))}
    return {"": a, "_baseline": b}


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


def _flags(contrast: Contrast, *, pair: PairedSystems) -> tuple[Flag, ...]:
    """Return the flags: reasons why the contrast has no number, or why it needs caution.

    Flags about seeds name the systems. Where a measure is constant, no other flag of the test is
    worth reading.
    """
    a, b = pair.a, pair.b
    of_seeds = pair.flags or seed_flags(
        (a.n_seeds, b.n_seeds), trained=(a.trained, b.trained), names=(a.name, b.name)
    )
    by_seeds = (Reason.ONE_SEED, Reason.FEW_SEEDS)
    constant = tuple(f for f in contrast.flags if f.reason is Reason.CONSTANT_MEASURE)
    of_scores = tuple(f for f in contrast.flags if f.reason not in by_seeds)
    return of_seeds + (constant or of_scores)


def _reasons(flags: tuple[Flag, ...], *, blocks: bool) -> str:
    """Return the reasons of the flags with this `blocks`, as in `one seed;constant measure`."""
    return ";".join(dict.fromkeys(flag.reason.value for flag in flags if flag.blocks == blocks))


def _note(flags: tuple[Flag, ...], d: Array, *, pair: PairedSystems) -> str:
    """Return the row's note: the form of the seeds, the flags, and systems that never differ.

    d [Q]: the differences. The note is "" where there is nothing to say.
    """
    notes = [pair.note] if pair.note else []
    notes += [str(flag) for flag in flags]
    if not d.any() and not any(flag.reason is Reason.CONSTANT_MEASURE for flag in flags):
        notes.append("the systems never differ")
    return "; ".join(notes)

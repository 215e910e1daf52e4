"""Rows of the calibration table: counted rates, A/A checks, and reasons why a test is missing.

An A/A check tests a system against itself. A row is column name -> value, with COLUMNS as names.
"""

from collections.abc import Iterator, Sequence
from math import nan
from typing import Any

from maw.settings.plan import Analysis
from maw.significance import ANY_FALSE, REJECTS, Calibration, Outcome, OutcomeRate
from maw.significance.calibration import AT_OWN_LEVEL
from maw.significance.copies import FEWEST_FOR_HALVES
from maw.significance.counting import DECIDING, FALSE_WORD, NON_INFERIORITY, WORD
from maw.significance.other_measures import BY_MEASURE
from maw.significance.over_datasets import TESTS_ACROSS_DATASETS
from maw.significance.random_effects import FEWEST_DATASETS
from maw.verdicts.calibration_groups import Group, pair_of
from maw.verdicts.contrasts import BINARY

# fmt: off
COLUMNS = (
    "dataset", "system", "baseline", "test", "quantity", "multiple", "effect", "seeds", "rate",
    "error", "level", "draws", "note",
)
TESTS = (
    WORD, FALSE_WORD, DECIDING, AT_OWN_LEVEL, NON_INFERIORITY, "t", "BCa", "Wilcoxon", "Pratt",
    "sign", "sign-flip", "max-T", "McNemar", "d_z", "rank-biserial", "variance of query",
    "variance of seed", "variance of error", *TESTS_ACROSS_DATASETS,
)
# fmt: on
# tests of the training procedure: one seed of a trained system says nothing about them
OF_PROCEDURE = (DECIDING, AT_OWN_LEVEL, NON_INFERIORITY)
COPY, HALVES, CORRELATION = "A/A copy", "A/A halves", "error correlation"
NOT_CALIBRATED = "not calibrated"

Row = dict[str, Any]


def rate_row(
    rate: OutcomeRate, dataset: str, system: str, baseline: str, *, effect: float, level: float
) -> Row:
    """Return the row of one rate, the share of redrawn experiments with an outcome.

    effect: the true difference, in the measure's unit. level: the largest rate of errors that the
    plan allows; nan where the outcome is no error.
    """
    outcome = rate.outcome
    return {
        "dataset": dataset,
        "system": system,
        "baseline": baseline,
        "test": outcome.test,
        "quantity": outcome.quantity,
        "multiple": outcome.multiple,
        "effect": effect,
        "seeds": outcome.seed_level,
        "rate": rate.rate,
        "error": rate.standard_error,
        "level": level,
        "draws": rate.draws,
        "note": "",
    }


def level_of_rate(outcome: Outcome, *, alpha: float, own: float | None = None) -> float:
    """Return the largest rate of errors that the plan allows for an outcome; nan if it is no error.

    own: α′ of the claim or contrast. Words are errors where they are false, rejections where there
    is no effect. The tests of E1 promise no rate.
    """
    if outcome.quantity == ANY_FALSE or outcome.test == FALSE_WORD:
        return alpha if own is None else own
    if outcome.quantity == REJECTS and not outcome.multiple:
        if outcome.test == AT_OWN_LEVEL and own is not None:
            return own
        if outcome.test == DECIDING or outcome.test.startswith(BY_MEASURE):
            return alpha
    return nan


def missing_row(
    dataset: str, system: str = "", baseline: str = "", *, note: str, test: str = "every test"
) -> Row:
    """Return the row that says that a test is not calibrated. note: the reason."""
    return _row(dataset, system, baseline, test=test, quantity=NOT_CALIBRATED, note=note)


def correlation_rows(calibration: Calibration, group: Group) -> Iterator[Row]:
    """Yield, for each contrast whose systems have seeds in common, how alike one seed makes them.

    The rate is the correlation of the errors (query × seed) of both systems at one seed. The
    redrawn experiments have it, too.
    """
    for pair in group.redrawn:
        correlation = calibration.error_correlations.get(f"{pair.system} - {pair.baseline}")
        if correlation is not None:
            note = f"seeds {group.pairs[pair_of(pair)].form}"
            yield _row(
                group.dataset,
                pair.system,
                pair.baseline,
                test=CORRELATION,
                quantity="correlation",
                rate=correlation,
                note=note,
            )


def self_check_rows(calibration: Calibration, group: Group) -> Iterator[Row]:
    """Yield the rows of the A/A checks, and the cautions of the calibration.

    One row is about all systems, each tested against a copy of itself. Each system with several
    seeds has a row: one half of its seeds tested against the other half, or why there is no test.
    """
    rate = 0.0 if calibration.copies_never_differ else 1.0
    note = "every test of every system against a copy of itself"
    yield _row(group.dataset, test=COPY, quantity="differs", rate=rate, note=note)
    for name in group.names:
        n_seeds = group.systems[name].n_seeds
        if name in calibration.split_half_rates:
            note = f"share of the splits of {n_seeds} seeds into two halves with p < α"
            rate = calibration.split_half_rates[name]
            yield _row(group.dataset, name, test=HALVES, quantity="differs", rate=rate, note=note)
        elif n_seeds > 1:
            note = f"{n_seeds} seeds; a test of two halves needs at least {FEWEST_FOR_HALVES}"
            yield missing_row(group.dataset, name, note=note, test=HALVES)
    for flag in calibration.flags:
        if not flag.blocks:
            yield _row(group.dataset, test="E2", quantity="caution", note=str(flag))


def limit_rows(plan: Analysis, groups: Sequence[Group], *, n_independent: int) -> Iterator[Row]:
    """Yield a row, with the reason, for each test that this plan or the method leaves out.

    n_independent: number of datasets, where several splits of one collection count once.
    """
    n_datasets = len({group.dataset for group in groups})
    if plan.sesoi is None:
        note = "the plan states no smallest effect of interest"
        yield missing_row("", test="power, words about the size", note=note)
    if n_datasets > 1:
        note = "its family is redrawn separately for each dataset"
        yield missing_row("", test="max-T", note=note)
    if not plan.primary.startswith(BINARY):
        note = f"shown for single runs by measures of 0 or 1 only, which {plan.primary} is not"
        yield missing_row("", test="McNemar", note=note)
    if any(group.labels for group in groups):
        note = "neither of them is shown where queries come in clusters"
        yield missing_row("", test="McNemar, rank-biserial interval", note=note)
    note = (
        "other measures decide nothing; only E2 and BH are counted for them, without a true "
        "difference and in fewer experiments"
    )
    yield missing_row("", test="other tests of other measures", note=note)
    yield from _limits_across(n_datasets, n_independent=n_independent)


def _limits_across(n_datasets: int, *, n_independent: int) -> Iterator[Row]:
    if n_independent == 1:
        note = "one dataset: nothing is estimated across datasets, so there is nothing to calibrate"
        yield missing_row("", test="E3 and k̂", note=note)
    elif n_independent < FEWEST_DATASETS:
        note = f"{n_independent} datasets: the spread over datasets needs {FEWEST_DATASETS}"
        yield missing_row("", test="E3", note=note)
    if n_independent < n_datasets:
        note = "the splits share queries and documents, and redrawn scores cannot show that"
        yield missing_row("", test="corrected resampled t", note=note)


def _row(dataset: str, system: str = "", baseline: str = "", **columns: Any) -> Row:
    """Return a row that is not about redrawn experiments; columns that are not given are empty."""
    numbers = dict.fromkeys(("multiple", "effect", "rate", "error", "level"), nan)
    empty = {**numbers, "seeds": "", "draws": None}
    return {"dataset": dataset, "system": system, "baseline": baseline, **empty, **columns}

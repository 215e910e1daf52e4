"""The deciding test on other measures, redrawn as one family of tests."""

import numpy as np
import numpy.typing as npt
import pytest

from maw.significance import (
    COVERS,
    REJECTS,
    CalibratedContrast,
    CalibrationSettings,
    OutcomeRate,
    crossed,
)
from maw.significance.calibration import canonical
from maw.significance.other_measures import BH, BY_MEASURE, calibrate_measures
from maw.significance.randomisation import contrast_generator
from maw.significance.score_model import redraw, score_model
from tests.significance.simulated import simulated_scores

SETTINGS = CalibrationSettings(draws=150, resamples=9)
PLAN = [CalibratedContrast("new", "old", "independent", family="claims")]
Tables = dict[str, npt.NDArray[np.float64]]


@pytest.fixture
def tables() -> Tables:
    """Scores of two trained systems and of one fixed system, [40, S]."""
    generator = np.random.default_rng(31)
    return {
        name: simulated_scores(generator, Q=40, S=S, sd=(0.1, 0.02, 0.1))
        for name, S in (("new", 4), ("old", 5), ("fixed", 1))
    }


def rate_of(rates: tuple[OutcomeRate, ...], subject: str, test: str, quantity: str) -> OutcomeRate:
    (rate,) = (
        r
        for r in rates
        if (r.outcome.subject, r.outcome.test, r.outcome.quantity) == (subject, test, quantity)
    )
    return rate


def test_each_experiment_is_tested_by_crossed(tables: Tables) -> None:
    # the redrawn tables again, each tested alone
    clusters = np.arange(40) // 4
    rates = calibrate_measures({"ndcg": tables}, {"ndcg": PLAN}, clusters, settings=SETTINGS)
    ordered, codes, labels = canonical(
        {f"ndcg\n{name}": table for name, table in tables.items()}, clusters
    )
    model = score_model(ordered, codes, labels=labels)
    pvalues, covers = [], []
    for block, size in enumerate((100, 50)):
        generator = contrast_generator(0, contrast=f"other measures, block {block}")
        scores = redraw(model, size, generator=generator, seed_level="estimate")
        _, new, old = scores.tables
        for a, b in zip(new, old, strict=True):
            test = crossed(a, b, codes)
            low, high = test.confidence_interval(0.95)
            pvalues.append(test.pvalue)
            covers.append(low <= 0 <= high)
    rejects = rate_of(rates, "new - old", BY_MEASURE + "ndcg", REJECTS)
    assert rejects.rate == np.mean(np.array(pvalues) < 0.05)
    assert rejects.draws == 150
    assert rate_of(rates, "new - old", BY_MEASURE + "ndcg", COVERS).rate == np.mean(covers)
    # a family of one test needs no correction
    assert rate_of(rates, "claims", BH, REJECTS).rate == rejects.rate


def test_measures_share_their_redrawn_experiments(tables: Tables) -> None:
    # a measure in another unit is the same measure: BH over three copies rejects as one does
    measures = {f"unit {x}": {name: x * t for name, t in tables.items()} for x in (1.0, 4.0, 16.0)}
    rates = calibrate_measures(measures, dict.fromkeys(measures, PLAN), settings=SETTINGS)
    single = {rate_of(rates, "new - old", BY_MEASURE + name, REJECTS).rate for name in measures}
    assert single == {rate_of(rates, "claims", BH, REJECTS).rate}


def test_without_any_effect_neither_the_test_nor_bh_errs_more_often_than_its_level(
    tables: Tables,
) -> None:
    settings = CalibrationSettings(draws=1_000, resamples=9)
    generator = np.random.default_rng(32)
    other = {name: t + generator.normal(0, 0.1, t.shape) for name, t in tables.items()}
    plan = [*PLAN, CalibratedContrast("new", "fixed", family="claims")]
    rates = calibrate_measures(
        {"ndcg": tables, "mrr": other}, {"ndcg": plan, "mrr": plan}, settings=settings
    )
    for rate in rates:
        if rate.outcome.quantity == REJECTS:
            assert rate.rate <= 0.05 + 4 * rate.standard_error
    assert {rate.outcome.test for rate in rates} == {BY_MEASURE + "ndcg", BY_MEASURE + "mrr", BH}


def test_rates_depend_on_no_order(tables: Tables) -> None:
    plan = [*PLAN, CalibratedContrast("fixed", "old", family="claims")]
    original = calibrate_measures({"ndcg": tables}, {"ndcg": plan}, settings=SETTINGS)
    rows = np.random.default_rng(33).permutation(40)
    reordered = {name: tables[name][rows] for name in reversed(tables)}
    again = calibrate_measures({"ndcg": reordered}, {"ndcg": plan[::-1]}, settings=SETTINGS)
    assert again == original

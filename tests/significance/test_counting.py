"""Every test and interval of a plan is counted, for contrasts, claims, families and systems."""

import numpy as np
import pytest

from maw.significance import (
    ANY_CLAIM,
    COVERS,
    COVERS_CHECKPOINTS,
    COVERS_VARIANCE,
    CalibratedContrast,
    CalibrationSettings,
    OutcomeRate,
    calibrate,
)
from tests.significance.simulated import BRIEF, SystemTables


def test_the_plan_is_counted_whole(tables: SystemTables) -> None:
    contrasts = [
        CalibratedContrast("maw", "non_maw", ("maw",), family="claims", n_tests=2),
        CalibratedContrast("maw", "random", ("maw",), family="claims", n_tests=2),
        CalibratedContrast("random", "non_maw", ("random",), family="claims", n_tests=2),
        CalibratedContrast("non_maw", "bm25"),
    ]
    calibration = calibrate(tables, contrasts, settings=BRIEF)
    tests = {rate.outcome.test for rate in calibration.rates}
    assert tests == {
        *("E2", "t", "Wilcoxon", "Pratt", "sign", "sign-flip", "BCa", "TOST", "E2, simultaneous"),
        *("E2, Holm", "E2, Bonferroni", "E2, BH", "E2, BY", "TOST, Holm", "d_z", "rank-biserial"),
        *("variance of query", "variance of seed", "variance of error", "max-T"),
    }
    for multiple in (0.0, 1.0, 2.0):
        for seed_level in ("estimate", "upper"):
            for contrast in contrasts:
                assert (
                    calibration.rate(
                        contrast.name, "E2", multiple=multiple, seed_level=seed_level
                    ).draws
                    == 60
                )
            any_claim = calibration.rate(
                ANY_CLAIM, "E2, Holm", multiple=multiple, seed_level=seed_level
            ).rate
            for claim in ("maw", "random"):
                claim_rate = calibration.rate(
                    claim, "E2, Holm", multiple=multiple, seed_level=seed_level
                ).rate
                assert claim_rate <= any_claim
    name = contrasts[0].name
    assert calibration.rate(name, "E2").rate < 0.2 < calibration.rate(name, "E2", multiple=2).rate
    assert calibration.rate(name, "E2", COVERS).rate == pytest.approx(
        1 - calibration.rate(name, "E2").rate
    )
    assert calibration.rate(name, "t", COVERS_CHECKPOINTS).rate > 0.8
    single, simultaneous = (
        calibration.rate(name, test, COVERS).rate for test in ("E2", "E2, simultaneous")
    )
    together = calibration.rate("claims", "E2, simultaneous", COVERS).rate
    assert together <= simultaneous >= single
    alone = calibration.rate("non_maw - bm25", "E2, simultaneous", COVERS).rate
    assert alone == calibration.rate("non_maw - bm25", "E2", COVERS).rate
    assert calibration.rate("claims", "max-T").rate >= calibration.rate(name, "max-T").rate
    assert calibration.rate(name, "d_z", COVERS_CHECKPOINTS).rate > 0.8
    for part in ("query", "seed", "error"):
        assert calibration.rate("maw", f"variance of {part}", COVERS_VARIANCE).rate > 0.75
    for correction in ("Bonferroni", "BY"):
        granted = calibration.rate(ANY_CLAIM, f"E2, {correction}", multiple=1).rate
        assert granted <= calibration.rate(ANY_CLAIM, "E2, BH", multiple=1).rate
    assert calibration.copies_never_differ
    assert list(calibration.split_half_rates) == ["non_maw"]
    assert calibration.flags == ()


def test_the_slow_exact_test_meets_fewer_experiments_and_says_so(tables: SystemTables) -> None:
    calibration = calibrate(tables, [CalibratedContrast("maw", "bm25")], settings=BRIEF)
    assert calibration.rate("maw - bm25", "E2").draws == 60
    wilcoxon = calibration.rate("maw - bm25", "Wilcoxon")
    assert wilcoxon.draws == 20
    assert wilcoxon.standard_error > OutcomeRate(wilcoxon.outcome, wilcoxon.rate, 60).standard_error


def test_mcnemar_is_counted_for_single_runs_of_hits_alone() -> None:
    hits = (np.random.default_rng(14).random((30, 3)) < 0.5).astype(float)
    tables = {"a": hits[:, :1], "b": hits[:, 1:2], "c": hits[:, 1:]}
    plan = [CalibratedContrast("a", "b"), CalibratedContrast("a", "c")]
    calibration = calibrate(tables, plan, settings=CalibrationSettings(draws=5, resamples=9))
    counted = {rate.outcome.subject for rate in calibration.rates if rate.outcome.test == "McNemar"}
    assert counted == {"a - b"}
    clustered = calibrate(tables, plan, np.arange(30) // 2, settings=calibration.settings)
    assert "McNemar" not in {rate.outcome.test for rate in clustered.rates}


def test_simultaneous_intervals_divide_alpha_by_the_number_of_tests(tables: SystemTables) -> None:
    # intervals at 1 - .05/2 are the intervals of one test at alpha = .025
    rates = [
        calibrate(
            {name: tables[name] for name in ("maw", "bm25")},
            [CalibratedContrast("maw", "bm25", n_tests=n_tests)],
            settings=CalibrationSettings(alpha=alpha, draws=200, resamples=9),
        ).rate("maw - bm25", test, COVERS)
        for test, n_tests, alpha in (
            ("E2, simultaneous", 2, 0.05),
            ("E2", 1, 0.025),
            ("E2", 1, 0.05),
        )
    ]
    simultaneous, stricter, single = (rate.rate for rate in rates)
    assert simultaneous == stricter > single

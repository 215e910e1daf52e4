"""Every word, test and interval of a plan is counted, of contrasts, claims and systems."""

import numpy as np
import pytest

from maw.significance import (
    ANY_CLAIM,
    ANY_FALSE,
    COVERS,
    COVERS_CHECKPOINTS,
    COVERS_VARIANCE,
    CalibratedClaim,
    CalibratedContrast,
    CalibrationSettings,
    OutcomeRate,
    Word,
    calibrate,
)
from maw.significance.calibration import AT_OWN_LEVEL
from maw.significance.counting import FALSE_WORD, NON_INFERIORITY, WORD
from maw.significance.score_model import SEED_LEVELS
from tests.significance.simulated import BRIEF, SystemTables, simulated_scores

BETTER = (Word.BETTER, Word.BETTER_BY_SESOI, Word.SLIGHTLY_BETTER)


def test_the_plan_is_counted_whole(tables: SystemTables) -> None:
    contrasts = [
        CalibratedContrast("maw", "non_maw", "independent", level=0.025, family="claims"),
        CalibratedContrast("maw", "random", "independent", level=0.025, family="claims"),
        CalibratedContrast("random", "non_maw", "independent", level=0.025, family="claims"),
        CalibratedContrast("non_maw", "bm25"),
    ]
    claims = [
        CalibratedClaim("maw", "maw", ("non_maw", "random"), level=0.025),
        CalibratedClaim("random", "random", ("non_maw",), level=0.025),
    ]
    calibration = calibrate(tables, contrasts, settings=BRIEF, claims=claims)
    tests = {rate.outcome.test for rate in calibration.rates}
    assert tests == {
        *("E2", AT_OWN_LEVEL, WORD, FALSE_WORD, "t", "Wilcoxon", "Pratt", "sign", "sign-flip"),
        *("BCa", "d_z", "rank-biserial", "max-T"),
        *("variance of query", "variance of seed", "variance of error"),
    }
    for seed_level in SEED_LEVELS:
        for contrast in contrasts[:3]:
            assert calibration.rate(contrast.name, "E2", seed_level=seed_level).draws == 60
            size = calibration.rate(contrast.name, AT_OWN_LEVEL, seed_level=seed_level)
            assert size.draws == BRIEF.size_draws // 10  # both sides have seeds of their own
            assert size.rate <= 0.025 + 4 * size.standard_error
        for multiple in (0.0, 1.0, 2.0):
            any_false = calibration.false_words[multiple, seed_level]
            rates = [
                calibration.rate(name, WORD, ANY_FALSE, multiple=multiple, seed_level=seed_level)
                for name in (ANY_CLAIM, "maw", "random")
            ]
            assert rates[0].rate == any_false.mean()
            assert max(rates[1].rate, rates[2].rate) <= rates[0].rate
            assert rates[0].rate <= rates[1].rate + rates[2].rate
            for claim in ("maw", "random"):
                said, false = (
                    {
                        word: calibration.rate(
                            claim, test, word.value, multiple=multiple, seed_level=seed_level
                        ).rate
                        for word in Word
                    }
                    for test in (WORD, FALSE_WORD)
                )
                assert sum(said.values()) == pytest.approx(1)
                assert all(false[word] <= said[word] for word in Word)
    # both claims' systems are moved: only the lead of maw over random stays 0
    assert calibration.rate("random", WORD, COVERS, multiple=2).rate >= 0.9
    found = sum(calibration.rate("random", WORD, w.value, multiple=2).rate for w in BETTER)
    assert found > 0.5
    assert sum(calibration.rate("maw", WORD, w.value, multiple=2).rate for w in BETTER) < 0.1
    name = contrasts[0].name
    assert calibration.rate(name, "E2").rate < 0.2 < calibration.rate(name, "E2", multiple=2).rate
    assert calibration.rate(name, "E2", COVERS).rate == pytest.approx(
        1 - calibration.rate(name, "E2").rate
    )
    assert calibration.rate(name, "t", COVERS_CHECKPOINTS).rate > 0.8
    of_family = calibration.rate("claims", "max-T")
    of_members = [calibration.rate(contrast.name, "max-T").rate for contrast in contrasts[:3]]
    assert of_family.draws == 60
    assert max(of_members) <= of_family.rate <= sum(of_members)
    assert calibration.rate(name, "d_z", COVERS_CHECKPOINTS).rate > 0.8
    for part in ("query", "seed", "error"):
        assert calibration.rate("maw", f"variance of {part}", COVERS_VARIANCE).rate > 0.75
    assert calibration.copies_never_differ
    assert list(calibration.split_half_rates) == ["non_maw"]
    assert calibration.flags == ()


def test_the_difference_of_these_checkpoints_is_covered_however_far_seeds_differ() -> None:
    generator = np.random.default_rng(15)
    tables = {
        name: simulated_scores(generator, Q=30, S=3, sd=(0.02, 0.1, 0.02)) for name in ("a", "b")
    }
    contrast = CalibratedContrast("a", "b", "independent")
    settings = CalibrationSettings(draws=60, resamples=199)
    calibration = calibrate(tables, [contrast], settings=settings)
    for test in ("t", "d_z"):
        assert calibration.rate("a - b", test, COVERS_CHECKPOINTS).rate > 0.8
    assert calibration.rate("a - b", "t", COVERS).rate < 0.5  # the training procedures are equal


def test_a_contrast_that_decides_nothing_is_counted_with_estimated_seeds_alone(
    tables: SystemTables,
) -> None:
    calibration = calibrate(tables, [CalibratedContrast("maw", "bm25")], settings=BRIEF)
    assert {rate.outcome.seed_level for rate in calibration.rates} == {"estimate"}
    assert calibration.false_words == {}


def test_non_inferiority_holds_as_often_as_its_margin_is_wide(tables: SystemTables) -> None:
    shown = []
    for margin in (0.001, 1.0):
        contrast = CalibratedContrast("maw", "bm25", level=0.05, margin=margin)
        calibration = calibrate(tables, [contrast], settings=BRIEF)
        shown.append(calibration.rate(contrast.name, NON_INFERIORITY).rate)
    assert shown[0] < 0.2
    assert shown[1] == 1


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


def test_tests_of_these_checkpoints_are_counted_in_fewer_experiments(tables: SystemTables) -> None:
    settings = CalibrationSettings(draws=250, beside_draws=150, resamples=9)
    calibration = calibrate(tables, [CalibratedContrast("maw", "bm25")], settings=settings)
    assert calibration.rate("maw - bm25", "E2").draws == 250
    # whole blocks of 100
    assert calibration.rate("maw - bm25", "t").draws == 200

"""Outcomes are counted as shares with their Monte-Carlo errors, and settings are checked."""

from typing import Any

import numpy as np
import pytest

from maw.significance.tally import (
    CalibratedContrast,
    CalibrationSettings,
    Outcome,
    OutcomeCounts,
    OutcomeRate,
)


def test_the_error_of_a_share_is_binomial_and_never_zero() -> None:
    outcome = Outcome("a - b", "E2", "rejects", 0.0, "estimate")
    assert OutcomeRate(outcome, 0.05, 2_000).standard_error == pytest.approx(0.00487, abs=2e-5)
    assert OutcomeRate(outcome, 0.0, 100).standard_error > 0


@pytest.mark.parametrize(
    ("unusable", "message"),
    [
        ({"alpha": 5}, "alpha is 5"),
        ({"alpha": 0}, "alpha is 0"),
        ({"alpha": 1}, "alpha is 1"),
        ({"sesoi": 0}, "sesoi is 0"),
        ({"draws": 0}, "draws is 0; it must be at least 1"),
        ({"size_draws": 0}, "size_draws is 0; it must be at least 1"),
        ({"resamples": 0}, "resamples is 0; it must be at least 1"),
    ],
)
def test_settings_that_mean_nothing_are_refused(unusable: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CalibrationSettings(**unusable)


def test_one_draw_and_one_resample_are_enough() -> None:
    settings = CalibrationSettings(draws=1, resamples=1)
    assert (settings.draws, settings.resamples) == (1, 1)


def test_effects_are_multiples_of_the_sesoi() -> None:
    assert CalibrationSettings(sesoi=0.02).effects == {0.0: 0.0, 1.0: 0.02, 2.0: 0.04}
    assert CalibrationSettings().effects == {0.0: 0.0}


def test_a_contrast_is_named_system_minus_baseline() -> None:
    assert CalibratedContrast("maw", "non_maw").name == "maw - non_maw"


def test_blocks_add_up_and_outcomes_come_in_their_order() -> None:
    later, earlier = (Outcome(name, "E2", "rejects", 0.0, "estimate") for name in ("b", "a"))
    counts = OutcomeCounts()
    counts.add(later, np.array([True, False, False]))
    counts.add(earlier, np.array([True, True]))
    counts.add(later, np.array([True]))
    assert counts.rates() == (OutcomeRate(earlier, 1.0, 2), OutcomeRate(later, 0.5, 4))


def test_an_outcome_that_no_experiment_could_have_gets_no_rate() -> None:
    counts = OutcomeCounts()
    counts.add(Outcome("a", "E2", "rejects", 0.0, "estimate"), np.zeros(0, dtype=bool))
    assert counts.rates() == ()

"""A calibration depends on no order, flags what it cannot know, and counts in blocks."""

import numpy as np
import pytest

from maw.significance import (
    COVERS,
    COVERS_CHECKPOINTS,
    CalibratedContrast,
    CalibrationSettings,
    Reason,
    calibrate,
)
from maw.significance.calibration import block_sizes
from tests.significance.simulated import BRIEF, SystemTables


def test_the_interval_of_a_systems_own_mean_is_counted_too(tables: SystemTables) -> None:
    block_sizes: list[int] = []
    calibration = calibrate(
        tables, [CalibratedContrast("maw", "bm25")], settings=BRIEF, advance=block_sizes.append
    )
    for name in tables:
        assert calibration.rate(name, "BCa", COVERS_CHECKPOINTS).rate > 0.75
    assert sum(block_sizes) == 2 * BRIEF.draws


def test_rates_depend_on_no_order_and_on_the_seed(tables: SystemTables) -> None:
    clusters = np.arange(40) // 2
    plan = [
        CalibratedContrast("maw", "non_maw", ("maw",)),
        CalibratedContrast("random", "bm25", ("random",)),
    ]
    original = calibrate(tables, plan, clusters, settings=BRIEF)
    random = np.random.default_rng(7)
    rows = random.permutation(40)
    shuffled = {
        name: tables[name][rows][:, random.permutation(tables[name].shape[1])]
        for name in reversed(tables)
    }
    reordered = calibrate(shuffled, plan[::-1], 99 - clusters[rows], settings=BRIEF)
    assert reordered.rates == original.rates
    other_seed = CalibrationSettings(draws=60, resamples=199, sesoi=0.05, seed=1)
    assert calibrate(tables, plan, clusters, settings=other_seed).rates != original.rates


def test_linked_seeds_are_calibrated_as_linked_whatever_their_order() -> None:
    generator = np.random.default_rng(13)
    shared = generator.normal(0, 0.2, (1, 6)) + generator.normal(0, 0.1, (40, 6))
    a, b = (shared + generator.normal(0, 0.02, (40, 6)) for _ in "ab")
    plan, order = [CalibratedContrast("a", "b")], generator.permutation(6)
    original = calibrate({"a": a, "b": b}, plan, settings=BRIEF, linked=True)
    reordered = calibrate({"a": a[:, order], "b": b[:, order]}, plan, settings=BRIEF, linked=True)
    assert reordered.rates == original.rates
    # linked, .05 stands out against a spread of .02; taken as unlinked, it drowns in .2
    unlinked = calibrate({"a": a, "b": b}, plan, settings=BRIEF)
    assert original.rate("a - b", "E2", multiple=1).rate > 0.95
    assert unlinked.rate("a - b", "E2", multiple=1).rate < 0.5


def test_without_a_margin_only_no_effect_is_redrawn(tables: SystemTables) -> None:
    calibration = calibrate(
        tables,
        [CalibratedContrast("maw", "bm25")],
        settings=CalibrationSettings(draws=20, resamples=99),
    )
    assert {rate.outcome.multiple for rate in calibration.rates} == {0.0}
    assert "TOST" not in {rate.outcome.test for rate in calibration.rates}


def test_one_seed_of_a_trained_system_is_flagged(tables: SystemTables) -> None:
    calibration = calibrate(
        {"once": tables["bm25"], "few": tables["maw"][:, :3]},
        [CalibratedContrast("few", "once")],
        settings=BRIEF,
        trained={"once": True, "few": True},
    )
    assert {flag.reason for flag in calibration.flags} == {Reason.ONE_SEED, Reason.FEW_SEEDS}


def test_systems_that_never_differ_are_never_told_apart() -> None:
    same = np.full((12, 4), 0.25)
    calibration = calibrate({"a": same, "b": same}, [CalibratedContrast("a", "b")], settings=BRIEF)
    for test in ("E2", "t", "Wilcoxon", "sign", "sign-flip"):
        assert calibration.rate("a - b", test).rate == 0
    assert calibration.rate("a - b", "E2", COVERS).rate == 1


def test_a_system_without_scores_is_named(tables: SystemTables) -> None:
    with pytest.raises(ValueError, match=r"tables has no scores of \['nobody'\]"):
        calibrate(tables, [CalibratedContrast("maw", "nobody")], settings=BRIEF)
    uneven = {"a": tables["maw"], "b": tables["bm25"][:30]}
    with pytest.raises(ValueError, match="use the same queries"):
        calibrate(uneven, [CalibratedContrast("a", "b")], settings=BRIEF)


def test_experiments_are_redrawn_in_blocks_of_a_hundred() -> None:
    # the block is part of the random stream: another size would give other rates
    assert list(block_sizes(250)) == [100, 100, 50]
    assert list(block_sizes(100)) == [100]

"""A calibration depends on no order, flags what it cannot know, and counts in blocks."""

from dataclasses import replace

import numpy as np
import pytest

from maw.significance import (
    COVERS,
    COVERS_CHECKPOINTS,
    CalibratedClaim,
    CalibratedContrast,
    CalibrationSettings,
    Reason,
    calibrate,
)
from maw.significance.calibration import block_sizes
from maw.significance.score_model import SEED_LEVELS
from tests.significance.simulated import BRIEF, SystemTables


def test_the_interval_of_a_systems_own_mean_is_counted_too(tables: SystemTables) -> None:
    block_sizes: list[int] = []
    calibration = calibrate(
        tables, [CalibratedContrast("maw", "bm25")], settings=BRIEF, advance=block_sizes.append
    )
    for name in tables:
        assert calibration.rate(name, "BCa", COVERS_CHECKPOINTS).rate > 0.75
    assert sum(block_sizes) == len(SEED_LEVELS) * BRIEF.draws


def test_rates_depend_on_no_order_and_on_the_seed(tables: SystemTables) -> None:
    clusters = np.arange(40) // 2
    plan = [
        CalibratedContrast("maw", "non_maw", level=0.05),
        CalibratedContrast("random", "bm25", level=0.05),
    ]
    claims = [
        CalibratedClaim("maw", "maw", ("non_maw",), level=0.05),
        CalibratedClaim("random", "random", ("bm25",), level=0.05),
    ]
    labels = {name: range(table.shape[1]) for name, table in tables.items()}
    original = calibrate(tables, plan, clusters, settings=BRIEF, claims=claims, labels=labels)
    random = np.random.default_rng(7)
    rows = random.permutation(40)
    columns = {name: random.permutation(table.shape[1]).tolist() for name, table in tables.items()}
    shuffled = {name: tables[name][rows][:, columns[name]] for name in reversed(tables)}
    reordered = calibrate(
        shuffled,
        plan[::-1],
        99 - clusters[rows],
        settings=BRIEF,
        claims=claims[::-1],
        labels=columns,
    )
    assert reordered.rates == original.rates
    other_seed = replace(BRIEF, seed=1)
    other = calibrate(tables, plan, clusters, settings=other_seed, claims=claims, labels=labels)
    assert other.rates != original.rates


def test_runs_of_one_seed_are_redrawn_as_alike_as_they_are() -> None:
    generator = np.random.default_rng(13)
    common = generator.normal(0, 0.2, (1, 6)) + generator.normal(0, 0.1, (40, 6))
    tables = {name: common + generator.normal(0, 0.02, (40, 6)) for name in "ab"}
    rates = {
        (seeds, start): calibrate(
            tables,
            [CalibratedContrast("a", "b", seeds)],
            settings=BRIEF,
            labels={"a": range(6), "b": range(start, start + 6)},
        )
        for seeds in ("shared", "independent")
        for start in (0, 6)
        if not (seeds == "shared" and start)
    }
    # taken within a seed, .05 stands out against a spread of .02; else it drowns in .2
    assert rates["shared", 0].rate("a - b", "E2", multiple=1).rate > 0.95
    assert rates["independent", 6].rate("a - b", "E2", multiple=1).rate < 0.5
    assert rates["shared", 0].error_correlations["a - b"] > 0.9
    assert rates["independent", 6].error_correlations == {}


def test_without_a_margin_only_no_effect_is_redrawn(tables: SystemTables) -> None:
    calibration = calibrate(
        tables,
        [CalibratedContrast("maw", "bm25")],
        settings=CalibrationSettings(draws=20, resamples=99),
        claims=[CalibratedClaim("maw", "maw", ("bm25",), level=0.05)],
    )
    assert {rate.outcome.multiple for rate in calibration.rates} == {0.0}


def test_one_seed_of_a_trained_system_is_flagged(tables: SystemTables) -> None:
    calibration = calibrate(
        {"once": tables["bm25"], "few": tables["maw"][:, :2]},
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
    claims = [CalibratedClaim("maw", "maw", ("bm25", "random"), level=0.05)]
    with pytest.raises(ValueError, match="claim 'maw' needs the contrast maw - random; add it"):
        calibrate(tables, [CalibratedContrast("maw", "bm25")], settings=BRIEF, claims=claims)
    with pytest.raises(ValueError, match="random - maw: shared seeds, but .* 0 seed labels in"):
        calibrate(tables, [CalibratedContrast("random", "maw")], settings=BRIEF)
    uneven = {"a": tables["maw"], "b": tables["bm25"][:30]}
    with pytest.raises(ValueError, match="use the same queries"):
        calibrate(uneven, [CalibratedContrast("a", "b")], settings=BRIEF)


def test_experiments_are_redrawn_in_blocks_of_a_hundred() -> None:
    # the block is part of the random stream: another size would give other rates
    assert list(block_sizes(250)) == [100, 100, 50]
    assert list(block_sizes(100)) == [100]

"""Redrawn scores have the variances of the user's own scores, and no effect."""

from typing import Any

import numpy as np
import pytest

from maw.significance import crossed, variance_components
from maw.significance.score_model import SeedLevel, redraw, score_model
from tests.significance.simulated import simulated_scores


@pytest.mark.parametrize("clusters", [None, np.arange(60) // 3])
def test_redrawn_tables_vary_as_the_users_own(clusters: Any) -> None:
    # means over 400 reredrawn tables; a naive two-way resample would give σ²_q + σ²_e/S for σ²_q
    generator = np.random.default_rng(3)
    common = own_effect = 0.0
    if clusters is not None:
        common, own_effect = (generator.normal(0, 0.2, (20, 1))[clusters] for _ in "ab")
    a = common + own_effect + simulated_scores(generator, Q=60, S=5, sd=(0.1, 0.04, 0.15))
    b = common + simulated_scores(generator, Q=60, S=1, sd=(0.1, 0, 0))
    model = score_model([a, b], clusters)
    redrawn = redraw(model, 400, generator=generator, seed_level="estimate")
    own = variance_components(a, clusters)
    redrawn_components = [variance_components(t, clusters) for t in redrawn.tables[0]]
    for part, tolerance in (("query", 0.1), ("seed", 0.25), ("error", 0.02)):
        expected = max(0.0, getattr(own, part).value)
        mean = np.mean([getattr(c, part).value for c in redrawn_components])
        assert mean == pytest.approx(expected, rel=tolerance, abs=4e-4)
    # what the systems have in common stays: V_q of the difference
    expected = crossed(a.mean(axis=1, keepdims=True), b, clusters).variance
    mean_variance = np.mean(
        [
            crossed(x.mean(axis=1, keepdims=True), y, clusters).variance
            for x, y in zip(*redrawn.tables, strict=True)
        ]
    )
    assert mean_variance == pytest.approx(expected, rel=0.1)


def test_there_is_no_effect_in_redrawn_tables() -> None:
    generator = np.random.default_rng(4)
    a, b = (simulated_scores(generator, Q=50, S=4, sd=(0.1, 0.02, 0.1)) + x for x in (0.3, 0.0))
    redrawn = redraw(score_model([a, b]), 2_000, generator=generator, seed_level="estimate")
    for tables in redrawn.tables:
        error = tables.mean(axis=(1, 2)).std() / np.sqrt(2_000)
        assert abs(tables.mean()) < 4 * error


def test_the_upper_limit_draws_wider_seeds() -> None:
    generator = np.random.default_rng(5)
    table = simulated_scores(generator, Q=50, S=5, sd=(0.1, 0.05, 0.05))
    model = score_model([table, table[:, :1]])
    seed = variance_components(table).seed
    variances: dict[SeedLevel, float] = {
        "estimate": seed.value,
        "upper": seed.upper_limit(0.8),
    }
    for seed_level, variance in variances.items():
        redrawn = redraw(model, 4_000, generator=generator, seed_level=seed_level)
        assert redrawn.seed_means[:, 0].var() * 5 == pytest.approx(variance, rel=0.1)
        assert not redrawn.seed_means[:, 1].any()


def test_linked_seeds_stay_linked() -> None:
    generator = np.random.default_rng(6)
    common = generator.normal(0, 0.1, (1, 8)) + generator.normal(0, 0.1, (50, 8))
    a, b = (common + generator.normal(0, 0.01, (50, 8)) for _ in "ab")
    for linked, correlation in ((True, 1), (False, 0)):
        model = score_model([a, b], linked=linked)
        redrawn = redraw(model, 500, generator=generator, seed_level="estimate")
        estimate = float(np.asarray(np.corrcoef(redrawn.seed_means.T))[0, 1])
        assert estimate == pytest.approx(correlation, abs=0.15)
        spread = np.std(redrawn.tables[0] - redrawn.tables[1])
        assert bool(spread < 0.05) is linked
    with pytest.raises(ValueError, match="give linked systems equally many seeds"):
        score_model([a, b[:, :5]], linked=True)


def test_systems_that_hardly_differ_keep_the_variance_of_their_difference() -> None:
    generator = np.random.default_rng(7)
    a = generator.normal(0, 0.3, (60, 1))
    b = a + generator.normal(0, 0.005, (60, 1))
    redrawn = redraw(score_model([a, b]), 400, generator=generator, seed_level="estimate")
    variances = [crossed(x, y).variance for x, y in zip(*redrawn.tables, strict=True)]
    assert np.mean(variances) == pytest.approx(crossed(a, b).variance, rel=0.1)


def test_tables_of_different_queries_are_refused() -> None:
    with pytest.raises(ValueError, match=r"tables have \[5, 6\] queries; use the same queries"):
        score_model([np.ones((5, 1)), np.ones((6, 1))])

"""Redrawn scores have the variances of the user's own scores, and no effect."""

from typing import Any

import numpy as np
import pytest

from maw.significance import crossed, variance_components
from maw.significance.score_model import SeedLevel, redraw, score_model
from tests.significance.simulated import Array, simulated_scores


@pytest.mark.parametrize("clusters", [None, np.arange(60) // 3])
def test_redrawn_tables_vary_as_the_users_own(clusters: Any) -> None:
    # means over 400 reredrawn tables; a naive two-way resample would give σ²_q + σ²_e/S for σ²_q
    generator = np.random.default_rng(3)
    common = own_effect = 0.0
    if clusters is not None:
        common, own_effect = (generator.normal(0, 0.2, (20, 1))[clusters] for _ in "ab")
    a = common + own_effect + simulated_scores(generator, Q=60, S=5, sd=(0.1, 0.04, 0.15))
    b = common + simulated_scores(generator, Q=60, S=1, sd=(0.1, 0, 0))
    model = score_model({"a": a, "b": b}, clusters)
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
    redrawn = redraw(
        score_model({"a": a, "b": b}), 2_000, generator=generator, seed_level="estimate"
    )
    for tables in redrawn.tables:
        error = tables.mean(axis=(1, 2)).std() / np.sqrt(2_000)
        assert abs(tables.mean()) < 4 * error


def test_each_level_has_its_own_variance_of_seeds() -> None:
    generator = np.random.default_rng(5)
    table = simulated_scores(generator, Q=50, S=5, sd=(0.1, 0.05, 0.05))
    model = score_model({"trained": table, "fixed": table[:, :1]})
    components = variance_components(table)
    variances: dict[SeedLevel, float] = {
        "estimate": components.seed.value,
        "upper": components.seed.upper_limit(0.8),
        "error": components.error.value / 50,
    }
    for seed_level, variance in variances.items():
        redrawn = redraw(model, 4_000, generator=generator, seed_level=seed_level)
        assert redrawn.seed_means[:, 0].var() * 5 == pytest.approx(variance, rel=0.1)
        assert not redrawn.seed_means[:, 1].any()


def doubly_centred(tables: Array) -> Array:
    means = tables.mean(axis=-1, keepdims=True) + tables.mean(axis=-2, keepdims=True)
    return np.asarray(tables - means + tables.mean(axis=(-2, -1), keepdims=True))


def error_correlations(a: Array, b: Array) -> Array:
    """Return the correlation of the doubly centred scores of a and b [..., Q, S], [...]."""
    x, y = doubly_centred(a), doubly_centred(b)
    sums = [np.sum(u * v, axis=(-2, -1)) for u, v in ((x, y), (x, x), (y, y))]
    return np.asarray(sums[0] / np.sqrt(sums[1] * sums[2]))


@pytest.mark.parametrize("correlation", [0.65, 0.9])
@pytest.mark.parametrize("clusters", [None, np.arange(120) // 3])
def test_redrawn_errors_of_one_seed_correlate_as_the_true_ones(
    correlation: float, clusters: Any
) -> None:
    # errors (query × seed) of two systems are drawn with this correlation at equal seeds
    generator = np.random.default_rng(6)
    common, own_a, own_b = generator.normal(0, 0.1, (3, 120, 5))
    errors = [
        np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own for own in (own_a, own_b)
    ]
    query = generator.normal(0, 0.3, (120, 1))
    a, b = (
        query + generator.normal(0, 0.05, (120, 1)) + generator.normal(0, 0.01, (1, 5)) + error
        for error in errors
    )
    model = score_model({"a": a, "b": b}, clusters)
    redrawn = redraw(model, 300, generator=generator, seed_level="estimate")
    correlations = error_correlations(*redrawn.tables)
    # of the redrawn tables: as in the scores, up to three Monte-Carlo errors
    spread = correlations.std() / np.sqrt(300)
    assert correlations.mean() == pytest.approx(
        float(error_correlations(a, b)), abs=3 * spread + 2e-3
    )
    # and as the truth, up to three standard errors of a correlation of 119 · 4 pairs
    sampling = (1 - correlation**2) / np.sqrt(119 * 4)
    assert correlations.mean() == pytest.approx(correlation, abs=3 * sampling)
    # what both share is in neither system's query part: V_q of the difference stays
    expected = crossed(a, b, clusters, seeds="shared").variance
    variances = [
        crossed(x, y, clusters, seeds="shared").variance
        for x, y in zip(*(tables[:150] for tables in redrawn.tables), strict=True)
    ]
    assert np.mean(variances) == pytest.approx(expected, rel=0.15)


def test_seeds_with_one_label_share_their_effects_and_others_do_not() -> None:
    generator = np.random.default_rng(6)
    common = generator.normal(0, 0.1, (1, 8)) + generator.normal(0, 0.1, (50, 8))
    a, b = (common + generator.normal(0, 0.01, (50, 8)) for _ in "ab")
    tables = {"a": a, "b": b}
    for labels, correlation in (
        (None, 1),
        ({"a": range(8), "b": range(8, 16)}, 0),
    ):
        model = score_model(tables, labels=labels)
        redrawn = redraw(model, 500, generator=generator, seed_level="estimate")
        estimate = float(np.asarray(np.corrcoef(redrawn.seed_means.T))[0, 1])
        assert estimate == pytest.approx(correlation, abs=0.15)
        spread = np.std(redrawn.tables[0] - redrawn.tables[1])
        assert bool(spread < 0.05) is bool(correlation)


def test_labels_say_which_columns_belong_together() -> None:
    generator = np.random.default_rng(8)
    common = generator.normal(0, 0.1, (60, 6))
    a, b = common, common[:, [5, 4, 3, 2]]
    model = score_model({"a": a, "b": b}, labels={"a": range(6), "b": [5, 4, 3, 2]})
    x, y = redraw(model, 50, generator=generator, seed_level="estimate").tables
    paired = error_correlations(x[..., [5, 4, 3, 2]], y)
    # residuals are centred over six columns of a and four of b, which takes 5 % of the correlation
    assert paired.mean() == pytest.approx(0.95, abs=0.03)
    # four other columns: each is alike to one of three that are centred with it
    others = error_correlations(x[..., [2, 3, 4, 5]], y)
    assert others.mean() == pytest.approx(-1 / 3, abs=0.1)


def test_systems_that_hardly_differ_keep_the_variance_of_their_difference() -> None:
    generator = np.random.default_rng(7)
    a = generator.normal(0, 0.3, (60, 1))
    b = a + generator.normal(0, 0.005, (60, 1))
    redrawn = redraw(score_model({"a": a, "b": b}), 400, generator=generator, seed_level="estimate")
    variances = [crossed(x, y).variance for x, y in zip(*redrawn.tables, strict=True)]
    assert np.mean(variances) == pytest.approx(crossed(a, b).variance, rel=0.1)


def test_tables_of_different_queries_are_refused() -> None:
    with pytest.raises(ValueError, match=r"tables have \[5, 6\] queries; use the same queries"):
        score_model({"a": np.ones((5, 1)), "b": np.ones((6, 1))})

"""Intervals of effect sizes cover the truth in many experiments where the single intervals do."""

import numpy as np
import pytest

from maw.significance import effect_size, rank_biserial
from maw.significance.many_sizes import TrueSizes, rank_biserial_intervals, variances_covered
from maw.significance.score_model import redraw, score_model
from tests.significance.simulated import monte_carlo_error, simulated_scores


def test_sizes_hold_the_truth_where_their_single_intervals_do() -> None:
    generator = np.random.default_rng(22)
    a, b = (simulated_scores(generator, Q=30, S=4, sd=(0.05, 0.1, 0.2)) for _ in "ab")
    model = score_model({"a": a, "b": b})
    true_sizes = TrueSizes(model, 0, 1, generator=generator)
    redrawn = redraw(model, 40, generator=generator, seed_level="upper")
    d = redrawn.tables[0].mean(axis=-1) - redrawn.tables[1].mean(axis=-1)
    shift = redrawn.seed_means[:, 0] - redrawn.seed_means[:, 1]
    covered = dict(true_sizes.covered(d, shift, level=0.5, seed=0, resamples=9))
    many = redraw(model, 4_000, generator=generator, seed_level="estimate")
    effects = many.tables[0].mean(axis=-1) - many.tables[1].mean(axis=-1)
    effects -= (many.seed_means[:, 0] - many.seed_means[:, 1])[:, None]
    sd = float(effects.std())
    intervals = rank_biserial_intervals(d, level=0.5)
    n_equal = 0
    for i, row in enumerate(d):
        interval = effect_size(row).confidence_interval(0.5)
        n_equal += covered["d_z"][i] == (interval.low <= shift[i] / sd <= interval.high)
        assert (intervals.low[i], intervals.high[i]) == pytest.approx(
            rank_biserial(row).confidence_interval(0.5)
        )
    assert n_equal >= 38  # the true sd is simulated, too
    assert 0.2 < covered["rank-biserial"].mean() < 0.8


def test_the_interval_of_a_row_whose_differences_have_one_sign_is_finite() -> None:
    row = np.arange(1.0, 9.0)
    with np.errstate(all="raise"):  # Fisher's scale is infinite at ±1
        intervals = rank_biserial_intervals(np.stack([row, -row]), level=0.95)
    assert 0.999 < intervals.low[0] <= intervals.high[0] <= 1
    assert -1 <= intervals.low[1] <= intervals.high[1] < -0.999


def test_a_system_with_one_seed_has_no_variances_to_cover() -> None:
    generator = np.random.default_rng(23)
    trained = simulated_scores(generator, Q=20, S=4, sd=(0.1, 0.02, 0.1))
    model = score_model({"trained": trained, "fixed": trained[:, :1]})
    tables = redraw(model, 3, generator=generator, seed_level="estimate").tables
    kinds = [
        [name for name, _ in variances_covered(model, x, t, level=0.9, seed_level="estimate")]
        for x, t in enumerate(tables)
    ]
    assert kinds == [["variance of query", "variance of seed", "variance of error"], []]


def test_with_clusters_the_variance_of_queries_holds_that_of_the_clusters() -> None:
    # the 4 queries of a cluster hardly differ, so that they count as one
    generator = np.random.default_rng(26)
    clusters = np.repeat(np.arange(25), 4)
    common = generator.normal(0, 0.1, 25)[clusters, None]
    a, b = (common + simulated_scores(generator, Q=100, S=3, sd=(0.02, 0.01, 0.02)) for _ in "ab")
    model = score_model({"a": a, "b": b}, clusters)
    tables = redraw(model, 200, generator=generator, seed_level="estimate").tables[0]
    covered = dict(variances_covered(model, 0, tables, level=0.9, seed_level="estimate"))
    for name in ("variance of query", "variance of seed"):
        assert covered[name].mean() == pytest.approx(0.9, abs=4 * monte_carlo_error(0.9, 200))

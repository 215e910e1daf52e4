"""BCa intervals are those of scipy for one sample, and those of whole clusters."""

import numpy as np
import pytest
from scipy import stats

from maw.significance import bootstrap, bootstrap_effect_size, bootstrap_mean

SKEWED = np.random.default_rng(8).lognormal(0, 0.8, (60, 2))


# two draws of 9,999 resamples differ by about 1 % of the width of a 95 % interval
@pytest.mark.parametrize(("level", "tolerance"), [(0.95, 0.04), (0.5, 0.1)])
def test_the_mean_has_scipys_bca_interval(level: float, tolerance: float) -> None:
    band = bootstrap_mean(SKEWED, seed=1, level=level)
    for k in range(2):
        expected = stats.bootstrap(
            (SKEWED[:, k],),
            np.mean,
            n_resamples=9999,
            confidence_level=level,
            method="BCa",
            rng=np.random.default_rng(2),
        ).confidence_interval
        width = expected.high - expected.low
        assert band.low[k] == pytest.approx(expected.low, abs=tolerance * width)
        assert band.high[k] == pytest.approx(expected.high, abs=tolerance * width)


def test_the_effect_size_has_scipys_bca_interval() -> None:
    d = SKEWED[:, :1] - 1.1
    band = bootstrap_effect_size(d, seed=1)
    expected = stats.bootstrap(
        (d[:, 0],),
        lambda x, axis: np.mean(x, axis=axis) / np.std(x, ddof=1, axis=axis),
        n_resamples=9999,
        method="BCa",
        rng=np.random.default_rng(2),
    ).confidence_interval
    width = expected.high - expected.low
    assert band.low[0] == pytest.approx(expected.low, abs=0.04 * width)
    assert band.high[0] == pytest.approx(expected.high, abs=0.04 * width)


def test_a_query_asked_twice_is_no_second_query() -> None:
    alone = bootstrap_mean(SKEWED, seed=3)
    doubled = bootstrap_mean(np.repeat(SKEWED, 2, axis=0), np.repeat(np.arange(60), 2), seed=3)
    ignored = bootstrap_mean(np.repeat(SKEWED, 2, axis=0), seed=3)
    assert doubled.low == pytest.approx(alone.low, rel=1e-12)
    assert doubled.high == pytest.approx(alone.high, rel=1e-12)
    assert np.all(ignored.high - ignored.low < 0.8 * (doubled.high - doubled.low))


def test_the_seed_alone_decides_not_the_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    default = bootstrap_mean(SKEWED, seed=4)
    monkeypatch.setattr(bootstrap, "CHUNK", 77)
    bootstrap._kept_counts.cache_clear()
    assert bootstrap_mean(SKEWED, seed=4).low == pytest.approx(default.low, rel=1e-13)
    assert bootstrap_mean(SKEWED, seed=5).low != pytest.approx(default.low, rel=1e-13)


def test_counts_that_are_kept_are_those_that_are_drawn_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = [bootstrap_mean(SKEWED, seed=6) for _ in range(2)]
    monkeypatch.setattr(bootstrap, "KEPT", 0)
    drawn = bootstrap_mean(SKEWED, seed=6)
    for band in kept:
        assert band.low.tolist() == drawn.low.tolist()
        assert band.high.tolist() == drawn.high.tolist()


def test_a_constant_column_has_an_interval_of_no_width() -> None:
    values = np.column_stack([np.full(30, 0.1), np.zeros(30)])
    band = bootstrap_mean(values, seed=0)
    assert band.low == pytest.approx([0.1, 0])
    assert band.high == pytest.approx([0.1, 0])
    assert np.isnan(bootstrap_effect_size(values, seed=0).low).all()


def test_an_effect_that_rests_on_one_query_has_no_interval() -> None:
    d = np.full((20, 2), 0.1)
    d[0], d[1, 1] = 0.4, 0.2
    band = bootstrap_effect_size(d, seed=0)  # without its first query the first column is constant
    assert np.isnan(band.low).tolist() == np.isnan(band.high).tolist() == [True, False]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_quantiles_are_numpys(share: float) -> None:
    rows = np.sort(np.random.default_rng(9).random((2, 8)), axis=1)
    found = bootstrap._quantiles(rows, np.full(2, share), n=np.array([8, 5]))
    expected = np.quantile(rows[0], share), np.quantile(rows[1, :5], share)
    assert found == pytest.approx(np.array(expected))


def test_a_column_does_not_depend_on_its_neighbours() -> None:
    both = bootstrap_mean(SKEWED, seed=6)
    single = bootstrap_mean(SKEWED[:, 1:], seed=6)
    assert both.low[1] == pytest.approx(single.low[0], rel=1e-12)


def test_a_score_that_is_not_finite_is_named() -> None:
    with pytest.raises(ValueError, match=r"values\[1, 0\] is nan"):
        bootstrap_mean([[0.1], [np.nan]], seed=0)


@pytest.mark.parametrize("per_cluster", [1, 4])
def test_neither_row_order_nor_the_clusters_names_matter(per_cluster: int) -> None:
    clusters = np.arange(60) // per_cluster
    rows = np.random.default_rng(2).permutation(60)
    for interval in (bootstrap_mean, bootstrap_effect_size):
        original = interval(SKEWED, clusters, seed=7)
        shuffled = interval(SKEWED[rows], 100 - clusters[rows], seed=7)
        assert shuffled.low == pytest.approx(original.low, rel=1e-12)
        assert shuffled.high == pytest.approx(original.high, rel=1e-12)


def test_clusters_of_many_sizes_are_resampled_whole() -> None:
    # scipy.stats.bootstrap of the ratio Σ sums / Σ sizes, paired over clusters
    sizes = np.random.default_rng(3).integers(1, 6, 40)
    x = np.random.default_rng(4).gamma(2, 1, sizes.sum())
    clusters = np.repeat(np.arange(40), sizes)
    expected = stats.bootstrap(
        (np.bincount(clusters, weights=x), sizes.astype(float)),
        lambda s, n, axis: s.sum(axis=axis) / n.sum(axis=axis),
        paired=True,
        method="BCa",
        rng=np.random.default_rng(5),
    ).confidence_interval
    band = bootstrap_mean(x[:, None], clusters, seed=1)
    width = expected.high - expected.low
    assert band.low[0] == pytest.approx(expected.low, abs=0.04 * width)
    assert band.high[0] == pytest.approx(expected.high, abs=0.04 * width)


def test_there_are_9999_resamples_unless_said_otherwise() -> None:
    for interval in (bootstrap_mean, bootstrap_effect_size):
        default, explicit = (interval(SKEWED, seed=1, **n) for n in ({}, {"resamples": 9_999}))
        assert default.low.tolist() == explicit.low.tolist()
        assert default.low.tolist() != interval(SKEWED, seed=1, resamples=9_998).low.tolist()

"""The deciding test on many experiments gives the values of the test on each of them."""

import numpy as np
import pytest

from maw.significance import Seeds, crossed, crossed_many
from maw.significance.crossed_many import effective_clusters


@pytest.mark.parametrize("leading", [(), (3,), (2, 3)])
@pytest.mark.parametrize("clusters", [None, [0, 0, 1, 2, 2, 2, 3]])
@pytest.mark.parametrize("seeds", ["shared", "independent"])
def test_many_experiments_are_each_tested_as_one(
    leading: tuple[int, ...], clusters: list[int] | None, seeds: Seeds
) -> None:
    generator = np.random.default_rng(9)
    a, b = generator.random((*leading, 7, 4)), generator.random((*leading, 7, 4))
    a += generator.normal(0, 0.3, (*leading, 1, 4))  # the floor binds in some of them
    codes = np.arange(7) if clusters is None else np.array(clusters)
    many = crossed_many(a, b, codes, seeds=seeds, measure_range=0.1)
    half, p_at = many.half_width(0.01), many.pvalue_at(0.05)
    for i in np.ndindex(*leading):
        single = crossed(a[i], b[i], clusters, seeds=seeds, measure_range=0.1)
        assert many.pvalue[i] == pytest.approx(single.pvalue, rel=1e-9)
        assert p_at[i] == pytest.approx(single.pvalue_at(0.05), rel=1e-9)
        assert half[i] == pytest.approx(single.half_width(0.01), rel=1e-9)
        assert many.df[i] == pytest.approx(single.df, rel=1e-9)
        assert many.pvalue_satterthwaite[i] == pytest.approx(single.pvalue_satterthwaite, rel=1e-9)


def test_a_number_is_missing_only_where_there_is_no_spread() -> None:
    a = np.random.default_rng(1).random((3, 12, 4))
    b = a.copy()
    b[1] += 0.1  # the same difference everywhere
    b[2] = b[2, ::-1]
    many = crossed_many(a, b, np.arange(12), seeds="shared")
    assert many.estimable.tolist() == [True, False, True]
    for values in (many.pvalue, many.half_width(0.025), many.statistic, many.df):
        assert np.isnan(values).tolist() == [False, True, False]
    assert many.pvalue[0] == 1
    assert many.half_width(0.025)[0] == pytest.approx(1 - 0.025 ** (1 / 4), rel=1e-12)


@pytest.mark.parametrize("scale", [1.0, 1e-6, 3.7])
def test_rounding_does_not_decide_whether_the_floor_binds(scale: float) -> None:
    # M_s = M_e exactly: nothing is added, so df = Q - 1 (and not the .22 or so of a step beyond)
    b = np.array([[0.001, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert crossed_many(np.zeros((3, 1)), scale * b, np.arange(3)).df == 2


@pytest.mark.parametrize(("sizes", "effective"), [((1,) * 5, 5), ((3, 3), 2), ((4, 1, 1), 2)])
def test_clusters_are_worth_as_many_equal_ones(sizes: tuple[int, ...], effective: float) -> None:
    # by hand: 6²/(4² + 1 + 1) = 2
    assert effective_clusters(np.array(sizes)) == pytest.approx(effective, rel=1e-12)


def test_the_query_variance_is_the_jackknife_of_clusters() -> None:
    # the formula, with the clusters taken out one by one
    generator = np.random.default_rng(5)
    d, codes = generator.random(11), np.array([0, 0, 0, 0, 0, 1, 1, 2, 3, 3, 4])
    left_out = np.array([d[codes != c].mean() for c in range(5)])
    expected = 4 / 5 * np.sum((left_out - d.mean()) ** 2)
    test = crossed_many(d[:, None], np.zeros((11, 1)), codes)
    assert test.query_variance == pytest.approx(expected, rel=1e-12)
    assert test.spread.query_df == pytest.approx(11**2 / (25 + 4 + 1 + 4 + 1) - 1, rel=1e-12)
    alone = crossed_many(d[:, None], np.zeros((11, 1)), np.arange(11))
    assert alone.query_variance == pytest.approx(d.var(ddof=1) / 11, rel=1e-12)


@pytest.mark.parametrize(("n_different", "bounded"), [(9, True), (10, False)])
def test_fewer_than_ten_units_that_differ_bound_the_width(n_different: int, bounded: bool) -> None:
    d = np.zeros((40, 1))
    d[:n_different, 0] = np.linspace(0.001, 0.002, n_different)
    test = crossed_many(d, np.zeros((40, 1)), np.arange(40), measure_range=0.5)
    bound = 0.5 * (1 - 0.025 ** (1 / 40))
    assert (float(test.half_width(0.025)) == pytest.approx(bound, rel=1e-12)) is bounded
    assert (float(test.pvalue) > 0.9) is bounded
    # clusters are the units: two queries of one cluster differ once
    paired = crossed_many(d, np.zeros((40, 1)), np.arange(40) // 2, measure_range=0.5)
    assert float(paired.half_width(0.025)) == pytest.approx(0.5 * (1 - 0.025 ** (1 / 20)))


def test_seeds_that_differ_only_in_sum_zero_are_tied_with_room_for_seeds() -> None:
    # each query's mean over seeds is the same under both systems, but single seeds differ
    a = np.tile([[0.6, 0.4, 0.6, 0.4]], (30, 1))
    test = crossed_many(a, np.full((30, 4), 0.5), np.arange(30), seeds="shared")
    assert test.estimable
    assert test.pvalue == 1
    assert test.half_width(0.025) >= 1 - 0.025 ** (1 / 4)

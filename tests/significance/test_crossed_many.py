"""The deciding test on many experiments gives the values of the test on each of them."""

import numpy as np
import pytest

from maw.significance import crossed, crossed_many


@pytest.mark.parametrize("leading", [(), (3,), (2, 3)])
@pytest.mark.parametrize("clusters", [None, [0, 0, 1, 2, 2, 2, 3]])
@pytest.mark.parametrize("linked", [False, True])
def test_many_experiments_are_each_tested_as_one(
    leading: tuple[int, ...], clusters: list[int] | None, linked: bool
) -> None:
    generator = np.random.default_rng(9)
    a, b = generator.random((*leading, 7, 4)), generator.random((*leading, 7, 4))
    a += generator.normal(0, 0.3, (*leading, 1, 4))  # the floor binds in some of them
    codes = np.arange(7) if clusters is None else np.array(clusters)
    many = crossed_many(a, b, codes, linked=linked)
    for i in np.ndindex(*leading):
        single = crossed(a[i], b[i], clusters, linked=linked)
        assert many.pvalue[i] == pytest.approx(single.pvalue, rel=1e-9)
        assert many.df[i] == pytest.approx(single.df, rel=1e-9)
        low, high = single.confidence_interval()
        assert many.mean[i] - many.half_width()[i] == pytest.approx(low)
        assert many.mean[i] + many.half_width()[i] == pytest.approx(high)


@pytest.mark.parametrize("scale", [1.0, 1e-6, 3.7])
def test_rounding_does_not_decide_whether_the_floor_binds(scale: float) -> None:
    # M_s = M_e exactly: nothing is added, so df = Q - 1 (and not the .22 or so of a step beyond)
    b = np.array([[0.001, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert crossed_many(np.zeros((3, 1)), scale * b, np.arange(3)).df == 2


def test_the_half_width_is_that_of_rs_t_distribution() -> None:
    # R: qt(.975, 9) * sqrt(.04): 2.262157 * .2
    a = np.linspace(0, 1, 10)[:, None]
    test = crossed_many(a, np.zeros((10, 1)), np.arange(10))
    expected = 2.262157 * np.sqrt(float(a.var(ddof=1)) / 10)
    assert test.half_width(0.95) == pytest.approx(expected, rel=1e-6)
    assert test.query_variance == test.variance

"""The noncentral t distribution against scipy, and where scipy has no value."""

import numpy as np
import pytest
from scipy import special, stats

from maw.significance.noncentral import many_noncentral_t_cdf, noncentral_t_cdf


@pytest.mark.parametrize("df", [1.0, 1.5, 4.2, 30.0, 1000.0, 1e5])
@pytest.mark.parametrize("nc", [0.0, 0.7, 2.5, 6.0])
def test_the_noncentral_t_is_scipys_where_that_is_sound(df: float, nc: float) -> None:
    t = float(special.stdtrit(df, 0.975))
    assert noncentral_t_cdf(t, df=df, nc=nc) == pytest.approx(stats.nct.cdf(t, df, nc), abs=1e-9)
    assert noncentral_t_cdf(t, df=df, nc=0) == pytest.approx(0.975, abs=1e-9)


def test_the_noncentral_t_answers_where_scipys_is_nan() -> None:
    # with df = 1e5 it is a normal: P(Z - 3 <= 5) = 1 - 6e-16
    assert noncentral_t_cdf(5, df=1e5, nc=-3) == pytest.approx(1)
    assert 0 <= noncentral_t_cdf(-12.7, df=1, nc=8) < 1e-9


def test_many_arguments_give_the_values_of_each() -> None:
    t, nc = np.array([-1.0, 0.5, 3.0]), np.array([0.0, -2.0, 2.5])
    many = many_noncentral_t_cdf(t, df=7.5, nc=nc)
    single = [noncentral_t_cdf(x, df=7.5, nc=y) for x, y in zip(t, nc, strict=True)]
    assert many == pytest.approx(single, rel=1e-12)
    assert many == pytest.approx(stats.nct.cdf(t, 7.5, nc), abs=1e-9)

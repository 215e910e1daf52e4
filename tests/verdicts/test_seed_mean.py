"""The mean over seeds with Student's interval."""

from math import isnan

import numpy as np
import pytest

from maw.verdicts.seed_mean import over_seeds

# R: sleep$extra[1:10] - sleep$extra[11:20]
SLEEP = [-1.2, -2.4, -1.3, -1.3, 0.0, -1.0, -1.8, -0.8, -4.6, -1.4]


def test_the_interval_is_that_of_the_one_sample_t_test() -> None:
    # R: t.test(x) of these differences; Student 1908: mean -1.58, -2.4598858 to -0.7001142
    found = over_seeds(SLEEP)
    assert found.mean == pytest.approx(-1.58)
    assert (found.low, found.high) == pytest.approx((-2.4598858, -0.7001142), abs=5e-8)
    assert found.n_seeds == 10


def test_one_seed_has_no_interval_and_none_is_refused() -> None:
    found = over_seeds(np.array([0.25]))
    assert found.mean == 0.25
    assert isnan(found.low)
    assert isnan(found.high)
    with pytest.raises(ValueError, match="values is empty; give at least one seed's value"):
        over_seeds([])

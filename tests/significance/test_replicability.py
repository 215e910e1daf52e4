"""Dror's count against the paper and its own definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from maw.significance import Reason, one_sided, replicability


def test_the_counts_are_those_of_dror_and_others(reference: dict) -> None:
    # Dror et al. (TACL 2017); code: github.com/rtmdrr/replicability-analysis-NLP
    known = reference["dror_k_hat"]
    found = replicability(known["p"], alpha=known["alpha"])
    assert found.k_bonferroni == known["k_bonferroni"]
    assert found.k_fisher == known["k_fisher"]


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=7))
def test_the_counts_follow_the_definition(p: list[float]) -> None:
    found, N = replicability(p), len(p)
    ordered = sorted(p)
    bonferroni = [(N - u + 1) * ordered[u - 1] for u in range(1, N + 1)]
    # scipy has Fisher's combination: of the N − u + 1 largest
    fisher = [stats.combine_pvalues(ordered[u - 1 :]).pvalue for u in range(1, N + 1)]
    for k, partial in ((found.k_bonferroni, bonferroni), (found.k_fisher, fisher)):
        assert all(q <= 0.05 + 1e-12 for q in partial[:k])
        assert k == N or partial[k] > 0.05 - 1e-12
    assert replicability(p[::-1]).k_bonferroni == found.k_bonferroni
    assert found.p_bonferroni == pytest.approx(np.maximum.accumulate(np.minimum(1, bonferroni)))


def test_p_is_halved_only_in_the_right_direction() -> None:
    assert one_sided(0.04, estimate=0.1) == 0.02
    assert one_sided(0.04, estimate=-0.1) == 0.98
    assert one_sided(1.0, estimate=0.0) == 0.5


def test_one_dataset_shows_nothing_about_others() -> None:
    found = replicability([0.01])
    assert found.k_bonferroni == 1
    assert [flag.reason for flag in found.flags] == [Reason.FEW_DATASETS]


def test_what_is_no_p_value_is_refused() -> None:
    with pytest.raises(ValueError, match="leave out what was not tested"):
        replicability([0.1, np.nan])
    with pytest.raises(ValueError, match="p is empty"):
        replicability([])

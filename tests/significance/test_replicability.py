"""The count k̂ against the paper of Dror and others, and against its own definition."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from maw.significance import Reason, one_sided_pvalue, replicability


def test_the_counts_are_those_of_dror_and_others(reference: dict[str, Any]) -> None:
    # Dror et al. (TACL 2017); code: github.com/rtmdrr/replicability-analysis-NLP
    example = reference["dror_k_hat"]
    counts = replicability(example["p"], alpha=example["alpha"])
    assert counts.k_bonferroni == example["k_bonferroni"]
    assert counts.k_fisher == example["k_fisher"]


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=7))
def test_the_counts_follow_the_definition(p: list[float]) -> None:
    counts, N = replicability(p), len(p)
    ordered = sorted(p)
    bonferroni = [(N - u + 1) * ordered[u - 1] for u in range(1, N + 1)]
    # scipy has Fisher's combination: of the N − u + 1 largest
    fisher = [stats.combine_pvalues(ordered[u - 1 :]).pvalue for u in range(1, N + 1)]
    for k, partial in ((counts.k_bonferroni, bonferroni), (counts.k_fisher, fisher)):
        assert all(q <= 0.05 + 1e-12 for q in partial[:k])
        assert k == N or partial[k] > 0.05 - 1e-12
    assert replicability(p[::-1]).k_bonferroni == counts.k_bonferroni
    assert counts.p_bonferroni == pytest.approx(np.maximum.accumulate(np.minimum(1, bonferroni)))


def test_p_is_halved_only_in_the_right_direction() -> None:
    assert one_sided_pvalue(0.04, estimate=0.1) == 0.02
    assert one_sided_pvalue(0.04, estimate=-0.1) == 0.98
    assert one_sided_pvalue(1.0, estimate=0.0) == 0.5
    assert one_sided_pvalue(0.04, estimate=0.0) == 0.98


def test_one_dataset_shows_nothing_about_others() -> None:
    counts = replicability([0.01])
    assert counts.k_bonferroni == 1
    assert [(flag.reason, flag.blocks) for flag in counts.flags] == [(Reason.FEW_DATASETS, False)]
    assert replicability([0.01, 0.02]).flags == ()


def test_what_is_no_p_value_is_refused() -> None:
    with pytest.raises(ValueError, match="leave out untested datasets"):
        replicability([0.1, np.nan])
    with pytest.raises(ValueError, match=r"^p is empty; give one p-value per dataset$"):
        replicability([])


def test_a_p_value_at_alpha_counts() -> None:
    assert replicability([0.05], alpha=0.05).k_bonferroni == 1
    assert replicability([0.050001], alpha=0.05).k_bonferroni == 0
    assert replicability([0.0, 1.0]).k_bonferroni == 1


@pytest.mark.parametrize("alpha", [0, 1, 5])
def test_an_alpha_outside_zero_to_one_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match=f"alpha is {alpha}; expected a number between 0 and 1"):
        replicability([0.1], alpha=alpha)

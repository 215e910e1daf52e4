"""The tests on many experiments at once give the p-values and intervals of the single tests."""

from typing import Any

import numpy as np
import pytest

from maw.significance import many_tests, mcnemar, paired_t, sign_flip, sign_test, wilcoxon
from maw.significance.many_tests import (
    Experiments,
    mcnemar_pvalues,
    signed_rank_pvalues,
    unit_means,
)


@pytest.mark.parametrize("clusters", [None, np.arange(60) // 4])
@pytest.mark.parametrize("effect", [0.0, 0.03])
def test_each_experiment_has_the_p_of_the_single_tests(clusters: Any, effect: float) -> None:
    differences = np.random.default_rng(1).normal(effect, 0.15, (5, 60))
    codes = np.arange(60) if clusters is None else clusters
    experiments = Experiments(
        differences, codes=codes, generator=np.random.default_rng(2), resamples=19_999
    )
    pvalues = dict(experiments.pvalues())
    intervals = dict(experiments.intervals(level=0.9))
    for i, d in enumerate(differences):
        t = paired_t(d, clusters)
        assert pvalues["t"][i] == pytest.approx(t.pvalue, rel=1e-9)
        assert pvalues["Wilcoxon"][i] == pytest.approx(wilcoxon(d, clusters).pvalue, rel=1e-9)
        assert pvalues["Pratt"][i] == pytest.approx(wilcoxon(d, clusters).pvalue_pratt, rel=1e-9)
        assert pvalues["sign"][i] == pytest.approx(sign_test(d, clusters).pvalue, rel=1e-9)
        expected = sign_flip(d, clusters, seed=0, resamples=19_999).pvalue
        assert pvalues["sign-flip"][i] == pytest.approx(expected, abs=0.02)
        interval = t.confidence_interval(0.9)
        assert (intervals["t"].low[i], intervals["t"].high[i]) == pytest.approx(interval)
        assert intervals["BCa"].low[i] == pytest.approx(interval.low, abs=0.01)


@pytest.mark.parametrize("Q", [9, 50, 51, 70])
def test_ties_zeros_and_few_queries_keep_wilcoxons_p(Q: int) -> None:
    d = np.random.default_rng(Q).integers(-9, 10, (6, Q)) / 10
    d[0] = np.arange(1, Q + 1) / 100 * np.where(np.arange(Q) % 3, 1, -1)  # neither
    d[1] = 0
    units = unit_means(d, np.arange(Q))
    for row, p, pratt in zip(d, *signed_rank_pvalues(units), strict=True):
        assert p == pytest.approx(wilcoxon(row).pvalue, rel=1e-9)
        assert pratt == pytest.approx(wilcoxon(row).pvalue_pratt, rel=1e-9)


def test_experiments_of_many_queries_are_not_tested_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    d = np.random.default_rng(4).normal(0, 1, (3, 60))
    expected = [wilcoxon(row).pvalue for row in d]
    monkeypatch.setattr(many_tests, "wilcoxon", None)  # it would take minutes in a calibration
    p, pratt = signed_rank_pvalues(unit_means(d, np.arange(60)))
    assert p.tolist() == pratt.tolist() == pytest.approx(expected, rel=1e-9)


def test_mcnemar_meets_pairs_of_hits_as_often_discordant_as_the_users() -> None:
    p = mcnemar_pvalues(0.4, n=400, Q=60, generator=np.random.default_rng(3))
    n_pairs = np.random.default_rng(3).multinomial(60, [0.2, 0.2, 0.6], size=400)
    for pvalue, (wins, losses, _) in zip(p[:5], n_pairs, strict=False):
        hits = np.array([1] * wins + [0] * (60 - wins)), np.zeros(60)
        hits[1][wins : wins + losses] = 1
        assert pvalue == pytest.approx(mcnemar(*hits).pvalue)
    assert np.mean(p < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_differences_that_never_vary_have_no_p_but_where_they_are_0() -> None:
    d = np.array([[0.0] * 6, [0.25] * 6])
    experiments = Experiments(
        d, codes=np.arange(6), generator=np.random.default_rng(0), resamples=9
    )
    p = dict(experiments.pvalues())["t"]
    assert p[0] == 1.0
    assert np.isnan(p[1])  # not estimable, as `paired_t` says

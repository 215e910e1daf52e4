"""The tests on many experiments at once give the p-values and intervals of the single tests."""

from typing import Any

import numpy as np
import pytest

from maw.significance import crossed, mcnemar, paired_t, sign_flip, sign_test, tost, wilcoxon
from maw.significance.many_tests import (
    Experiments,
    mcnemar_pvalues,
    signed_rank_pvalues,
    unit_means,
)
from tests.significance.simulated import simulated_scores


@pytest.mark.parametrize("clusters", [None, np.arange(60) // 4])
@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("effect", [0.0, 0.03])
def test_each_experiment_has_the_p_of_the_single_tests(
    clusters: Any, linked: bool, effect: float
) -> None:
    generator = np.random.default_rng(1)
    a, b = (
        np.stack([simulated_scores(generator, Q=60, S=4, sd=(0.1, 0.05, 0.1)) for _ in range(5)])
        for _ in "ab"
    )
    codes = np.arange(60) if clusters is None else clusters
    experiments = Experiments(
        a, b, codes=codes, linked=linked, generator=np.random.default_rng(2), resamples=19_999
    )
    pvalues = dict(experiments.pvalues(effect, sesoi=0.05))
    intervals = dict(experiments.intervals(level=0.9))
    for i in range(5):
        d = (a[i] + effect).mean(axis=1) - b[i].mean(axis=1)
        e2, e1 = crossed(a[i] + effect, b[i], clusters, linked=linked), paired_t(d, clusters)
        equivalence = tost(e2.mean, standard_error=e2.standard_error, df=e2.df, sesoi=0.05)
        assert pvalues["E2"][i] == pytest.approx(e2.pvalue, rel=1e-9)
        assert pvalues["TOST"][i] == pytest.approx(equivalence.pvalue, rel=1e-9)
        assert pvalues["t"][i] == pytest.approx(e1.pvalue, rel=1e-9)
        assert pvalues["Wilcoxon"][i] == pytest.approx(wilcoxon(d, clusters).pvalue, rel=1e-9)
        assert pvalues["Pratt"][i] == pytest.approx(wilcoxon(d, clusters).pvalue_pratt, rel=1e-9)
        assert pvalues["sign"][i] == pytest.approx(sign_test(d, clusters).pvalue, rel=1e-9)
        expected = sign_flip(d, clusters, seed=0, resamples=19_999).pvalue
        assert pvalues["sign-flip"][i] == pytest.approx(expected, abs=0.02)
        interval = crossed(a[i], b[i], clusters, linked=linked).confidence_interval(0.9)
        assert (intervals["E2"].low[i], intervals["E2"].high[i]) == pytest.approx(interval)
        interval = paired_t(d - effect, clusters).confidence_interval(0.9)
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


def test_mcnemar_meets_pairs_of_hits_as_often_discordant_as_the_users() -> None:
    a, b = np.zeros((2, 400, 60, 1))
    experiments = Experiments(
        a,
        b,
        codes=np.arange(60),
        linked=False,
        generator=np.random.default_rng(3),
        resamples=9,
    )
    p = mcnemar_pvalues(experiments, 0.4, 0.0)
    n_pairs = np.random.default_rng(3).multinomial(60, [0.2, 0.2, 0.6], size=400)
    for pvalue, (wins, losses, _) in zip(p[:5], n_pairs, strict=False):
        hits = np.array([1] * wins + [0] * (60 - wins)), np.zeros(60)
        hits[1][wins : wins + losses] = 1
        assert pvalue == pytest.approx(mcnemar(*hits).pvalue)
    assert np.mean(p < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert np.mean(mcnemar_pvalues(experiments, 0.4, 0.3) < 0.05) > 0.8


def test_a_variance_of_zero_makes_any_difference_certain() -> None:
    b = np.linspace(0, 1, 6)[None, :, None]
    experiments = Experiments(
        np.concatenate([b, b + 0.25]),
        np.concatenate([b, b]),
        codes=np.arange(6),
        linked=False,
        generator=np.random.default_rng(0),
        resamples=9,
    )
    pvalues = dict(experiments.pvalues(0.0, sesoi=None))
    assert pvalues["t"].tolist() == [1.0, 0.0]
    assert pvalues["E2"][0] == 1.0
    assert np.isnan(pvalues["E2"][1])  # not estimable, as `crossed` says

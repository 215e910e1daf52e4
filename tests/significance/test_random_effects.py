"""E3 against metafor: the BCG trials, three of them, and datasets that agree by chance."""

from math import isnan
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.significance import Reason, random_effects

Trials = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


@pytest.fixture(scope="module")
def bcg(reference: dict[str, Any]) -> Trials:
    # R: escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
    example = reference["bcg"]
    tp, tn, cp, cn = (np.array(example[k], dtype=float) for k in ("tpos", "tneg", "cpos", "cneg"))
    effects = np.log(tp / (tp + tn)) - np.log(cp / (cp + cn))
    return effects, 1 / tp - 1 / (tp + tn) + 1 / cp - 1 / (cp + cn)


def test_the_bcg_trials_are_metafors(bcg: Trials, reference: dict[str, Any]) -> None:
    # metafor-project.org, and R 4.2.2, metafor 3.8-1: rma(yi, vi, method = "REML", test = "knha")
    # -.71453234836510 .18079174551910 -3.95223988967799 .00192001508513
    # -1.10844372300005 -.32062097373015; tau2 .313243325981, I2 92.2213860750, QE 152.233008082
    summary = random_effects(*bcg)
    assert summary.mean == pytest.approx(-0.714532348, abs=2e-8)
    assert summary.standard_error == pytest.approx(0.180791746, abs=2e-8)
    assert summary.statistic == pytest.approx(-3.95223989, abs=5e-7)
    assert summary.pvalue == pytest.approx(0.001920015, abs=5e-9)
    assert summary.tau2 == pytest.approx(0.3132433, abs=2e-7)
    assert summary.i_squared == pytest.approx(0.92221386, abs=2e-8)
    assert summary.heterogeneity == pytest.approx(152.233008082, abs=5e-9)
    assert summary.pvalue_heterogeneity == pytest.approx(1.99676459e-26, rel=1e-8)
    interval = (-1.1084437, -0.3206210)
    assert summary.confidence_interval() == pytest.approx(interval, abs=6e-8)
    example = reference["bcg"]
    assert summary.confidence_interval() == pytest.approx(example["HK_ci"], abs=5e-5)
    assert summary.standard_error_wald == pytest.approx(example["se"], abs=5e-5)
    assert summary.flags == ()  # Hartung-Knapp's error is a little above Wald's


def test_the_prediction_interval_is_metafors(bcg: Trials) -> None:
    # R: predict(rma(yi, vi, method = "REML", test = "knha")): pi -1.996016967 .566952270
    #    predict(rma(yi, vi, method = "REML")), with z and the Wald error: -1.866692 .437628
    summary = random_effects(*bcg)
    assert summary.prediction_interval() == pytest.approx((-1.9960170, 0.5669523), abs=2e-7)
    half = 1.959964 * np.sqrt(summary.tau2 + summary.standard_error_wald**2)
    assert summary.mean - half == pytest.approx(-1.866692, abs=2e-6)


def test_three_trials_without_heterogeneity_are_metafors(bcg: Trials) -> None:
    # R: rma(yi, vi, data = dat[1:3, ], method = "REML", test = "knha")
    #    -1.3302341492 .2095453704 -6.3481915479 .0239271762; tau2 0; QE .9324698627
    summary = random_effects(bcg[0][:3], bcg[1][:3])
    assert summary.tau2 == 0
    assert summary.mean == pytest.approx(-1.3302341492, abs=5e-11)
    assert summary.pvalue == pytest.approx(0.0239271762, abs=5e-11)
    assert summary.heterogeneity == pytest.approx(0.9324698627, abs=5e-11)
    assert summary.prediction_interval() == pytest.approx(summary.confidence_interval())


def test_agreement_by_chance_is_flagged() -> None:
    # R: rma(c(.01, .02, .012, .03), c(1e-4, 2e-4, 1.5e-4, 1e-4), method = "REML", test = "knha")
    #    .01831578947368 .00495967115343 3.69294433180868 .03444608323750
    summary = random_effects([0.01, 0.02, 0.012, 0.03], [1e-4, 2e-4, 1.5e-4, 1e-4])
    assert summary.standard_error == pytest.approx(0.00495967115343, abs=5e-15)
    assert summary.pvalue == pytest.approx(0.03444608323750, abs=5e-14)
    assert [flag.reason for flag in summary.flags] == [Reason.NARROW]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_datasets_are_not_enough(n: int) -> None:
    summary = random_effects([0.01] * n, [1e-4] * n)
    assert isnan(summary.mean)
    assert isnan(summary.confidence_interval().high)
    assert summary.flags[0].blocks
    assert "needs at least 3" in summary.flags[0].text


def test_a_dataset_without_spread_has_no_weight() -> None:
    summary = random_effects([0.01, 0.0, 0.02], [1e-4, 0.0, 1e-4])
    assert "dataset 1 has V = 0" in str(summary.flags[0])
    same = random_effects([0.01] * 3, [1e-4] * 3)
    assert same.flags[0].reason == Reason.CONSTANT_DIFFERENCE
    assert random_effects([0.0] * 3, [1e-4] * 3).pvalue == 1
    with pytest.raises(ValueError, match=r"variances\[0\] is nan; leave out"):
        random_effects([0.1, 0.2, 0.3], [np.nan, 1, 1])
    with pytest.raises(ValueError, match="3 effects and 2 variances"):
        random_effects([0.1, 0.2, 0.3], [1, 1])


@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 40)), min_size=3, max_size=8),
    st.sampled_from([1e-4, 0.1, 50.0]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=40, deadline=None)
def test_order_unit_and_sign_do_not_matter(
    data: list[tuple[int, int]], scale: float, random: Random
) -> None:
    y, v = np.array(data, dtype=float).T
    original = random_effects(y, v)
    order = random.sample(range(len(y)), len(y))
    changed = random_effects(-scale * y[order], scale**2 * v[order])
    assert changed.tau2 == pytest.approx(
        scale**2 * original.tau2, rel=1e-6, abs=1e-9 * scale**2, nan_ok=True
    )
    assert changed.mean == pytest.approx(
        -scale * original.mean, rel=1e-5, abs=1e-7 * scale, nan_ok=True
    )
    assert changed.pvalue == pytest.approx(original.pvalue, rel=1e-5, abs=1e-9, nan_ok=True)


def test_of_two_maxima_of_the_likelihood_the_higher_one_is_taken() -> None:
    # the restricted likelihood in its matrix form, on a fine grid; its other maximum is at 0:
    # Viechtbauer (2005), equation 12
    y = np.array([0.07, 0.11, 0.21, 0.74, 0.0, 0.0])
    v = np.array([0.0739, 0.0006, 0.3805, 0.0607, 0.0132, 3.8674])

    def likelihood(tau2: float) -> float:
        weights, ones = np.diag(1 / (v + tau2)), np.ones(6)
        information = float(ones @ weights @ ones)
        residual = y - float(ones @ weights @ y) / information
        determinant = float(np.linalg.slogdet(weights)[1])
        squares = float(residual @ weights @ residual)
        return float(determinant - np.log(information) - squares) / 2

    grid = np.linspace(0, 0.2, 20_001)
    values = np.array([likelihood(tau2) for tau2 in grid])
    assert values[0] > values[1]
    assert random_effects(y, v).tau2 == pytest.approx(grid[values.argmax()], abs=1e-5)

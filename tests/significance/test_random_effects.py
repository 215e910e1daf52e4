"""E3 against metafor: the BCG trials, three of them, and datasets that agree by chance."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.significance import Reason, random_effects


@pytest.fixture(scope="module")
def bcg(reference: dict) -> tuple[np.ndarray, np.ndarray]:
    # R: escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
    known = reference["bcg"]
    tp, tn, cp, cn = (np.array(known[k], dtype=float) for k in ("tpos", "tneg", "cpos", "cneg"))
    effects = np.log(tp / (tp + tn)) - np.log(cp / (cp + cn))
    return effects, 1 / tp - 1 / (tp + tn) + 1 / cp - 1 / (cp + cn)


def test_the_bcg_trials_are_metafors(bcg: tuple, reference: dict) -> None:
    # metafor-project.org, and R 4.2.2, metafor 3.8-1: rma(yi, vi, method = "REML", test = "knha")
    # -.71453234836510 .18079174551910 -3.95223988967799 .00192001508513
    # -1.10844372300005 -.32062097373015; tau2 .313243325981, I2 92.2213860750, QE 152.233008082
    found = random_effects(*bcg)
    assert found.mean == pytest.approx(-0.714532348, abs=2e-8)
    assert found.standard_error == pytest.approx(0.180791746, abs=2e-8)
    assert found.statistic == pytest.approx(-3.95223989, abs=5e-7)
    assert found.pvalue == pytest.approx(0.001920015, abs=5e-9)
    assert found.tau2 == pytest.approx(0.3132433, abs=2e-7)
    assert found.i_squared == pytest.approx(0.92221386, abs=2e-8)
    assert found.heterogeneity == pytest.approx(152.233008082, abs=5e-9)
    assert found.pvalue_heterogeneity == pytest.approx(1.99676459e-26, rel=1e-8)
    interval = (-1.1084437, -0.3206210)
    assert found.confidence_interval() == pytest.approx(interval, abs=6e-8)
    known = reference["bcg"]
    assert found.confidence_interval() == pytest.approx(known["HK_ci"], abs=5e-5)
    assert found.standard_error_wald == pytest.approx(known["se"], abs=5e-5)


def test_the_prediction_interval_is_metafors(bcg: tuple) -> None:
    # R: predict(rma(yi, vi, method = "REML", test = "knha")): pi -1.996016967 .566952270
    #    predict(rma(yi, vi, method = "REML")), with z and the Wald error: -1.866692 .437628
    found = random_effects(*bcg)
    assert found.prediction_interval() == pytest.approx((-1.9960170, 0.5669523), abs=2e-7)
    half = 1.959964 * np.sqrt(found.tau2 + found.standard_error_wald**2)
    assert found.mean - half == pytest.approx(-1.866692, abs=2e-6)


def test_three_trials_without_heterogeneity_are_metafors(bcg: tuple) -> None:
    # R: rma(yi, vi, data = dat[1:3, ], method = "REML", test = "knha")
    #    -1.3302341492 .2095453704 -6.3481915479 .0239271762; tau2 0; QE .9324698627
    found = random_effects(bcg[0][:3], bcg[1][:3])
    assert found.tau2 == 0
    assert found.mean == pytest.approx(-1.3302341492, abs=5e-11)
    assert found.pvalue == pytest.approx(0.0239271762, abs=5e-11)
    assert found.heterogeneity == pytest.approx(0.9324698627, abs=5e-11)
    assert found.prediction_interval() == pytest.approx(found.confidence_interval())


def test_agreement_by_chance_is_flagged() -> None:
    # R: rma(c(.01, .02, .012, .03), c(1e-4, 2e-4, 1.5e-4, 1e-4), method = "REML", test = "knha")
    #    .01831578947368 .00495967115343 3.69294433180868 .03444608323750
    found = random_effects([0.01, 0.02, 0.012, 0.03], [1e-4, 2e-4, 1.5e-4, 1e-4])
    assert found.standard_error == pytest.approx(0.00495967115343, abs=5e-15)
    assert found.pvalue == pytest.approx(0.03444608323750, abs=5e-14)
    assert [flag.reason for flag in found.flags] == [Reason.NARROW]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_datasets_are_not_enough(n: int) -> None:
    found = random_effects([0.01] * n, [1e-4] * n)
    assert isnan(found.mean)
    assert isnan(found.confidence_interval().high)
    assert found.flags[0].blocks
    assert "needs at least 3" in found.flags[0].text


def test_a_dataset_without_spread_has_no_weight() -> None:
    found = random_effects([0.01, 0.0, 0.02], [1e-4, 0.0, 1e-4])
    assert "dataset 1 has V = 0" in str(found.flags[0])
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
def test_order_unit_and_side_do_not_matter(data: list, scale: float, random: object) -> None:
    y, v = np.array(data, dtype=float).T
    here = random_effects(y, v)
    order = random.sample(range(len(y)), len(y))  # type: ignore[attr-defined]
    there = random_effects(-scale * y[order], scale**2 * v[order])
    assert there.tau2 == pytest.approx(
        scale**2 * here.tau2, rel=1e-6, abs=1e-9 * scale**2, nan_ok=True
    )
    assert there.mean == pytest.approx(-scale * here.mean, rel=1e-5, abs=1e-7 * scale, nan_ok=True)
    assert there.pvalue == pytest.approx(here.pvalue, rel=1e-5, abs=1e-9, nan_ok=True)

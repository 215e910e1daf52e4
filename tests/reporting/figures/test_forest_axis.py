"""The axis of the forest plot: what widens it, and its ticks."""

from itertools import pairwise
from math import nan

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.reporting.figures.forest_axis import axis_domain, ticks
from maw.reporting.figures.forest_rows import CLAIM, COLUMNS, DECIDES, REFERENCE, SCALE


def rows_of(*bars: tuple[str, float, float]) -> pd.DataFrame:
    """Return rows of blocks, each with a lower and an upper limit and the middle between them."""
    rows = [
        {
            **dict.fromkeys(COLUMNS, nan),
            "block": block,
            "kind": CLAIM if block == DECIDES else SCALE,
            "n_controls": 2,
            "low": low,
            "high": high,
            "difference": (low + high) / 2,
        }
        for block, low, high in bars
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.mark.parametrize(
    ("bar", "sesoi", "ends"),
    [
        ((-0.08, -0.02), 0.02, (-0.08, 0.02)),  # 2.5 times as wide: drawn whole
        ((-0.5, -0.4), 0.02, (-0.02, 0.02)),  # the claim would be hard to see
        ((-0.008, 0.3), None, (-0.01, 0.01)),
        ((-0.03, 0.01), None, (-0.03, 0.01)),
    ],
)
def test_contrasts_for_scale_widen_the_axis_only_so_far(
    bar: tuple[float, float], sesoi: float | None, ends: tuple[float, float]
) -> None:
    low, high = axis_domain(rows_of((DECIDES, -0.01, 0.01), (REFERENCE, *bar)), sesoi=sesoi)
    margin = 0.04 * (ends[1] - ends[0])
    assert (low, high) == pytest.approx((ends[0] - margin, ends[1] + margin))


def test_without_claims_all_bars_are_whole() -> None:
    low, high = axis_domain(rows_of((REFERENCE, -0.5, -0.4), (REFERENCE, 0.1, 0.2)), sesoi=None)
    assert low < -0.5
    assert high > 0.2


def test_identical_systems_have_an_axis() -> None:
    low, high = axis_domain(rows_of((DECIDES, 0.0, 0.0)), sesoi=None)
    assert low < 0 < high


def test_ticks_are_multiples_of_the_smallest_difference_that_matters() -> None:
    assert ticks((-0.09, 0.05), least=0.012, unit=0.02) == pytest.approx(
        [-0.08, -0.06, -0.04, -0.02, 0, 0.02, 0.04]
    )
    assert ticks((-0.5, 0.1), least=0.06, unit=0.02) == pytest.approx(
        [-0.5, -0.4, -0.3, -0.2, -0.1, 0, 0.1]
    )
    assert ticks((-0.09, 0.05), least=0.03) == pytest.approx([-0.05, 0, 0.05])


@given(st.floats(-1, -1e-3), st.floats(1e-3, 1), st.sampled_from([None, 0.005, 0.02, 0.05]))
def test_ticks_are_apart_and_hold_zero(low: float, high: float, sesoi: float | None) -> None:
    least = (high - low) / 10
    values = ticks((low, high), least=least, unit=sesoi)
    assert 0 in values
    assert all(b - a >= least - 1e-9 for a, b in pairwise(values))

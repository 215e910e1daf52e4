"""E3 and k̂ under simulation: what is known of their errors, and what must not matter."""

import numpy as np
import pytest

from maw.significance import COVERS, Settings
from maw.significance.over_datasets import (
    ALIKE,
    COUNT,
    COUNT_INDEPENDENT,
    FURTHER,
    SUMMARY,
    OnDataset,
    calibrate_across,
)

NAME = "new - old"


def datasets(*shifts: float, seed: int = 0) -> dict[str, OnDataset]:
    """Twenty queries, four seeds of either system; the systems differ by shift on each dataset."""
    generator = np.random.default_rng(seed)
    found = {}
    for i, shift in enumerate(shifts):
        a, b = (
            generator.normal(0.5, 0.1, (20, 1))
            + generator.normal(0, 0.01, (1, 4))
            + generator.normal(0, 0.05, (20, 4))
            for _ in "ab"
        )
        found[f"d{i}"] = OnDataset(a - (a - b).mean() + shift, b)
    return found


def rates(found: tuple, quantity: str = "rejects", multiple: float = 0.0) -> dict[str, tuple]:
    return {
        one.key.test: (one.rate, one.error)
        for one in found
        if (one.key.quantity, one.key.multiple) == (quantity, multiple)
    }


def test_without_any_difference_no_test_errs_more_often_than_its_level() -> None:
    # Hartung-Knapp is exact where variances are equal and τ² is not cut at 0; k̂'s Bonferroni and
    # Fisher are valid for independent datasets: Benjamini & Heller (2008), theorem 1
    settings = Settings(draws=400, resamples=99, sesoi=0.1)
    found = calibrate_across({NAME: datasets(0, 0, 0, 0)}, settings=settings)
    wrong = rates(found)
    assert set(wrong) == {SUMMARY, ALIKE, COUNT, COUNT_INDEPENDENT}
    for test in (ALIKE, COUNT, COUNT_INDEPENDENT):
        assert wrong[test][0] <= 0.05 + 4 * wrong[test][1]
    assert wrong[ALIKE][0] > 0
    covers = rates(found, COVERS)
    assert covers[ALIKE][0] == pytest.approx(1 - wrong[ALIKE][0])
    assert covers[FURTHER][0] > 0.85
    power = rates(found, multiple=1.0)
    assert power[ALIKE][0] > 0.9
    assert power[COUNT_INDEPENDENT][0] >= power[COUNT][0] > 0.9


def test_datasets_that_differ_are_redrawn_as_different() -> None:
    # τ̂ is ten standard errors here: an interval that took datasets for alike would cover nothing
    settings = Settings(draws=200, resamples=99)
    found = calibrate_across({NAME: datasets(-0.4, -0.1, 0.0, 0.2, 0.3)}, settings=settings)
    wrong, covers = rates(found), rates(found, COVERS)
    assert wrong[SUMMARY][0] == pytest.approx(0.05, abs=4 * wrong[SUMMARY][1])
    assert covers[FURTHER][0] == pytest.approx(0.95, abs=4 * covers[FURTHER][1])
    assert wrong[COUNT][0] <= 0.05 + 4 * wrong[COUNT][1]  # of no difference anywhere


def test_order_of_datasets_queries_and_seeds_changes_no_rate() -> None:
    settings = Settings(draws=30, resamples=99, sesoi=0.05)
    here = datasets(0.0, 0.1, 0.2)
    generator = np.random.default_rng(1)
    there = {}
    for name in reversed(here):
        rows = generator.permutation(20)
        a, b = (table[rows][:, generator.permutation(4)] for table in (here[name].a, here[name].b))
        there[name] = OnDataset(a, b)
    known = calibrate_across({NAME: here}, settings=settings)
    assert calibrate_across({NAME: there}, settings=settings) == known


def test_two_datasets_are_counted_and_not_summarised() -> None:
    settings = Settings(draws=20, resamples=99)
    found = calibrate_across({NAME: datasets(0.0, 0.1)}, settings=settings)
    assert set(rates(found)) == {COUNT, COUNT_INDEPENDENT}
    assert {one.draws for one in found} == {20}


def test_systems_that_never_differ_are_never_counted() -> None:
    same = datasets(0.0)["d0"].b
    alike = {f"d{i}": OnDataset(same, same) for i in range(3)}
    found = calibrate_across({NAME: alike}, settings=Settings(draws=10, resamples=99))
    fixed = {name: OnDataset(same[:, :1], same[:, :1]) for name in alike}  # V = 0
    never = calibrate_across({NAME: fixed}, settings=Settings(draws=10, resamples=99))
    assert set(rates(never)) == {COUNT, COUNT_INDEPENDENT}  # a weight would be infinite: no E3
    assert all(one.rate == 0 for one in (*found, *never) if one.key.quantity == "rejects")

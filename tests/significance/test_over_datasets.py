"""E3 and k̂ in redrawn experiments: their error rates, and what must not change them."""

import numpy as np
import pytest

from maw.significance import COVERS, CalibrationSettings, OutcomeRate
from maw.significance.over_datasets import (
    E3,
    E3_ALIKE,
    E3_FURTHER,
    K_BONFERRONI,
    K_FISHER,
    TESTS_ACROSS_DATASETS,
    DatasetScores,
    calibrate_across,
)

NAME = "new - old"


def datasets(*shifts: float, seed: int = 0) -> dict[str, DatasetScores]:
    """Return a dataset of 20 queries for each shift, by which two systems of 4 seeds differ."""
    generator = np.random.default_rng(seed)
    scores = {}
    for i, shift in enumerate(shifts):
        a, b = (
            generator.normal(0.5, 0.1, (20, 1))
            + generator.normal(0, 0.01, (1, 4))
            + generator.normal(0, 0.05, (20, 4))
            for _ in "ab"
        )
        scores[f"d{i}"] = DatasetScores(a - (a - b).mean() + shift, b)
    return scores


def by_test(
    rates: tuple[OutcomeRate, ...], quantity: str = "rejects", multiple: float = 0.0
) -> dict[str, tuple[float, float]]:
    return {
        rate.outcome.test: (rate.rate, rate.standard_error)
        for rate in rates
        if (rate.outcome.quantity, rate.outcome.multiple) == (quantity, multiple)
    }


def test_without_any_difference_no_test_errs_more_often_than_its_level() -> None:
    # Hartung-Knapp is exact where variances are equal and τ² is not cut at 0; k̂'s Bonferroni and
    # Fisher are valid for independent datasets: Benjamini & Heller (2008), theorem 1
    settings = CalibrationSettings(draws=400, resamples=99, sesoi=0.1)
    rates = calibrate_across({NAME: datasets(0, 0, 0, 0)}, settings=settings)
    rejects = by_test(rates)
    assert set(rejects) == {E3, E3_ALIKE, K_BONFERRONI, K_FISHER}
    for test in (E3_ALIKE, K_BONFERRONI, K_FISHER):
        assert rejects[test][0] <= 0.05 + 4 * rejects[test][1]
    assert rejects[E3_ALIKE][0] > 0
    covers = by_test(rates, COVERS)
    assert covers[E3_ALIKE][0] == pytest.approx(1 - rejects[E3_ALIKE][0])
    assert covers[E3_FURTHER][0] > 0.85
    power = by_test(rates, multiple=1.0)
    assert power[E3_ALIKE][0] > 0.9
    assert power[K_FISHER][0] >= power[K_BONFERRONI][0] > 0.9


def test_datasets_that_differ_are_redrawn_as_different() -> None:
    # τ̂ is ten standard errors here: an interval that took datasets for alike would cover nothing
    settings = CalibrationSettings(draws=200, resamples=99, sesoi=0.1)
    rates = calibrate_across({NAME: datasets(-0.4, -0.1, 0.0, 0.2, 0.3)}, settings=settings)
    rejects, covers = by_test(rates), by_test(rates, COVERS)
    assert rejects[E3][0] == pytest.approx(0.05, abs=4 * rejects[E3][1])
    assert covers[E3_FURTHER][0] == pytest.approx(0.95, abs=4 * covers[E3_FURTHER][1])
    # an effect of a third of τ̂ is hidden by what differs between five datasets, and only by that
    power = by_test(rates, multiple=1.0)
    assert power[E3_ALIKE][0] > 0.9
    assert power[E3][0] < 0.4
    assert (
        rejects[K_BONFERRONI][0] <= 0.05 + 4 * rejects[K_BONFERRONI][1]
    )  # of no difference anywhere


def test_order_of_datasets_queries_and_seeds_changes_no_rate() -> None:
    settings = CalibrationSettings(draws=30, resamples=99, sesoi=0.05)
    original, reordered = {}, {}
    generator = np.random.default_rng(1)
    for name, scores in reversed(datasets(0.0, 0.1, 0.2).items()):
        rows, of_a, of_b = (generator.permutation(n).tolist() for n in (20, 4, 4))
        original[name] = DatasetScores(scores.a, scores.b, labels=(range(4), range(4)))
        reordered[name] = DatasetScores(
            scores.a[rows][:, of_a], scores.b[rows][:, of_b], labels=(of_a, of_b)
        )
    expected = calibrate_across({NAME: original}, settings=settings)
    assert calibrate_across({NAME: reordered}, settings=settings) == expected


def test_two_datasets_are_counted_and_not_summarised() -> None:
    settings = CalibrationSettings(draws=20, resamples=99)
    rates = calibrate_across({NAME: datasets(0.0, 0.1)}, settings=settings)
    assert set(by_test(rates)) == {K_BONFERRONI, K_FISHER}
    assert {rate.draws for rate in rates} == {20}


def test_systems_that_never_differ_are_never_counted() -> None:
    same = datasets(0.0)["d0"].b
    alike = {f"d{i}": DatasetScores(same, same) for i in range(3)}
    rates = calibrate_across({NAME: alike}, settings=CalibrationSettings(draws=10, resamples=99))
    fixed = {name: DatasetScores(same[:, :1], same[:, :1]) for name in alike}  # V = 0
    never = calibrate_across({NAME: fixed}, settings=CalibrationSettings(draws=10, resamples=99))
    assert set(by_test(never)) == {K_BONFERRONI, K_FISHER}  # a weight would be infinite: no E3
    assert all(rate.rate == 0 for rate in (*rates, *never) if rate.outcome.quantity == "rejects")


def test_an_effect_is_harder_to_find_where_queries_come_in_clusters() -> None:
    # the standard error of 10 clusters of 6 alike queries is √6 times that of 60 queries
    generator = np.random.default_rng(2)
    codes = np.repeat(np.arange(10), 6)
    tables = [
        [
            generator.normal(0.5, 0.1, 10)[codes, None] + generator.normal(0, 0.01, (60, 4))
            for _ in "ab"
        ]
        for _ in range(2)
    ]
    settings = CalibrationSettings(draws=100, resamples=99, sesoi=0.06)
    alone, in_clusters = (
        calibrate_across(
            {NAME: {f"d{i}": DatasetScores(a, b, clusters) for i, (a, b) in enumerate(tables)}},
            settings=settings,
        )
        for clusters in (None, codes)
    )
    power, power_in_clusters = (
        by_test(rates, multiple=1.0)[K_BONFERRONI][0] for rates in (alone, in_clusters)
    )
    assert power > 0.8
    assert power_in_clusters < 0.5


def test_three_datasets_are_summarised_and_every_test_is_counted_once() -> None:
    settings = CalibrationSettings(draws=20, resamples=99)
    rates = calibrate_across({NAME: datasets(0.0, 0.1, 0.2)}, settings=settings)
    assert {rate.outcome.test for rate in rates} == set(TESTS_ACROSS_DATASETS)
    assert {rate.outcome.seed_level for rate in rates} == {"estimate"}
    assert {rate.draws for rate in rates} == {20}

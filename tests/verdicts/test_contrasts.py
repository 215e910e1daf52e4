"""The numbers of a row are those of `maw.significance`; a row says why a number is missing."""

import numpy as np
import pandas as pd
import pytest

from maw.settings.plan import PlannedContrast
from maw.settings.planned import SeedsForm
from maw.significance import (
    bootstrap_effect_size,
    crossed,
    mean_squares,
    paired_t,
    wilcoxon,
)
from maw.significance.clean import Array
from maw.verdicts.contrasts import MeasuredContrast, measure_contrast
from maw.verdicts.score_table import ScoredSystem, ScoreTable
from tests.scored import long, plan_of, score_array
from tests.verdicts.five_systems import FULL, SCORES, TRAINED, Q, only, rows_of, scores_of


def system_of(name: str, values: Array, *, trained: bool = True) -> ScoredSystem:
    """Return a system with queries q0, q1, … and seeds 0, 1, …"""
    n_queries, n_seeds = values.shape
    queries = tuple(f"q{q}" for q in range(n_queries))
    return ScoredSystem(name, trained, ScoreTable(values, queries, tuple(range(n_seeds))))


def measured_of(
    a: ScoredSystem, b: ScoredSystem, *, seeds: SeedsForm = "shared"
) -> MeasuredContrast:
    """Measure the contrast a − b on independent queries."""
    planned = PlannedContrast(system=a.name, baseline=b.name, seeds=seeds)
    return measure_contrast(planned, a, b, dataset="toy", measure="AP", labels=None)


def test_p_is_that_of_the_test_that_decides_and_its_neighbours_are_e1s(
    full_rows: pd.DataFrame,
) -> None:
    row = only(full_rows, system="maw_a", baseline="plain", measure="nDCG@10")
    a, b = (score_array(SCORES, name) for name in ("maw_a", "plain"))
    known = crossed(a, b, seeds="shared")
    d = a.mean(axis=1) - b.mean(axis=1)
    assert (row["estimand"], row["seeds"], row["fewest_seeds"]) == ("E2", "shared", 5)
    assert (row["p"], row["p_satterthwaite"]) == (known.pvalue, known.pvalue_satterthwaite)
    assert (row["statistic"], row["df"]) == (known.statistic, known.df)
    assert (row["ci_low"], row["ci_high"]) == known.confidence_interval()
    assert row["difference"] == pytest.approx(a.mean() - b.mean())
    assert row["p_t"] == pytest.approx(paired_t(d).pvalue)
    assert row["p_wilcoxon"] == pytest.approx(wilcoxon(d).pvalue)
    assert row["wins"] + row["ties"] + row["losses"] == row["n_queries"] == Q
    assert row["chance_of_better_training"] == known.retraining_superiority


def test_without_seeds_on_either_side_the_estimand_is_these_checkpoints(
    full_rows: pd.DataFrame,
) -> None:
    row = only(full_rows, system="zero", baseline="bm25", measure="nDCG@10")
    assert row["estimand"] == "E1"
    assert row["p"] == row["p_t"]
    assert np.isnan(row["var_seed"])


def test_a_constant_measure_is_flagged_and_not_tested(full_rows: pd.DataFrame) -> None:
    rows = full_rows[full_rows["measure"] == "Success@1000"]
    assert rows["note"].str.startswith("every query scores 1 under both systems").all()
    untested = ["p", "p_holm", "p_bh", "p_t", "p_wilcoxon", "mde", "ci_low", "statistic"]
    assert rows[untested].isna().all(axis=None)
    assert (rows["difference"] == 0).all()
    assert not rows["note"].str.contains("wide").any()  # one reason is enough


def test_single_runs_that_are_not_declared_trained_are_taken_as_fixed() -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.09}, seeds=1)
    frame = rows_of(scores, plan_of(("maw_a", "plain")), trained=dict.fromkeys(TRAINED, False))
    row = only(frame, role="confirmatory")
    assert (row["word"], row["estimand"]) == ("better, by at least SESOI", "E1")


def test_systems_that_never_differ_have_no_effect_and_a_bounded_one() -> None:
    scores = scores_of({"plain": 0.0})
    copy = scores.assign(system="maw_a")
    row = only(rows_of(pd.concat([scores, copy]), plan_of(("maw_a", "plain"))), role="confirmatory")
    assert (row["p"], row["p_wilcoxon"], row["d_z"]) == (1, 1, 0)
    # R(1 − τ^{1/n}), n the smaller of the numbers of queries and of seeds
    assert row["ci_high"] == pytest.approx(1 - 0.025 ** (1 / 5))
    assert row["word"] == "inconclusive"
    assert "never differ" in row["note"]


def test_scores_of_a_wider_range_than_one_widen_what_ties_leave_open() -> None:
    values = np.linspace(0, 80, 20)[:, None]
    a, b = (system_of(name, values, trained=False) for name in "ab")
    columns = measured_of(a, b).columns
    assert columns["ci_high"] == pytest.approx(80 * (1 - 0.025 ** (1 / 20)))


def test_clusters_are_the_unit_of_every_test() -> None:
    labels = {f"q{q:02}": f"module{q // 4}" for q in range(Q)}
    row = rows_of(SCORES, FULL, clusters={"toy": pd.Series(labels)}).iloc[0]
    a, b = (score_array(SCORES, name) for name in ("maw_a", "plain"))
    modules = [labels[q] for q in sorted(labels)]
    d = a.mean(axis=1) - b.mean(axis=1)
    assert row["n_clusters"] == 10
    assert row["p"] == crossed(a, b, modules, seeds="shared").pvalue
    assert row["p_t"] == pytest.approx(paired_t(d, modules).pvalue)
    assert row["p_wilcoxon"] == pytest.approx(wilcoxon(d, modules).pvalue)
    band = bootstrap_effect_size(d[:, None], modules, seed=0)
    assert (row["d_z_low"], row["d_z_high"]) == pytest.approx((band.low[0], band.high[0]))


def test_strong_skew_on_few_queries_is_flagged() -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.0}, noise=0.001)
    outlier = (scores["system"] == "maw_a") & (scores["query_id"] == "q07")
    scores.loc[outlier, "value"] += 0.3
    assert "skewness" in rows_of(scores, plan_of(("maw_a", "plain"))).iloc[0]["note"]


def test_the_components_of_shared_seeds_are_those_of_the_difference() -> None:
    generator = np.random.default_rng(2)
    together = generator.normal(0, 0.1, (12, 4))
    a = system_of("a", 0.5 + together + generator.normal(0, 0.02, (12, 4)))
    b = system_of("b", 0.5 + together)
    columns = measured_of(a, b).columns
    squares = mean_squares(a.table.values - b.table.values)
    assert columns["var_error"] == pytest.approx(squares.error)
    assert columns["var_seed"] == pytest.approx((squares.seed - squares.error) / 12)
    assert np.isnan(float(str(columns["var_seed_baseline"])))
    apart = measured_of(a, b, seeds="independent").columns
    assert apart["var_error_baseline"] == pytest.approx(mean_squares(b.table.values).error)
    d = (a.table.values - b.table.values).mean(axis=1)
    error = mean_squares(a.table.values).error + mean_squares(b.table.values).error
    # without clusters V_q is var(d)/Q
    assert apart["var_query"] == pytest.approx(d.var(ddof=1) - error / 4)


@pytest.mark.parametrize(
    ("n_seeds", "trained", "fewest", "has_number", "decides"),
    [
        ((5, 5), (True, True), 5, True, True),
        ((5, 4), (True, True), 4, True, True),
        ((5, 2), (True, True), 2, True, False),
        ((5, 1), (True, False), 5, True, True),
        ((1, 1), (False, False), None, True, True),
        ((1, 5), (True, True), 1, False, False),
    ],
)
def test_the_fewest_seeds_are_those_of_trained_systems(
    n_seeds: tuple[int, int],
    trained: tuple[bool, bool],
    fewest: int | None,
    has_number: bool,
    decides: bool,
) -> None:
    generator = np.random.default_rng(3)
    a, b = (
        system_of(name, generator.uniform(size=(12, S)), trained=is_trained)
        for name, S, is_trained in zip("ab", n_seeds, trained, strict=True)
    )
    measured = measured_of(a, b)
    contrast = measured.contrast
    assert (contrast.fewest_seeds, measured.tested) == (fewest, has_number)
    assert (contrast.has_number, contrast.decides) == (has_number, decides)
    assert (a.n_seeds, a.lacks_seeds) == (n_seeds[0], n_seeds[0] == 1 and trained[0])


def test_a_contrast_shows_the_numbers_of_its_test() -> None:
    generator = np.random.default_rng(3)
    a, b = (system_of(name, generator.uniform(size=(12, 4))) for name in "ab")
    known = crossed(a.table.values, b.table.values, seeds="shared")
    measured = measured_of(a, b)
    contrast, columns = measured.contrast, measured.columns
    means = a.table.values.mean(), b.table.values.mean()
    assert columns["relative"] == pytest.approx(means[0] / means[1] - 1)
    assert (columns["mean"], columns["mean_baseline"]) == means
    assert columns["se"] == known.standard_error
    nothing = measured_of(a, system_of("zero", np.zeros((12, 4)))).columns
    assert (nothing["mean_baseline"], str(nothing["relative"])) == (0, "nan")
    assert (contrast.mean, contrast.pvalue) == (known.mean, known.pvalue)
    assert contrast.half_width(0.01) == known.half_width(0.01)
    assert contrast.pvalue_at(0.1) == known.pvalue_at(0.1)
    assert contrast.spread.query_variance == known.query_variance


def test_the_other_form_of_the_seeds_stands_beside_the_one_that_decides() -> None:
    generator = np.random.default_rng(3)
    tables = [generator.random((Q, 4)) for _ in range(2)]
    scores = pd.concat(
        [
            long(values, dataset="toy", system=name, measure="AP")
            for name, values in zip(("maw_a", "plain"), tables, strict=True)
        ]
    )
    row = rows_of(scores, plan_of(("maw_a", "plain"), primary="AP"), measures=["AP"]).iloc[0]
    other = crossed(*tables, seeds="independent")
    assert row["seeds"] == "shared"
    assert row["other_form_p"] == pytest.approx(other.pvalue)
    assert row["other_form_low"] == pytest.approx(other.confidence_interval().low)
    assert row["other_form_high"] == pytest.approx(other.confidence_interval().high)

"""The numbers of a row are those of `maw.significance`; a row says why a number is missing."""

import numpy as np
import pandas as pd
import pytest

from maw.significance import (
    bootstrap_effect_size,
    crossed,
    mean_squares,
    paired_t,
    wilcoxon,
)
from maw.significance.clean import Array
from maw.verdicts.contrasts import ScoredSystem, measure_contrast
from maw.verdicts.score_table import ScoreTable
from tests.scored import plan_of, score_array
from tests.verdicts.five_systems import FULL, SCORES, TRAINED, Q, only, rows_of, scores_of


def system_of(name: str, values: Array, *, trained: bool = True) -> ScoredSystem:
    """Return a system with queries q0, q1, … and seeds 0, 1, …"""
    n_queries, n_seeds = values.shape
    queries = tuple(f"q{q}" for q in range(n_queries))
    return ScoredSystem(name, trained, ScoreTable(values, queries, tuple(range(n_seeds))))


def test_p_is_that_of_the_test_that_decides_and_its_neighbours_are_e1s(
    full_rows: pd.DataFrame,
) -> None:
    row = only(full_rows, system="maw_a", baseline="plain", measure="nDCG@10")
    a, b = (score_array(SCORES, name) for name in ("maw_a", "plain"))
    known = crossed(a, b)
    d = a.mean(axis=1) - b.mean(axis=1)
    assert row["estimand"] == "E2"
    assert row["p"] == known.pvalue
    assert (row["ci_low"], row["ci_high"]) == known.confidence_interval()
    assert row["difference"] == pytest.approx(a.mean() - b.mean())
    assert row["p_t"] == pytest.approx(paired_t(d).pvalue)
    assert row["p_wilcoxon"] == pytest.approx(wilcoxon(d).pvalue)
    assert row["wins"] + row["ties"] + row["losses"] == row["n_queries"] == Q
    assert known.components.a is not None
    assert known.components.b is not None
    assert row["var_seed"] == pytest.approx(known.components.a.seed)
    assert row["var_error_baseline"] == pytest.approx(known.components.b.error)


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
    untested = ["p", "p_holm", "p_bh", "p_t", "p_wilcoxon", "mde"]
    assert rows[untested].isna().all(axis=None)
    assert (rows["difference"] == 0).all()


@pytest.mark.parametrize(
    ("seeds", "word", "estimand"),
    [(1, "not estimable", "E1"), (2, "not controlled", "E2"), (3, "not controlled", "E2"),
     (4, "better", "E2")],
)  # fmt: skip
def test_seeds_decide_what_may_be_said(seeds: int, word: str, estimand: str) -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.09}, seeds={"plain": 5, "maw_a": seeds})
    row = only(rows_of(scores, plan_of(("maw_a", "plain"))), role="confirmatory")
    assert (row["verdict"], row["estimand"]) == (word, estimand)
    assert row["p"] < 0.05  # shown all the same
    assert np.isnan(row["p_holm"]) == (seeds == 1)
    assert pd.isna(row["equivalent"]) == (seeds < 4)
    assert ("seed" in row["note"]) == (seeds < 4)


def test_single_runs_that_are_not_declared_trained_are_taken_as_fixed() -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.09}, seeds=1)
    frame = rows_of(scores, plan_of(("maw_a", "plain")), trained=dict.fromkeys(TRAINED, False))
    row = only(frame, role="confirmatory")
    assert (row["verdict"], row["estimand"]) == ("better", "E1")


def test_systems_that_never_differ_are_equivalent() -> None:
    scores = scores_of({"plain": 0.0})
    copy = scores.assign(system="maw_a")
    row = only(rows_of(pd.concat([scores, copy]), plan_of(("maw_a", "plain"))), role="confirmatory")
    assert (row["p"], row["p_wilcoxon"], row["d_z"]) == (1, 1, 0)
    assert row["verdict"] == "equivalent"
    assert "never differ" in row["note"]


def test_clusters_are_the_unit_of_every_test() -> None:
    labels = {f"q{q:02}": f"module{q // 4}" for q in range(Q)}
    row = rows_of(SCORES, FULL, clusters={"toy": pd.Series(labels)}).iloc[0]
    a, b = (score_array(SCORES, name) for name in ("maw_a", "plain"))
    modules = [labels[q] for q in sorted(labels)]
    d = a.mean(axis=1) - b.mean(axis=1)
    assert row["n_clusters"] == 10
    assert row["p"] == crossed(a, b, modules).pvalue
    assert row["p_t"] == pytest.approx(paired_t(d, modules).pvalue)
    assert row["p_wilcoxon"] == pytest.approx(wilcoxon(d, modules).pvalue)
    band = bootstrap_effect_size(d[:, None], modules, seed=0)
    assert (row["d_z_low"], row["d_z_high"]) == pytest.approx((band.low[0], band.high[0]))


def test_strong_skew_on_few_queries_is_flagged() -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.0}, noise=0.001)
    outlier = (scores["system"] == "maw_a") & (scores["query_id"] == "q07")
    scores.loc[outlier, "value"] += 0.3
    assert "skewness" in rows_of(scores, plan_of(("maw_a", "plain"))).iloc[0]["note"]


def test_the_components_of_linked_seeds_are_those_of_the_difference() -> None:
    generator = np.random.default_rng(2)
    shared = generator.normal(0, 0.1, (12, 4))
    a = system_of("a", 0.5 + shared + generator.normal(0, 0.02, (12, 4)))
    b = system_of("b", 0.5 + shared)
    measured = measure_contrast(a, b, dataset="toy", measure="AP", labels=None, linked=True)
    squares = mean_squares(a.table.values - b.table.values)
    assert measured.columns["var_error"] == pytest.approx(squares.error)
    assert measured.columns["var_seed"] == pytest.approx((squares.seed - squares.error) / 12)
    assert np.isnan(float(str(measured.columns["var_seed_baseline"])))
    assert str(measured.columns["note"]).startswith("seeds are linked, as the plan says")


@pytest.mark.parametrize(
    ("n_seeds", "trained", "fewest", "tested"),
    [
        ((5, 4), (True, True), 4, True),
        ((5, 1), (True, False), 5, True),
        ((1, 1), (False, False), None, True),
        ((1, 5), (True, True), 1, False),
    ],
)
def test_the_fewest_seeds_are_those_of_trained_systems(
    n_seeds: tuple[int, int], trained: tuple[bool, bool], fewest: int | None, tested: bool
) -> None:
    generator = np.random.default_rng(3)
    a, b = (
        system_of(name, generator.uniform(size=(12, S)), trained=is_trained)
        for name, S, is_trained in zip("ab", n_seeds, trained, strict=True)
    )
    measured = measure_contrast(a, b, dataset="toy", measure="AP", labels=None)
    assert (measured.fewest_seeds, measured.tested) == (fewest, tested)
    assert (a.n_seeds, a.lacks_seeds) == (n_seeds[0], n_seeds[0] == 1 and trained[0])

"""Families, claims, verdict words and empty cells, on tables small enough to see through."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from maw.errors import InputError
from maw.settings.plan import Analysis, PlannedContrast
from maw.significance import bootstrap_effect_size, crossed, paired_t, tost, wilcoxon
from maw.verdicts.decide import COLUMNS, compare, decide, leaderboard, table

MEASURES = ("nDCG@10", "AP", "Success@1000")
TRAINED = {"bm25": False, "zero": False, "plain": True, "maw_a": True, "maw_b": True}
Q = 40


def scores_of(
    shifts: Mapping[str, float],
    *,
    seeds: Mapping[str, int] | int = 5,
    datasets: tuple[str, ...] = ("toy",),
    noise: float = 0.03,
) -> pd.DataFrame:
    """Systems on the same queries, each moved by its shift; Success@1000 is always 1."""
    generator = np.random.default_rng(17)
    parts = []
    for dataset in datasets:
        difficulty = generator.uniform(0.2, 0.7, (Q, 1))
        for system, shift in shifts.items():
            S = 1 if not TRAINED[system] else seeds if isinstance(seeds, int) else seeds[system]
            for measure in MEASURES:
                values = difficulty + shift + generator.normal(0, noise, (Q, S))
                values += generator.normal(0, noise / 10, (1, S))
                if measure == "Success@1000":
                    values = np.ones((Q, S))
                parts.append(long(values, dataset=dataset, system=system, measure=measure))
    return pd.concat(parts, ignore_index=True)


def long(values: np.ndarray, *, dataset: str, system: str, measure: str) -> pd.DataFrame:
    rows, S = values.shape
    return pd.DataFrame(
        {
            "dataset": dataset,
            "system": system,
            "seed": np.tile(np.arange(42, 42 + S), rows),
            "query_id": np.repeat([f"q{q:02}" for q in range(rows)], S),
            "measure": measure,
            "value": values.ravel(),
        }
    )


def plan_of(*contrasts: tuple[str, ...], **settings: object) -> Analysis:
    named = [
        PlannedContrast(**dict(zip(("system", "baseline", "role"), c, strict=False)))
        for c in contrasts
    ]
    return Analysis(contrasts=tuple(named), **{"sesoi": 0.02, **settings})


def analyse(scores: pd.DataFrame, plan: Analysis, **settings: object) -> pd.DataFrame:
    given = {"trained": TRAINED, "clusters": None, "measures": MEASURES, **settings}
    return compare(scores, plan=plan, **given)


def only(frame: pd.DataFrame, **wanted: str) -> pd.Series:
    for name, value in wanted.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


FULL = plan_of(
    ("maw_a", "plain"), ("maw_b", "plain"), ("maw_a", "bm25", "reference"),
    ("plain", "zero", "reference"), ("zero", "bm25", "reference"),
)  # fmt: skip
SCORES = scores_of({"bm25": -0.1, "zero": 0, "plain": 0.05, "maw_a": 0.09, "maw_b": 0.051})


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return analyse(SCORES, FULL)


def test_there_is_a_row_per_contrast_dataset_and_measure_with_the_agreed_columns(
    found: pd.DataFrame,
) -> None:
    assert list(found.columns) == COLUMNS
    assert len(found) == 5 * len(MEASURES)
    assert not found.duplicated(["dataset", "system", "baseline", "measure"]).any()


def test_p_is_that_of_the_test_that_decides_and_its_neighbours_are_e1s(found: pd.DataFrame) -> None:
    row = only(found, system="maw_a", baseline="plain", measure="nDCG@10")
    a, b = (table(SCORES, name, "toy", "nDCG@10") for name in ("maw_a", "plain"))
    known = crossed(a, b)
    d = a.mean(axis=1) - b.mean(axis=1)
    assert row["estimand"] == "E2"
    assert row["p"] == known.pvalue
    assert (row["ci_low"], row["ci_high"]) == known.confidence_interval()
    assert row["difference"] == pytest.approx(a.mean() - b.mean())
    assert row["p_t"] == pytest.approx(paired_t(d).pvalue)
    assert row["p_wilcoxon"] == pytest.approx(wilcoxon(d).pvalue)
    assert row["wins"] + row["ties"] + row["losses"] == row["n_queries"] == Q
    assert row["var_seed"] == pytest.approx(known.components.a.seed)
    assert row["var_error_baseline"] == pytest.approx(known.components.b.error)


def test_without_seeds_on_either_side_the_estimand_is_these_checkpoints(
    found: pd.DataFrame,
) -> None:
    row = only(found, system="zero", baseline="bm25", measure="nDCG@10")
    assert row["estimand"] == "E1"
    assert row["p"] == row["p_t"]
    assert np.isnan(row["var_seed"])


def test_roles_say_what_a_row_may_be_used_for(found: pd.DataFrame) -> None:
    primary = found[found["measure"] == "nDCG@10"]
    assert primary["role"].tolist() == ["confirmatory"] * 2 + ["reference"] * 3
    others = found[found["measure"] != "nDCG@10"]
    assert set(others["role"]) == {"exploratory"}
    shown = found[found["role"] != "confirmatory"]
    assert (shown["verdict"] == shown["role"]).all()


@pytest.mark.parametrize(
    ("column", "method"),
    [("p_holm", "holm"), ("p_bonferroni", "bonferroni"), ("p_bh", "fdr_bh"), ("p_by", "fdr_by")],
)
def test_each_family_is_corrected_alone(found: pd.DataFrame, column: str, method: str) -> None:
    explored = found["measure"] == "AP"  # Success@1000 is not tested and must not count
    declared = pd.Series(np.repeat(["confirmatory"] * 2 + ["reference"] * 3, len(MEASURES)))
    for family in (
        found["role"] == "confirmatory",
        found["role"] == "reference",
        explored & (declared == "confirmatory"),
        explored & (declared == "reference"),
    ):
        known = multipletests(found.loc[family, "p"], method=method)[1]
        assert found.loc[family, column].to_numpy() == pytest.approx(known)


def test_the_verdicts_are_those_that_the_tables_were_made_for(found: pd.DataFrame) -> None:
    assert only(found, system="maw_a", role="confirmatory")["verdict"] == "better"
    equal = only(found, system="maw_b", role="confirmatory")
    assert equal["verdict"] == "equivalent"
    assert equal["equivalent"]
    assert equal["mde"] < 0.02


def test_equivalence_is_tested_on_claims_only(found: pd.DataFrame) -> None:
    claims = found["role"] == "confirmatory"
    for row in found[claims].itertuples():
        known = tost(row.difference, standard_error=row.se, df=row.df, sesoi=0.02)
        assert row.p_tost == known.pvalue
    empty = ["p_tost", "equivalent", "claim_p", "p_equivalent_if_no_difference"]
    assert found.loc[~claims, empty].isna().all(axis=None)


def test_without_a_margin_nothing_is_equivalent() -> None:
    frame = analyse(SCORES, plan_of(("maw_b", "plain"), sesoi=None))
    assert frame["p_tost"].isna().all()
    assert frame["equivalent"].isna().all()
    assert frame["verdict"].iloc[0] == "inconclusive"


def test_what_is_detectable_is_at_the_familys_bonferroni_level(found: pd.DataFrame) -> None:
    alone = analyse(SCORES, plan_of(("maw_a", "plain")))
    one, two = only(alone, role="confirmatory"), only(found, system="maw_a", role="confirmatory")
    assert two["mde"] > one["mde"]
    assert one["ci_low_simultaneous"] == pytest.approx(one["ci_low"])
    a, b = (table(SCORES, name, "toy", "nDCG@10") for name in ("maw_a", "plain"))
    interval = crossed(a, b).confidence_interval(1 - 0.05 / 2)
    assert (two["ci_low_simultaneous"], two["ci_high_simultaneous"]) == pytest.approx(interval)


def test_a_constant_measure_is_flagged_and_not_tested(found: pd.DataFrame) -> None:
    rows = found[found["measure"] == "Success@1000"]
    assert rows["note"].str.startswith("every query scores 1 on both sides").all()
    untested = ["p", "p_holm", "p_bh", "p_t", "p_wilcoxon", "mde"]
    assert rows[untested].isna().all(axis=None)
    assert (rows["difference"] == 0).all()


def test_a_claim_stands_on_all_of_its_controls() -> None:
    scores = scores_of({"plain": 0.0, "maw_b": 0.046, "maw_a": 0.05})
    plan = plan_of(("maw_a", "plain"), ("maw_a", "maw_b"), sesoi=None)
    rows = analyse(scores, plan)
    rows = rows[rows["role"] == "confirmatory"]
    assert rows["p"].iloc[0] < 1e-3 < 0.05 < rows["p"].iloc[1]
    assert rows["claim_p"].tolist() == [rows["p"].max()] * 2
    assert rows["p_holm"].tolist() == [rows["p"].max()] * 2  # one claim, not two
    assert rows["verdict"].tolist() == ["inconclusive"] * 2


def test_beating_one_control_and_losing_to_another_is_no_claim() -> None:
    scores = scores_of({"plain": 0.0, "maw_b": 0.1, "maw_a": 0.05})
    rows = analyse(scores, plan_of(("maw_a", "plain"), ("maw_a", "maw_b")))
    rows = rows[rows["role"] == "confirmatory"]
    assert (rows["p_holm"] < 0.001).all()
    assert rows["verdict"].tolist() == ["inconclusive"] * 2
    assert rows["note"].str.contains("controls disagree").all()


def routing(*extra: PlannedContrast) -> Analysis:
    both = ("better", "routing helps")
    first = PlannedContrast(system="maw_a", baseline="plain", claims=both)
    second = PlannedContrast(system="maw_a", baseline="maw_b", claims=("routing helps",))
    return Analysis(contrasts=(first, second, *extra), sesoi=0.02)


def test_a_claim_of_its_own_needs_further_controls_and_holm_counts_every_claim() -> None:
    scores = scores_of({"plain": 0.0, "maw_b": 0.046, "maw_a": 0.05, "bm25": -0.1, "zero": 0})
    plan = routing(PlannedContrast(system="plain", baseline="zero"))
    given = {"trained": TRAINED, "clusters": None, "measures": MEASURES}
    rows, claims = (found := decide(scores, plan=plan, **given)).rows, found.claims
    rows = rows[rows["role"] == "confirmatory"].set_index(["system", "baseline"])
    named = list(zip(claims["system"], claims["claim"], strict=True))
    assert named == list(plan.claims)
    assert claims["n_controls"].tolist() == [1, 2, 1]
    assert claims["controls"].tolist() == ["plain", "plain; maw_b", "zero"]
    assert claims["hardest"].tolist() == ["plain", "maw_b", "zero"]
    p = rows["p"]
    largest = [p["maw_a", "plain"], p["maw_a", "maw_b"], p["plain", "zero"]]
    assert claims["p"].tolist() == largest
    assert claims["p_holm"].to_numpy() == pytest.approx(multipletests(largest, method="holm")[1])
    assert claims["level"].to_numpy() == pytest.approx(0.05 / 3)
    assert claims["verdict"].tolist()[:2] == ["better", "inconclusive"]
    tosts = [rows.loc[list(pairs), "p_tost"].max() for pairs in (
        [("maw_a", "plain")], [("maw_a", "plain"), ("maw_a", "maw_b")], [("plain", "zero")],
    )]  # fmt: skip
    assert claims["p_tost"].tolist() == tosts
    # a row shows the first claim that it carries
    assert rows["verdict"].tolist()[:2] == claims["verdict"].tolist()[:2]
    assert "routing helps" not in rows.loc[("maw_a", "plain"), "note"]
    assert "the verdict is on the claim “routing helps”" in rows.loc[("maw_a", "maw_b"), "note"]


def test_naming_the_one_claim_changes_no_number(found: pd.DataFrame) -> None:
    named = [
        pair.model_copy(update={"claims": ("better",)}) if pair.role == "confirmatory" else pair
        for pair in FULL.contrasts
    ]
    pd.testing.assert_frame_equal(
        analyse(SCORES, FULL.model_copy(update={"contrasts": tuple(named)})), found
    )


def test_a_claim_on_two_datasets_is_two_claims() -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.004}, datasets=("one", "two"))
    rows = analyse(scores, plan_of(("maw_a", "plain")))
    rows = rows[rows["role"] == "confirmatory"]
    assert rows["p_bonferroni"].to_numpy() == pytest.approx(np.minimum(1, 2 * rows["p"]))
    explored = analyse(scores, plan_of(("maw_a", "plain"))).query("measure == 'AP'")
    assert explored["p_bh"].to_numpy() == pytest.approx(explored["p"])  # a family per dataset


@pytest.mark.parametrize(
    ("seeds", "word", "estimand"),
    [(1, "not estimable", "E1"), (2, "not controlled", "E2"), (3, "not controlled", "E2"),
     (4, "better", "E2")],
)  # fmt: skip
def test_seeds_decide_what_may_be_said(seeds: int, word: str, estimand: str) -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.09}, seeds={"plain": 5, "maw_a": seeds})
    row = only(analyse(scores, plan_of(("maw_a", "plain"))), role="confirmatory")
    assert (row["verdict"], row["estimand"]) == (word, estimand)
    assert row["p"] < 0.05  # shown all the same
    assert np.isnan(row["p_holm"]) == (seeds == 1)
    assert pd.isna(row["equivalent"]) == (seeds < 4)
    assert ("seed" in row["note"]) == (seeds < 4)


def test_single_runs_that_are_not_declared_trained_are_taken_as_fixed() -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.09}, seeds=1)
    frame = analyse(scores, plan_of(("maw_a", "plain")), trained=dict.fromkeys(TRAINED, False))
    row = only(frame, role="confirmatory")
    assert (row["verdict"], row["estimand"]) == ("better", "E1")


def test_systems_that_never_differ_are_equivalent() -> None:
    scores = scores_of({"plain": 0.0})
    copy = scores.assign(system="maw_a")
    row = only(analyse(pd.concat([scores, copy]), plan_of(("maw_a", "plain"))), role="confirmatory")
    assert (row["p"], row["p_wilcoxon"], row["d_z"]) == (1, 1, 0)
    assert row["verdict"] == "equivalent"
    assert "never differ" in row["note"]


def test_clusters_are_the_unit_of_every_test() -> None:
    labels = {f"q{q:02}": f"module{q // 4}" for q in range(Q)}
    row = analyse(SCORES, FULL, clusters={"toy": pd.Series(labels)}).iloc[0]
    a, b = (table(SCORES, name, "toy", "nDCG@10") for name in ("maw_a", "plain"))
    modules = [labels[q] for q in sorted(labels)]
    d = a.mean(axis=1) - b.mean(axis=1)
    assert row["n_clusters"] == 10
    assert row["p"] == crossed(a, b, modules).pvalue
    assert row["p_t"] == pytest.approx(paired_t(d, modules).pvalue)
    assert row["p_wilcoxon"] == pytest.approx(wilcoxon(d, modules).pvalue)
    band = bootstrap_effect_size(d[:, None], modules, seed=0)
    assert (row["d_z_low"], row["d_z_high"]) == pytest.approx((band.low[0], band.high[0]))


def test_clusters_of_one_query_are_no_clusters(found: pd.DataFrame) -> None:
    alone = analyse(SCORES, FULL, clusters={"toy": {f"q{q:02}": f"q{q:02}" for q in range(Q)}})
    pd.testing.assert_frame_equal(alone, found)
    assert alone["n_clusters"].isna().all()


def test_the_order_of_rows_does_not_matter(found: pd.DataFrame) -> None:
    shuffled = SCORES.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(analyse(shuffled, FULL), found)
    clusters = {"toy": {f"q{q:02}": q % 7 for q in range(Q)}}
    boards = [leaderboard(s, clusters=clusters, measures=MEASURES) for s in (SCORES, shuffled)]
    pd.testing.assert_frame_equal(*boards)


def test_strong_skew_on_few_queries_is_flagged() -> None:
    scores = scores_of({"plain": 0.0, "maw_a": 0.0}, noise=0.001)
    outlier = (scores["system"] == "maw_a") & (scores["query_id"] == "q07")
    scores.loc[outlier, "value"] += 0.3
    assert "skewness" in analyse(scores, plan_of(("maw_a", "plain"))).iloc[0]["note"]


def test_reciprocal_rank_as_primary_points_to_wins_and_losses() -> None:
    scores = SCORES.assign(measure=SCORES["measure"].replace("AP", "RR@10"))
    plan = plan_of(("maw_a", "plain"), primary="RR@10")
    rows = compare(scores, plan=plan, trained=TRAINED, clusters=None, measures=["RR@10", "nDCG@10"])
    assert "wins and losses" in only(rows, role="confirmatory")["note"]


def drop_cell(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[~((scores["seed"] == 43) & (scores["query_id"] == "q17"))]


def drop_query(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[(scores["query_id"] != "q17") | (scores["system"] != "plain")]


def spoil(value: float) -> object:
    def change(scores: pd.DataFrame) -> pd.DataFrame:
        return scores.assign(value=scores["value"].where(scores.index != 0, value))

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop_cell, "toy/maw_a/nDCG@10 lacks seed 43 × query q17; run evaluate again"),
        (drop_query, "toy/plain lacks query q17, which maw_a has"),
        (spoil(np.nan), "toy/plain/nDCG@10 is not finite at seed 42 × query q00"),
        (spoil(np.inf), "toy/plain/nDCG@10 is not finite at seed 42 × query q00"),
        (lambda scores: pd.concat([scores, scores.iloc[:1]]),
         "toy/plain/nDCG@10 has twice seed 42 × query q00"),
        (lambda scores: scores[scores["measure"] != "AP"], "toy/maw_a/AP is missing"),
        (lambda scores: scores[scores["system"] != "maw_a"], "toy/maw_a/nDCG@10 is missing"),
        (lambda scores: scores.drop(columns="seed"), "lacks column 'seed'"),
    ],
)  # fmt: skip
def test_a_hole_in_the_seed_query_table_is_named(change: object, message: str) -> None:
    scores = change(scores_of({"plain": 0.0, "maw_a": 0.1}))
    with pytest.raises(InputError, match=message):
        analyse(scores, plan_of(("maw_a", "plain")))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"clusters": {"toy": {"q00": "x"}}}, "toy: query q01 has no cluster"),
        (
            {"clusters": {"toy": dict.fromkeys([f"q{q:02}" for q in range(Q)], "x")}},
            "in cluster 'x'",
        ),
        ({"trained": {"plain": True}}, "unknown system 'maw_a'"),
        ({"measures": ["AP"]}, "'nDCG@10' is not among the measures"),
    ],
)
def test_a_plan_that_does_not_fit_the_scores_is_refused(settings: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        analyse(SCORES, plan_of(("maw_a", "plain")), **settings)


def test_the_leaderboard_holds_every_system_with_interval_and_spread_over_seeds() -> None:
    board = leaderboard(SCORES, clusters=None, measures=MEASURES)
    assert len(board) == 5 * len(MEASURES)
    row = only(board, system="plain", measure="nDCG@10")
    values = table(SCORES, "plain", "toy", "nDCG@10")
    assert row["mean"] == pytest.approx(values.mean())
    assert row["ci_low"] < row["mean"] < row["ci_high"]
    assert row["n_seeds"] == 5
    assert row["sd_seed"] == pytest.approx(values.mean(axis=0).std(ddof=1))
    assert np.isnan(only(board, system="bm25", measure="nDCG@10")["sd_seed"])


def test_a_plan_without_contrasts_gives_an_empty_table() -> None:
    assert list(analyse(SCORES, plan_of()).columns) == COLUMNS


def test_checkpoints_that_differ_do_not_make_a_procedure_better() -> None:
    generator = np.random.default_rng(5)
    plain = long(np.full((Q, 5), 0.5), dataset="toy", system="plain", measure="nDCG@10")
    values = 0.52 + generator.normal(0, 0.02, (Q, 5)) + np.array([0.0, 0.2, -0.15, 0.1, -0.1])
    maw = long(values, dataset="toy", system="maw_a", measure="nDCG@10")
    scores = pd.concat([plain, maw])
    row = analyse(scores, plan_of(("maw_a", "plain")), measures=["nDCG@10"]).iloc[0]
    assert row["p_t"] < 0.05 < row["p"]
    assert row["verdict"] == "inconclusive"
    told = "these checkpoints are better (E1, unadjusted); not shown for the procedure"
    assert told in row["note"]


def test_a_plan_may_not_declare_trained_what_has_no_training() -> None:
    with pytest.raises(InputError, match="analysis.trained: 'zero' has no training here"):
        analyse(SCORES, plan_of(("maw_a", "plain"), trained=("zero",)))

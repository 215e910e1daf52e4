"""The rates of a whole plan are those of `maw.significance`, row by row."""

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.significance import (
    ANY_FALSE,
    COVERS,
    COVERS_CHECKPOINTS,
    CalibratedClaim,
    CalibratedContrast,
    CalibrationSettings,
    Word,
)
from maw.significance import calibrate as calibrate_tables
from maw.significance.calibration import AT_OWN_LEVEL
from maw.significance.counting import FALSE_WORD, WORD
from maw.significance.other_measures import BH, calibrate_measures
from maw.significance.over_datasets import TESTS_ACROSS_DATASETS
from maw.significance.score_model import SEED_LEVELS
from maw.verdicts.calibration import calibrate_plan
from maw.verdicts.calibration_groups import groups_of, other_groups
from maw.verdicts.calibration_rows import CORRELATION, NOT_CALIBRATED, TESTS
from tests.verdicts.redrawn_plans import (
    SEEDS,
    TRAINED,
    Q,
    calibrated,
    pair,
    plan_with,
    random_scores,
    reasons,
)


def test_each_claim_has_its_words_and_all_claims_together_first() -> None:
    table = calibrated(
        pair("new", "old", claims=["better", "routing helps"]),
        pair("new", "bm25", claims=["routing helps"]),
    )
    rows = table[(table["test"] == WORD) & (table["quantity"] == ANY_FALSE)]
    assert list(dict.fromkeys(rows["system"])) == ["any claim", "new", "new: routing helps"]
    assert set(rows["seeds"]) == set(SEED_LEVELS)
    rates = rows.set_index(["system", "multiple", "seeds"]).sort_index()
    for key, rate in rates.loc["any claim", "rate"].items():
        of_claims = [rates.loc[(name, *key), "rate"] for name in ("new", "new: routing helps")]
        assert max(of_claims) <= rate <= sum(of_claims)
    levels = rows.groupby("system")["level"].unique().map(list)
    assert levels.to_dict() == {"any claim": [0.05], "new": [0.025], "new: routing helps": [0.025]}
    assert table["test"].iloc[0] == WORD


def test_rates_are_the_cores() -> None:
    table = calibrated(pair("new", "old"), pair("old", "bm25", role="reference"))
    scores = random_scores()
    tables = {
        name: rows.pivot(index="query_id", columns="seed", values="value").to_numpy()
        for name, rows in scores[scores["system"].isin(["new", "old", "bm25"])].groupby("system")
    }
    contrasts = [
        CalibratedContrast("new", "old", level=0.05, family="any confirmatory contrast"),
        CalibratedContrast("old", "bm25", "independent", family="any reference contrast"),
    ]
    known = calibrate_tables(
        tables,
        contrasts,
        settings=CalibrationSettings(sesoi=0.05, draws=40, size_draws=4_000, resamples=999),
        claims=[CalibratedClaim("new", "new", ("old",), level=0.05)],
        labels={name: range(values.shape[1]) for name, values in tables.items()},
    )
    counted = table[table["rate"].notna() & table["draws"].notna()]
    unsaid = [rate for rate in known.rates if rate.outcome.quantity in list(Word) and not rate.rate]
    assert len(counted) == len(known.rates) - len(unsaid)
    for row in counted.to_dict("records"):
        name = f"{row['system']} - {row['baseline']}" if row["baseline"] else row["system"]
        rate = known.rate(
            name, row["test"], row["quantity"], multiple=row["multiple"], seed_level=row["seeds"]
        )
        numbers = (rate.rate, rate.standard_error, rate.draws)
        assert (row["rate"], row["error"], row["draws"]) == numbers
        assert row["effect"] == pytest.approx(row["multiple"] * 0.05)


def test_every_test_and_interval_of_the_page_is_there() -> None:
    table = calibrated(pair("new", "old"), pair("many", "old", role="non-inferiority", margin=0.03))
    counted = table[table["draws"].notna()]
    # McNemar's test is for single runs, and the others need several datasets; no word may be false
    elsewhere = {"McNemar", FALSE_WORD, *TESTS_ACROSS_DATASETS}
    assert set(counted["test"]) - {FALSE_WORD} == set(TESTS) - elsewhere
    assert set(counted["multiple"]) == {0, 1, 2}
    assert set(counted["seeds"]) == set(SEED_LEVELS)
    intervals = counted[counted["quantity"].isin([COVERS, COVERS_CHECKPOINTS])]
    assert set(intervals["test"]) == {WORD, "E2", "t", "BCa", "d_z", "rank-biserial"}
    # those of the leaderboard
    of_means = intervals[(intervals["baseline"] == "") & (intervals["test"] == "BCa")]
    assert set(of_means["system"]) == {"new", "old", "many"}
    assert (counted["error"] > 0).all()
    # both share α: the claim, and the contrast of non-inferiority
    sizes = counted[counted["test"] == AT_OWN_LEVEL]
    assert set(sizes["system"]) == {"new", "many"}
    assert set(sizes["level"]) == {0.025}


def test_systems_with_common_seeds_have_a_correlation_of_errors() -> None:
    table = calibrated(pair("new", "old"), pair("new", "bm25", role="reference"))
    rows = table[table["test"] == CORRELATION]
    assert rows["baseline"].tolist() == ["old"]
    assert -1 <= rows["rate"].iloc[0] <= 1
    assert rows["note"].tolist() == ["seeds shared"]


def test_a_system_trained_once_has_e1_alone_and_its_claim_is_not_counted() -> None:
    table = calibrated(pair("once", "old"), pair("new", "old"))
    reason = ["once is trained with one seed: nothing is known about training it again"]
    assert reasons(table, "E2") == reasons(table, AT_OWN_LEVEL) == reasons(table, WORD) == reason
    counted = table[(table["system"] == "once") & table["draws"].notna()]
    of_one_run = {"t", "BCa", "Wilcoxon", "Pratt", "sign", "sign-flip", "max-T"}
    assert set(counted["test"]) == of_one_run | {"d_z", "rank-biserial"}
    # its level is not given to the others
    rows = table[(table["test"] == WORD) & (table["system"] == "new") & table["level"].notna()]
    assert set(rows["level"]) == {0.025}


def test_what_cannot_differ_is_not_redrawn() -> None:
    scores = random_scores(tables={"new": np.ones((Q, 5)), "bm25": np.ones((Q, 1))})
    table = calibrated(pair("new", "bm25"), scores=scores)
    reason = "every query scores 1 under both systems: nothing to test"
    assert reasons(table, "every test") == [reason]
    assert not table["draws"].notna().any()


def test_mcnemar_is_counted_of_single_runs_that_hit_or_miss() -> None:
    generator = np.random.default_rng(4)
    hits = {name: generator.integers(2, size=(Q, 1)).astype(float) for name in ("new", "bm25")}
    scores = random_scores(tables=hits).assign(measure="Success@10")
    table = calibrated(pair("new", "bm25"), scores=scores, primary="Success@10")
    of_test = table[(table["test"] == "McNemar") & table["draws"].notna()]
    assert set(of_test["multiple"]) == {0}
    assert of_test["rate"].max() <= 0.05 + 3 * 0.035
    assert reasons(table, "McNemar") == []


def test_of_several_datasets_e3_and_the_count_are_calibrated_too() -> None:
    datasets = ("one", "two", "three")
    contrasts = [pair("new", "old"), pair("once", "old"), pair("new", "bm25", role="reference")]
    table = calibrated(*contrasts, scores=random_scores(datasets))
    rows = table[table["test"].isin(TESTS_ACROSS_DATASETS) & table["rate"].notna()]
    assert set(rows["test"]) == set(TESTS_ACROSS_DATASETS)
    assert set(rows["dataset"]) == {""}
    # one seed of a trained system tells nothing
    pairs = set(zip(rows["system"], rows["baseline"], strict=True))
    assert pairs == {("new", "old"), ("new", "bm25")}
    assert rows["multiple"].isin([0, 1, 2]).all()
    assert (rows["effect"] == rows["multiple"] * 0.05).all()
    assert reasons(table, "E3 and k̂") == reasons(table, "E3") == []


@pytest.mark.parametrize(("datasets", "n"), [(("one", "two"), 0), (("one", "two", "again"), 1)])
def test_two_datasets_are_counted_and_further_splits_are_no_datasets(
    datasets: tuple[str, ...], n: int
) -> None:
    plan = plan_with(pair("new", "old"), sesoi=None)
    scores = random_scores(datasets)
    groups = groups_of(scores, plan=plan, trained=TRAINED, clusters=None)
    repeats = datasets[len(datasets) - n :]
    table = calibrate_plan(groups, plan=plan, draws=20, seed=0, repeats=repeats)
    rows = table[table["test"].isin(TESTS_ACROSS_DATASETS) & table["rate"].notna()]
    assert set(rows["test"]) == {"k̂, Bonferroni", "k̂, Fisher"}
    assert "2 datasets" in reasons(table, "E3")[0]
    assert len(reasons(table, "corrected resampled t")) == n


def test_of_other_measures_the_deciding_test_and_its_family_are_counted() -> None:
    both = pd.concat([random_scores(), random_scores().assign(measure="AP")])
    constant = random_scores(tables={name: np.ones((Q, n)) for name, n in SEEDS.items()})
    scores = pd.concat([both, constant.assign(measure="Success@10")])
    plan = plan_with(pair("new", "old"), pair("once", "old"), alpha=0.1, sesoi=None)
    others = other_groups(scores, plan=plan, trained=TRAINED, clusters=None)
    assert sorted(others) == ["AP", "Success@10"]
    groups = groups_of(scores, plan=plan, trained=TRAINED, clusters=None)
    table = calibrate_plan(groups, plan=plan, draws=100, seed=0, others=others)
    table = table.set_index(["test", "system", "quantity"])
    by_ap = table.loc["E2 by AP"]
    covered = by_ap.loc[("new", COVERS), "rate"]
    assert by_ap.loc[("new", "rejects"), "rate"] == pytest.approx(1 - covered)
    # with one measure, BH has nothing to correct
    family = table.loc[(BH, "any confirmatory contrast", "rejects")]
    assert family["rate"] == by_ap.loc[("new", "rejects"), "rate"]
    assert 0.01 <= family["rate"] <= 0.3
    assert (by_ap.loc[("new", "rejects"), "level"], family["effect"]) == (0.1, 0)
    assert "trained with one seed" in by_ap.loc[("once", NOT_CALIBRATED), "note"]
    note = table.loc[("E2 by Success@10", "new", NOT_CALIBRATED), "note"]
    assert note == "every query scores 1 under both systems: nothing to test"


def test_other_measures_are_redrawn_with_the_clusters_of_the_queries() -> None:
    scores = pd.concat([random_scores(), random_scores().assign(measure="AP")])
    plan = plan_with(pair("new", "old"), sesoi=None)
    clusters = {"toy": {f"q{q:02}": q // 3 for q in range(Q)}}
    others = other_groups(scores, plan=plan, trained=TRAINED, clusters=clusters)
    table = calibrate_plan([], plan=plan, draws=200, seed=0, others=others)
    (group,) = others["AP"]
    tables = {name: group.systems[name].table.values for name in group.names}
    contrast = CalibratedContrast("new", "old", family="any confirmatory contrast")
    settings = CalibrationSettings(draws=200, resamples=999)
    seeds = {name: range(SEEDS[name]) for name in tables}
    known, without = (
        {
            (rate.outcome.test, rate.outcome.quantity): rate.rate
            for rate in calibrate_measures(
                {"AP": tables}, {"AP": [contrast]}, labels, settings=settings, labels=seeds
            )
        }
        for labels in ([q // 3 for q in range(Q)], None)
    )
    found = table[table["rate"].notna()].set_index(["test", "quantity"])["rate"].to_dict()
    assert found == known != without


def test_few_seeds_are_cautioned_and_decide_nothing() -> None:
    generator = np.random.default_rng(1)
    tables = {"new": 0.5 + generator.normal(0, 0.1, (Q, 2))}
    table = calibrated(pair("new", "bm25"), scores=random_scores(tables=tables))
    reason = "new has 2 seeds: not controlled, 3 are needed"
    assert reasons(table, WORD) == [reason]
    assert not table["test"].eq(AT_OWN_LEVEL).any()
    assert reason in set(table.loc[table["quantity"] == "caution", "note"])


def test_a_control_that_decides_nothing_stays_among_the_controls() -> None:
    table = calibrated(pair("new", "old"), pair("new", "once"))
    said = table[(table["test"] == WORD) & (table["system"] == "new")]
    words = set(said.loc[said["multiple"] == 0, "quantity"])
    assert Word.NOT_CONTROLLED in words
    # nothing is beaten as long as one control is not
    assert not {Word.BETTER, Word.BETTER_BY_SESOI} & set(said["quantity"])


def test_several_datasets_are_redrawn_each_and_counted_together() -> None:
    table = calibrated(pair("new", "old"), scores=random_scores(("one", "two")))
    redrawn = table[table["draws"].notna() & ~table["test"].isin(TESTS_ACROSS_DATASETS)]
    assert set(redrawn["dataset"]) == {"one", "two", ""}
    false = redrawn[(redrawn["test"] == WORD) & (redrawn["quantity"] == ANY_FALSE)]
    rates = (
        false[false["system"] == "any claim"]
        .set_index(["dataset", "multiple", "seeds"])
        .sort_index()
    )
    for key, rate in rates.loc["", "rate"].items():
        single = [rates.loc[(name, *key), "rate"] for name in ("one", "two")]
        assert max(single) <= rate <= sum(single)
    # each dataset has half of α
    assert set(false.loc[false["system"] == "new", "level"]) == {0.025}
    assert reasons(table, "max-T") == ["its family is redrawn separately for each dataset"]


def test_a_plan_without_contrasts_has_nothing_to_count() -> None:
    assert not calibrated()["draws"].notna().any()


def test_an_unknown_query_is_named() -> None:
    scores = random_scores()
    holed = scores[~((scores["system"] == "new") & (scores["query_id"] == "q03"))]
    with pytest.raises(InputError, match="lacks query q03"):
        calibrated(pair("new", "old"), scores=holed)

"""What is counted of a whole plan, and what is not, with the reason."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.settings.plan import Analysis
from maw.significance import COVERS, COVERS_CHECKPOINTS, Planned, Settings
from maw.significance import calibrate as calibrate_tables
from maw.significance.other_measures import BH
from maw.significance.over_datasets import ACROSS
from maw.verdicts.calibration import COLUMNS, NOT, TESTS, calibrate_plan
from maw.verdicts.calibration_groups import groups_of, n_experiments, other_groups

Q = 30
SEEDS = {"bm25": 1, "old": 4, "new": 5, "once": 1, "many": 8}


def scores(datasets: tuple[str, ...] = ("toy",), **changed: Any) -> pd.DataFrame:
    """Q queries, systems of SEEDS; changed: system -> [Q, S] in place of random scores."""
    generator = np.random.default_rng(0)
    rows = []
    for dataset in datasets:
        for system, n_seeds in SEEDS.items():
            table = 0.5 + generator.normal(0, 0.1, (Q, 1)) + generator.normal(0, 0.05, (Q, n_seeds))
            table = changed.get(system, table)
            rows += [
                (dataset, system, seed, f"q{q:02}", "nDCG@10", float(table[q, seed]))
                for seed in range(table.shape[1])
                for q in range(Q)
            ]
    columns = ["dataset", "system", "seed", "query_id", "measure", "value"]
    return pd.DataFrame(rows, columns=columns)


def calibrated(
    *contrasts: Mapping[str, Any], frame: pd.DataFrame | None = None, **plan: Any
) -> pd.DataFrame:
    chosen = Analysis.checked({"sesoi": 0.05, **plan, "contrasts": contrasts}, source="test")
    trained = {name: name != "bm25" for name in SEEDS}
    groups = groups_of(
        scores() if frame is None else frame, plan=chosen, trained=trained, clusters=None
    )
    seen: list[int] = []
    found = calibrate_plan(groups, plan=chosen, draws=40, seed=0, advance=seen.append)
    assert sum(seen) == n_experiments(groups, draws=40)
    assert tuple(found.columns) == COLUMNS
    return found


def pair(system: str, baseline: str, **more: Any) -> dict[str, Any]:
    return {"system": system, "baseline": baseline, **more}


def why(found: pd.DataFrame, test: str) -> list[str]:
    return found.loc[(found["quantity"] == NOT) & (found["test"] == test), "note"].tolist()


def test_a_claim_with_a_name_is_counted_beside_the_unnamed_one() -> None:
    found = calibrated(
        pair("new", "old", claims=["better", "routing helps"]),
        pair("new", "bm25", claims=["routing helps"]),
    )
    granted = found[(found["test"] == "E2, Holm") & (found["quantity"] == "rejects")]
    granted = granted.set_index(["system", "multiple", "seeds"])["rate"]
    systems = ["new", "new: routing helps", "any claim"]
    assert list(dict.fromkeys(granted.index.get_level_values("system"))) == systems
    for key, rate in granted["new: routing helps"].items():
        assert rate <= granted["new"][key] <= granted["any claim"][key]


def test_rates_are_the_cores() -> None:
    found = calibrated(pair("new", "old"), pair("old", "bm25", role="reference"))
    frame = scores()
    tables = {
        name: rows.pivot(index="query_id", columns="seed", values="value").to_numpy()
        for name, rows in frame[frame["system"].isin(["new", "old", "bm25"])].groupby("system")
    }
    planned = [
        Planned("new", "old", ("new",), family="any confirmatory contrast"),
        Planned("old", "bm25", family="any reference contrast"),
    ]
    settings = Settings(sesoi=0.05, draws=40, resamples=999)
    known = calibrate_tables(tables, planned, settings=settings)
    counted = found[found["rate"].notna() & found["draws"].notna()]
    assert len(counted) == len(known.rates)
    for row in counted.to_dict("records"):
        name = f"{row['system']} - {row['baseline']}" if row["baseline"] else row["system"]
        rate = known.rate(
            name, row["test"], row["quantity"], multiple=row["multiple"], seeds=row["seeds"]
        )
        assert (row["rate"], row["error"], row["draws"]) == (rate.rate, rate.error, rate.draws)
        assert row["effect"] == pytest.approx(row["multiple"] * 0.05)


def test_every_test_and_interval_of_the_page_is_there() -> None:
    found = calibrated(pair("new", "old"))
    counted = found[found["draws"].notna()]
    assert set(counted["test"]) == set(TESTS) - {"McNemar", *ACROSS}  # not of seeds, one dataset
    assert set(counted["multiple"]) == {0, 1, 2}
    assert set(counted["seeds"]) == {"estimate", "upper"}
    intervals = counted[counted["quantity"].isin([COVERS, COVERS_CHECKPOINTS])]
    sizes = {"d_z", "rank-biserial"}
    assert set(intervals["test"]) == {"E2", "E2, simultaneous", "t", "BCa"} | sizes
    # those of the leaderboard
    alone = intervals[(intervals["baseline"] == "") & (intervals["test"] == "BCa")]
    assert set(alone["system"]) == {"new", "old"}
    assert (counted["error"] > 0).all()


def test_a_system_trained_once_has_e1_alone_and_its_claim_is_not_counted() -> None:
    found = calibrated(pair("once", "old"), pair("new", "old"))
    told = ["once is trained with one seed: nothing is known about training it again"]
    assert why(found, "E2") == why(found, "TOST") == why(found, "E2, Holm") == told
    counted = found[(found["system"] == "once") & found["draws"].notna()]
    of_one_run = {"t", "BCa", "Wilcoxon", "Pratt", "sign", "sign-flip", "max-T"}
    assert set(counted["test"]) == of_one_run | {"d_z", "rank-biserial"}
    assert set(found.loc[found["test"] == "E2, Holm", "system"]) == {"once", "new", "any claim"}


def test_what_cannot_differ_is_not_redrawn() -> None:
    frame = scores(new=np.ones((Q, 5)), bm25=np.ones((Q, 1)))
    found = calibrated(pair("new", "bm25"), frame=frame)
    assert why(found, "every test") == ["every query scores 1 on both sides: nothing to test"]
    assert not found["draws"].notna().any()


def test_a_plan_without_a_margin_says_what_that_costs() -> None:
    found = calibrated(pair("new", "old"), sesoi=None)
    assert why(found, "power, TOST") == ["the plan states no smallest effect of interest"]
    assert set(found["multiple"].dropna()) == {0}


def test_mcnemar_is_counted_of_single_runs_that_hit_or_miss() -> None:
    generator = np.random.default_rng(4)
    hits = {name: generator.integers(2, size=(Q, 1)).astype(float) for name in ("new", "bm25")}
    frame = scores(**hits).assign(measure="Success@10")
    found = calibrated(pair("new", "bm25"), frame=frame, primary="Success@10")
    of_test = found[(found["test"] == "McNemar") & found["draws"].notna()]
    assert set(of_test["multiple"]) == {0, 1, 2}
    assert of_test.loc[of_test["multiple"] == 0, "rate"].max() <= 0.05 + 3 * 0.035
    assert why(found, "McNemar") == []


def test_what_is_not_calibrated_says_why_in_the_table() -> None:
    found = calibrated(pair("new", "old"))
    assert "nDCG@10 is none" in why(found, "McNemar")[0]
    assert "one dataset" in why(found, "E3 and k̂")[0]
    assert "E2 alone is counted" in why(found, "other tests of other measures")[0]


def test_of_several_datasets_e3_and_the_count_are_calibrated_too() -> None:
    names = ("here", "there", "yonder")
    contrasts = [pair("new", "old"), pair("once", "old"), pair("new", "bm25", role="reference")]
    found = calibrated(*contrasts, frame=scores(names))
    over = found[found["test"].isin(ACROSS) & found["rate"].notna()]
    assert set(over["test"]) == set(ACROSS)
    assert set(over["dataset"]) == {""}
    told = set(zip(over["system"], over["baseline"], strict=True))
    assert told == {("new", "old"), ("new", "bm25")}  # one seed of a trained system tells nothing
    assert over["multiple"].isin([0, 1, 2]).all()
    assert (over["effect"] == over["multiple"] * 0.05).all()
    assert why(found, "E3 and k̂") == why(found, "E3") == []


@pytest.mark.parametrize(("names", "n"), [(("here", "there"), 0), (("here", "there", "again"), 1)])
def test_two_datasets_are_counted_and_further_splits_are_no_datasets(
    names: tuple[str, ...], n: int
) -> None:
    plan = Analysis.checked({"contrasts": [pair("new", "old")]}, source="test")
    trained = {name: name != "bm25" for name in SEEDS}
    groups = groups_of(scores(names), plan=plan, trained=trained, clusters=None)
    found = calibrate_plan(groups, plan=plan, draws=20, seed=0, repeats=names[len(names) - n :])
    over = found[found["test"].isin(ACROSS) & found["rate"].notna()]
    assert set(over["test"]) == {"k̂, Bonferroni", "k̂, Fisher"}
    assert "2 datasets" in why(found, "E3")[0]
    assert len(why(found, "corrected resampled t")) == n


def test_of_other_measures_the_deciding_test_and_its_family_are_counted() -> None:
    both = pd.concat([scores(), scores().assign(measure="AP")])
    constant = scores(**{name: np.ones((Q, n)) for name, n in SEEDS.items()})
    frame = pd.concat([both, constant.assign(measure="Success@10")])
    plan = Analysis.checked(
        {"contrasts": [pair("new", "old"), pair("once", "old")], "alpha": 0.1}, source="test"
    )
    given = {"plan": plan, "trained": {name: name != "bm25" for name in SEEDS}, "clusters": None}
    others = other_groups(frame, **given)
    assert sorted(others) == ["AP", "Success@10"]
    found = calibrate_plan(
        groups_of(frame, **given), plan=plan, draws=100, seed=0, others=others
    ).set_index(["test", "system", "quantity"])
    by_ap = found.loc["E2 by AP"]
    covered = by_ap.loc[("new", COVERS), "rate"]
    assert by_ap.loc[("new", "rejects"), "rate"] == pytest.approx(1 - covered)
    # one measure alone has no family to pay for
    family = found.loc[(BH, "any confirmatory contrast", "rejects")]
    assert family["rate"] == by_ap.loc[("new", "rejects"), "rate"]
    assert 0.01 <= family["rate"] <= 0.3
    assert "trained with one seed" in by_ap.loc[("once", NOT), "note"]
    told = found.loc[("E2 by Success@10", "new", NOT), "note"]
    assert told == "every query scores 1 on both sides: nothing to test"


def test_halves_need_eight_seeds_and_a_copy_never_differs() -> None:
    found = calibrated(pair("many", "old"))
    rows = found[found["test"] == "A/A halves"].set_index("system")
    assert 0 <= rows["rate"]["many"] <= 0.3
    assert rows["note"]["old"] == "4 seeds; halves need 8"
    assert found.loc[found["test"] == "A/A copy", "rate"].tolist() == [0.0]


def test_linked_contrasts_are_redrawn_apart_and_few_seeds_are_cautioned() -> None:
    linked = {"seeds": "linked", "reason": "made from it"}
    generator = np.random.default_rng(1)
    twin = scores(new=0.5 + generator.normal(0, 0.1, (Q, 3)), old=np.full((Q, 3), 0.4))
    found = calibrated(pair("new", "old", **linked), pair("new", "bm25"), frame=twin)
    assert why(found, "E2, Holm") == ["some of its contrasts have linked seeds, others not"] * 2
    counted = found[(found["test"] == "E2") & found["draws"].notna()]
    assert set(counted["baseline"]) == {"old", "bm25"}
    assert not found.duplicated(["system", "baseline", "test", "quantity", "seeds", "multiple"])[
        found["draws"].notna()
    ].any()
    cautions = found.loc[found["quantity"] == "caution", "note"]
    assert "new has 3 seeds: the level is not controlled (up to .10 at 5 %)" in set(cautions)


def test_several_datasets_are_redrawn_each_and_holm_is_told() -> None:
    found = calibrated(pair("new", "old"), frame=scores(("one", "two")))
    redrawn = found[found["draws"].notna() & ~found["test"].isin(ACROSS)]
    assert set(redrawn["dataset"]) == {"one", "two"}
    assert why(found, "E2, Holm") == [
        "Holm goes over the claims of all datasets; here it goes over those of each"
    ]


def test_a_plan_without_contrasts_has_nothing_to_count() -> None:
    assert not calibrated()["draws"].notna().any()


def test_an_unknown_query_is_named() -> None:
    frame = scores()
    holed = frame[~((frame["system"] == "new") & (frame["query_id"] == "q03"))]
    with pytest.raises(InputError, match="lacks query q03"):
        calibrated(pair("new", "old"), frame=holed)

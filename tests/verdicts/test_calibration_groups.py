"""Contrasts of a dataset are redrawn together, and those that cannot be redrawn have a reason."""

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.significance.score_model import SEED_LEVELS
from maw.verdicts.calibration_groups import (
    calibrated_claims,
    calibrated_contrasts,
    family_of,
    groups_of,
    n_experiments,
    name_of,
    other_groups,
)
from tests.verdicts.redrawn_plans import (
    TRAINED,
    Q,
    groups_with,
    pair,
    plan_with,
    random_scores,
)


def test_each_dataset_has_a_group_with_the_form_of_each_contrasts_seeds() -> None:
    plan = plan_with(
        pair("new", "bm25"), pair("new", "old"), pair("many", "old", seeds="independent")
    )
    scores = random_scores(("one", "two"))
    groups = groups_of(scores, plan=plan, trained=TRAINED, clusters=None)
    assert [group.dataset for group in groups] == ["one", "two"]
    forms = [c.seeds for c in calibrated_contrasts(groups[0], plan=plan, n_datasets=2)]
    # bm25 has one run, whose form makes no difference
    assert forms == ["independent", "shared", "independent"]
    assert groups[0].names == ["new", "bm25", "old", "many"]
    assert n_experiments(groups, draws=10) == 2 * len(SEED_LEVELS) * 10


def test_a_constant_contrast_is_refused_and_a_system_trained_once_is_lone() -> None:
    scores = random_scores(tables={"many": np.ones((Q, 8)), "bm25": np.ones((Q, 1))})
    (group,) = groups_with(pair("many", "bm25"), pair("once", "old"), scores=scores)
    reason = "every query scores 1 under both systems: nothing to test"
    assert group.refused == {("many", "bm25"): reason}
    assert list(group.lone) == [("once", "old")]
    assert "once is trained with one seed" in group.lone["once", "old"]
    assert set(group.undecided) == {("many", "bm25"), ("once", "old")}
    assert group.names == ["once", "old"]


def test_too_few_common_seeds_decide_nothing() -> None:
    scores = random_scores()
    later = scores["seed"].where(scores["system"] != "new", scores["seed"] + 2)
    (two,) = groups_with(pair("new", "old"), scores=scores.assign(seed=later))
    assert two.undecided == {("new", "old"): "new and old share 2 seed labels; 3 are needed"}
    assert not two.lone
    last = scores["seed"].where(scores["system"] != "new", scores["seed"] + 3)
    (one,) = groups_with(pair("new", "old"), scores=scores.assign(seed=last))
    assert one.lone == {("new", "old"): "new and old share 1 seed labels; 3 are needed"}


def test_a_claim_keeps_controls_that_decide_nothing_and_says_why_it_has_none() -> None:
    plan = plan_with(
        pair("new", "old"), pair("new", "once"), pair("once", "bm25"),
        pair("old", "bm25", role="reference"),
    )  # fmt: skip
    (group,) = groups_of(random_scores(), plan=plan, trained=TRAINED, clusters=None)
    claims, reasons = calibrated_claims(group, plan=plan, n_datasets=1)
    (claim,) = claims
    assert (claim.name, claim.controls, claim.undecided) == (
        "new",
        ("old", "once"),
        frozenset({"once"}),
    )
    assert claim.level == 0.025
    assert list(reasons) == ["once"]
    assert "once is trained with one seed" in reasons["once"]
    levels = {
        contrast.name: contrast.level
        for contrast in calibrated_contrasts(group, plan=plan, n_datasets=1)
    }
    assert levels == {
        "new - old": 0.025, "new - once": None, "once - bm25": None, "old - bm25": None,
    }  # fmt: skip


def test_nested_claims_include_each_other_and_a_contrast_has_its_strictest_level() -> None:
    plan = plan_with(
        pair("new", "old", claims=["better", "routing helps"]),
        pair("new", "bm25", claims=["routing helps"]),
        pair("many", "old", role="non-inferiority", margin=0.03),
        weights={"new: better": 0.5, "new: routing helps": 0.3, "many": 0.2},
    )
    (group,) = groups_of(random_scores(), plan=plan, trained=TRAINED, clusters=None)
    claims, reasons = calibrated_claims(group, plan=plan, n_datasets=1)
    assert reasons == {}
    assert {claim.name: claim.includes for claim in claims} == {
        "new": (), "new: routing helps": ("new",),
    }  # fmt: skip
    contrasts = calibrated_contrasts(group, plan=plan, n_datasets=2)
    assert [contrast.level for contrast in contrasts] == pytest.approx([0.0075, 0.0075, 0.005])
    assert [contrast.margin for contrast in contrasts] == [None, None, 0.03]


def test_a_plan_with_looks_has_the_level_of_the_look() -> None:
    looks = [{"seeds": 4, "alpha": 0.01}, {"seeds": 8, "alpha": 0.04}]
    plan = plan_with(pair("new", "old"), looks=looks)
    (group,) = groups_of(random_scores(), plan=plan, trained=TRAINED, clusters=None)
    ((claim,), _) = calibrated_claims(group, plan=plan, n_datasets=1)
    assert claim.level == 0.01
    (contrast,) = calibrated_contrasts(group, plan=plan, n_datasets=1)
    assert contrast.level == 0.01
    (group,) = groups_of(
        random_scores(tables={"old": np.random.default_rng(0).random((Q, 5))}),
        plan=plan,
        trained=TRAINED,
        clusters=None,
    )
    with pytest.raises(InputError, match="no look has 5 seeds"):
        calibrated_claims(group, plan=plan, n_datasets=1)


def test_other_measures_have_groups_without_the_primary_one() -> None:
    scores = pd.concat([random_scores(), random_scores().assign(measure="AP")])
    plan = plan_with(pair("new", "old"))
    others = other_groups(scores, plan=plan, trained=TRAINED, clusters=None)
    assert list(others) == ["AP"]
    assert [group.dataset for group in others["AP"]] == ["toy"]


def test_labels_are_those_of_the_clusters() -> None:
    clusters = {"toy": {f"q{q:02}": q // 2 for q in range(Q)}}
    plan = plan_with(pair("new", "old"))
    (group,) = groups_of(random_scores(), plan=plan, trained=TRAINED, clusters=clusters)
    assert group.labels == tuple(str(q // 2) for q in range(Q))


def test_names_of_claims_and_families() -> None:
    assert name_of(("new", "better")) == "new"
    assert name_of(("new", "routing helps")) == "new: routing helps"
    assert family_of("reference") == "any reference contrast"

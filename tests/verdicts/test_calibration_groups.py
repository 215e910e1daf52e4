"""Contrasts are redrawn in groups, and those that cannot be redrawn have a reason."""

import numpy as np
import pandas as pd
import pytest

from maw.settings.plan import PlannedContrast
from maw.significance.score_model import SEED_LEVELS
from maw.verdicts.calibration_groups import (
    carried_by,
    claims_of,
    family_sizes,
    groups_of,
    n_experiments,
    names_of,
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

LINKED = {"seeds": "linked", "reason": "made from it"}


def test_linked_contrasts_have_a_group_of_their_own_on_each_dataset() -> None:
    groups = groups_with(
        pair("new", "bm25"), pair("new", "old", **LINKED), scores=random_scores(("one", "two"))
    )
    assert [(group.dataset, group.linked) for group in groups] == [
        ("one", False), ("one", True), ("two", False), ("two", True),
    ]  # fmt: skip
    # new has five seeds and old four, so that their seeds cannot be linked
    reason = "linked seeds, but the two systems do not have the same ones"
    assert groups[1].refused == {("new", "old"): reason}
    assert groups[1].redrawn == []
    assert n_experiments(groups, draws=10) == 2 * len(SEED_LEVELS) * 10


def test_a_constant_contrast_is_refused_and_a_system_trained_once_is_lone() -> None:
    scores = random_scores(tables={"many": np.ones((Q, 8)), "bm25": np.ones((Q, 1))})
    (group,) = groups_with(pair("many", "bm25"), pair("once", "old"), scores=scores)
    reason = "every query scores 1 under both systems: nothing to test"
    assert group.refused == {("many", "bm25"): reason}
    assert list(group.lone) == [("once", "old")]
    assert "once is trained with one seed" in group.lone["once", "old"]
    assert names_of(group) == ["once", "old"]


def test_a_claim_is_counted_where_all_its_controls_are_redrawn_together() -> None:
    of_new = random_scores().query("system == 'new'")
    table = of_new.pivot(index="query_id", columns="seed", values="value").to_numpy()
    scores = random_scores(tables={"old": table})  # as many seeds as new has
    groups = groups_with(
        pair("new", "bm25"), pair("new", "old", **LINKED), pair("many", "bm25"),
        pair("once", "bm25"), scores=scores,
    )  # fmt: skip
    claims = claims_of(groups[0], groups)
    assert claims["many"] == ""
    assert claims["new"] == "some of its contrasts have linked seeds, others not"
    assert "once is trained with one seed" in claims["once"]


def test_the_size_of_a_family_leaves_out_what_is_not_redrawn() -> None:
    contrasts = (
        pair("new", "old", claims=["better", "routing helps"]), pair("many", "old"),
        pair("once", "old"), pair("old", "bm25", role="reference"),
    )  # fmt: skip
    assert family_sizes(groups_with(*contrasts)) == {"confirmatory": 3, "reference": 1}
    two = groups_with(*contrasts, scores=random_scores(("one", "two")))
    assert family_sizes(two) == {"confirmatory": 6, "reference": 2}


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


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ("new",)),
        ({"claims": ("better", "routing helps")}, ("new", "new: routing helps")),
        ({"role": "reference"}, ()),
    ],
)
def test_a_claim_with_a_name_stands_behind_its_system(
    options: dict[str, object], names: tuple[str, ...]
) -> None:
    contrast = PlannedContrast.model_validate({"system": "new", "baseline": "old", **options})
    assert carried_by(contrast) == names

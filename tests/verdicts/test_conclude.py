"""The default plan of a comparison, what no plan can judge, and what a plan leaves open."""

from collections.abc import Mapping

import numpy as np
import pytest

from maw.errors import InputError
from maw.verdicts.conclude import default_plan, plan_notices, require_comparable
from tests.scored import plan_of, scored


def test_the_default_plan_sets_every_other_system_against_the_baseline() -> None:
    plan = default_plan(["c", "base", "a"], baseline="base", primary="AP", alpha=0.1, sesoi=0.02)
    pairs = [(pair.system, pair.baseline, pair.role, pair.seeds) for pair in plan.contrasts]
    rest = ("base", "confirmatory", "auto")
    assert pairs == [("a", *rest), ("c", *rest)]
    assert (plan.primary, plan.alpha, plan.sesoi) == ("AP", 0.1, 0.02)
    plain = default_plan(["a", "base"], baseline="base", primary="AP")
    assert (plain.alpha, plain.sesoi) == (0.05, None)


def test_an_unknown_baseline_or_level_is_named() -> None:
    with pytest.raises(InputError, match="baseline: unknown system 'bsae'; did you mean 'base'"):
        default_plan(["a", "base"], baseline="bsae", primary="AP")
    with pytest.raises(
        InputError, match="options.alpha: Input should be less than or equal to 0.5"
    ):
        default_plan(["a", "base"], baseline="base", primary="AP", alpha=2)


def test_two_systems_and_two_topics_are_needed() -> None:
    require_comparable(scored({"a": np.ones((2, 1)), "b": np.ones((2, 1))}))
    with pytest.raises(InputError, match=r"only one system \('a'\): nothing to compare it with"):
        require_comparable(scored({"a": np.ones((2, 1))}))
    with pytest.raises(InputError, match=r"toy: only one topic \('q00'\); a test needs at least 2"):
        require_comparable(scored({"a": np.ones((1, 1)), "b": np.ones((1, 1))}))


@pytest.mark.parametrize(
    ("trained", "sesoi", "notices"),
    [
        ({"a": True, "b": True}, 0.02, []),
        ({"a": True, "b": False}, 0.02, [("single-runs", 1)]),
        ({"a": True, "b": True}, None, [("no-sesoi", 1)]),
        ({"a": True, "b": True, "c": False}, 0.02, [("not-planned", 1)]),
        ({"a": False, "b": False, "c": True, "d": True}, None,
         [("single-runs", 2), ("no-sesoi", 1), ("not-planned", 2)]),
    ],
)  # fmt: skip
def test_what_a_plan_leaves_open_is_noticed(
    trained: Mapping[str, bool], sesoi: float | None, notices: list[tuple[str, int]]
) -> None:
    plan = plan_of(("a", "b"), sesoi=sesoi)
    told = plan_notices(plan, trained=trained)
    assert [(notice.code, notice.count) for notice in told] == notices
    assert {notice.subject for notice in told} <= {"plan"}

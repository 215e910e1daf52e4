"""The control of the budget: each outcome, what contradicts what, and the table of trainings."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.significance import crossed, judge_claim
from maw.verdicts.budget import (
    HOLDS,
    NOT_SHOWN,
    ONLY_HERE,
    RUNS,
    budget_rows,
    budget_runs,
    contradict,
    outcome_of,
)
from maw.verdicts.study_controls import Row
from tests.verdicts.small_study import Q, scores_of, study_of, table

PLAIN, NEW = table(0.5, seed=1), table(0.51, seed=2)
CLAIM = {"dataset": "d", "system": "new", "claim": "better", "decided_by": "plain", "level": 0.05}


def row_of(
    plain: Any, new: Any, *, sesoi: float | None = 0.02, claims: list[dict[str, Any]] | None = None
) -> Row:
    """Return the row of `new` against `plain` whose scores with more steps are these."""
    study = study_of({"plain": PLAIN, "new": NEW, "zero": table(0.4, seeds=1)}, sesoi=sesoi)
    longer = scores_of({"plain": plain, "new": new})
    (row,) = budget_rows(study, pd.DataFrame(claims or [CLAIM]), longer=longer, factor=2)
    return row


def test_a_verdict_holds_where_the_difference_changes_by_less_than_sesoi() -> None:
    row = row_of(table(0.55, seed=3), table(0.56, seed=4))
    assert (row["passed"], row["outcome"], row["pushes"]) == (True, HOLDS, "none")
    assert row["estimate"] == pytest.approx(0, abs=1e-9)
    assert -0.02 < row["low"] < 0 < row["high"] < 0.02  # type: ignore[operator]
    assert (row["kind"], row["control"]) == ("budget", "2 times the steps")
    assert (row["system"], row["baseline"]) == ("new", "plain")


@pytest.mark.parametrize(("change", "pushes"), [(0.1, "against"), (-0.1, "for")])
def test_a_clear_change_of_half_of_sesoi_or_more_is_of_this_budget_only(
    change: float, pushes: str
) -> None:
    row = row_of(table(0.6, seed=3), table(0.61 + change, seed=4))
    assert (row["passed"], row["outcome"], row["pushes"]) == (False, ONLY_HERE, pushes)
    assert row["estimate"] == pytest.approx(change)


def test_an_unclear_change_shows_nothing() -> None:
    uneven = np.where(np.arange(Q) % 2, 0.2, -0.2)[:, None]
    row = row_of(PLAIN, NEW + uneven)
    assert (row["passed"], row["outcome"], row["pushes"]) == (None, NOT_SHOWN, "none")
    assert row["low"] < -0.02 < 0.02 < row["high"]  # type: ignore[operator]


@pytest.mark.parametrize("seeds", ["shared", "independent"])
def test_the_order_of_seeds_matters_only_where_systems_share_them(seeds: str) -> None:
    contrast = [{"system": "new", "baseline": "plain", "seeds": seeds}]
    study = study_of({"plain": PLAIN, "new": NEW}, contrasts=contrast)
    longer = scores_of({"plain": table(0.55, seed=3), "new": table(0.56, seed=4)})
    turned = study_of({"plain": PLAIN[:, ::-1], "new": NEW}, contrasts=contrast)
    longer_turned = scores_of({"plain": table(0.55, seed=3)[:, ::-1], "new": table(0.56, seed=4)})
    (row,) = budget_rows(study, pd.DataFrame([CLAIM]), longer=longer, factor=2)
    (other,) = budget_rows(turned, pd.DataFrame([CLAIM]), longer=longer_turned, factor=2)
    assert row["estimate"] == pytest.approx(other["estimate"])
    same = row["high"] == pytest.approx(other["high"], rel=1e-6)
    assert same is (seeds == "independent")


def test_gains_of_independent_seeds_are_compared_as_independent() -> None:
    contrast = [{"system": "new", "baseline": "plain", "seeds": "independent"}]
    study = study_of({"plain": PLAIN, "new": NEW}, contrasts=contrast)
    plain, new = table(0.55, seed=3), table(0.56, seed=4)
    longer = scores_of({"plain": plain, "new": new})
    (row,) = budget_rows(study, pd.DataFrame([CLAIM]), longer=longer, factor=2)
    test = crossed(
        new - NEW, plain - PLAIN, seeds="independent", measure_range=2.0, trained=(True, True)
    )
    interval = test.confidence_interval(0.95)
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))


def test_without_sesoi_nothing_is_shown() -> None:
    assert row_of(PLAIN, NEW, sesoi=None)["outcome"] == NOT_SHOWN


def test_words_that_contradict_each_other_are_of_this_budget_only() -> None:
    # .010 ± .004 is "better"; −.010 ± .004 is "refuted"; Γ = −.02, which .03 would call small
    row = row_of(table(0.5, seed=3), table(0.49, seed=4), sesoi=0.03)
    assert -0.03 < row["low"] < row["high"] < 0  # type: ignore[operator]
    assert row["outcome"] == ONLY_HERE


def test_a_system_without_training_has_the_same_scores_at_every_budget() -> None:
    against_zero = CLAIM | {"decided_by": "zero"}
    row = row_of(PLAIN, NEW + 0.01, claims=[against_zero])
    assert row["estimate"] == pytest.approx(0.01)
    assert row["baseline"] == "zero"


def test_claims_of_one_pair_have_one_row_and_undecided_ones_none() -> None:
    routing = CLAIM | {"claim": "routing helps", "level": 0.001}
    open_claim = CLAIM | {"system": "plain", "decided_by": None}
    row = row_of(table(0.5, seed=3), NEW, claims=[CLAIM, routing, open_claim])
    assert row["outcome"] == HOLDS
    study = study_of({"plain": PLAIN, "new": NEW})
    assert budget_rows(study, pd.DataFrame([open_claim]), longer=None, factor=2) == []


def test_two_seeds_show_nothing() -> None:
    difference = np.random.default_rng(0).normal(scale=1e-4, size=(Q, 2))
    change = crossed(difference, np.zeros((Q, 2)), seeds="shared", trained=(True, True))
    assert outcome_of(change, sesoi=0.02, words_contradict=False) == NOT_SHOWN


def judged(lead: float, *, spread: float = 0.001, sesoi: float = 0.02) -> Any:
    """Return the verdict on a lead that is measured to within about spread / 4."""
    noise = np.random.default_rng(1).normal(scale=spread, size=(Q, 4))
    contrast = crossed(lead + noise - noise.mean(), np.zeros((Q, 4)), seeds="shared")
    return judge_claim([contrast], level=0.05, sesoi=sesoi)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (judged(0.05), judged(0.01), True),  # at least SESOI; less than SESOI
        (judged(0.05), judged(0.02, spread=0.01), False),  # at least SESOI; better
        (judged(0.05), judged(-0.005, spread=0.01), True),  # at least SESOI; equivalent
        (judged(0.01), judged(-0.01), True),  # better; refuted
        (judged(0.01), judged(0.0), False),  # less than SESOI; equivalent
        (judged(-0.01), judged(0.0), False),  # refuted by less than SESOI; equivalent
        (judged(-0.05), judged(0.0), True),  # refuted by at least SESOI; equivalent
        (judged(-0.05), judged(0.01, spread=0.2), False),  # refuted; inconclusive
    ],
)
def test_two_words_contradict_each_other_where_no_lead_fits_both(
    one: Any, other: Any, expected: bool
) -> None:
    assert contradict(one, other, sesoi=0.02) is expected
    assert contradict(other, one, sesoi=0.02) is expected


def test_trainings_of_folds_are_averaged_and_scores_belong_to_their_budget() -> None:
    key = {"dataset": "d", "system": "new", "seed": 42}
    runs = pd.DataFrame(
        [
            {**key, "factor": factor, "steps": 10 * factor, "dev": dev}
            for factor, dev in ((1, 0.4), (1, 0.6), (2, 0.8), (2, 0.9))
        ]
    )
    scores = pd.DataFrame(
        [
            {**key, "factor": factor, "query_id": query, "value": value}
            for factor, query, value in ((1, "a", 0.2), (1, "b", 0.4), (2, "a", 1.0), (2, "b", 0.5))
        ]
    )
    table_of_runs = budget_runs(runs, scores)
    assert list(table_of_runs.columns) == RUNS
    assert table_of_runs["dev"].tolist() == pytest.approx([0.5, 0.85])
    assert table_of_runs["primary"].tolist() == pytest.approx([0.3, 0.75])
    assert table_of_runs["steps"].tolist() == [10, 20]

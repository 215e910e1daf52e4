"""A row for each contrast, dataset and measure, and a leaderboard, whatever the order of scores."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.settings.plan import Analysis, PlannedContrast
from maw.verdicts.decide import COLUMNS, LEADERBOARD, leaderboard
from maw.verdicts.families import CLAIMS
from tests.scored import plan_of, score_array
from tests.verdicts.five_systems import (
    FULL,
    MEASURES,
    SCORES,
    Q,
    judged,
    only,
    rows_of,
    scores_of,
)


def test_there_is_a_row_per_contrast_dataset_and_measure_with_the_agreed_columns(
    full_rows: pd.DataFrame,
) -> None:
    assert list(full_rows.columns) == COLUMNS
    assert len(full_rows) == 5 * len(MEASURES)
    assert not full_rows.duplicated(["dataset", "system", "baseline", "measure"]).any()


def test_the_order_of_rows_does_not_matter(full_rows: pd.DataFrame) -> None:
    shuffled = SCORES.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(rows_of(shuffled, FULL), full_rows)
    clusters = {"toy": {f"q{q:02}": q % 7 for q in range(Q)}}
    boards = [leaderboard(s, clusters=clusters, measures=MEASURES) for s in (SCORES, shuffled)]
    pd.testing.assert_frame_equal(*boards)


def test_clusters_of_one_query_are_no_clusters(full_rows: pd.DataFrame) -> None:
    alone = rows_of(SCORES, FULL, clusters={"toy": {f"q{q:02}": f"q{q:02}" for q in range(Q)}})
    pd.testing.assert_frame_equal(alone, full_rows)
    assert alone["n_clusters"].isna().all()


def test_a_plan_without_contrasts_gives_empty_tables() -> None:
    empty = judged(SCORES, plan_of())
    assert (list(empty.rows.columns), list(empty.claims.columns)) == (COLUMNS, CLAIMS)
    assert empty.rows.empty
    assert empty.claims.empty


@pytest.mark.parametrize(
    ("options", "message"),
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
def test_a_plan_that_does_not_fit_the_scores_is_refused(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        rows_of(SCORES, plan_of(("maw_a", "plain")), **options)


@pytest.mark.parametrize(
    ("trained", "message"),
    [
        (("zero",), "analysis.trained: 'zero' is not trained; take it out"),
        (("zeroo",), "analysis.trained: unknown system 'zeroo'; did you mean 'zero'"),
    ],
)
def test_a_plan_may_not_declare_trained_what_has_no_training(
    trained: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        rows_of(SCORES, plan_of(("maw_a", "plain"), trained=trained))


def test_linked_seeds_must_be_the_same_on_every_dataset() -> None:
    link = PlannedContrast(
        system="maw_a", baseline="plain", seeds="linked", reason="maw_a starts from plain"
    )
    scores = scores_of({"plain": 0.0, "maw_a": 0.1}, seeds={"plain": 4, "maw_a": 5})
    message = (
        r"'maw_a' and 'plain' have linked seeds, but on toy seeds \[42, .*46\] and \[42, .*45\]"
    )
    with pytest.raises(InputError, match=message):
        rows_of(scores, Analysis(contrasts=(link,)))


def test_the_leaderboard_holds_every_system_with_interval_and_spread_over_seeds() -> None:
    board = leaderboard(SCORES, clusters=None, measures=MEASURES)
    assert list(board.columns) == LEADERBOARD
    assert len(board) == 5 * len(MEASURES)
    row = only(board, system="plain", measure="nDCG@10")
    values = score_array(SCORES, "plain")
    assert row["mean"] == pytest.approx(values.mean())
    assert row["ci_low"] < row["mean"] < row["ci_high"]
    assert row["n_seeds"] == 5
    assert row["sd_seed"] == pytest.approx(values.mean(axis=0).std(ddof=1))
    assert np.isnan(only(board, system="bm25", measure="nDCG@10")["sd_seed"])

"""The leaderboard holds every system with its interval and its spread over seeds."""

import numpy as np
import pandas as pd
import pytest

from maw.verdicts.leaderboard import LEADERBOARD, leaderboard
from tests.scored import score_array
from tests.verdicts.five_systems import MEASURES, SCORES, Q, only


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


def test_the_order_of_rows_does_not_matter() -> None:
    shuffled = SCORES.sample(frac=1, random_state=3)
    clusters = {"toy": {f"q{q:02}": q % 7 for q in range(Q)}}
    boards = [leaderboard(s, clusters=clusters, measures=MEASURES) for s in (SCORES, shuffled)]
    pd.testing.assert_frame_equal(*boards)

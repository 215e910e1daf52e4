"""Rankings that were made elsewhere are returned as they were received."""

from pathlib import Path

import pandas as pd
import pytest

from maw.ranking.inputs import RankInputs
from maw.ranking.systems import run

RECEIVED = pd.DataFrame(
    {
        "query_id": ["q2", "q2", "q2", "q1"],
        "doc_id": ["d3", "d1", "d2", "d1"],
        "score": [3.0, 2.0, 1.0, 0.5],
    }
)
QUERIES = pd.DataFrame({"query_id": ["q1", "q2"], "text": ["", ""]})


def inputs(received: pd.DataFrame | None) -> RankInputs:
    empty = pd.DataFrame(columns=["doc_id", "text"])
    return RankInputs(documents=empty, queries=QUERIES, seed=0, depth=2, received=received)


def test_the_first_documents_of_each_query_come_back_without_a_cost() -> None:
    ranked = run.rank(run.Config(path="mine.run"), inputs(RECEIVED))
    expected = RECEIVED.drop(index=2).reset_index(drop=True)
    pd.testing.assert_frame_equal(ranked.ranking, expected)
    assert ranked.cost == {}
    assert ranked.depths is None


def test_nothing_can_be_ranked_anew() -> None:
    with pytest.raises(ValueError, match=r"inputs\.received is None; a run made elsewhere cannot"):
        run.rank(run.Config(path="mine.run"), inputs(None))


def test_a_folder_varies_with_the_seed_and_a_file_does_not(tmp_path: Path) -> None:
    folder, file = run.Config(path=str(tmp_path)), run.Config(path="mine.run")
    assert folder.path == f"{tmp_path}/seed{{seed}}"
    assert (folder.varies, file.varies) == (True, False)
    assert not folder.records_draws

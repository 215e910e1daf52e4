"""Judged@10 against a count by hand, and never among what is tested."""

import pandas as pd

from maw.measures.judged import JUDGED, with_judged
from maw.measures.scoring import score_run


def test_it_is_the_share_of_the_first_ten_that_anybody_judged() -> None:
    run = pd.DataFrame({"query_id": "q", "doc_id": [f"d{d:02}" for d in range(20)]})
    run["score"] = -run.index.to_numpy(float)
    judged = pd.DataFrame({"query_id": "q", "doc_id": ["d00", "d03", "d09", "d15"]})
    judged["relevance"] = [1, 0, 2, 1]  # a judged document is judged whatever its grade
    (row,) = score_run(run, judged, measures=[JUDGED], queries=["q"]).frame.to_dict("records")
    assert row["value"] == 3 / 10


def test_it_comes_last_and_once() -> None:
    assert with_judged(["nDCG@10", "AP"]) == ["nDCG@10", "AP", JUDGED]
    assert with_judged([JUDGED, "AP"]) == ["AP", JUDGED]

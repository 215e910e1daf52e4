"""The columns of rankings and scores, and inputs without a file."""

import pandas as pd

from maw.runs.content import RANKING, SCORE_KEY, SCORES, Content, Input


def test_the_columns_are_those_of_the_written_files() -> None:
    assert RANKING == ("query_id", "doc_id", "score")
    assert SCORES == ("dataset", "system", "seed", "query_id", "measure", "value")
    assert (*SCORE_KEY, "value") == SCORES


def test_an_object_has_no_hash_and_no_notices() -> None:
    content = Content("ranking", pd.DataFrame(columns=list(RANKING)))
    assert (content.sha256, content.notices) == ("", ())
    assert Input("runs['a']", "") == Input("runs['a']", "")

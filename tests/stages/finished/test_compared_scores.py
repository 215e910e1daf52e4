"""Finished results are recognised; an unfinished suite or files that do not match are named."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from maw.comparison import conclude
from maw.errors import InputError
from maw.jobs import files
from maw.jobs.pending import PendingFile
from maw.runs.evidence import Evidence
from maw.settings.plan import Analysis
from maw.stages.finished.compared_scores import open_compared_scores
from maw.stages.finished.publish import publish

Finish = Callable[..., Path]
PLAN = {"sesoi": 0.05, "contrasts": [{"system": "new", "baseline": "bm25"}]}


@pytest.fixture
def results(finish: Finish) -> Path:
    return finish(PLAN, seeds={"bm25": [0], "new": [42, 43]})


def test_a_suite_and_what_compare_left_are_read_alike(results: Path, tmp_path: Path) -> None:
    suite = open_compared_scores(results)
    evidence = Evidence(suite.scores, ("nDCG@10", "RR@1000", "AP"), ())
    publish(conclude(evidence, plan=suite.plan, clusters=suite.clusters), tmp_path / "out")
    comparison = open_compared_scores(tmp_path / "out")
    assert (suite.is_suite, comparison.is_suite) == (True, False)
    assert comparison.plan == suite.plan == Analysis.model_validate(PLAN)
    assert comparison.trained == suite.trained == {"bm25": False, "new": True}
    known = dict(suite.clusters["toy"])
    clusters = dict(comparison.clusters["toy"])
    assert len(clusters) == 22
    assert clusters == {query: known[query] for query in clusters}
    assert (comparison.summary, comparison.tables) == (tmp_path / "out", tmp_path / "out")


def test_a_mixture_is_refused(results: Path) -> None:
    path = results / "summary/scores.parquet"
    PendingFile(path).write(
        files.parquet_bytes(pd.read_parquet(path), {"digest": "later", "reads": []})
    )
    with pytest.raises(InputError, match="made from other files than those beside them"):
        open_compared_scores(results)


def test_what_is_not_finished_or_not_ours_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no comparisons.parquet; give a suite's results"):
        open_compared_scores(tmp_path)
    (tmp_path / "runs").mkdir()
    with pytest.raises(InputError, match="the suite is not finished; run snakemake to the end"):
        open_compared_scores(tmp_path)
    frame = pd.DataFrame({"a": [1]})
    PendingFile(tmp_path / "comparisons.parquet").write(files.parquet_bytes(frame, {"digest": "d"}))
    with pytest.raises(InputError, match="its stamp holds no plan"):
        open_compared_scores(tmp_path)

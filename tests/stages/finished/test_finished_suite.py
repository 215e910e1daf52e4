"""A finished suite's frames and figures come out as the report has them."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import altair as alt
import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs.files import parquet_bytes
from maw.jobs.pending import PendingFile
from maw.stages.finished.finished_suite import ExperimentalValidationFramework, open_suite
from maw.stages.shared.summary import RUN, SummaryPaths
from maw.verdicts.moved import DIFFERENCES
from tests.reporting.small_suite import comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

Write = Callable[..., Path]
PLAN = plan_of(("new", "old"), ("new", "random"))
LOST = {
    "dataset": "toy", "system": "new", "claim": "new", "baseline": "old", "cluster": "",
    "score": 0.0, "score_baseline": 0.5, "n_seeds": 4, "n_seeds_baseline": 4,
}  # fmt: skip


@pytest.fixture
def results(tmp_path: Path, write: Write) -> Path:
    """Write the summary of a small suite, and the texts of its queries; return the folder."""
    differences = pd.DataFrame(
        [
            {**LOST, "query_id": query, "difference": difference}
            for query, difference in (("q0", -0.5), ("q1", 0.2), ("q2", -0.1), ("q3", -0.3))
        ],
        columns=DIFFERENCES,
    )
    frames = suite_frames(comparison_frames(random_tables(), PLAN))
    summary = tmp_path / "summary"
    for file in fields(SummaryPaths):
        frame = getattr(frames, file.name, None)
        name = "datasets" if file.name == "across" else file.name
        if frame is None or file.name in ("runs", "claims"):
            frame = pd.DataFrame(columns=RUN)
        write(summary / f"{name}.parquet", frame)
    write(summary / "differences.parquet", differences)
    stamp = {"digest": "d0", "spec": {"analysis": PLAN.model_dump(mode="json")}}
    PendingFile(summary / "claims.parquet").write(parquet_bytes(frames.claims, stamp))
    texts = pd.DataFrame({"query_id": ["q0", "q2", "q3"], "text": ["zero", "two", "three"]})
    write(tmp_path / "data/toy/queries.parquet", texts)
    return tmp_path


def test_the_statistics_are_the_frames_of_the_summary(results: Path) -> None:
    found = ExperimentalValidationFramework(results)
    statistics = found.statistics()
    assert {"claims", "comparisons", "components"} <= set(statistics)
    assert set(statistics["claims"]["system"]) == {"new"}
    assert open_suite(results).plan == PLAN
    assert "runs" not in found.scaling()  # the suite has no run: an empty frame is left out


def test_the_baselines_are_all_systems(results: Path) -> None:
    assert set(ExperimentalValidationFramework(results).baselines()["system"]) == {
        "new", "old", "random",
    }  # fmt: skip


def test_failures_are_the_queries_that_lose_most_with_their_texts(results: Path) -> None:
    worst = ExperimentalValidationFramework(results).failures(n=2)
    assert worst[["query_id", "text"]].to_numpy().tolist() == [["q0", "zero"], ["q3", "three"]]
    assert len(ExperimentalValidationFramework(results).failures()) == 3  # q1 is no loss
    assert ExperimentalValidationFramework(results).failures(n=0).empty


def test_the_figures_are_charts_of_what_there_is(results: Path) -> None:
    figures = ExperimentalValidationFramework(results).figures()
    assert "forest" in figures
    assert "budget" not in figures  # the suite has no such control
    assert isinstance(figures["forest"], alt.TopLevelMixin)


def test_a_folder_without_a_finished_suite_is_one_line(tmp_path: Path, write: Write) -> None:
    with pytest.raises(InputError, match="no such file; give the results folder of a finished"):
        open_suite(tmp_path)
    write(tmp_path / "summary/claims.parquet", pd.DataFrame({"claim": ["a"]}))
    with pytest.raises(InputError, match="not the claims of this version of maw"):
        open_suite(tmp_path)

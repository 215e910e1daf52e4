"""The lines for a terminal name every claim, every doubt, and the report's place."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs.files import parquet_bytes
from maw.jobs.pending import PendingFile
from maw.settings.plan import Analysis, PlannedContrast
from maw.stages.finished.verdicts import claim_sentences, verdict_lines
from maw.verdicts.leaderboard import leaderboard
from tests.scored import plan_of
from tests.verdicts.five_systems import SCORES, judged, routing_plan

Write = Callable[..., Path]
Lines = Callable[..., list[str]]
AGREES = {"checked": True, "agrees": True, "largest": 0.00125}
PRIMARY = SCORES[SCORES["measure"] == "nDCG@10"]
TWO = plan_of(("maw_a", "plain"), ("maw_b", "plain"), ("plain", "bm25", "reference"))


def write_summary(
    summary: Path, write: Write, plan: Analysis, *, withheld: dict[str, str] | None = None
) -> None:
    """Write the verdicts on the five systems as the stage `compare` does."""
    verdicts = judged(PRIMARY, plan, measures=["nDCG@10"], withheld=withheld or {})
    stamp = {"digest": "d0", "spec": {"analysis": plan.model_dump(mode="json")}}
    PendingFile(summary / "claims.parquet").write(parquet_bytes(verdicts.claims, stamp))
    write(summary / "comparisons.parquet", verdicts.rows)
    board = leaderboard(PRIMARY, clusters=None, measures=["nDCG@10"])
    write(summary / "leaderboard.parquet", board)


@pytest.fixture
def lines_of(tmp_path: Path, write: Write) -> Lines:
    """Return a function (plan, check, withheld) -> the lines of a suite with these results."""

    def make(
        plan: Analysis, *, check: dict[str, Any] = AGREES, withheld: dict[str, str] | None = None
    ) -> list[str]:
        summary = tmp_path / "summary"
        write_summary(summary, write, plan, withheld=withheld)
        write(summary / "expected.json", check)
        return verdict_lines(tmp_path)

    return make


def test_the_answer_comes_first_and_each_claim_has_its_line(
    lines_of: Lines, tmp_path: Path
) -> None:
    lines = lines_of(TWO)
    assert lines[0] == "On toy, 1 of 2 claims holds."
    assert lines[1] == "  Yes, on toy: maw_a ranks better than plain."
    assert lines[2] == "  No difference that matters, on toy: maw_b and plain are within 0.02."
    assert "smallest lead, over plain, is +.0" in lines[3]
    assert "maw_b − plain is −.0002" in lines[4]
    assert lines[5].startswith("95 % over 2 claims together: each at 97.5 %. 0.02 is the smallest")
    assert lines[6:] == [
        "Committed scores reproduced: largest difference 0.001250.",
        f"Report: {tmp_path / 'report/index.html'}",
    ]


def test_scope_runs_price_and_controls_follow_the_answer(
    lines_of: Lines, write: Write, tmp_path: Path
) -> None:
    key = {"dataset": "toy", "system": ["maw_a", "maw_b", "plain", "bm25"], "seed": 42}
    trained = [True, True, True, False]
    write(tmp_path / "summary/runs.parquet", pd.DataFrame({**key, "trained": trained}))
    seconds = [30.0, 10.0, 20.0, None]
    costs = pd.DataFrame({**key, "train_cpu_seconds": seconds, "device": "cpu"})
    write(tmp_path / "summary/costs.parquet", costs)
    control = {
        "dataset": "toy", "control": "planted loss", "kind": "planted", "system": "plain",
        "baseline": "plain", "passed": True, "outcome": "found",
    }  # fmt: skip
    write(tmp_path / "summary/controls.parquet", pd.DataFrame([control]))
    write(tmp_path / "report/answer.json", {"scope": "Given this split."})
    lines = lines_of(TWO)
    assert lines[6:11] == [
        "Scope: Given this split.",
        "3 trained runs: maw_a, maw_b and plain, one seed each.",
        "Price of maw_a, against plain: 1.50 × the training time.",
        "Price of maw_b, against plain: 0.50 × the training time.",
        "Controls passed: planted loss.",
    ]


def test_a_run_of_each_fold_counts_once(lines_of: Lines, write: Write, tmp_path: Path) -> None:
    folds = {"dataset": "toy", "system": ["maw_a"] * 3 + ["plain"] * 3, "seed": 42}
    write(tmp_path / "summary/runs.parquet", pd.DataFrame({**folds, "trained": True}))
    seconds = [30.0, 40.0, 50.0, 10.0, 20.0, 30.0]
    costs = pd.DataFrame({**folds, "train_cpu_seconds": seconds})
    write(tmp_path / "summary/costs.parquet", costs)
    lines = lines_of(plan_of(("maw_a", "plain")))
    assert "6 trained runs: maw_a and plain, one seed each." in lines
    assert "Price of maw_a, against plain: 2.00 × the training time." in lines  # 40 s over 20 s


def test_a_withheld_word_is_not_said(lines_of: Lines) -> None:
    lines = lines_of(plan_of(("maw_b", "plain")), withheld={"toy": "known difference"})
    assert lines[0].startswith("Undecided, on toy: the control that should have been found was not")


def test_what_the_study_could_not_see_stands_in_the_heading(
    lines_of: Lines, write: Write, tmp_path: Path
) -> None:
    control = {
        "dataset": "toy", "control": "further seeds", "kind": "negative", "system": "plain",
        "baseline": "plain", "estimate": 0.1, "low": 0.05, "high": 0.15, "target": 0.0,
        "passed": False, "outcome": "excludes 0", "pushes": "both",
    }  # fmt: skip
    write(tmp_path / "summary/controls.parquet", pd.DataFrame([control]))
    write(tmp_path / "summary/plan.json", {"undeclared_looks": [3]})
    heading = lines_of(plan_of(("maw_a", "plain")))[0]
    assert "a control failed: further seeds" in heading
    assert "after an undeclared look" in heading


def test_a_plan_without_a_claim_says_so(lines_of: Lines) -> None:
    assert lines_of(plan_of(("maw_a", "plain", "reference")))[0] == "The plan names no claim."


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (AGREES | {"agrees": False}, "Committed scores NOT reproduced: largest difference 0.0012"),
        ({"checked": False, "agrees": True, "largest": 0.0}, None),
    ],
)
def test_the_check_against_the_committed_scores_is_told_where_there_was_one(
    lines_of: Lines, check: dict[str, Any], line: str | None
) -> None:
    plan = plan_of(("maw_a", "plain"))
    lines = [text for text in lines_of(plan, check=check) if "Committed" in text]
    assert [text.startswith(str(line)) for text in lines] == ([] if line is None else [True])


def test_a_suite_that_was_not_run_or_is_older_is_named(tmp_path: Path, write: Write) -> None:
    with pytest.raises(InputError, match=r"claims\.parquet: no such file; run snakemake"):
        verdict_lines(tmp_path)
    write(tmp_path / "summary/claims.parquet", pd.DataFrame({"verdict": ["better"]}))
    with pytest.raises(InputError, match=r"claims\.parquet: not the claims of this version"):
        verdict_lines(tmp_path)


def test_the_claims_about_a_system_are_those_that_it_makes_or_controls(
    tmp_path: Path, write: Write
) -> None:
    write_summary(tmp_path, write, TWO)
    (about,) = claim_sentences(tmp_path, system="maw_a", dataset="toy")
    assert about.startswith("Yes, on toy: maw_a ranks better than plain. Its smallest lead")
    assert len(claim_sentences(tmp_path, system="plain", dataset="toy")) == 2
    assert claim_sentences(tmp_path, system="bm25", dataset="toy") == []
    assert claim_sentences(tmp_path, system="maw_a", dataset="other") == []
    write_summary(tmp_path, write, routing_plan(PlannedContrast(system="plain", baseline="zero")))
    named = claim_sentences(tmp_path, system="maw_b", dataset="toy")
    assert [text.partition(":")[0] for text in named] == ["“routing helps”"]

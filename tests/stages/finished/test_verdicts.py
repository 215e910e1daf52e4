"""The lines for a terminal name every claim, every doubt, and the report's place."""

from collections.abc import Callable
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.errors import InputError
from maw.stages.finished.verdicts import verdict_lines

Write = Callable[..., Path]
CLAIM = {
    "dataset": "pydocs",
    "system": "maw_grpo",
    "baseline": "non_maw",
    "measure": "nDCG@10",
    "role": "confirmatory",
    "verdict": "inconclusive",
    "difference": 0.0031,
    "ci_low": -0.008,
    "ci_high": 0.0142,
    "p_holm": 0.41,
    "mde": 0.0164,
}
AGREES = {"checked": True, "agrees": True, "largest": 0.00125}


@pytest.fixture
def lines_of(tmp_path: Path, write: Write) -> Callable[..., list[str]]:
    """Return a function (claims, converged, check) -> the lines of a suite with these results."""

    def make(
        claims: list[dict[str, Any]],
        *,
        converged: list[bool | None] | None = None,
        check: dict[str, Any] = AGREES,
    ) -> list[str]:
        summary = tmp_path / "summary"
        frame = pd.DataFrame(claims, columns=list(CLAIM))
        runs = pd.DataFrame({"seed": range(len(converged or [0]))})
        if converged is not None:
            runs["converged"] = pd.Series(converged, dtype="object")
        write(summary / "comparisons.parquet", frame)
        write(summary / "runs.parquet", runs)
        write(summary / "expected.json", check)
        return verdict_lines(tmp_path)

    return make


def test_a_claim_is_one_line_with_all_that_its_verdict_rests_on(
    lines_of: Callable[..., list[str]], tmp_path: Path
) -> None:
    assert lines_of([CLAIM], converged=[None, True, True]) == [
        "maw_grpo against non_maw on pydocs: inconclusive. nDCG@10 +0.0031 [−0.0080, +0.0142], "
        "p = 0.410 (Holm), detectable 0.0164",
        "Committed scores reproduced: largest difference 0.001250.",
        f"Report: {tmp_path / 'report/index.html'}",
    ]


def test_only_claims_are_told_in_their_order(lines_of: Callable[..., list[str]]) -> None:
    reference = CLAIM | {"role": "reference", "system": "non_maw"}
    second = CLAIM | {"system": "maw_supervised", "verdict": "better", "p_holm": 0.0001}
    lines = lines_of([CLAIM, reference, second])
    assert [line.split()[0] for line in lines[:2]] == ["maw_grpo", "maw_supervised"]
    assert "maw_supervised against non_maw on pydocs: better." in lines[1]
    assert "p < 0.001 (Holm)" in lines[1]
    assert len(lines) == 4


def test_a_claim_that_was_not_tested_shows_no_number_for_it(
    lines_of: Callable[..., list[str]],
) -> None:
    empty = CLAIM | {"verdict": "not estimable", "p_holm": nan, "mde": nan}
    line = lines_of([empty])[0]
    assert "not estimable" in line
    assert line.endswith("not tested (Holm), detectable –")
    assert "nan" not in line


def test_claims_with_names_come_first(
    lines_of: Callable[..., list[str]], write: Write, tmp_path: Path
) -> None:
    claims = {
        "dataset": "pydocs", "system": "maw_grpo", "measure": "nDCG@10", "n_controls": [1, 2],
        "claim": ["better", "routing helps"], "hardest": ["non_maw", "maw_random"],
        "least": [0.0031, -0.001], "most": [0.0031, 0.0031], "p": [0.2, 0.4],
        "p_holm": [0.4, 0.4], "verdict": "inconclusive",
    }  # fmt: skip
    write(tmp_path / "summary/claims.parquet", pd.DataFrame(claims))
    lines = lines_of([CLAIM])
    assert lines[1] == (
        "maw_grpo on pydocs, “routing helps”: inconclusive. Over 2 controls nDCG@10 −0.0010 to "
        "+0.0031, hardest maw_random; largest p = 0.400, p = 0.400 (Holm)"
    )
    assert lines[2].startswith("maw_grpo against non_maw")
    write(tmp_path / "summary/claims.parquet", pd.DataFrame(claims).iloc[:1])
    assert lines_of([CLAIM])[0].startswith("maw_grpo against non_maw")


def test_a_plan_without_a_claim_says_so(lines_of: Callable[..., list[str]]) -> None:
    assert lines_of([CLAIM | {"role": "reference"}])[0] == "The plan names no claim."


def test_runs_that_still_climbed_are_counted_untrained_ones_are_not(
    lines_of: Callable[..., list[str]],
) -> None:
    lines = lines_of([CLAIM], converged=[None, True, False, False])
    assert lines[1] == "Not converged: 2 of 4 runs still gained at the end."
    assert not any("onverged" in line for line in lines_of([CLAIM], converged=[None, True]))


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (AGREES | {"agrees": False}, "Committed scores NOT reproduced: largest difference 0.0012"),
        ({"checked": False, "agrees": True, "largest": 0.0}, None),
    ],
)
def test_the_check_against_the_committed_scores_is_told_where_there_was_one(
    lines_of: Callable[..., list[str]], check: dict[str, Any], line: str | None
) -> None:
    lines = [text for text in lines_of([CLAIM], check=check) if "Committed" in text]
    assert [text.startswith(str(line)) for text in lines] == ([] if line is None else [True])


def test_a_suite_that_was_not_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"comparisons\.parquet: no such file; run snakemake"):
        verdict_lines(tmp_path)

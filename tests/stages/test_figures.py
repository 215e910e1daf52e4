"""Figures of a suite in which nothing is trained: each file is there, and says what is missing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from maw.reporting.figures.registry import FIGURES
from maw.settings.plan import Analysis
from maw.stages.figures import figures
from tests.stages.summary_files import summary_options

Call = Callable[..., None]
Finish = Callable[..., Path]
Write = Callable[..., Path]
PLAN = {"sesoi": 0.1, "contrasts": [{"system": "other", "baseline": "bm25"}]}


def test_every_figure_is_a_file_where_nothing_is_trained(
    finish: Finish, write: Write, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    results = finish(PLAN, seeds={"bm25": [0], "other": [0]})
    kinds = ("svg", "png", "csv")
    outputs = [results / f"figures/{name}.{kind}" for name in FIGURES for kind in kinds]
    call(
        figures,
        {"analysis": Analysis.model_validate(PLAN).model_dump(mode="json"), "systems": {}},
        **summary_options(results, write),
        figures=outputs,
    )
    assert f"maw figures: {len(FIGURES)} figures" in capsys.readouterr().out
    svgs = {path.stem: path.read_text() for path in outputs if path.suffix == ".svg"}
    assert all(text.startswith("<svg") for text in svgs.values())
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in outputs[1::3])
    with_data = {path.stem for path in outputs[2::3] if len(path.read_text().splitlines()) > 1}
    drawn = {name for name, svg in svgs.items() if FIGURES[name].absent not in svg}
    assert {"forest", "leaderboard"} <= drawn
    assert with_data == drawn

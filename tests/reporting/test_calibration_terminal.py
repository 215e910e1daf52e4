"""The calibration on a terminal: its tables, and lists of what is doubtful or missing."""

import io

import pandas as pd
from rich.console import Console

from maw.reporting.calibration import DECIDING_LEGEND, OTHERS_LEGEND, CalibrationSection
from maw.reporting.calibration_terminal import show

SECTION = CalibrationSection(
    deciding=pd.DataFrame(
        {
            "Contrast": ["new − old"],
            "Type I error": ["0.053 ± 0.007"],
            "Coverage": ["0.947 ± 0.007"],
            "Finds 0.02": ["0.620 ± 0.015"],
        }
    ),
    others=pd.DataFrame({"Test or interval": ["t"], "Rejects without effect": ["0.190 ± 0.007"]}),
    warnings=["toy: new has 2 seeds"],
    checks=["No test tells a system from a copy of itself."],
    missing=["A/A halves (old on toy, bad on toy): 4 seeds; halves need 8"],
    draws=1000,
)


def printed(section: CalibrationSection) -> list[str]:
    file = io.StringIO()
    show(section, Console(file=file))
    assert "\x1b" not in file.getvalue()
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_a_file_gets_plain_lines_without_wrapping() -> None:
    lines = printed(SECTION)
    assert DECIDING_LEGEND in lines
    assert OTHERS_LEGEND in lines
    assert sum(line.startswith("new − old") for line in lines) == 2  # errors, then power
    assert lines[-5:] == [
        "No test tells a system from a copy of itself.",
        "Beware",
        "- toy: new has 2 seeds",
        "Not calibrated",
        "- A/A halves (old on toy, bad on toy): 4 seeds; halves need 8",
    ]


def test_what_was_not_counted_has_neither_table_nor_title() -> None:
    nothing = pd.DataFrame()
    bare = CalibrationSection(nothing, nothing, warnings=[], checks=[], missing=[], draws=0)
    assert printed(bare) == []

"""The calibration on a terminal: its sentence, its tables, and what is doubtful or missing."""

import io

import pandas as pd
from rich.console import Console

from maw.reporting.calibration import LEGENDS, CalibrationSection
from maw.reporting.calibration_terminal import show

SECTION = CalibrationSection(
    answer="On data like these the plan would say a false word in 2.6 ± 0.5 %.",
    tables={
        "claims": pd.DataFrame(
            {
                "Claim": ["new"],
                "True lead": ["0.02"],
                "Better": ["0.620"],
                "Equivalent, no relevant gain": ["0.010"],
                "Refuted": ["0.000"],
                "Undecided": ["0.370"],
                "A false word": ["0.010 ± 0.003"],
                "Bar covers": ["0.980 ± 0.004"],
            }
        ),
        "sizes": pd.DataFrame({"Contrast": ["new − old"], "Redrawn, at α": ["0.053 ± 0.007"]}),
    },
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
    assert lines[0] == SECTION.answer
    assert LEGENDS["claims"] in lines
    assert LEGENDS["sizes"] in lines
    # six numbers stand in two halves, each with the names
    assert [line.split() for line in lines if line.startswith("new ") and "−" not in line] == [
        ["new", "0.02", "0.620", "0.010", "0.000"],
        ["new", "0.02", "0.370", "0.010", "±", "0.003", "0.980", "±", "0.004"],
    ]
    assert lines[-5:] == [
        "No test tells a system from a copy of itself.",
        "Beware",
        "- toy: new has 2 seeds",
        "Not calibrated",
        "- A/A halves (old on toy, bad on toy): 4 seeds; halves need 8",
    ]


def test_what_was_not_counted_has_neither_table_nor_title() -> None:
    bare = CalibrationSection("", {}, warnings=[], checks=[], missing=[], draws=0)
    assert printed(bare) == []

"""Tables for a paper fit a column or a page, and print any text as it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.reporting.paper.paper_tables import (
    COLUMN,
    GAP,
    PAGE,
    Block,
    Cell,
    PaperTable,
    blocks_of,
    breakable,
    latex,
    markdown,
)


def table(*rows: tuple[str, ...], heads: tuple[str, ...] = ("System", "AP")) -> PaperTable:
    cells = tuple(tuple(map(Cell, row)) for row in rows)
    return PaperTable("means of 5%", "Means & more.", (Block(heads, frozenset({0}), cells),))


def test_a_table_has_booktabs_rules_a_caption_and_a_label() -> None:
    assert latex([table(("b_m", "−.5"))]) == (
        "% Fits a column of 3.3 inches. Needs \\usepackage{booktabs,array}.\n"
        "\\begin{table}[tb]\n\\centering\n\\caption{Means \\& more.}\n\\label{tab:means-of-5}\n"
        "\\smallskip\n\\fontsize{8}{9.6}\\selectfont\n\\setlength{\\tabcolsep}{3pt}\n"
        "\\begin{tabular}{@{}lr@{}}\n\\toprule\nSystem & AP \\\\\n\\midrule\n"
        "b\\_\\allowbreak{}m & $-$.5 \\\\\n\\bottomrule\n\\end{tabular}\n\\end{table}\n"
    )


def test_a_table_that_is_wider_than_a_column_fits_a_page() -> None:
    wide = latex([table(("x" * 80, ".5"))])
    assert wide.startswith("% Fits a page of 6.5 inches.")
    assert "\\begin{table*}[tb]" in wide
    assert "\\raggedright" not in wide  # 80 letters fit a page
    assert ">{\\raggedright\\arraybackslash}p{" in latex([table(("x" * 200, ".5"))])


def test_the_best_is_bold_and_a_mark_is_raised() -> None:
    block = Block(("System", "AP"), frozenset({0}), ((Cell("a"), Cell(".5", True, "†")),))
    one = PaperTable("t", "c", (block,))
    assert "a & \\textbf{.5}$^{\\dagger}$ \\\\" in latex([one])
    assert "| a | **.5**† |" in markdown([one])


def test_a_row_of_one_cell_is_a_heading() -> None:
    one = table(("a", ".5"), ("Others",), ("b", ".4"))
    assert "\\addlinespace\n\\multicolumn{2}{@{}l}{\\textit{Others}} \\\\" in latex([one])
    assert "| *Others* |  |\n" in markdown([one])


def test_markdown_prints_signs_as_they_are() -> None:
    assert "| a\\|b\\*c \\_d maw_x | .5 |" in markdown([table(("a|b*c _d maw_x", ".5"))])
    assert markdown([table(("a", ".5"))]).startswith("**means of 5%** Means & more.\n\n| System |")


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("non_maw", r"non\_\allowbreak{}maw"),
        ("abcdefghijklmn", r"abcdefghi\allowbreak{}jklmn"),
        ("better, by at least", "better, by at least"),
        ("abcdefghij", "abcdefghij"),
        ("end_", r"end\_"),
    ],
)
def test_long_names_may_break_without_a_hyphen(name: str, broken: str) -> None:
    assert breakable(name) == broken


@given(
    st.lists(st.text("abm_W", min_size=1, max_size=20), min_size=1, max_size=30),
    st.text("abmW_", max_size=90),
)
def test_every_measure_is_in_one_tabular_that_fits(measures: list[str], name: str) -> None:
    row = [Cell(name), *(Cell(".123") for _ in measures)]
    blocks = blocks_of(["System", *measures], [row])
    assert [head for block in blocks for head in block.heads[1:]] == measures
    for block in blocks:
        first = max(52.0, min(block.widths[0], PAGE / 3))
        assert first + sum(block.widths[1:]) + GAP * (len(block.heads) - 1) <= PAGE
        assert block.heads[0] == "System"


def test_a_table_that_is_too_high_is_continued_from_a_row_with_a_name() -> None:
    rows = [(f"s{n // 2}" if n % 2 == 0 else "", f".{n:03}") for n in range(100)]
    text = latex([table(*rows)])
    parts = text.split("\\begin{table}")[1:]
    assert [part.count("\\\\\n") - 1 for part in parts] == [40, 40, 20]
    assert "\\caption{Means of 5\\% (continued).}\n\\label{tab:means-of-5-2}" in parts[1]
    assert re.findall(r"& (\.\d+)", text) == [f".{n:03}" for n in range(100)]
    assert all(re.search(r"midrule\ns\d+ &", part) for part in parts)


def test_measures_are_spread_evenly() -> None:
    heads = ["System", *(f"Success@{10**n}" for n in range(4))]
    row = [Cell("a"), *(Cell(".1"),) * 4]
    assert [len(block.heads) for block in blocks_of(heads, [row], width=COLUMN)] == [3, 3]

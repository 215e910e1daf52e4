"""The README beside the tables: a line with meaning and unit for each column of each file."""

import pytest

from maw.reporting.paper.column_meanings import COLUMNS
from maw.reporting.paper.columns import FILES, column_of, readme


@pytest.mark.parametrize("file", FILES)
def test_every_column_of_a_file_has_a_meaning_and_a_unit(file: str) -> None:
    assert FILES[file].columns
    for name in FILES[file].columns:
        meaning, unit = column_of(file, name)
        assert meaning.strip()
        assert unit.strip()
        assert "|" not in meaning + unit


def test_no_meaning_is_there_for_a_column_that_no_file_has() -> None:
    used = {name for file in FILES.values() for name in file.columns}
    assert set(COLUMNS) <= used
    for name, file in FILES.items():
        assert set(file.own) <= set(file.columns), name


def test_an_unknown_column_is_an_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        column_of("claims.csv", "nothing")


def test_the_readme_names_the_ids_of_the_page_and_the_columns() -> None:
    text = readme()
    assert "`claims-3` is the third row below the head of claims.csv" in text
    assert "\n## claims.csv\n" in text
    assert (
        "| `lower` | lower limit of the smallest difference, at half the level | unit of the "
        "measure |\n" in text
    )

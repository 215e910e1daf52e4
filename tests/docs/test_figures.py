"""The scripts that draw the pictures of docs/, on small sizes, and the pictures that are there."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy import stats

from docs.figures import mistakes, planning, shared_seeds, small_levels, words
from docs.figures.__main__ import FOLDER
from maw.significance import Word
from tests.reporting.figures.stranger import words_in


@pytest.mark.parametrize("word", list(Word))
def test_a_stranger_reads_the_word_from_its_picture(word: Word) -> None:
    (row,) = words_in((FOLDER / f"{words.file_name(word)}.svg").read_text(encoding="utf-8"))
    assert row.written == word.value
    assert row.by_geometry == word.value


def test_the_picture_of_all_words_has_each_once() -> None:
    read = words_in((FOLDER / f"{words.ALL_WORDS}.svg").read_text(encoding="utf-8"))
    assert [row.by_geometry for row in read] == [word.value for word in words.EXAMPLES]
    assert sorted(words.EXAMPLES) == sorted(Word)


def test_the_words_are_drawn_anew_as_they_are_there() -> None:
    for name, svg in words.pictures():
        there = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        assert [row.by_geometry for row in words_in(svg)] == [
            row.by_geometry for row in words_in(there)
        ], f"docs/pictures/{name}.svg is old: make docs-pictures"


@pytest.mark.parametrize("module", [planning, shared_seeds, small_levels])
def test_a_picture_has_a_title_and_a_description(module: object) -> None:
    (made,) = module.pictures()  # type: ignore[attr-defined]
    root = ElementTree.fromstring(made.svg)
    title, description = root[0].text, root[1].text
    assert title
    assert description
    assert any(digit in description for digit in "123456789")
    assert (FOLDER / f"{made.name}.svg").is_file()


def test_few_simulated_experiments_show_the_mistakes() -> None:
    found = mistakes.rates(draws=300).set_index("analysis")
    assert (found.loc[found["right"], "rate"] < 0.09).all()  # .05 and three Monte-Carlo errors
    assert found.loc["one run each, t-test over queries", "rate"] > 0.2
    assert found.loc[mistakes.CLUSTERS, "rate"] > found.loc[mistakes.CLUSTERED, "rate"]
    made = mistakes.picture_of(found.reset_index())
    assert made.svg.count("%") >= len(found)


def test_the_simulations_t_test_is_scipys() -> None:
    values = np.random.default_rng(1).normal(0.2, 1, (4, 30))
    expected = stats.ttest_1samp(values, 0, axis=-1).pvalue
    assert mistakes.t_test(values) == pytest.approx(expected, abs=1e-12)


def test_a_page_without_the_table_of_sizes_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "error_rates.md"
    page.write_text("# Nothing\n")
    monkeypatch.setattr(small_levels, "PAGE", page)
    with pytest.raises(ValueError, match="no table of sizes under the heading 'Shared seeds'"):
        small_levels.largest_sizes()

"""docs/gallery.md says of each committed report what its answer says, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from docs import gallery
from tests.docs.test_links import ROOT

PAGE = ROOT / "docs/gallery.md"
ANSWER = {
    "suite": "judged",
    "scope": "three small collections",
    "headings": ["No, on cisi: maw_grpo loses to non_maw.", "Undecided, on cranfield: <maw>."],
    "bullets": ["maw_grpo: by less than 0.02."],
    "n_passed": 7,
    "failed": ["The control is still learning."],
    "unknown": [],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a gallery with the answer of one suite."""
    (tmp_path / "judged.json").write_text(json.dumps(ANSWER), encoding="utf-8")
    return tmp_path


def shown(folder: Path, **changes: Any) -> str:
    """Return the page where keys of the answer are changed."""
    text = json.dumps({**ANSWER, **changes})
    (folder / "judged.json").write_text(text, encoding="utf-8")
    return gallery.page(folder)


def test_the_committed_page_is_what_is_generated() -> None:
    command = "python -m docs.gallery > docs/gallery.md"
    assert PAGE.read_text(encoding="utf-8") == gallery.page(), f"run: {command}"


def test_a_suite_with_an_answer_is_shown_and_the_others_are_left_out(folder: Path) -> None:
    page = gallery.page(folder)
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## Collections that people judged"
    ]
    assert "> **No, on cisi: maw\\_grpo loses to non\\_maw.**" in page
    assert "> - maw\\_grpo: by less than 0.02." in page
    assert "Scope: three small collections" in page
    assert "7 checks of the study passed. Not passed: The control is still learning." in page
    assert "workflow/config/judged.yaml" in page


def test_a_report_and_a_picture_are_linked_only_where_they_are(folder: Path) -> None:
    assert "](reports/" not in gallery.page(folder)
    (folder / "judged.html").write_text("<h1>x</h1>")
    (folder / "judged.png").write_bytes(b"")
    page = gallery.page(folder)
    assert "[The report](reports/judged.html), made by `snakemake " in page
    assert "![The first screen of the report of judged](reports/judged.png)" in page


def test_the_words_come_from_the_answer(folder: Path) -> None:
    page = shown(folder, headings=["Yes, on cisi: maw ranks better."], bullets=[], failed=[])
    assert "> **Yes, on cisi: maw ranks better.**" in page
    assert "No, on" not in page
    assert "7 checks of the study passed, and none failed." in page
    assert "1 check of the study passed" in shown(folder, n_passed=1, failed=[])
    assert "Not passed: The control is still learning. Could not tell: Few documents" in shown(
        folder, unknown=["Few documents are judged."]
    )


def test_text_of_an_answer_cannot_become_markup(folder: Path) -> None:
    assert "\\<maw\\>" in gallery.page(folder)
    assert "\\[a\\](b)" in shown(folder, headings=["[a](b)"])


def test_a_comparison_has_the_headings_of_its_page(tmp_path: Path) -> None:
    heading = (
        '<h1><span class="line">Yes, on a &amp; b:\n S</span><span class="line">No.</span></h1>'
    )
    (tmp_path / "compare.html").write_text(f"<main>{heading}<h1>other</h1></main>")
    page = gallery.page(tmp_path)
    assert "## Runs from elsewhere" in page
    assert "> **Yes, on a & b: S**\n>\n> **No.**" in page
    assert "Scope" not in page
    assert "check" not in page
    assert gallery.headings("<h1>The plan names <b>no</b> claim.</h1>") == [
        "The plan names no claim."
    ]


def test_an_empty_gallery_says_so(tmp_path: Path) -> None:
    page = gallery.page(tmp_path)
    assert gallery.EMPTY in page
    assert "## " not in page


def test_every_configuration_of_the_gallery_exists() -> None:
    for exhibit in gallery.EXHIBITS.values():
        program, *words = exhibit.command.split()
        assert program in ("make", "maw", "snakemake")
        if program == "snakemake":
            assert (ROOT / words[-1]).is_file()


def test_a_finished_report_is_laid_into_the_gallery_without_links_to_its_folder(
    tmp_path: Path,
) -> None:
    report, folder = tmp_path / "suite" / "report", tmp_path / "gallery"
    report.mkdir(parents=True)
    (report / "answer.json").write_text(json.dumps(ANSWER), encoding="utf-8")
    (report / "index.html").write_text(
        '<h1>No.</h1><a href="#claims-1">1</a> <a href="../tables/claims.csv">claims.csv</a> '
        'See. <a href="../figures/cost.csv">Its numbers</a>. <a href="comparisons.csv">rows</a>'
    )
    gallery.add("judged", tmp_path / "suite", folder=folder)
    page = (folder / "judged.html").read_text()
    assert page == '<h1>No.</h1><a href="#claims-1">1</a> claims.csv See. rows'
    assert gallery.answer_of("judged", folder=folder) == ANSWER
    # a comparison's report lies in the folder itself, and has no answer beside it
    (report / "answer.json").unlink()
    gallery.add("compare", report.rename(tmp_path / "out"), folder=folder)
    assert (folder / "compare.html").is_file()
    assert not (folder / "compare.json").exists()
    with pytest.raises(KeyError):
        gallery.add("unknown", tmp_path / "out", folder=folder)

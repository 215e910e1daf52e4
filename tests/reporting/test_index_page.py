"""The index over all suites: each suite's answer, its failed checks, and a link to its report."""

from typing import Any

import html5lib

from maw.reporting.index_page import build, entry
from maw.reporting.page_data import PageData
from tests.reporting.small_suite import TOY, comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

PLAN = plan_of(("new", "old"))
SPEC = {"suite": "tiny", "root": "results/suites/tiny", "scope": "a toy", "seeds": [1, 2],
        "systems": {"new": {}, "old": {}}}  # fmt: skip


def entry_of(**expected: Any) -> dict[str, Any]:
    """Return the entry of a suite with one undecided claim."""
    return entry(
        PageData(
            frames=suite_frames(comparison_frames(random_tables(), PLAN)),
            plan=PLAN,
            spec=SPEC,
            history={"told": "the plan was entered, before any scores", "changed_late": False},
            expected={"checked": False, **expected},
            datasets=(TOY,),
        )
    )


def test_an_entry_has_the_answer_of_its_page() -> None:
    found = entry_of()
    assert found["headings"] == ["Undecided, on toy: new may or may not rank better than old."]
    assert (found["suite"], found["scope"], found["datasets"]) == ("tiny", "a toy", ["toy"])
    assert (found["n_systems"], found["n_seeds"], found["failed"]) == (2, 2, [])
    assert found["n_passed"] >= 1


def test_a_failed_check_stands_on_the_index() -> None:
    wrong = {"same_path": True, "lines": ["a"], "rows": 3, "largest": 0.5, "tolerance": 0.002}
    (sentence,) = entry_of(checked=True, agrees=False, **wrong)["failed"]
    assert sentence.startswith("This run does not reproduce the committed scores: 1 of 3 means")
    assert f'<p class="failed">{sentence}</p>' in build(
        [entry_of() | {"failed": [sentence]}], folder="results"
    )


def test_the_index_links_each_suite_from_its_own_folder_and_escapes_its_text() -> None:
    own = {**entry_of(), "suite": "embedded", "root": "results"}
    other = {**entry_of(), "scope": "<b>bold</b>"}
    html = build([other, own], folder="results")
    html5lib.HTMLParser(strict=True).parse(html)
    assert html.index('href="report/index.html"') < html.index(
        'href="suites/tiny/report/index.html"'
    )
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert "<h1>2 suites with a report</h1>" in html


def test_an_index_without_suites_says_how_to_make_one() -> None:
    assert "run <code>snakemake --cores all</code>" in build([], folder="results")

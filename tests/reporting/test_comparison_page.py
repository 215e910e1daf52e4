"""The page of a comparison: one file, its verdicts on top, and text from data escaped."""

import re
from dataclasses import replace

from maw.reporting.comparison_page import ComparisonRecord, build, fragment
from maw.runs.content import Input
from maw.runs.notices import Notice
from tests.reporting.small_suite import comparison_frames, random_tables
from tests.scored import plan_of

PLAN = plan_of(("new", "old"), ("random", "old"))
FRAMES = comparison_frames(random_tables(), PLAN)
NOTICES = (Notice("unjudged", "<b>new.run", 3, "3 documents are unjudged"),)
RECORD = ComparisonRecord(inputs=(Input("<b>new.run", "ab12"),), scores_digest="cd34")


def test_the_page_is_one_file_with_verdicts_figures_notices_and_provenance() -> None:
    html = build(FRAMES, plan=PLAN, notices=NOTICES, record=RECORD)
    heading = "Undecided, on toy: new and random may or may not rank better."
    assert f'<h1><span class="line">{heading}</span></h1>' in html
    assert f"<title>maw: {heading}</title>" in html
    assert '<p class="lead">new − old is' in html
    assert "0.02 is the smallest difference that the plan says matters" in html
    assert "Given these topics and these systems" in html
    assert {"forest", "leaderboard"} <= set(re.findall(r'id="fig-([a-z]+)"', html))
    assert "<script" not in html
    assert "1 thing was noticed in the input" in html
    assert "&lt;b&gt;new.run: 3 documents are unjudged" in html
    assert "<b>new.run" not in html
    assert "SHA-256 <code>ab12</code>" in html
    assert "SHA-256 <code>cd34</code>" in html
    assert "not recorded, because no --out folder was given" in html
    assert 'href="comparisons.csv"' not in html
    assert "Not done: <code>maw calibrate</code>" in html


def test_a_page_among_its_files_links_them_and_says_how_to_make_them_again() -> None:
    record = replace(
        RECORD,
        command="maw compare a b",
        history={"told": "entered first", "changed_late": False, "undeclared_looks": 1},
        with_files=True,
    )
    html = build(FRAMES, plan=PLAN, notices=(), record=record)
    assert 'href="comparisons.csv"' in html
    assert "<code>maw compare a b</code>" in html
    assert "entered first" in html
    assert "may or may not rank better, after an undeclared look.</span>" in html
    assert "Nothing odd." in html


def test_a_plan_without_contrasts_has_no_forest_and_no_claim() -> None:
    plan = plan_of()
    empty = {name: getattr(FRAMES, name).iloc[:0] for name in ("comparisons", "claims")}
    frames = replace(FRAMES, **empty, prospects=FRAMES.prospects.iloc[:0])
    html = build(frames, plan=plan, notices=(), record=RECORD)
    assert "<h1>The plan names no claim.</h1>" in html
    assert "<h2>Claims in full</h2>" not in html
    assert 'id="fig-forest"' not in html


def test_a_notebook_gets_the_verdicts_and_the_notices_without_style_or_figure() -> None:
    html = fragment(FRAMES, plan=PLAN, notices=NOTICES)
    assert "<th>Verdict</th>" in html
    assert html.count("<td>inconclusive</td>") == 2
    heading = "Undecided, on toy: new and random may or may not rank better."
    assert f"<p><strong>{heading}</strong></p>" in html
    assert "<li>&lt;b&gt;new.run: 3 documents are unjudged</li>" in html
    assert "<svg" not in html
    assert "<style" not in html

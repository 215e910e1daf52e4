"""The page of a comparison: one file, its verdicts on top, and text from data escaped."""

import re
import sys
from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd
import pytest

import maw
from maw.reporting.comparison_page import ComparisonRecord, build, fragment
from maw.reporting.figures.registry import FIGURES
from maw.runs.content import Input
from maw.runs.judge import judge_notices
from maw.runs.notices import Notice
from maw.settings.plan import Analysis
from tests.reporting.small_suite import comparison_frames, random_tables
from tests.reporting.test_page import opened
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


def test_without_vl_convert_the_figures_are_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    html = unescape(build(FRAMES, plan=PLAN, notices=(), record=RECORD))
    assert {"forest", "leaderboard"} <= set(re.findall(r'id="fig-([a-z]+)"', html))
    assert "<svg" not in html
    words = FIGURES["leaderboard"].describe(FRAMES, PLAN)
    assert f"<p>{words}</p>" in html
    assert html.count("pip install 'maw-bench[figures]'") == 1


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


def test_a_model_as_judge_is_in_the_headings_line_and_in_the_title() -> None:
    notices = judge_notices("llm", subject="qrels")
    for html in (
        build(FRAMES, plan=PLAN, notices=notices, record=RECORD),
        fragment(FRAMES, plan=PLAN, notices=notices),
    ):
        remark = "by a model’s judgements, on which tests reject too often."
        assert f"may or may not rank better, {remark}</s" in html
        assert "a language model made the judgements" in html
    page = build(FRAMES, plan=PLAN, notices=notices, record=RECORD)
    assert re.search(r"<title>maw: Undecided, [^<]* tests reject too often\.</title>", page)


def test_a_plan_of_non_inferiority_has_an_answer_and_says_which_loss_is_accepted() -> None:
    contrast = {"system": "new", "baseline": "old", "role": "non-inferiority", "margin": 0.5}
    plan = Analysis.checked({"contrasts": [contrast]}, source="test")
    html = build(comparison_frames(random_tables(), plan), plan=plan, notices=(), record=RECORD)
    heading = "Yes, on toy: new is not worse than old by 0.5 or more."
    assert f'<h1><span class="line">{heading}</span></h1>' in html
    assert f"<title>maw: {heading}</title>" in html
    assert "A loss below 0.5 still counts as not worse." in html


def test_a_notebook_gets_the_verdicts_and_the_notices_without_style_or_figure() -> None:
    html = fragment(FRAMES, plan=PLAN, notices=NOTICES)
    assert "<th>Verdict</th>" in html
    assert html.count("<td>inconclusive</td>") == 2
    heading = "Undecided, on toy: new and random may or may not rank better."
    assert f"<p><strong>{heading}</strong></p>" in html
    assert "<li>&lt;b&gt;new.run: 3 documents are unjudged</li>" in html
    assert "<svg" not in html
    assert "<style" not in html


def first_screen(html: str, *, until: str) -> int:
    """Return the number of unfolded words from the answer to the section `until`."""
    first = html[html.index('<section id="answer">') : html.index(f'<section id="{until}">')]
    return sum(any(map(str.isalnum, word)) for word in opened(first).split())


def noisy(n_systems: int) -> pd.DataFrame:
    """Return scores of systems on 30 topics, of which some rank better than the first."""
    generator = np.random.default_rng(8)
    base = generator.uniform(0.2, 0.6, 30)
    return pd.DataFrame(
        {
            f"system{n}": base + (n % 3) / 10 + generator.normal(0, 0.1, 30)
            for n in range(n_systems)
        },
        index=pd.Index([f"t{n}" for n in range(30)], name="topic"),
    )


def test_the_first_screen_has_at_most_150_words() -> None:
    # on 1,180 x 900 the answer is above the fold, and What may be said begins there
    html = maw.compare(noisy(3), sesoi=0.02, judge="llm", measures="nDCG@10").to_html()
    assert "<summary>Each of the 2 claims in numbers</summary>" in html
    assert 60 < first_screen(html, until="tiers") <= 150
    # with many claims the picture alone reaches to the fold
    html = maw.compare(noisy(10), sesoi=0.02, judge="llm", measures="nDCG@10").to_html()
    assert "<summary>4 more</summary>" in html
    assert 60 < first_screen(html, until="may_say") <= 150


def test_a_comparison_of_hits_has_its_test_in_the_section_and_on_the_card() -> None:
    index = pd.Index([f"t{n}" for n in range(12)], name="topic")
    hits = pd.DataFrame({"old": [1, 0] * 6, "new": [1, 1, 0] * 4}, index=index, dtype=float)
    texts = {"t0": "first text", "t1": "second text", "t2": "third text"}
    compared = maw.compare(hits, measures="exact_match,none", topics=texts)
    html = compared.to_html()
    sentence = "The plan’s test decides, and not these."
    section = html.partition('<section id="flips">')[2].partition("</section>")[0]
    assert sentence in section
    assert "third text" in section
    card = html.partition("<article>")[2].partition("</article>")[0]
    assert sentence in card
    moved = html.partition('<section id="queries">')[2].partition("</section>")[0]
    assert "second text" in moved

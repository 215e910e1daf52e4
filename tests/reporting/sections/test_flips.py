"""The section on topics that turn: counts of all contrasts, lists with texts, foreign text."""

from dataclasses import replace

import pandas as pd

from maw.reporting.page_data import PageData
from maw.reporting.sections.flips import content
from maw.reporting.templates import environment
from maw.settings.plan import Analysis
from maw.verdicts.flips import flips
from tests.reporting.small_suite import comparison_frames, random_tables
from tests.scored import plan_of, scored

EVIL = "<script>alert(1)</script>"


def page_data(plan: Analysis, *, threshold: float = 0.6) -> PageData:
    """Return the data of a page whose scores below the threshold are 0."""
    tables = {name: (values > threshold) * values for name, values in random_tables().items()}
    frames = comparison_frames(tables, plan)
    found = flips(scored(tables), plan=plan, clusters=None, texts={"q00": EVIL})
    return PageData(frames=replace(frames, flips=found.turned, hits=found.hits), plan=plan)


def test_one_contrast_has_a_sentence_and_lists_with_texts() -> None:
    page = page_data(plan_of(("new", "old")))
    shown = content(page)
    assert shown
    assert shown["first"]["sentence"].startswith("Of 20 topics, ")
    assert "more than half of the system’s seeds" in shown["definition"]
    assert (shown["counts"], shown["rest"]) == (None, [])
    topics = [topic for side in shown["first"]["sides"] for topic in side["topics"]]
    assert page.frames.flips is not None
    assert len(topics) == len(page.frames.flips) > 0
    assert all(" → " in topic["scores"] for topic in topics)


def test_several_contrasts_have_a_table_and_those_that_turn_a_list() -> None:
    shown = content(page_data(plan_of(("new", "old"), ("random", "old"))))
    assert shown
    assert [row[1] for row in shown["counts"]["body"]] == ["new", "random"]
    assert [one["name"] for one in shown["rest"]] == ["random − old on toy"]


def test_a_suite_and_scores_without_hits_have_no_such_section() -> None:
    page = page_data(plan_of(("new", "old")))
    assert content(replace(page, frames=replace(page.frames, hits=None))) is None
    empty = pd.DataFrame(columns=page.frames.hits.columns) if page.frames.hits is not None else None
    assert content(replace(page, frames=replace(page.frames, hits=empty))) is None


def test_texts_of_topics_are_escaped() -> None:
    page = page_data(plan_of(("new", "old"), ("random", "old")), threshold=0.5)
    html = (
        environment()
        .get_template("sections/flips.html.j2")
        .render(flips=content(page), files="", remake="", root="")
    )
    assert EVIL not in html
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in html
    assert 'href="flips.csv"' in html
    assert "Looked at after the verdict: it decides nothing." in html

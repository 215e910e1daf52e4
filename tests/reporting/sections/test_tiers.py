"""The section on tiers: a table for each dataset, and no letter that means equality."""

from dataclasses import replace

import pandas as pd

from maw.reporting.page_data import PageData
from maw.reporting.sections.tiers import content
from maw.reporting.templates import environment
from maw.verdicts.tiers import tiers
from tests.reporting.small_suite import comparison_frames, random_tables
from tests.scored import plan_of, scored

PLAN = plan_of(("new", "old"), ("random", "old"))


def page_data() -> PageData:
    tables = random_tables()
    tables["new"] = tables["new"] + 2
    scores = pd.concat([scored(tables, dataset=name) for name in ("one", "two")])
    found = tiers(scores, plan=PLAN, trained=dict.fromkeys(tables, True), clusters=None)
    return PageData(frames=replace(comparison_frames(tables, PLAN), tiers=found), plan=PLAN)


def test_each_dataset_has_a_table_by_falling_means() -> None:
    shown = content(page_data())
    assert shown
    assert [board["dataset"] for board in shown["boards"]] == ["one", "two"]
    table = shown["boards"][0]["table"]
    assert table["head"] == ["System", "nDCG@10", "Tier"]
    assert [row[2] for row in table["body"]] == ["a", "b", "b"]
    assert "Of all 3 pairs, 2 differ by Holm’s procedure at 5 %" in shown["boards"][0]["basis"]


def test_without_tiers_there_is_no_section() -> None:
    assert content(PageData(frames=comparison_frames(random_tables(), PLAN), plan=PLAN)) is None


def test_the_template_explains_a_tier() -> None:
    shown = content(page_data())
    template = environment().get_template("sections/tiers.html.j2")
    html = template.render(tiers=shown, files=None, remake="", root="")
    assert 'href="#g-tiers">Tier</a>' in html
    assert "no evidence that they are equal" in html

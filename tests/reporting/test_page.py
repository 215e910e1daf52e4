"""The page of a suite as a whole: which sections stand on it, and what a bare suite still says."""

import re
from dataclasses import replace
from typing import Any

import html5lib
import numpy as np
import pandas as pd
import pytest

from maw.reporting import page
from maw.reporting.figures.registry import FIGURES, render
from maw.reporting.page_data import PageData
from maw.settings.plan import Analysis, PlannedContrast
from maw.verdicts.rate_sensitivity import judge_cells
from tests.reporting.small_suite import (
    TOY,
    comparison_frames,
    page_of,
    random_tables,
    suite_frames,
    unmarked,
)
from tests.scored import plan_of, scored


def page_of_random_scores(plan: Analysis, *, theory: dict[str, Any], with_cells: bool) -> str:
    """Three systems on 20 queries; in the learning-rate cells the new one is far better."""
    tables = random_tables()
    frames = suite_frames(comparison_frames(tables, plan))
    if with_cells:
        better = scored({"old": tables["old"], "new": tables["old"] + tables["random"]})
        better = better.assign(learning_rate=0.003, selected=False)
        cells = judge_cells(better, systems=["new"], baseline="old", clusters=None, plan=plan)
        frames = replace(frames, cells=cells)
    return page_of(frames, plan, theory=theory)


def opened(html: str) -> str:
    """Return what the page shows before anything is unfolded, without its tags.

    The texts of its figures, and the definitions that appear on hover, are left out.
    """
    text = re.sub(r"<(style|svg|details)\b(?:(?!<\1\b).)*?</\1>", " ", html, flags=re.DOTALL)
    while "<details" in text:  # those that held others
        text = re.sub(r"<details\b(?:(?!<details\b).)*?</details>", " ", text, flags=re.DOTALL)
    text = re.sub(r'<span class="tip".*?</span>', " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_several_claims_and_the_cells_stand_on_the_page_and_only_where_there_are_some(
    theory_results: dict[str, Any],
) -> None:
    first = PlannedContrast(system="new", baseline="old", claims=("better", "routing helps"))
    second = PlannedContrast(system="new", baseline="random", claims=("routing helps",))
    plan = Analysis(contrasts=(first, second))
    html = unmarked(page_of_random_scores(plan, theory=theory_results, with_cells=True))
    assert '<h1><span class="line">On toy, none of 2 claims holds.</span></h1>' in html
    assert "<li>“routing helps”: Undecided, on toy: new may or may not rank better than" in html
    assert '<p class="lead">new, “better”: new − old is' in html
    assert html.count("<article>") == 2
    assert "The learning rate matters: new against old on toy would read “better” at 0.003" in html
    assert "<h2>The verdict at every learning rate</h2>" in html
    alone = Analysis(contrasts=(PlannedContrast(system="new", baseline="old"),))
    plain = page_of_random_scores(alone, theory=theory_results, with_cells=False)
    assert "<h2>Theory</h2>" in plain
    heading = "Undecided, on toy: new may or may not rank better than old."
    assert f'<h1><span class="line">{heading}</span></h1>' in plain
    assert "The plan names no smallest difference that matters." in plain
    assert "Given this split, this backbone and these hyperparameters, chosen once" in plain
    assert "learning rate</h2>" not in plain


def test_datasets_have_a_line_each_and_many_leads_are_folded(
    theory_results: dict[str, Any],
) -> None:
    plan = plan_of(("new", "old"), ("random", "old"))
    compared = comparison_frames(random_tables(), plan, datasets=("one", "two"))
    html = page_of(suite_frames(compared), plan, theory=theory_results)
    for name in ("one", "two"):
        heading = f"Undecided, on {name}: new and random may or may not rank better."
        assert f'<span class="line">{heading}</span>' in html
    assert "<summary>Each of the 4 claims in numbers</summary>" in html
    assert ": 95 % over 4 claims together: each at 98.75 %." in opened(html)
    assert "<h2>Across datasets</h2>" in html


def test_a_plan_without_claims_and_one_without_seeds_have_a_page(
    theory_results: dict[str, Any],
) -> None:
    plan = plan_of(("new", "old", "reference"))
    frames = suite_frames(comparison_frames(random_tables(), plan))
    html = page_of(frames, plan, theory=theory_results)
    assert "<h1>The plan names no claim.</h1>" in html
    assert "<h2>Claims in full</h2>" not in html
    assert "claims together" not in opened(html)
    once = plan_of(("new", "old"))
    compared = comparison_frames(random_tables(n_seeds=1), once)
    html = page_of(suite_frames(compared), once, theory=theory_results)
    assert "Not judged, on toy: the effect of training new cannot be estimated." in html
    assert "These trained models differ by " in html
    assert " nan" not in opened(html)
    assert "<h2>Across datasets</h2>" not in html  # there is one


def test_failed_checks_stand_in_full_and_the_others_are_folded(
    theory_results: dict[str, Any],
) -> None:
    plan = plan_of(("new", "old"))
    row = {
        "dataset": "toy", "control": "planted loss", "kind": "planted", "system": "old",
        "baseline": "old", "estimate": -0.02, "low": -0.022, "high": -0.018, "target": -0.02,
        "passed": True, "outcome": "found", "pushes": "none",
    }  # fmt: skip
    failed = {
        **row, "control": "further seeds", "kind": "negative", "passed": False,
        "outcome": "excludes 0", "pushes": "both",
    }  # fmt: skip
    frames = suite_frames(
        comparison_frames(random_tables(), plan),
        controls=pd.DataFrame([row, failed]).astype({"passed": "boolean"}),
    )
    html = page_of(frames, plan, theory=theory_results)
    assert "a control failed: further seeds." in html
    assert "Further seeds (old on toy): excludes 0" in opened(html)
    assert "Planted loss (old on toy): found" in html
    assert "Planted loss" not in opened(html)


@pytest.mark.parametrize("with_pictures", [True, False])
def test_a_suite_in_which_nothing_is_trained_has_a_page_that_says_so(
    theory_results: dict[str, Any], with_pictures: bool
) -> None:
    plan = plan_of(("new", "old"))
    untrained = dict.fromkeys(("new", "old", "random"), False)
    compared = comparison_frames(random_tables(n_seeds=1), plan, trained=untrained)
    frames = suite_frames(compared)
    pictures = {
        name: render(name, frames, plan=plan).svg.decode() for name in FIGURES if with_pictures
    }
    html = page_of(frames, plan, theory=theory_results, datasets=(TOY,), pictures=pictures)
    assert ('id="fig-forest"' in html) is with_pictures
    assert 'id="fig-curves"' not in html  # a figure without data is not shown
    assert "<h2>Training: curves and search</h2>" not in html
    assert "<dt>device</dt><dd>not recorded</dd>" in html
    assert "<dt>versions</dt><dd>not recorded</dd>" in html


def test_a_suite_with_curves_says_what_they_are(theory_results: dict[str, Any]) -> None:
    plan = plan_of(("new", "old"))
    curves = pd.DataFrame(
        {"dataset": "toy", "system": "new", "seed": 42, "step": [1, 2], "quantity": "dev",
         "value": [0.1, 0.2]}
    )  # fmt: skip
    frames = suite_frames(comparison_frames(random_tables(), plan), curves=curves)
    html = page_of(frames, plan, theory=theory_results)
    assert "falls to 0 in every training, so that the end of a curve" in html


def test_the_page_is_valid_html_with_one_element_for_each_id_and_address(
    theory_results: dict[str, Any],
) -> None:
    plan = plan_of(("new", "old"), ("new", "random", "reference"))
    frames = suite_frames(comparison_frames(random_tables(), plan))
    pictures = {name: render(name, frames, plan=plan).svg.decode() for name in ("forest", "cost")}
    html = page_of(frames, plan, theory=theory_results, datasets=(TOY,), pictures=pictures)
    html5lib.HTMLParser(strict=True).parse(html)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))
    inside = set(re.findall(r'href="#([^"]+)"', html))
    assert inside <= set(ids)
    assert "<script" not in html
    assert not re.findall(r'(?:src|href)="https?:', html)


def test_the_page_needs_suite_frames() -> None:
    plan = plan_of(("new", "old"))
    with pytest.raises(TypeError, match="the page of a suite needs SuiteFrames"):
        page.build(PageData(frames=comparison_frames(random_tables(), plan), plan=plan))


def test_a_page_of_many_claims_shows_at_most_900_words_unfolded(
    theory_results: dict[str, Any],
) -> None:
    systems = [f"variant{n}" for n in range(6)]
    tables = random_tables()
    noise = np.random.default_rng(5)
    for n, system in enumerate(systems):  # from worse than all to better than all
        tables[system] = tables["new"] + noise.normal(n / 5 - 0.5, 0.05, tables["new"].shape)
    pairs = [(system, control) for system in systems for control in ("old", "random")]
    plan = plan_of(*pairs)
    html = page_of(suite_frames(comparison_frames(tables, plan)), plan, theory=theory_results)
    text = opened(html)
    assert "of 6 claims hold" in text
    n_words = sum(any(map(str.isalnum, word)) for word in text.split())
    assert 150 < n_words <= 900
    assert "<summary>Results, as a paragraph</summary>" in html

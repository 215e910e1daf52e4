"""The page of a suite as a whole: which sections stand on it, and what a bare suite still says."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from maw.reporting import page
from maw.reporting.figures import FIGURES, render
from maw.settings.plan import Analysis, PlannedContrast
from maw.verdicts.rate_sensitivity import judge_cells
from tests.reporting.small_suite import TOY, comparison_frames, page_of, random_tables, suite_frames
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


def test_several_claims_and_the_cells_stand_on_the_page_and_only_where_there_are_some(
    theory_results: dict[str, Any],
) -> None:
    first = PlannedContrast(system="new", baseline="old", claims=("better", "routing helps"))
    second = PlannedContrast(system="new", baseline="random", claims=("routing helps",))
    plan = Analysis(contrasts=(first, second))
    html = page_of_random_scores(plan, theory=theory_results, with_cells=True)
    assert "<h1>new, better: inconclusive; new, routing helps: inconclusive</h1>" in html
    assert html.index("<h2>Claims</h2>") < html.index('<section class="claims">')
    assert "<td>old; random</td>" in html
    assert "The learning rate matters: new against old on toy would read “better” at 0.003" in html
    assert "<h2>The verdict at every learning rate</h2>" in html
    alone = Analysis(contrasts=(PlannedContrast(system="new", baseline="old"),))
    plain = page_of_random_scores(alone, theory=theory_results, with_cells=False)
    assert "<h2>Theory</h2>" in plain
    assert "<h1>new: inconclusive</h1>" in plain
    assert "<h2>Claims</h2>" not in plain
    assert "learning rate</h2>" not in plain


def test_many_claims_are_folded_away(
    theory_results: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = (("new", "old"), ("random", "old"))
    plan = Analysis(contrasts=tuple(PlannedContrast(system=a, baseline=b) for a, b in pairs))
    open_page = page_of_random_scores(plan, theory=theory_results, with_cells=False)
    assert "<details>" not in open_page
    monkeypatch.setattr(page, "MANY", 1)
    folded = page_of_random_scores(plan, theory=theory_results, with_cells=False)
    start = folded.index("<details><summary>Each of the 2 claims in full</summary>")
    details = folded[start : folded.index("</details>")]
    assert details.count("<article>") == folded.count("<article>") == 2
    assert details.count("Price, ") == 2


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
    assert html.count("<svg") == len(pictures)
    assert "No system of this suite is trained: there is no learning curve" in html
    assert "a line per seed" not in html
    assert "Price, old = 1: nothing was measured for both systems." in html
    assert "<dt>device</dt><dd>not recorded</dd>" in html
    assert "<dt>versions</dt><dd>not recorded</dd>" in html
    assert ("No learning-rate search is drawn" in html) is with_pictures


def test_a_suite_with_curves_says_what_they_are(theory_results: dict[str, Any]) -> None:
    plan = plan_of(("new", "old"))
    curves = pd.DataFrame(
        {"dataset": "toy", "system": "new", "seed": 42, "step": [1, 2], "quantity": "dev",
         "value": [0.1, 0.2]}
    )  # fmt: skip
    frames = suite_frames(comparison_frames(random_tables(), plan), curves=curves)
    html = page_of(frames, plan, theory=theory_results)
    assert "a line per seed" in html
    assert "No system of this suite is trained" not in html

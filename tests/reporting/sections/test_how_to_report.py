"""How to report a study: each word of a verdict in a sentence for a paper, with its numbers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maw.reporting.page_data import PageData
from maw.reporting.sections.how_to_report import content, predicate, results
from maw.reporting.templates import environment
from maw.reporting.wording import short_interval
from maw.significance import Word
from maw.verdicts.study_controls import frame_of
from tests.reporting.paper.test_paper_content import compiled, needs_latex
from tests.reporting.small_suite import TOY, comparison_frames, suite_frames
from tests.reporting.test_words import CONTROL, TWO, claim
from tests.scored import plan_of

GENERATOR = np.random.default_rng(8)
BASE = GENERATOR.uniform(0.2, 0.6, size=(30, 4))
TABLES = {"new": BASE + GENERATOR.normal(0.1, 0.02, size=(30, 4)), "old": BASE, "same": BASE + 0}
TABLES["same"] = BASE + GENERATOR.normal(0, 0.004, size=(30, 4))
PLAN = plan_of(
    ("new", "old"), ("same", "old"), sesoi_reason="One rank is seen.", registered="https://osf.io/x"
)
LOSSES: dict[str, Any] = {"estimate": -0.035, "lower": -0.043, "upper": -0.026, "loses_to": "C"}


@pytest.fixture(scope="module")
def page() -> PageData:
    return PageData(frames=comparison_frames(TABLES, PLAN), plan=PLAN, spec={"queries": "topics"})


@pytest.mark.parametrize(
    ("word", "row", "said"),
    [
        ("better, by at least SESOI", {}, "S ranked better than C by at least 0.02"),
        (
            "better, but by less than SESOI", {},
            "S ranked better than C, with a smallest lead below 0.02",
        ),
        ("better", {}, "S ranked better than C"),
        ("refuted", LOSSES, "S lost to C"),
        ("equivalent", {}, "S differed from C by less than 0.02 (equivalent)"),
        ("no relevant gain", {}, "S did not lead C by 0.02 (no relevant gain)"),
        ("inconclusive", {}, "S may or may not rank better than C (inconclusive)"),
        ("not controlled", {"n_seeds": 2}, "S was not judged: 3 seeds are needed"),
        ("not estimable", {}, "S was not judged: no effect could be estimated"),
    ],
)  # fmt: skip
def test_each_word_has_its_sentence(word: str, row: dict[str, Any], said: str) -> None:
    assert predicate([claim(word=word, **row)]) == said


def test_every_word_was_tried() -> None:
    (marks,) = (
        mark for mark in test_each_word_has_its_sentence.pytestmark if mark.name == "parametrize"
    )
    assert {case[0] for case in marks.args[1]} == {word.value for word in Word}


def test_claims_with_the_same_word_share_a_sentence() -> None:
    alike = [claim(word="better", system=name) for name in ("S1", "S2")]
    assert predicate(alike) == "S1 and S2 each ranked better than C"
    others = [
        claim(word="better"),
        claim({**CONTROL, "baseline": "E"}, word="better", decided_by="E"),
    ]
    assert predicate(others) == "S and S each ranked better than their controls"


def test_with_several_controls_refuted_speaks_of_the_largest_loss() -> None:
    one = claim(word="refuted", suffix="by at least SESOI", **LOSSES)
    assert predicate([one]) == "S lost to C by at least 0.02"
    two = claim(*TWO, word="refuted", suffix="by at least SESOI", **LOSSES | {"loses_to": "C; C2"})
    assert predicate([two]) == "S lost to C and C2, the largest loss by at least 0.02"


def test_a_withheld_word_is_not_said() -> None:
    text = predicate([claim(word="equivalent", withheld="planted loss")])
    assert text.startswith("S: the control that should have been found was not")
    assert "equivalent" not in text


def test_results_have_the_data_the_numbers_and_the_level(page: PageData) -> None:
    text = results(page)
    assert text.startswith("On toy (30 topics, 4 ")
    assert "new ranked better than old by at least 0.02: difference in nDCG@10 new − old +." in text
    assert "same differed from old by less than 0.02 (equivalent): difference" in text
    assert "Gains and losses of 0.02 are excluded; smaller ones are not." in text
    assert "Limits: 95 % over 2 claims together: each at 97.5 %." in text
    assert "Not looked at: a planted loss, a known difference, the noise floor" in text
    assert text.count("On toy") == 1  # the data are named once
    assert ", p < 0.001" in text.split("equivalent")[0]
    assert "p =" not in text.split("equivalent")[1]  # that p is about a difference


def test_printed_limits_are_those_of_the_word(page: PageData) -> None:
    row = page.frames.claims.set_index("system").loc["same"]
    low, high = row["equivalence_low"], row["equivalence_high"]
    text = results(page)
    assert any(short_interval(low, high, digits, sign=True) in text for digits in (3, 4))


def test_failed_controls_of_a_suite_are_told_in_full(page: PageData) -> None:
    numbers = {"estimate": 0.0, "low": -0.01, "high": 0.01, "target": 0.02}
    key = {"dataset": "toy", "system": "old", "baseline": "old", **numbers}
    controls = frame_of(
        [
            {**key, "control": "planted loss", "kind": "planted", "passed": False,
             "outcome": "missed", "pushes": "for"},
            {**key, "control": "noise floor", "kind": "negative", "passed": True,
             "outcome": "found", "pushes": "none"},
            {**key, "control": "budget", "kind": "budget", "passed": None,
             "outcome": "not possible", "pushes": "none"},
        ]
    )  # fmt: skip
    suite = replace(page, frames=suite_frames(page.frames, controls=controls), spec={})
    text = results(suite)
    assert "Controls of the study that passed: noise floor." in text
    assert "Control without a result: budget (not possible)." in text
    assert "Planted loss (old on toy): missed" in text
    assert "a control failed: planted loss." in text


def test_the_section_has_text_latex_bibtex_and_the_registration(page: PageData) -> None:
    data = content(page)
    assert data is not None
    assert r"\cite{jarvelin2002}" in data["latex"]
    assert data["methods"].endswith("is not in the interval.")
    assert "−" not in data["latex"]
    assert "@article{tsui1989," in data["bibtex"]
    assert "smucker2007" not in data["bibtex"]  # no single runs were compared
    assert "Pre-registration of a comparison of runs" in data["registration"]
    html = (
        environment()
        .get_template("sections/how_to_report.html.j2")
        .render(how_to_report=data, files=None, remake="", root="")
    )
    assert html.count("<details>") == 4
    assert "<script" not in html


@needs_latex
def test_the_latex_compiles(page: PageData, tmp_path: Path) -> None:
    data = content(page)
    assert data is not None
    compiled(data["latex"], inches=6.5, folder=tmp_path)


def test_a_text_from_data_cannot_inject(page: PageData) -> None:
    data = content(page)
    assert data is not None
    html = environment().get_template("sections/how_to_report.html.j2").render(
        how_to_report=data | {"results": "<script>alert(1)</script>"},
        files=None, remake="", root="",
    )  # fmt: skip
    assert "<script>" not in html


def test_without_a_claim_there_is_no_section(page: PageData) -> None:
    frames = replace(page.frames, claims=page.frames.claims[:0])
    assert content(replace(page, frames=frames)) is None


def test_a_dataset_of_its_own_has_its_own_sentence() -> None:
    frames = comparison_frames(TABLES, PLAN, datasets=("a", "b"))
    text = results(PageData(frames=frames, plan=PLAN, datasets=({**TOY, "name": "a"},)))
    assert text.count("On a (30 queries") == text.count("On b (30 queries") == 1

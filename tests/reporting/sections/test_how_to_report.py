"""How to report a study: each word of a verdict in a sentence for a paper, with its numbers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maw.reporting.answer import judged_claims
from maw.reporting.claim_sentences import statement
from maw.reporting.page_data import PageData
from maw.reporting.sections.how_to_report import content, results
from maw.reporting.templates import environment
from maw.reporting.wording import short_interval
from maw.verdicts.study_controls import frame_of
from tests.reporting.paper.test_paper_content import compiled, needs_latex
from tests.reporting.small_suite import TOY, comparison_frames, suite_frames
from tests.scored import plan_of

GENERATOR = np.random.default_rng(8)
BASE = GENERATOR.uniform(0.2, 0.6, size=(30, 4))
TABLES = {"new": BASE + GENERATOR.normal(0.1, 0.02, size=(30, 4)), "old": BASE, "same": BASE + 0}
TABLES["same"] = BASE + GENERATOR.normal(0, 0.004, size=(30, 4))
PLAN = plan_of(
    ("new", "old"), ("same", "old"), sesoi_reason="One rank is seen.", registered="https://osf.io/x"
)


@pytest.fixture(scope="module")
def page() -> PageData:
    return PageData(frames=comparison_frames(TABLES, PLAN), plan=PLAN, spec={"queries": "topics"})


def test_each_claim_is_told_by_its_statement(page: PageData) -> None:
    # what may be said and what a paper may report are one sentence
    claims = judged_claims(page.frames, plan=PLAN, queries="topics")
    assert len(claims) == 2
    for claim in claims:
        assert statement([claim]) in results(page)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("better", "new ranks better than old: difference in nDCG@10 new − old +"),
        ("better", ". Whether it reaches 0.02 is open."),
        ("no relevant gain", "new fails to lead old by 0.02 (no relevant gain): difference"),
        ("no relevant gain", "A smaller gain, none, or a loss remain possible."),
        ("inconclusive", "it is undecided whether new ranks better than old (inconclusive): "),
        ("inconclusive", ". This is not evidence of equality."),
        ("not controlled", "too few trainings were made to judge new against old: "),
        ("not controlled", ". 3 seeds are needed."),
        ("not estimable", "new against old is not judged: difference in nDCG@10 new − old +"),
        ("not estimable", ". No effect could be estimated."),
    ],
)
def test_a_word_has_its_numbers_and_what_it_leaves_open(
    word: str, said: str, page: PageData
) -> None:
    claims = page.frames.claims
    claims = claims[claims["system"] == "new"].assign(word=word, suffix="")
    frames = replace(page.frames, claims=claims)
    assert said in results(replace(page, frames=frames))


def test_a_sentence_that_opens_with_no_name_opens_with_a_capital(page: PageData) -> None:
    claims = page.frames.claims.assign(suffix="")
    claims["word"] = claims["system"].map({"new": "better", "same": "inconclusive"})
    text = results(replace(page, frames=replace(page.frames, claims=claims)))
    assert "open. It is undecided whether same ranks better than old (inconclusive): " in text


def test_a_withheld_word_is_not_said(page: PageData) -> None:
    claims = page.frames.claims.assign(withheld="planted loss")
    text = results(replace(page, frames=replace(page.frames, claims=claims)))
    assert "nothing is claimed about new and same against old, because the control “planted" in text
    assert "equivalent" not in text
    assert "difference in nDCG" not in text


def test_results_have_the_data_the_numbers_and_the_level(page: PageData) -> None:
    text = results(page)
    assert text.startswith("On toy (30 topics, 4 ")
    assert "new ranks better than old, by at least 0.02: difference in nDCG@10 new − old +." in text
    assert "same is within ±0.02 of old (equivalent): difference" in text
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

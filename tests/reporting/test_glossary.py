"""Each term of a page has a definition, and each column of its tables a term or a plain word."""

import re
from collections import Counter
from typing import Any

import pytest

from maw.measures.judged import JUDGED
from maw.reporting import inference
from maw.reporting.calibration_tables import AS_ESTIMATED, CLAIM_WORDS, WORST
from maw.reporting.glossary import HEADS, SUBJECTS, TERMS, term_of_column
from maw.reporting.sections import price, routing, runs, source_claims
from maw.reporting.templates import environment
from maw.settings.suite import MEASURES
from tests.reporting.small_suite import TOY, comparison_frames, page_of, random_tables, suite_frames
from tests.scored import plan_of

PLAIN = {"Device", "Note", "Reason", "Reason or caution", "Why", "on"}
OF_TABLES = (
    *inference.PVALUES.values(),
    *runs.HEADS.values(),
    *(title for title, _ in routing.SHOWN.values()),
    *(cost.head for cost in price.COSTS),
    *(AS_ESTIMATED, WORST, *CLAIM_WORDS),
    *(source_claims.UNTRAINED, source_claims.FAIR),
    *(*MEASURES, JUDGED),
)


@pytest.mark.parametrize("key", TERMS)
def test_a_definition_is_one_or_two_whole_sentences(key: str) -> None:
    name, definition, _ = TERMS[key]
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z“])", definition)
    assert name.strip()
    assert 1 <= len(sentences) <= 2
    assert all(sentence.lstrip("“")[0].isupper() and sentence[-1] == "." for sentence in sentences)
    assert len(definition.split()) <= 45


def test_a_key_a_name_and_a_head_belong_to_one_term() -> None:
    assert len(TERMS) == sum(len(terms) for terms in SUBJECTS.values())
    assert len({term.name for term in TERMS.values()}) == len(TERMS)
    assert len(HEADS) == sum(len(term.heads) for term in TERMS.values())


def test_the_glossary_has_an_anchor_for_each_term() -> None:
    html = environment().get_template("sections/glossary.html.j2").render()
    assert '<dt id="g-seed">seed</dt><dd>The number that' in html
    assert html.count('id="g-') == len(TERMS)
    assert all(f"<h3>{subject}</h3>" in html for subject in SUBJECTS)


@pytest.mark.parametrize(
    ("head", "key"),
    [
        ("Seeds", "seed"),
        ("p", "p"),
        ("nDCG@5", "ndcg"),
        ("RR(rel=2)@1000", "rr"),
        ("nDCG@20 (condensed)", "condensed"),
        ("Training, GPU s", "training_time"),
        ("Headroom, same seed", "headroom_by_chance"),
        ("P(found | 0.1)", "power"),
        ("at 3e-05", "learning_rate"),
        ("maw_grpo", ""),
        ("7", ""),
    ],
)
def test_the_term_of_a_column_is_found_by_its_head(head: str, key: str) -> None:
    assert term_of_column(head) == key


@pytest.mark.parametrize("head", OF_TABLES)
def test_a_column_has_a_term_or_a_plain_word(head: str) -> None:
    assert head in PLAIN or term_of_column(head)


def page_with_everything(theory: dict[str, Any]) -> str:
    """Return the page of a small suite with two claims and a reference contrast."""
    plan = plan_of(("new", "old"), ("new", "random", "reference"), ("random", "old"))
    frames = suite_frames(comparison_frames(random_tables(), plan))
    return page_of(frames, plan, theory=theory, datasets=(TOY,))


def test_the_heads_of_a_page_are_defined(theory_results: dict[str, Any]) -> None:
    html = page_with_everything(theory_results)
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)<', html)
    assert set(heads) <= PLAIN
    described = re.search(r'aria-describedby="(tip-\d+)" href="#g-bh">BH</a>', html)
    assert described
    definition = f'id="{described[1]}" aria-hidden="true">{TERMS["bh"].definition}</span>'
    assert html.count(definition) == 1


def test_a_table_may_explain_a_column_by_another_term_or_by_none() -> None:
    table = environment().from_string(
        '{% from "parts.html.j2" import table with context %}'
        '{{ table({"head": ["Claim", "Over", "<b>"], "body": []}, '
        'explained={"Claim": "source_claim", "Over": ""}) }}'
    )
    html = table.render()
    assert 'href="#g-source_claim"' in html
    assert '<th scope="col">Over</th><th scope="col">&lt;b&gt;</th>' in html


def test_the_text_of_a_section_defines_a_word_once(theory_results: dict[str, Any]) -> None:
    html = re.sub(r"<thead>.*?</thead>", "", page_with_everything(theory_results), flags=re.DOTALL)
    sections = re.split(r'<section\b|<details id="[^"]+" class="part">', html)
    defined = [Counter(re.findall(r'href="#g-([^"]+)"', part)) for part in sections]
    assert sum(map(len, defined)) > 20
    assert all(count == 1 for counts in defined for count in counts.values())

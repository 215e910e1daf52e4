"""Terms in sentences that Python writes are marked once a section, and nothing else is changed."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from maw.reporting.glossary import TERMS
from maw.reporting.marks import KEYS, Marks
from maw.reporting.templates import environment
from tests.reporting.small_suite import (
    comparison_frames,
    page_of,
    random_tables,
    suite_frames,
    unmarked,
)
from tests.scored import plan_of


def marked_terms(text: str) -> list[tuple[str, str]]:
    return [(piece, key) for piece, key in Marks().pieces(text) if key]


def rendered(text: str) -> str:
    source = '{% from "parts.html.j2" import marked with context %}{{ marked(text) }}'
    return environment().from_string(source).render(text=text)


def test_every_spelling_names_a_term() -> None:
    assert set(KEYS.values()) <= set(TERMS)


def test_names_plurals_and_measures_are_marked() -> None:
    text = "Over 250 queries and five seeds, the smallest lead in nDCG@10 is below SESOI."
    assert marked_terms(text) == [
        ("queries", "query"),
        ("seeds", "seed"),
        ("nDCG@10", "ndcg"),
        ("SESOI", "sesoi"),
    ]


def test_a_longer_name_is_marked_before_a_shorter_one_in_it() -> None:
    assert marked_terms("The deciding control, and another control") == [
        ("deciding control", "deciding_control"),
        ("control", "control"),
    ]


def test_names_of_systems_and_paths_are_not_marked() -> None:
    assert marked_terms("maw_seed, seed/42 and run.seed: control@1 or query_id") == []


def test_a_term_is_marked_once_until_the_section_ends() -> None:
    marks = Marks()
    marks.note("seed")
    assert [key for _, key in marks.pieces("A seed, a query, a query") if key] == ["query"]
    assert marks.restart() == ""
    assert [key for _, key in marks.pieces("A seed, a query") if key] == ["seed", "query"]


@given(st.lists(st.sampled_from([*sorted(KEYS), " ", ", ", "<b>", "maw_x", ".026 "]), max_size=8))
def test_pieces_are_the_text_again(words: list[str]) -> None:
    text = "".join(words)
    pieces = list(Marks().pieces(text))
    assert "".join(piece for piece, _ in pieces) == text
    keys = [key for _, key in pieces if key]
    assert len(keys) == len(set(keys))


def test_text_from_data_is_escaped_and_a_mark_leads_to_the_glossary() -> None:
    html = rendered("<script> has no seed")
    assert html.startswith("&lt;script&gt; has no <span")
    assert 'href="#g-seed">seed</a>' in html


def test_the_sentences_about_a_claim_are_marked_on_a_page(theory_results: dict[str, Any]) -> None:
    plan = plan_of(("new", "old"))
    frames = suite_frames(comparison_frames(random_tables(), plan))
    html = page_of(frames, plan, theory=theory_results)
    card = html.partition("<article>")[2].partition("</article>")[0]
    sentences = re.findall(r'<p class="price">(.*?)</p>', card, re.DOTALL)
    assert len(sentences) == 1
    assert 'class="term"' in sentences[0]
    assert unmarked(sentences[0]).startswith("What more would buy. ")
    assert "<" not in unmarked(sentences[0])

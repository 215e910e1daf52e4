"""Each term of a page has a definition in one or two whole sentences."""

import re

import pytest

from maw.reporting.glossary import TERMS, used_in
from maw.reporting.templates import environment


@pytest.mark.parametrize("key", TERMS)
def test_a_definition_is_one_or_two_whole_sentences(key: str) -> None:
    name, definition = TERMS[key]
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z“])", definition)
    assert name.strip()
    assert 1 <= len(sentences) <= 2
    assert all(sentence.lstrip("“")[0].isupper() and sentence[-1] == "." for sentence in sentences)
    assert len(definition.split()) <= 45


def test_a_page_has_the_terms_to_which_it_links_in_the_glossarys_order() -> None:
    page = '<a href="#g-sesoi">Δ</a> <a href="#g-claim">claim</a> <a href="#claims">x</a>'
    assert list(used_in(page)) == ["claim", "sesoi"]


def test_the_glossary_has_an_anchor_for_each_term_that_is_used() -> None:
    template = environment().get_template("sections/glossary.html.j2")
    html = template.render(glossary=TERMS, glossary_used=used_in('<a href="#g-seed">seed</a>'))
    assert html.count('id="g-') == 1
    assert '<dt id="g-seed">seed</dt>' in html
    assert template.render(glossary=TERMS).count('id="g-') == len(TERMS)

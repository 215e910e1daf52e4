"""Each term of a page has a definition in one or two whole sentences."""

import re

import pytest

from maw.reporting.glossary import TERMS
from maw.reporting.templates import environment


@pytest.mark.parametrize("key", TERMS)
def test_a_definition_is_one_or_two_whole_sentences(key: str) -> None:
    name, definition = TERMS[key]
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z“])", definition)
    assert name.strip()
    assert 1 <= len(sentences) <= 2
    assert all(sentence.lstrip("“")[0].isupper() and sentence[-1] == "." for sentence in sentences)
    assert len(definition.split()) <= 45


def test_the_glossary_has_an_anchor_for_each_term() -> None:
    html = environment().get_template("sections/glossary.html.j2").render(glossary=TERMS)
    assert '<dt id="g-seed">seed</dt>' in html
    assert html.count('id="g-') == len(TERMS)

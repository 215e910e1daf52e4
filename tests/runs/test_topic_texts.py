"""The texts of topics, in the forms in which collections publish them."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs.topic_texts import require_known, topic_texts

KNOWN = {"301": "International Organized Crime", "302": "Poliomyelitis and Post-Polio"}
TREC_6 = """<top>

<num> Number: 301
<title> International Organized Crime

<desc> Description:
Identify organizations.
</top>

<top>
<num> Number: 302
<title> Topic: Poliomyelitis and Post-Polio
<desc> Description: none
</top>
"""
COVID = """<topics task="x">
  <topic number="301"><query>International Organized Crime</query><narrative/></topic>
  <topic number="302"><title>Poliomyelitis and Post-Polio</title></topic>
</topics>
"""
FORMS = {
    "trec": TREC_6,
    "trec on one line": "<top><num>301</num><title>International Organized Crime</title></top>"
    "<top><num>302</num><title>Poliomyelitis and Post-Polio</title></top>",
    "xml": COVID,
    "tsv": "301\tInternational Organized Crime\n302\tPoliomyelitis and Post-Polio\n",
    "tsv with a head": "qid\tquery\n301\tInternational  Organized Crime\n"
    "302\tPoliomyelitis and Post-Polio\n",
    "beir": '{"_id": "301", "text": "International Organized Crime", "metadata": {}}\n'
    '{"_id": 302, "text": "Poliomyelitis and Post-Polio"}\n',
    "other keys": '{"qid": "301", "query": "International Organized Crime"}\n'
    '{"qid": "302", "query": "Poliomyelitis and Post-Polio"}\n',
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_is_found_by_its_content(form: str, tmp_path: Path) -> None:
    path = tmp_path / "topics"
    path.write_text(FORMS[form])
    texts, (source,) = topic_texts(path)
    assert texts == KNOWN
    assert (source.origin, len(source.sha256)) == (str(path), 64)
    packed = tmp_path / "topics.gz"
    packed.write_bytes(gzip.compress(FORMS[form].encode()))
    assert topic_texts(packed)[0] == KNOWN


def test_a_mapping_and_a_series_are_taken_as_they_are() -> None:
    assert topic_texts({301: "International Organized\nCrime"}) == ({"301": KNOWN["301"]}, ())
    assert topic_texts(pd.Series(KNOWN)) == (KNOWN, ())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("301 no tab\n", "topics:1: has no tab; expected TREC topics, JSON lines"),
        ("301\ta\n302 b\n", "topics:2: has no tab"),
        ("301\ta\n301\tb\n", "topics: has topic '301' twice; keep one of them"),
        ("qid\tquery\n", "topics: has no topics; expected TREC topics"),
        ('{"_id": "301"}\n', r"topics:1: is no topic with its text \(text: Input should be"),
        ('{"_id": "301", "text": "a"}\n{\n', "topics:2: is no topic with its text"),
        ("<top><num>301</num></top>", "a topic has no <num> or no <title> .'<num>301"),
        ('<topic number="1"></topic>', "topic '1' has no <query> and no <title>; add one"),
    ],
)
def test_another_content_is_one_line_with_the_mend(
    content: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "topics"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as raised:
        topic_texts(path)
    assert "\n" not in str(raised.value)


def test_texts_of_other_topics_are_an_error() -> None:
    require_known(KNOWN, ["301", "9"], origin="topics.txt")
    with pytest.raises(InputError, match=r"topics.txt: none of its 2 topics \(first: '301'"):
        require_known(KNOWN, ["9"], origin="topics.txt")

"""JSON of topics is recognised by its beginning, and a broken file is one line with the place."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.runs.json_files import (
    inner_keys,
    is_nested,
    nested_frame,
    ranking_content,
    read_json,
    refuse_measures_first,
)

Write = Callable[[str, str | bytes], Path]
COLUMNS = ("query_id", "doc_id", "score")


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ('{"q1": {"d1": 2.5', 2),
        ('\n{"q0": {}, "q1": {\n"d\\"1" : -1', 2),
        ('{"q1": {"d1": NaN', 2),
        ('{"default": {"test": {"q1": {"d1": 1e3', 4),
    ],
)
def test_nested_objects_are_known_by_their_beginning(text: str, levels: int) -> None:
    assert [n for n in (2, 3, 4) if is_nested(text, levels=n)] == [levels]


@pytest.mark.parametrize(
    "text", ["", "[1]", '{"a": 1}', '{"version": 2, "eval": {"a": 1}}', '{"q1": {"d1": "x"}}']
)
def test_other_json_is_not_nested(text: str) -> None:
    assert not is_nested(text)


def test_inner_keys_are_those_with_a_number_even_where_the_text_is_cut() -> None:
    assert inner_keys('{"q1": {"d1": 1, "d 2": -0.5}, "q2": {"d3": nul') == ["d1", "d 2"]


def test_gzipped_json_is_read_as_plain_json_is(write: Write) -> None:
    content = b'{"q1": {"d1": 1}}'
    plain, _ = read_json(write("a.json", content))
    packed, raw = read_json(write("a.json.gz", gzip.compress(content)))
    assert plain == packed == {"q1": {"d1": 1}}
    assert raw.content == content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"q1": {"d1": 1}', r"a\.json:1: not JSON \(Expecting ',' delimiter\); export it again"),
        (b'{"q1":\n {"d1": 1, "d1": 2}}', r"a\.json: an object has the key 'd1' twice; keep one"),
        (b'{"q1": {"\xff": 1}}', r"a\.json:1: not UTF-8"),
    ],
)
def test_text_that_is_no_json_is_refused(write: Write, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_json(write("a.json", content))


@pytest.mark.parametrize(
    ("topics", "message"),
    [
        ([1], "a.json: holds a list; expected query_id -> doc_id -> score"),
        ({"q1": 0.5}, "a.json: topic 'q1' holds a number; expected query_id -> doc_id -> score"),
        ({"q1": {"d1": None}}, "a.json: topic 'q1', doc_id 'd1': score None is not a finite"),
        ({"q1": {"d1": "high"}}, "a.json: topic 'q1', doc_id 'd1': score 'high' is not a finite"),
        ({}, "a.json: holds no row; export it again"),
    ],
)
def test_another_form_is_refused_with_the_topic(topics: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        nested_frame(topics, path=Path("a.json"), columns=COLUMNS)


def test_measures_in_the_place_of_topics_are_refused() -> None:
    means = {"ndcg": {"NDCG@10": 0.5}, "map": {"MAP@10": 0.4}}
    with pytest.raises(InputError, match=r"outer keys are measures \('map', 'ndcg'\), and no"):
        refuse_measures_first(means, path=Path("a.json"))


def test_a_score_that_is_not_finite_is_refused(write: Write) -> None:
    topics, plain = read_json(write("a.json", '{"q1": {"d1": 1, "d2": NaN}}'))
    with pytest.raises(InputError, match="topic 'q1', doc_id 'd2': score nan is not a finite"):
        ranking_content(topics, path=plain.path, plain=plain)


def test_a_document_with_the_id_of_its_topic_is_noticed(write: Write) -> None:
    topics, plain = read_json(write("a.json", '{"1": {"1": 2, "2": 1}, "2": {"1": 1}}'))
    (notice,) = ranking_content(topics, path=plain.path, plain=plain).notices
    assert (notice.code, notice.count) == ("own-id", 1)
    assert notice.text.startswith("1 topic with a document of the same id ('1'): BEIR's scorer")

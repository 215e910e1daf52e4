"""The texts of topics, so that a page shows what people asked for beside a topic's id.

The form is found by the content of the file: TREC topics (`<top>` with `<num>` and `<title>`, or
XML with `<topic number="1">`), JSON lines as BEIR's `queries.jsonl`, or lines with a topic, a tab
and its text. Each may be gzipped.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, TypeAdapter, model_validator

from maw.errors import InputError
from maw.runs.answers import parsed
from maw.runs.content import Input
from maw.runs.text import Text, read_text

FORMS = (
    "TREC topics, JSON lines with the keys _id and text, or lines with a topic, a tab and its text"
)
# keys of JSON lines and heads of tables: BEIR, PyTerrier, ir_datasets
IDS = ("_id", "query_id", "qid", "id", "topic")
TEXTS = ("text", "query", "title", "question")
TREC = re.compile(r"<top>|<topic\b", re.IGNORECASE)
_TOPIC = re.compile(r"<top>(.*?)</top>", re.DOTALL | re.IGNORECASE)
_NUMBER = re.compile(r"<num>\s*(?:Number:)?\s*(\S+?)\s*(?=<|$|\n)", re.IGNORECASE)
# a text ends where the next tag begins; titles of old collections begin with `Topic:`
_TITLE = re.compile(r"<title>\s*(?:Topic:)?([^<]*)", re.IGNORECASE)
_ELEMENT = re.compile(
    r"<topic\b[^>]*?\b(?:number|id|qid)\s*=\s*[\"']([^\"']+)[\"'][^>]*>(.*?)</topic>",
    re.DOTALL | re.IGNORECASE,
)
_QUERY = re.compile(r"<(query|title)>([^<]*)", re.IGNORECASE)


class _Line(BaseModel):
    """A topic on a line of JSON, under any of the usual keys."""

    topic: int | str
    text: str

    @model_validator(mode="before")
    @classmethod
    def _with_usual_keys(cls, line: object) -> object:
        if not isinstance(line, Mapping):
            return line
        named = {"topic": IDS, "text": TEXTS}
        return {
            name: next((line[key] for key in keys if key in line), None)
            for name, keys in named.items()
        }


LINE = TypeAdapter(_Line)


def topic_texts(
    topics: Mapping[object, object] | pd.Series | str | PathLike[str],
) -> tuple[dict[str, str], tuple[Input, ...]]:
    """Return topic -> its text on one line, and the file that was read, if it is one.

    topics: a mapping, a series, or the path of a file in one of FORMS. InputError for a file of
    another form, and for a topic that is there twice.
    """
    if not isinstance(topics, str | PathLike):
        return {str(topic): _one_line(str(text)) for topic, text in dict(topics).items()}, ()
    path = Path(topics)
    text = read_text(path)
    texts: dict[str, str] = {}
    for topic, words in _pairs(text):
        if topic in texts:
            raise InputError(f"{path}: has topic {topic!r} twice; keep one of them")
        texts[topic] = _one_line(words)
    if not texts:
        raise InputError(f"{path}: has no topics; expected {FORMS}")
    return texts, (Input(str(path), text.sha256),)


def require_known(texts: Mapping[str, str], topics: Iterable[str], *, origin: str) -> None:
    """Raise an InputError where no compared topic has a text. origin: where the texts come from."""
    compared = list(topics)
    if texts and not set(texts).intersection(compared):
        raise InputError(
            f"{origin}: none of its {len(texts)} topics (first: {min(texts)!r}) is among those "
            f"that are compared (first: {min(compared)!r}); check that both use the same ids"
        )


def _pairs(text: Text) -> Iterator[tuple[str, str]]:
    """Yield each topic of a file with its text."""
    lines = list(text.rows())
    if lines[0][1].lstrip().startswith("{"):
        yield from _json_lines(text)
        return
    whole = "\n".join(text.lines)
    if TREC.search(whole):
        yield from _trec_topics(whole, path=text.path)
        return
    for number, line in lines:
        topic, tab, words = line.partition("\t")
        if not tab:
            raise InputError(f"{text.path}:{number}: has no tab; expected {FORMS}")
        if number == lines[0][0] and topic.strip().lower() in IDS:
            continue  # the head of a table
        yield topic.strip(), words


def _json_lines(text: Text) -> Iterator[tuple[str, str]]:
    for number, line in text.rows():
        row = parsed(line, LINE, location=f"{text.path}:{number}", kind="topic with its text")
        yield str(row.topic), row.text


def _trec_topics(whole: str, *, path: Path) -> Iterator[tuple[str, str]]:
    """Yield the topics of a TREC file. InputError for one without a number or a title."""
    for topic, content in _ELEMENT.findall(whole):
        found = {name.lower(): words for name, words in _QUERY.findall(content)}
        if not found:
            raise InputError(f"{path}: topic {topic!r} has no <query> and no <title>; add one")
        yield topic, html.unescape(found.get("query", found.get("title", "")))
    for content in _TOPIC.findall(whole):
        number, title = _NUMBER.search(content), _TITLE.search(content)
        if number is None or title is None:
            start = " ".join(content.split())[:40]
            raise InputError(f"{path}: a topic has no <num> or no <title> ({start!r}); add it")
        yield number[1], html.unescape(title[1])


def _one_line(text: str) -> str:
    return " ".join(text.split())

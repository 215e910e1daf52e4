"""The JSON of pytrec_eval: an object `topic -> measure -> value`, the scores of one system.

It has the form of a ranking, `topic -> document -> score`. The inner keys tell which it is: here
they are all spellings of measures, such as `ndcg_cut_10`.
"""

from dataclasses import replace
from pathlib import Path

from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.json_files import (
    inner_keys,
    is_nested,
    nested_frame,
    read_json,
    refuse_measures_first,
)
from maw.runs.measure_names import is_measure
from maw.runs.notices import examples
from maw.runs.system_scores import content_of_system
from maw.runs.text import first_text

PRECEDENCE = 13
ENDINGS = (".json",)


def matches(path: Path, head: bytes) -> bool:
    """Return whether the file begins as topic -> measure -> value.

    InputError where only some of the inner keys are measures, because the file could be either.
    """
    text = first_text(head)
    if not is_nested(text):
        return False
    keys = set(inner_keys(text))
    measures = {key for key in keys if is_measure(key)}
    if measures and keys > measures:
        raise InputError(
            f"{path}: cannot tell a ranking from scores: inner keys are measures "
            f"({examples([*measures])}) and others ({examples([*(keys - measures)])}); give the "
            "format: beir where they are documents, pytrec_eval where they are measures"
        )
    return bool(measures)


def read(path: Path, piped: bytes | None = None) -> Content:
    """Return the scores of the system that the file is named after.

    piped: see `maw.runs.file_formats.Format.read`. InputError names the file, the topic and the
    measure.
    """
    topics, plain = read_json(path, piped)
    refuse_measures_first(topics, path=path)
    frame, locate = nested_frame(topics, path=path, columns=("query_id", "measure", "value"))
    content = content_of_system(frame, path=path, endings=ENDINGS, locate=locate)
    notices = (*plain.notices, *content.notices)
    return replace(content, notices=notices, sha256=plain.sha256)

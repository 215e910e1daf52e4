"""`loader: {kind: beir_dir, path: FOLDER}`: any collection whose files are laid out as BEIR's.

The files are `corpus.jsonl[.gz]`, `queries.jsonl[.gz]` and `qrels/*.tsv`. Empty documents and
queries without judgement are kept and counted. White space around an id does not count. A judgement
that is repeated counts once.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pandas as pd
from pydantic import BaseModel

from maw.datasets.collection import Collection
from maw.datasets.splits import groups_of
from maw.errors import InputError
from maw.measures.grades import GRADE_COLUMNS, LARGEST_GRADE


class Config(BaseModel, extra="forbid", frozen=True):
    """A folder in BEIR layout."""

    path: Path
    """The folder with `corpus.jsonl`, `queries.jsonl` and `qrels/`."""
    qrels: str | None = None
    """Name, without `.tsv`, of the one file of `qrels/` to read; if none is given, all are read."""
    licence: str = "not stated"
    """Licence of the collection, for the report."""


def sources(config: Config) -> list[Path]:
    """Return the paths of the corpus, query and judgement files. InputError if one is missing."""
    folder = config.path.expanduser()
    paths = []
    for name in ("corpus", "queries"):
        options = [folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"]
        present = [path for path in options if path.is_file()]
        if not present:
            raise InputError(
                f"{options[0]}: no such file, nor with .gz; give a folder in BEIR layout"
            )
        paths.append(present[0])
    judged = sorted((folder / "qrels").glob(f"{config.qrels or '*'}.tsv"))
    judged = [path for path in judged if not path.name.startswith(".")]
    if not judged:
        raise InputError(
            f"{folder / 'qrels'}: no {config.qrels or '*'}.tsv; give a folder with judgements"
        )
    return [*paths, *judged]


def n_documents(config: Config) -> int:
    """Return the number of lines of the corpus. InputError as in `load`, for what is no text."""
    return sum(1 for _ in _lines(sources(config)[0]))


def first_documents(config: Config, n: int) -> list[str]:
    """Return the texts of the first n documents. InputError as in `load`."""
    corpus = sources(config)[0]
    rows = islice(_lines(corpus), n)
    return [_entry(line, place=f"{corpus}:{row}")[1] for row, line in rows]


def fingerprint(config: Config) -> dict[str, str]:
    """Return an empty mapping, because the content depends on the files alone."""
    return {}


def load(config: Config) -> Collection:
    """Return the collection, with all documents in memory, in the order of the files.

    InputError names the file, and the line if there is one, that cannot be read, that contradicts
    an earlier line, or that has nothing in common with the other files.
    """
    corpus, topics, *judged = sources(config)
    documents = _texts(corpus, "doc_id", may_be_empty=True)
    queries = _texts(topics, "query_id", may_be_empty=False)
    for file, frame in ((corpus, documents), (topics, queries)):
        if not frame["text"].str.strip().any():
            raise InputError(f"{file}: holds no text; give a file with texts")
    qrels, n_repeated = _judgements(judged)
    known = qrels["query_id"].isin(queries["query_id"])
    if not known.any():
        raise InputError(f"{judged[0]}: no query of {topics} is judged; check the query ids")
    missing = known & ~qrels["doc_id"].isin(documents["doc_id"])
    if missing.sum() == known.sum():
        raise InputError(f"{judged[0]}: no judged document is in {corpus}; check the document ids")
    return Collection(
        documents=documents,
        queries=queries.assign(cluster=queries["query_id"]),
        qrels=qrels[known].reset_index(drop=True),
        groups=groups_of(dict(zip(queries["query_id"], queries["text"], strict=True))),
        licence=config.licence,
        source=f"BEIR folder {corpus.parent.resolve().name}",
        counts={
            "judgements_of_unknown_queries": int((~known).sum()),
            "judgements_repeated": n_repeated,
        },
    )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line number, from 1, and text of each line of a plain or gzipped UTF-8 file.

    Empty lines are left out. InputError for other bytes, and for a gzip file that is not whole.
    """
    row = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb") as file:
            for row, line in enumerate(file, start=1):
                text = line.decode("utf-8-sig" if row == 1 else "utf-8").rstrip("\r\n")
                if text.strip():
                    yield row, text
    except UnicodeDecodeError as error:
        raise InputError(f"{path}:{row}: not UTF-8 ({error.reason}); convert the file") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InputError(f"{path}:{row + 1}: not a whole gzip file; copy it again") from None


def _texts(path: Path, key: str, *, may_be_empty: bool) -> pd.DataFrame:
    """Return a table of ids and texts from the keys `_id`, `title` and `text` of each line.

    key: name of the id column. A text is the title, if there is one, followed by the text.
    InputError for a line that is not a JSON object with `_id` and `text`, for a value that is not a
    string, for an id that is empty or there twice, and, unless `may_be_empty`, for an empty text.
    """
    texts: dict[str, str] = {}
    for row, line in _lines(path):
        name, text = _entry(line, place=f"{path}:{row}")
        if name in texts:
            raise InputError(f"{path}:{row}: id {name!r} is there twice; keep one")
        texts[name] = text
        if not may_be_empty and not texts[name].strip():
            raise InputError(f"{path}:{row}: query {name!r} is empty; remove it")
    return pd.DataFrame({key: list(texts), "text": list(texts.values())}, dtype="object")


def _entry(line: str, *, place: str) -> tuple[str, str]:
    """Return the id and the text of a line of texts. place: file and line, for an InputError."""
    try:
        item = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{place}: not JSON ({error.msg}); mend the line") from None
    if not isinstance(item, dict) or "_id" not in item or "text" not in item:
        raise InputError(f"{place}: lacks `_id` or `text`; BEIR lines have both")
    name, title, text = (
        _string(item.get(part), f"{place}: `{part}`") for part in ("_id", "title", "text")
    )
    name = name.strip()
    if not name:
        raise InputError(f"{place}: `_id` is empty; give the line an id of its own")
    return name, " ".join(part for part in (title, text) if part)


def _string(value: object, location: str) -> str:
    """Return a JSON value as a string: a string as it is, an integer's digits, and "" for null.

    Only lone surrogates in a string are replaced. location: file, line and key, for the InputError
    about any other value.
    """
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
        raise InputError(f"{location} is {json.dumps(value)[:40]}; expected a string")
    # a lone surrogate (half an emoji, where a tweet was cut) cannot be written to a file
    return re.sub("[\ud800-\udfff]", "\ufffd", "" if value is None else str(value))


def _judgements(paths: list[Path]) -> tuple[pd.DataFrame, int]:
    """Return the judgements of all files as one table, and the number of repeated judgements.

    InputError if a query and a document have two different grades.
    """
    grades: dict[tuple[str, str], int] = {}
    n_read = 0
    for path in paths:
        for row, pair, grade in _graded(path):
            first = grades.setdefault(pair, grade)
            if first != grade:
                raise InputError(
                    f"{path}:{row}: {pair[0]!r} × {pair[1]!r} has grade {grade}, but {first} "
                    "before; keep one"
                )
            n_read += 1
    rows = [(*pair, grade) for pair, grade in grades.items()]
    frame = pd.DataFrame(rows, columns=["query_id", "doc_id", "relevance"]).astype(
        {"query_id": "object", "doc_id": "object", "relevance": "int64"}
    )
    return frame, n_read - len(frame)


def _graded(path: Path) -> Iterator[tuple[int, tuple[str, str], int]]:
    """Yield line number, (query, document) and grade of each line of a file of judgements.

    The columns are query-id, corpus-id and score, with or without a header, or TREC's four columns.
    InputError for another number of columns, and for a grade that is not an integer.
    """
    for n_lines, (row, line) in enumerate(_lines(path)):
        line = line.rstrip()
        cells = line.split("\t") if "\t" in line else line.split()
        if n_lines == 0 and cells[-1].strip().lower() in GRADE_COLUMNS:
            continue  # the header
        if len(cells) == 4 and re.fullmatch(r"[Qq]?\d+", cells[1]):
            del cells[1]  # the iteration
        if len(cells) != 3:
            raise InputError(f"{path}:{row}: {len(cells)} columns; expected query, document, grade")
        query, document, grade = (cell.strip() for cell in cells)
        yield row, (query, document), _grade(grade, f"{path}:{row}")


def _grade(cell: str, location: str) -> int:
    """Return the integer in a cell such as `2`, `-1` or `1.0`. InputError for `.5` or `high`.

    location: file and line, for the error. InputError for a grade beyond ±LARGEST_GRADE, too.
    """
    if not re.fullmatch(r"[+-]?\d+(\.0*)?", cell):
        raise InputError(f"{location}: grade {cell!r} is not an integer; mend the line")
    if abs(grade := float(cell)) > LARGEST_GRADE:
        raise InputError(
            f"{location}: grade {cell} is beyond ±{LARGEST_GRADE:,}, the largest that measures can "
            "read; give small grades, such as 0 to 3"
        )
    return int(grade)

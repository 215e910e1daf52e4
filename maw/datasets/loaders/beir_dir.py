"""`loader: {kind: beir_dir, path: FOLDER}`: any collection in BEIR layout.

`corpus.jsonl[.gz]`, `queries.jsonl[.gz]`, `qrels/*.tsv`. Nothing is assumed of the collection but
its layout: empty documents are kept and counted, so are queries without judgement. Ids are compared
without the white space around them. A judgement that stands twice counts once.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from pydantic import BaseModel

from maw.datasets.collection import Collection
from maw.datasets.splits import groups_of
from maw.errors import InputError


class Config(BaseModel, extra="forbid", frozen=True):
    """A folder; which files of `qrels/` (all, unless one is named, without `.tsv`)."""

    path: Path
    qrels: str | None = None
    licence: str = "not stated"


def sources(config: Config) -> list[Path]:
    """The files that the collection is made from. InputError when one is missing."""
    folder = config.path.expanduser()
    found = []
    for name in ("corpus", "queries"):
        options = [folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"]
        there = [path for path in options if path.is_file()]
        if not there:
            raise InputError(
                f"{options[0]}: no such file, nor with .gz; give a folder in BEIR layout"
            )
        found.append(there[0])
    judged = sorted((folder / "qrels").glob(f"{config.qrels or '*'}.tsv"))
    judged = [path for path in judged if not path.name.startswith(".")]
    if not judged:
        raise InputError(f"{folder / 'qrels'}: no {config.qrels or '*'}.tsv; judgements needed")
    return [*found, *judged]


def fingerprint(config: Config) -> dict[str, str]:
    """Nothing but the files."""
    return {}


def load(config: Config) -> Collection:
    """The whole collection in memory, in the files' order."""
    corpus, asked, *judged = sources(config)
    documents = _texts(corpus, "doc_id", may_be_empty=True)
    queries = _texts(asked, "query_id", may_be_empty=False)
    for file, frame in ((corpus, documents), (asked, queries)):
        if not frame["text"].str.strip().any():
            raise InputError(f"{file}: holds no text; an empty collection cannot be ranked")
    qrels, n_repeated = _judgements(judged)
    known = qrels["query_id"].isin(queries["query_id"])
    if not known.any():
        raise InputError(f"{judged[0]}: no query of {asked} is judged; check the query ids")
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
    """Numbered lines of a plain or gzipped UTF-8 file."""
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
    """`_id`, `title` and `text` of each line -> id and text, title first."""
    seen: dict[str, str] = {}
    for row, line in _lines(path):
        try:
            item = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}:{row}: not JSON ({error.msg}); mend the line") from None
        if not isinstance(item, dict) or "_id" not in item or "text" not in item:
            raise InputError(f"{path}:{row}: lacks `_id` or `text`; BEIR lines have both")
        name, title, text = (
            _string(item.get(part), f"{path}:{row}: `{part}`") for part in ("_id", "title", "text")
        )
        name = name.strip()
        if not name:
            raise InputError(f"{path}:{row}: `_id` is empty; give the line a name of its own")
        if name in seen:
            raise InputError(f"{path}:{row}: id {name!r} is there twice; keep one")
        seen[name] = " ".join(part for part in (title, text) if part)
        if not may_be_empty and not seen[name].strip():
            raise InputError(f"{path}:{row}: query {name!r} is empty; remove it")
    return pd.DataFrame({key: list(seen), "text": list(seen.values())}, dtype="object")


def _string(value: object, place: str) -> str:
    """A string, or an integer as one; null is empty. InputError for anything else."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
        raise InputError(f"{place} is {json.dumps(value)[:40]}; expected a string")
    # half an emoji, as a cut tweet ends with, is no character that a file can hold
    return re.sub("[\ud800-\udfff]", "\ufffd", "" if value is None else str(value))


def _judgements(paths: list[Path]) -> tuple[pd.DataFrame, int]:
    """All files under each other, and how many judgements were there before."""
    grades: dict[tuple[str, str], int] = {}
    n_read = 0
    for path in paths:
        for row, pair, grade in _graded(path):
            before = grades.setdefault(pair, grade)
            if before != grade:
                raise InputError(
                    f"{path}:{row}: {pair[0]!r} × {pair[1]!r} has grade {grade}, but {before} "
                    "before; keep one"
                )
            n_read += 1
    rows = [(*pair, grade) for pair, grade in grades.items()]
    frame = pd.DataFrame(rows, columns=["query_id", "doc_id", "relevance"]).astype(
        {"query_id": "object", "doc_id": "object", "relevance": "int64"}
    )
    return frame, n_read - len(frame)


def _graded(path: Path) -> Iterator[tuple[int, tuple[str, str], int]]:
    """`query-id, corpus-id, score`, with a header line or without; TREC's four columns too."""
    for place, (row, line) in enumerate(_lines(path)):
        line = line.rstrip()
        cells = line.split("\t") if "\t" in line else line.split()
        if place == 0 and not re.search(r"\d", cells[-1]):
            continue  # the header
        if len(cells) == 4 and re.fullmatch(r"[Qq]?\d+", cells[1]):
            del cells[1]  # the iteration
        if len(cells) != 3:
            raise InputError(f"{path}:{row}: {len(cells)} columns; expected query, document, grade")
        query, document, grade = (cell.strip() for cell in cells)
        yield row, (query, document), _grade(grade, f"{path}:{row}")


def _grade(cell: str, place: str) -> int:
    """`2`, `-1` and `1.0` are grades; `.5` and `high` are not."""
    if not re.fullmatch(r"[+-]?\d{1,9}(\.0*)?", cell):
        raise InputError(f"{place}: grade {cell!r} is not an integer; mend the line")
    return int(cell.partition(".")[0])

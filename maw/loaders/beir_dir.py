"""`loader: {kind: beir_dir, path: FOLDER}`: any collection in BEIR layout.

`corpus.jsonl[.gz]`, `queries.jsonl[.gz]`, `qrels/*.tsv`. Nothing is assumed of the collection but
its layout: empty documents are kept and counted, so are queries without judgement.
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel

from maw.collection import Collection
from maw.errors import InputError
from maw.splits import groups_of


class Config(BaseModel, extra="forbid", frozen=True):
    """A folder; which files of `qrels/` (all, unless one is named, without `.tsv`)."""

    path: Path
    qrels: str | None = None
    licence: str = "not stated"


def sources(config: Config) -> list[Path]:
    """The files that the collection is made from. InputError when one is missing."""
    found = []
    for name in ("corpus", "queries"):
        options = [config.path / f"{name}.jsonl", config.path / f"{name}.jsonl.gz"]
        there = [path for path in options if path.is_file()]
        if not there:
            raise InputError(
                f"{options[0]}: no such file, nor with .gz; give a folder in BEIR layout"
            )
        found.append(there[0])
    judged = sorted((config.path / "qrels").glob(f"{config.qrels or '*'}.tsv"))
    if not judged:
        raise InputError(
            f"{config.path / 'qrels'}: no {config.qrels or '*'}.tsv; judgements needed"
        )
    return [*found, *judged]


def fingerprint(config: Config) -> dict[str, str]:
    """Nothing but the files."""
    return {}


def load(config: Config) -> Collection:
    """The whole collection in memory, in the files' order."""
    corpus, asked, *judged = sources(config)
    documents = _texts(corpus, "doc_id")
    queries = _texts(asked, "query_id")
    for file, frame in ((corpus, documents), (asked, queries)):
        if frame.empty:
            raise InputError(f"{file}: holds no text; an empty collection cannot be ranked")
    blank = queries["text"].str.strip().eq("")
    if blank.any():
        row = int(blank.idxmax())
        raise InputError(
            f"{asked}:{row + 1}: query {queries['query_id'][row]!r} is empty; remove it"
        )
    qrels = pd.concat([_judgements(path) for path in judged], ignore_index=True)
    twice = qrels.duplicated(["query_id", "doc_id"])
    if twice.any():
        pair = qrels.loc[twice.idxmax()]
        raise InputError(
            f"{judged[0].parent}: {pair['query_id']!r} × {pair['doc_id']!r} is judged twice; keep one"
        )
    known = qrels["query_id"].isin(queries["query_id"])
    if not known.any():
        raise InputError(f"{judged[0]}: no query of {asked} is judged; check the query ids")
    return Collection(
        documents=documents,
        queries=queries.assign(cluster=queries["query_id"]),
        qrels=qrels[known].reset_index(drop=True),
        groups=groups_of(dict(zip(queries["query_id"], queries["text"], strict=True))),
        licence=config.licence,
        source=f"BEIR folder {config.path.name}",
        counts={
            "judgements_of_unknown_queries": int((~known).sum()),
            "judged_documents_not_in_corpus": int(
                (~qrels.loc[known, "doc_id"].isin(documents["doc_id"])).sum()
            ),
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
        raise InputError(f"{path}:{row + 1}: the gzip file is broken off; copy it again") from None


def _texts(path: Path, key: str) -> pd.DataFrame:
    """`_id`, `title` and `text` of each line -> id and text, title first."""
    seen: dict[str, str] = {}
    for row, line in _lines(path):
        try:
            item: Any = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}:{row}: not JSON ({error.msg}); mend the line") from None
        if not isinstance(item, dict) or "_id" not in item or "text" not in item:
            raise InputError(f"{path}:{row}: lacks `_id` or `text`; BEIR lines have both")
        name = str(item["_id"])
        if name in seen:
            raise InputError(f"{path}:{row}: id {name!r} is there twice; keep one")
        parts = (str(item.get("title") or ""), str(item["text"] or ""))
        seen[name] = " ".join(part for part in parts if part)
    return pd.DataFrame({key: list(seen), "text": list(seen.values())}, dtype="object")


def _judgements(path: Path) -> pd.DataFrame:
    """`query-id, corpus-id, score` with a header line; TREC's four columns are read too."""
    rows = []
    for row, line in _lines(path):
        cells = line.split("\t") if "\t" in line else line.split()
        if row == 1 and not cells[-1].lstrip("+-").isdigit():
            continue  # the header
        if len(cells) == 4:
            del cells[1]
        if len(cells) != 3:
            raise InputError(f"{path}:{row}: {len(cells)} columns; expected query, document, grade")
        try:
            rows.append((cells[0], cells[1], int(cells[2])))
        except ValueError:
            raise InputError(
                f"{path}:{row}: grade {cells[2]!r} is not an integer; mend the line"
            ) from None
    return pd.DataFrame(rows, columns=["query_id", "doc_id", "relevance"]).astype(
        {"query_id": "object", "doc_id": "object", "relevance": "int64"}
    )

"""The folders and files through which a job and a program of the user speak with each other.

The training side is in BEIR layout: `corpus.jsonl`, `queries.jsonl` and `qrels/train.tsv`. Beside
it lie `negatives.tsv` and `forbidden.tsv`, which BEIR does not have. All of it is in a temporary
folder, which is removed when the program has ended.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from maw.errors import InputError

PAIR = ("query-id", "corpus-id")
DRAWS = "draws.json"


@contextmanager
def program_folder() -> Iterator[Path]:
    """Yield an empty temporary folder, which is removed at the end of the block."""
    with TemporaryDirectory(prefix="maw-program-") as folder:
        yield Path(folder)


def made(folder: Path) -> Path:
    """Make a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_written(path: Path) -> bool:
    """Return whether a program has written a file."""
    return path.is_file()


def write_training_side(
    folder: Path,
    *,
    documents: pd.DataFrame,
    queries: pd.DataFrame,
    positives: pd.DataFrame,
    negatives: pd.DataFrame,
    forbidden: pd.DataFrame,
) -> None:
    """Write a training side: its tables are those of `maw.ranking.self_training.TrainInputs`.

    InputError for an id that a file of lines cannot hold.
    """
    write_documents(made(folder) / "corpus.jsonl", documents)
    write_queries(folder / "queries.jsonl", queries)
    made(folder / "qrels")
    _write_pairs(folder / "qrels/train.tsv", positives, number="relevance", heading="score")
    _write_pairs(folder / "negatives.tsv", negatives, number="rank", heading="rank")
    _write_pairs(folder / "forbidden.tsv", forbidden)


def write_documents(path: Path, documents: pd.DataFrame) -> None:
    """Write documents, doc_id and text, as BEIR's lines of JSON; the titles are empty."""
    rows = zip(documents["doc_id"], documents["text"], strict=True)
    _write_lines(path, ({"_id": doc_id, "title": "", "text": text} for doc_id, text in rows))


def write_queries(path: Path, queries: pd.DataFrame) -> None:
    """Write queries, query_id and text, as BEIR's lines of JSON."""
    rows = zip(queries["query_id"], queries["text"], strict=True)
    _write_lines(path, ({"_id": query_id, "text": text} for query_id, text in rows))


def _write_lines(path: Path, items: Iterator[dict[str, Any]]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        for item in items:
            if any(letter.isspace() for letter in str(item["_id"])):
                raise InputError(
                    f"id {item['_id']!r} holds a blank, with which a program could not write a "
                    "TREC run; take it out of the collection's ids"
                )
            file.write(f"{json.dumps(item, ensure_ascii=False)}\n")


def _write_pairs(path: Path, pairs: pd.DataFrame, number: str = "", *, heading: str = "") -> None:
    """Write query_id, doc_id and a number as tab-separated lines, under BEIR's headings."""
    columns = ["query_id", "doc_id", *([number] if number else [])]
    headings = [*PAIR, *([heading] if heading else [])]
    text = pairs[columns].to_csv(sep="\t", index=False, header=headings, lineterminator="\n")
    path.write_text(text, encoding="utf-8")


def read_draws(path: Path, *, place: str) -> list[str]:
    """Return the digests in a program's `draws.json`: a JSON list with a text for each step.

    place: the program, for messages. InputError for a file that is missing or holds no such list.
    """
    mend = "write a list with a digest of each training step (maw.training.draws), or drop `draws`"
    if not path.is_file():
        raise InputError(f"{place}: wrote no {{model}}/{DRAWS}; {mend}")
    try:
        draws = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{place}: {{model}}/{DRAWS} is no JSON ({error}); {mend}") from None
    is_list = isinstance(draws, list) and draws and all(isinstance(one, str) for one in draws)
    if not is_list:
        raise InputError(f"{place}: {{model}}/{DRAWS} holds no list of texts; {mend}")
    digests: list[str] = draws
    return digests

"""Judgements are the same in every format, and broken ones name file and line."""

import gzip
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs.qrels import judgements_of, read_qrels

Pipe = Callable[[bytes], Path]
Write = Callable[[str, str | bytes], Path]
GRADES = {("1", "d1"): 2, ("1", "d2"): 0, ("2", "d1"): -1}


@pytest.mark.parametrize(
    "content",
    [
        "1 0 d1 2\n1 0 d2 0\n2 0 d1 -1\n",
        "1\t0\td1\t2\r\n1\t0\td2\t0\r\n2\t0\td1\t-1\r\n",
        "query-id\tcorpus-id\tscore\n1\td1\t2\n1\td2\t0\n2\td1\t-1\n",
        "1 d1 2\n1 d2 0\n2 d1 -1\n",
        gzip.compress(b"1 0 d1 2.0\n1 0 d2 0\n2 0 d1 -1\n", mtime=0),
    ],
    ids=["trec", "tabs, windows", "beir", "beir, no head", "gzip, 2.0"],
)
def test_judgements_are_the_same_in_every_format(write: Write, content: str | bytes) -> None:
    path = write("q.txt", content)
    frame, source, _ = read_qrels(path)
    grades = {(row.query_id, row.doc_id): row.relevance for row in frame.itertuples()}
    assert grades == GRADES
    assert (source.origin, source.sha256) == (str(path), sha256(path.read_bytes()).hexdigest())


@pytest.mark.parametrize("grade", ["score", "Relevance", "label", "grade", "rel", "judgement"])
def test_a_header_names_its_column_of_grades(write: Write, grade: str) -> None:
    frame, _, _ = read_qrels(write("q.tsv", f"query-id\tcorpus-id\t{grade}\n1\td1\t2\n"))
    assert frame.to_numpy().tolist() == [["1", "d1", 2]]


@pytest.mark.parametrize("kind", ["text", "parquet"])
def test_judgements_from_a_pipe_are_read_once(tmp_path: Path, pipe: Pipe, kind: str) -> None:
    judged = pd.DataFrame({"query_id": ["1"], "doc_id": ["d1"], "relevance": [2]})
    content = judged.to_parquet() if kind == "parquet" else b"1 0 d1 2\n"
    frame, source, _ = read_qrels(pipe(content))
    assert frame.to_numpy().tolist() == [["1", "d1", 2]]
    assert source.sha256 == sha256(content).hexdigest()


def test_what_was_odd_about_the_file_is_kept(write: Write) -> None:
    _, _, (notice,) = read_qrels(write("q.txt", "1 0 d1 2\r\n"))
    assert notice.code == "windows-line-ends"


def test_an_id_of_beir_may_hold_blanks_between_tabs(write: Write) -> None:
    frame, _, _ = read_qrels(write("q.tsv", "a query\ta document\t1\n"))
    assert frame[["query_id", "doc_id"]].to_numpy().tolist() == [["a query", "a document"]]


@pytest.mark.parametrize(
    "names",
    [
        ["query_id", "doc_id", "relevance"],
        ["qid", "docno", "label"],
        ["query-id", "corpus-id", "score"],
    ],
)
def test_judgements_may_be_parquet(tmp_path: Path, names: list[str]) -> None:
    rows = [(query, document, grade) for (query, document), grade in GRADES.items()]
    table = pd.DataFrame(rows, columns=names)
    table.to_parquet(tmp_path / "q.parquet")
    frame, source, notices = read_qrels(tmp_path / "q.parquet")
    assert frame["relevance"].tolist() == list(GRADES.values())
    assert len(source.sha256) == 64
    assert notices == ()
    pd.testing.assert_frame_equal(judgements_of(table, origin="qrels"), frame)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1 0 d1 2\n1 0 d2\n", "q.txt:2: 3 columns; qrels have 4"),
        ("1 Q0 d1 1 2.0 a\n", "q.txt:1: 6 columns; qrels have 4 .*; this looks like a run"),
        ("1 0 d1 high\n", "q.txt:1: grade 'high' is not a finite number"),
        ("1\td1\thigh\n1\td2\t1\n", "q.txt:1: grade 'high' is not a finite number"),
        ("1 d1 high\n1 d2 1\n", "q.txt:1: grade 'high' is not a finite number"),
        ("1 0 d1 1\n1 0 d2 1e30\n", "q.txt:2: grade 1e30 is beyond ±100,000"),
        ("1 0 d1 99999999999\n", "q.txt:1: grade 99999999999 is beyond ±100,000"),
        ("1 0 d1 1\n1 0 d2 0.5\n", "q.txt:2: grade 0.5 is not a whole number; round it"),
        ("1 0 d1 1\n\n1 0 d1 0\n", r"q.txt:3: judges document 'd1' for topic '1' a second time"),
        ("query-id\tcorpus-id\tscore\n", "q.txt: has a header and no judgement"),
        ("", "q.txt: the file is empty"),
    ],
)
def test_broken_judgements_are_one_line_with_place_and_mend(
    write: Write, content: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_qrels(write("q.txt", content))


def test_parquet_judgements_without_a_column_are_named(tmp_path: Path) -> None:
    frame = pd.DataFrame({"query_id": ["1"], "doc_id": ["d1"]})
    frame.to_parquet(tmp_path / "q.parquet")
    with pytest.raises(InputError, match=re.escape("q.parquet: lacks column 'relevance'")):
        read_qrels(tmp_path / "q.parquet")
    with pytest.raises(InputError, match="qrels: holds no row; export it again"):
        judgements_of(frame[:0].assign(relevance=0), origin="qrels")

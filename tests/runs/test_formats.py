"""Every format gives the same frame, and every broken file one line that names file and line."""

import gzip
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs import formats
from maw.runs.qrels import read_qrels

RUN = "1 Q0 d1 1 3.0 a\n1 Q0 d2 2 2.5 a\n2 Q0 d1 1 1e-3 a\n"
FRAME = pd.DataFrame(
    {"query_id": ["1", "1", "2"], "doc_id": ["d1", "d2", "d1"], "score": [3.0, 2.5, 1e-3]}
)


@pytest.mark.parametrize(
    "content",
    [
        RUN,
        RUN.replace(" ", "\t"),
        RUN.replace(" ", "  \t "),
        RUN.replace("\n", "\n\n"),
        RUN.replace("\n", "\r\n"),
        "\ufeff" + RUN,
        RUN.rstrip("\n"),
        gzip.compress(RUN.encode(), mtime=0),
        gzip.compress(RUN[:17].encode(), mtime=0) + gzip.compress(RUN[17:].encode()),
    ],
    ids=["spaces", "tabs", "mixed", "blank lines", "windows", "bom", "no end", "gzip", "two gzips"],
)
@pytest.mark.parametrize("name", ["a.run", "a", "a.run.gz", "a.txt"])
def test_a_run_is_a_run_whatever_its_blanks_ends_and_name(write, content, name: str) -> None:
    found = formats.read(write(name, content))
    assert found.kind == "ranking"
    pd.testing.assert_frame_equal(found.frame[list(FRAME)], FRAME)
    assert len(found.sha256) == 64


def test_a_parquet_run_reads_as_the_text_does(tmp_path: Path) -> None:
    for columns in ({}, {"query_id": "qid", "doc_id": "docno"}):
        path = tmp_path / "run.parquet"
        FRAME.rename(columns=columns).to_parquet(path)
        pd.testing.assert_frame_equal(formats.read(path).frame, FRAME)


def test_a_document_id_may_hold_a_space_that_is_none_of_asciis(write) -> None:
    found = formats.read(write("a.run", "1 Q0 d\u00a01 1 3.0 a\n"))
    assert found.frame["doc_id"].tolist() == ["d\u00a01"]


@pytest.mark.parametrize(
    ("content", "code", "count"),
    [
        (RUN.replace("\n", "\r\n"), "windows-line-ends", 3),
        ("\ufeff" + RUN, "byte-order-mark", 1),
        (RUN.replace(" 2 2.5", " second 2.5"), "unreadable-ranks", 3),
    ],
)
def test_what_was_odd_about_the_file_is_kept(write, content: str, code: str, count: int) -> None:
    path = write("a.run", content)
    (notice,) = formats.read(path).notices
    assert (notice.code, notice.place, notice.count) == (code, str(path), count)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "a.run: the file is empty; export it again"),
        ("\n \n", "a.run: the file is empty"),
        (b"\x1f\x8b", "a.run: the gzip file is broken off; copy it again"),
        (gzip.compress(RUN.encode(), mtime=0)[:-9], "a.run: the gzip file is broken off"),
        (RUN + "1 Q0 d\udce9 3 1.0 a\n", "a.run:4: not UTF-8"),
        (b"\xff\xfe1\x00", "a.run:1: UTF-16; convert the file to UTF-8"),
        (RUN + "2 Q0 d2 2 0.5\n", "a.run:4: 5 columns; .*; add the one that is missing"),
        (RUN + "2 Q0 d 2 2 0.5 a\n", "a.run:4: 7 columns; .* holds a blank: take it out"),
        (RUN + "2 Q0 d2 1\n", "a.run:4: 4 columns; .* give them with --qrels"),
        (RUN + "2 Q0\n", "a.run:4: 2 columns; a TREC run has 6"),
        (RUN + "2 Q0 d2 2 nan a\n", "a.run:4: score 'nan' is not a finite number"),
        (RUN + "2 Q0 d2 2 -inf a\n", "a.run:4: score '-inf' is not a finite number"),
        (RUN + "2 Q0 d2 2 0,5 a\n", "a.run:4: score '0,5' is not a finite number"),
        (RUN + "\n1 Q0 d1 3 1 a\n", "a.run:5: returns document 'd1' for topic '1' a second time "
         r"\(first: .*a.run:1\); keep one"),
    ],
)  # fmt: skip
def test_a_broken_run_is_one_line_with_place_and_mend(write, content, message: str) -> None:
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogateescape")
    with pytest.raises(InputError, match=message) as raised:
        formats.read(write("a.run", content))
    assert "\n" not in str(raised.value)


def test_what_is_not_there_or_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.run: no such file"):
        formats.read(tmp_path / "none.run")
    with pytest.raises(InputError, match="is a folder; give a file"):
        formats.read(tmp_path)


MATRIX = "topic,bm25,splade\n301,0.25,0.5\n302,0,1\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_matrix_is_topics_by_systems(write, delimiter: str) -> None:
    found = formats.read(write("m.csv", MATRIX.replace(",", delimiter)))
    assert found.kind == "scores"
    wide = found.frame.pivot(index="query_id", columns="system", values="value")
    assert wide.to_dict() == {"bm25": {"301": 0.25, "302": 0.0}, "splade": {"301": 0.5, "302": 1.0}}
    assert set(found.frame["measure"]) == {""}


def test_a_long_table_is_scores_whatever_its_file(write, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"name": ["a", "b"], "qid": ["1", "1"], "measure": "AP", "value": [0.5, np.float64(1)]}
    )
    frame.to_parquet(tmp_path / "s.parquet")
    wanted = ("", "a", 0, "1", "AP", 0.5)
    for path in (tmp_path / "s.parquet", write("s.csv", frame.to_csv(index=False))):
        found = formats.read(path)
        assert found.kind == "scores"
        assert tuple(found.frame.iloc[0]) == wanted


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (MATRIX + "303,0.5\n", "m.csv:4: 2 columns, but the head has 3"),
        (MATRIX + "301,0,0\n", "m.csv:4: topic '301' is there a second time"),
        (MATRIX + "303,0,high\n", "m.csv:4: 'high' of 'splade' is not a finite number"),
        (MATRIX + "303,0,\n", "m.csv:4: '' of 'splade' is not a finite number"),
        ("topic,a,a\n1,0,0\n", "m.csv:1: column 'a' is there twice"),
        ("topic,a\n", "m.csv: holds a head and no row"),
        ("topic\n1\n", "m.csv: one column; expected a topic"),
        ("system,query_id,measure,value\na,1,AP,x\n", "m.csv:2: value 'x' is not a finite"),
        ("system,query_id,measure,value\na,1,AP,1\na,1,AP,1\n", "m.csv:3: scores topic '1' of 'a'"),
        ("system,query_id,measure,value,seed\na,1,AP,1,.5\n", "m.csv:2: seed 0.5 is not a whole"),
    ],
)
def test_a_broken_table_is_one_line_with_place_and_mend(write, content: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        formats.read(write("m.csv", content))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.assign(score=[1.0, np.nan, 0.0]), "row 1: score nan is not a finite number"),
        (FRAME.assign(query_id=["1", None, "2"]), "row 1: query_id is missing; fill it in"),
        (FRAME.assign(doc_id="d1"), "row 1: returns document 'd1' for topic '1' a second time"),
        (FRAME[:0], "holds no row; export it again"),
        (FRAME.drop(columns="score"), "has columns query_id, doc_id; expected"),
    ],
)
def test_a_broken_parquet_names_the_row(tmp_path: Path, frame: pd.DataFrame, message: str) -> None:
    frame.to_parquet(tmp_path / "r.parquet")
    with pytest.raises(InputError, match=message):
        formats.read(tmp_path / "r.parquet")


def test_a_file_that_only_ends_in_parquet_is_called_broken(write) -> None:
    with pytest.raises(InputError, match=r"r\.parquet: broken parquet"):
        formats.read(write("r.parquet", RUN))


JUDGED = {("1", "d1"): 2, ("1", "d2"): 0, ("2", "d1"): -1}


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
def test_judgements_are_the_same_in_every_format(write, content) -> None:
    frame, source, _ = read_qrels(write("q.txt", content))
    found = {(row.query_id, row.doc_id): row.relevance for row in frame.itertuples()}
    assert found == JUDGED
    assert source.place.endswith("q.txt")


def test_judgements_may_be_parquet(tmp_path: Path) -> None:
    rows = [(query, document, grade) for (query, document), grade in JUDGED.items()]
    for names in (["query_id", "doc_id", "relevance"], ["qid", "docno", "label"]):
        pd.DataFrame(rows, columns=names).to_parquet(tmp_path / "q.parquet")
        frame, _, _ = read_qrels(tmp_path / "q.parquet")
        assert frame["relevance"].tolist() == list(JUDGED.values())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1 0 d1 2\n1 0 d2\n", "q.txt:2: 3 columns; qrels have 4"),
        ("1 Q0 d1 1 2.0 a\n", "q.txt:1: 6 columns; qrels have 4 .*; this looks like a run"),
        ("1 0 d1 high\n", "q.txt:1: grade 'high' is not a finite number"),
        ("1 0 d1 1\n1 0 d2 0.5\n", "q.txt:2: grade 0.5 is not a whole number; round it"),
        ("1 0 d1 1\n\n1 0 d1 0\n", r"q.txt:3: judges document 'd1' for topic '1' a second time"),
        ("query-id\tcorpus-id\tscore\n", "q.txt: holds a head and no judgement"),
        ("", "q.txt: the file is empty"),
    ],
)
def test_broken_judgements_are_one_line_with_place_and_mend(
    write, content: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_qrels(write("q.txt", content))


def test_parquet_judgements_without_a_column_are_named(tmp_path: Path) -> None:
    FRAME[["query_id", "doc_id"]].to_parquet(tmp_path / "q.parquet")
    with pytest.raises(InputError, match=re.escape("q.parquet: lacks column 'relevance'")):
        read_qrels(tmp_path / "q.parquet")

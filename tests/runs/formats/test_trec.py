"""TREC runs read the same whatever their blanks, ends and names; broken ones name the line."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs.file_formats import read as read_any
from maw.runs.formats import trec

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
def test_a_run_is_a_run_whatever_its_blanks_ends_and_name(
    tmp_path: Path, content: str | bytes, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    for read in (trec.read, read_any):
        run = read(path)
        assert run.kind == "ranking"
        pd.testing.assert_frame_equal(run.frame[list(FRAME)], FRAME)
        assert run.frame["rank"].tolist() == [1, 2, 1]
        assert len(run.sha256) == 64


def test_a_document_id_may_hold_a_space_that_is_none_of_asciis(tmp_path: Path) -> None:
    path = tmp_path / "a.run"
    path.write_text("1 Q0 d\u00a01 1 3.0 a\n", encoding="utf-8")
    assert trec.read(path).frame["doc_id"].tolist() == ["d\u00a01"]


@pytest.mark.parametrize(
    ("content", "code", "count"),
    [
        (RUN.replace("\n", "\r\n"), "windows-line-ends", 3),
        ("\ufeff" + RUN, "byte-order-mark", 1),
        (RUN.replace(" 2 2.5", " second 2.5"), "unreadable-ranks", 3),
    ],
)
def test_what_was_odd_about_the_file_is_kept(
    tmp_path: Path, content: str, code: str, count: int
) -> None:
    path = tmp_path / "a.run"
    path.write_bytes(content.encode())
    (notice,) = trec.read(path).notices
    assert (notice.code, notice.subject, notice.count) == (code, str(path), count)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "a.run: the file is empty; export it again"),
        (b"\x1f\x8b", "a.run: the gzip file is truncated or damaged; copy it again"),
        (RUN + "1 Q0 d\udce9 3 1.0 a\n", "a.run:4: not UTF-8"),
        (RUN + "2 Q0 d2 2 0.5\n", "a.run:4: 5 columns; .*; add the column that is missing"),
        (RUN + "2 Q0 d 2 2 0.5 a\n", "a.run:4: 7 columns; .* holds a blank: take the blank out"),
        (RUN + "2 Q0 d2 1\n", "a.run:4: 4 columns; .* give them with --qrels"),
        (RUN + "2 Q0\n", "a.run:4: 2 columns; a TREC run has 6.*; give every line the six columns"),
        ('{"runs": [1]}\n', "a.run:1: JSON of a form that no format is known by; name its format"),
        (RUN + "2 Q0 d2 2 nan a\n", "a.run:4: score 'nan' is not a finite number"),
        (RUN + "2 Q0 d2 2 -inf a\n", "a.run:4: score '-inf' is not a finite number"),
        (RUN + "2 Q0 d2 2 0,5 a\n", "a.run:4: score '0,5' is not a finite number"),
        (RUN + "\n1 Q0 d1 3 1 a\n", "a.run:5: returns document 'd1' for topic '1' a second time "
         r"\(first: .*a.run:1\); keep one"),
    ],
)  # fmt: skip
def test_a_broken_run_is_one_line_with_place_and_mend(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogateescape")
    path = tmp_path / "a.run"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as raised:
        trec.read(path)
    assert "\n" not in str(raised.value)

"""The fast reader returns what the careful one returns, or leaves the file to it."""

import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from maw.errors import InputError
from maw.runs.columns import plain_run, release_unused
from maw.runs.content import Content
from maw.runs.formats import trec
from maw.runs.text import read_plain

BLANKS = st.sampled_from([" ", " ", " ", "\t", "  ", " \t", "\u00a0"])
TEXTS = st.one_of(
    st.sampled_from(["1", "d1", "d\u00a02", 'd"3', "é", "\u2028", "#", "NA", "null", "d\x1f4"]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4),
)
NUMBERS = st.one_of(
    st.floats(allow_nan=True).map(repr),
    st.integers(-9, 9).map(str),
    st.sampled_from(["1e400", "1_0", "+1.", ".5", "0x1p3", "1,5", "", "inf", "١", "-0", "5e-324"]),
)


@st.composite
def lines(draw: st.DrawFn) -> str:
    columns = [draw(TEXTS), "Q0", draw(TEXTS), draw(NUMBERS), draw(NUMBERS), draw(TEXTS)]
    columns = columns[: draw(st.sampled_from([6, 6, 6, 6, 6, 6, 6, 5]))]
    text = "".join(column + draw(BLANKS) for column in columns[:-1]) + columns[-1]
    return draw(st.sampled_from(["", "", "", " "])) + text + draw(st.sampled_from(["", "", " "]))


def outcome(path: Path) -> Content | str:
    """The content of a run, or the message of the error."""
    try:
        return trec.read(path)
    except InputError as error:
        return str(error)


def careful_reader(path: Path) -> Content | str:
    """The content of a run that is read line by line, or the message of the error."""
    try:
        return trec.read_lines(read_plain(path))
    except InputError as error:
        return str(error)


PLAIN = "1 Q0 d1 1 3.0 a\n1\tQ0\td2\t2  2.5 a\n 2 Q0 d1 1 1e-3 a \n"


@settings(max_examples=300, deadline=None)
@given(text=st.lists(lines(), max_size=4), end=st.sampled_from(["\n", "\r\n", "\n\n", "\r"]))
@example(text=PLAIN.splitlines(), end="\n")
def test_it_reads_what_the_careful_reader_reads_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, text: list[str], end: str
) -> None:
    path = tmp_path_factory.mktemp("runs") / "a.run"
    path.write_bytes((end.join(text) + end).encode())
    fast = plain_run(read_plain(path).content)
    careful, read = careful_reader(path), outcome(path)
    assert type(read) is type(careful)
    if isinstance(careful, str):  # an error, which only a repeated document hides from the fast one
        assert read == careful
        assert fast is None or "a second time" in careful
    elif isinstance(read, Content) and isinstance(careful, Content):
        pd.testing.assert_frame_equal(read.frame, careful.frame, check_exact=True)
        assert (read.notices, read.sha256) == (careful.notices, careful.sha256)
        if fast is not None:
            pd.testing.assert_frame_equal(fast, careful.frame, check_exact=True)


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.replace("d1", "dé").encode(),
        PLAIN.replace("\n", "\n\n").encode(),
        PLAIN.rstrip("\n").encode(),
    ],
)
def test_ordinary_files_are_read_fast(content: bytes) -> None:
    frame = plain_run(content)
    assert frame is not None
    assert frame["score"].tolist() == [3.0, 2.5, 1e-3]
    assert frame["query_id"].tolist() == ["1", "1", "2"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"1 Q0 d1 1 nan a\n",
        b"1 Q0 d1 first 1.0 a\n",
        b"1 Q0 d1 1 1.0\n",
        b"1 Q0 d\x1f1 1 1.0 a\n",
        b"1 Q0 d1 1 1.0 \xe9\n",
        b"1 Q0 d1 1 1_0 a\n",
    ],
)
def test_odd_lines_are_left_to_the_careful_reader(content: bytes) -> None:
    assert plain_run(content) is None


def test_without_pyarrow_the_careful_reader_reads_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.run"
    path.write_text(PLAIN)
    fast = trec.read(path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert plain_run(PLAIN.encode()) is None
    pd.testing.assert_frame_equal(trec.read(path).frame, fast.frame, check_exact=True)
    release_unused()  # does nothing


def test_a_document_given_twice_is_named_by_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.run"
    path.write_text(PLAIN + "2 Q0 d1 2 0.5 a\n")
    with pytest.raises(InputError, match=r"a\.run:4: returns document 'd1' .*first: .*a\.run:3"):
        trec.read(path)

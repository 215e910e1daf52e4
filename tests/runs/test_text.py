"""Lines of plain and gzipped files, and one line of error for each file that cannot be read."""

import gzip
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.runs.text import first_text, read_bytes, read_text

Write = Callable[[str, str | bytes], Path]
CONTENT = "1 a\n2 b\n\n3 c\n"


@pytest.mark.parametrize(
    "content",
    [
        CONTENT,
        CONTENT.rstrip("\n"),
        CONTENT.replace("\n", "\r\n"),
        "\ufeff" + CONTENT,
        gzip.compress(CONTENT.encode(), mtime=0),
        gzip.compress(CONTENT[:5].encode(), mtime=0) + gzip.compress(CONTENT[5:].encode()),
    ],
    ids=["plain", "no end", "windows", "bom", "gzip", "two gzips"],
)
def test_lines_are_the_same_whatever_their_ends_and_packing(
    write: Write, content: str | bytes
) -> None:
    path = write("a.txt", content)
    text = read_text(path)
    assert list(text.rows()) == [(1, "1 a"), (2, "2 b"), (4, "3 c")]
    assert text.sha256 == sha256(path.read_bytes()).hexdigest()
    assert read_bytes(path) == path.read_bytes()


def test_lines_are_split_at_ascii_blanks_only(write: Write) -> None:
    text = read_text(write("a.txt", " 1\t a\u00a0b \v c \n"))
    (line,) = text.lines[:1]
    assert text.splitter()(line) == ["1", "a\u00a0b", "c"]
    assert read_text(write("b.txt", " 1\t a \n")).splitter()(" 1\t a ") == ["1", "a"]


@pytest.mark.parametrize(
    ("content", "code", "count"),
    [
        (CONTENT.replace("\n", "\r\n"), "windows-line-ends", 4),
        ("\ufeff" + CONTENT, "byte-order-mark", 1),
    ],
)
def test_odd_bytes_are_noticed(write: Write, content: str, code: str, count: int) -> None:
    path = write("a.txt", content)
    (notice,) = read_text(path).notices
    assert (notice.code, notice.subject, notice.count) == (code, str(path), count)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "a.run: the file is empty; export it again"),
        ("\n \n", "a.run: the file is empty"),
        (b"\x1f\x8b", "a.run: the gzip file is truncated or damaged; copy it again"),
        (
            gzip.compress(CONTENT.encode(), mtime=0)[:-9],
            "a.run: the gzip file is truncated or damaged",
        ),
        (CONTENT.encode() + b"1 \xe9\n", "a.run:5: not UTF-8"),
        (b"\xff\xfe1\x00", "a.run:1: the file is UTF-16; convert it to UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_of_error(
    write: Write, content: str | bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        read_text(write("a.run", content))
    assert "\n" not in str(raised.value)


def test_the_beginning_of_a_file_is_text_whether_packed_or_cut() -> None:
    packed = gzip.compress(CONTENT.encode() * 1000)
    assert first_text(packed[:64]).startswith("1 a\n2 b")
    assert first_text(b"\xef\xbb\xbf1 \xc3\xa9 \xc3") == "1 é "
    assert first_text(b"\x1f\x8bbroken") == ""


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.run: no such file"):
        read_bytes(tmp_path / "none.run")
    with pytest.raises(InputError, match="is a folder; give a file"):
        read_bytes(tmp_path)


def test_a_file_without_permission_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, mode: str) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"a\.run: may not be read; change its permissions"):
        read_bytes(tmp_path / "a.run")

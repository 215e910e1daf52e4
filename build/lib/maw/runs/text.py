"""Lines of a text file, plain or gzipped, and notices on oddities of its bytes.

gzip is recognised by its first two bytes, whatever the ending. Windows line ends and a byte order
mark are removed, with a notice; text that is not UTF-8 and a truncated gzip file are errors.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from re import compile as pattern

from maw.errors import InputError
from maw.runs.notices import Notice, counted

GZIP, BOM = b"\x1f\x8b", b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
# str.split() also splits at U+00A0 and other Unicode blanks, which may be part of an id
_BLANKS = pattern(r"[ \t\v\f]+")


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """The bytes of a text file, unpacked, without a byte order mark; lines end with `\\n`.

    sha256: digest of the file's bytes as they are on the disk.
    """

    path: Path
    content: bytes
    sha256: str
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """The lines of a text file without their ends; the first is line 1.

    sha256: digest of the file's bytes as they are on the disk.
    """

    path: Path
    lines: list[str]
    sha256: str
    notices: tuple[Notice, ...]

    def rows(self) -> Iterator[tuple[int, str]]:
        """Yield the number and the text of each line that is not blank."""
        return ((n, line) for n, line in enumerate(self.lines, start=1) if line.strip())

    def splitter(self) -> Callable[[str], list[str]]:
        """Return the function that splits a line at blanks and tabs."""
        if all(map(str.isascii, self.lines)):
            return str.split
        return lambda line: _BLANKS.split(line.strip(" \t\v\f"))


def read_bytes(path: Path, *, first: int = -1) -> bytes:
    """Return the bytes of a file, or its first ones only, at most `first`.

    InputError if it is missing, a folder, empty or not readable.
    """
    try:
        with path.open("rb") as file:
            content = file.read(first)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder; give a file") from None
    except PermissionError:
        raise InputError(f"{path}: may not be read; change its permissions") from None
    if not content:
        raise InputError(f"{path}: the file is empty; export it again")
    return content


def piped_bytes(path: Path) -> bytes | None:
    """Return the bytes that a pipe gives, such as `<(zcat a.run.gz)`; None for a file or nothing.

    A pipe gives its bytes once, so a caller hands them on to all that read them.
    """
    return read_bytes(path) if path.is_fifo() else None


def read_plain(path: Path, piped: bytes | None = None) -> Plain:
    """Return the bytes of a text file, unpacked and without what its writer's system added.

    piped: the bytes, where the path is a pipe that was read already.
    InputError for a file that cannot be read or is empty, for a damaged gzip file, or for UTF-16.
    """
    raw = read_bytes(path) if piped is None else piped
    content = _unpacked(raw, path) if raw.startswith(GZIP) else raw
    if content.startswith(UTF16):
        raise InputError(f"{path}:1: the file is UTF-16; convert it to UTF-8")
    notices = []
    if content.startswith(BOM):
        content = content[len(BOM) :]
        notices.append(Notice("byte-order-mark", str(path), 1, "starts with a byte order mark"))
    n_windows = content.count(b"\r\n")
    if n_windows:
        message = f"Windows line ends (CRLF) on {counted(n_windows, 'line')}"
        notices.append(Notice("windows-line-ends", str(path), n_windows, message))
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return Plain(path, content, sha256=sha256(raw).hexdigest(), notices=tuple(notices))


def read_text(path: Path, piped: bytes | None = None) -> Text:
    """Return the lines of a text file, plain or gzipped, with notices on its oddities.

    piped: the bytes, where the path is a pipe that was read already.
    InputError for a file that cannot be read or is empty, for a damaged gzip file, or for text that
    is not UTF-8.
    """
    return decoded(read_plain(path, piped))


def decoded(plain: Plain) -> Text:
    """Return the lines of a file's bytes. InputError for text that is empty or not UTF-8."""
    path, content = plain.path, plain.content
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}:{row}: not UTF-8 ({error.reason}); convert the file to UTF-8"
        ) from None
    lines = text.split("\n")
    if not any(line.strip() for line in lines):
        raise InputError(f"{path}: the file is empty; export it again")
    return Text(path, lines, sha256=plain.sha256, notices=plain.notices)


def first_text(head: bytes) -> str:
    """Return the text at the beginning of a file, for a format that recognises its content.

    head: the file's first bytes; gzip is unpacked as far as they reach. A byte order mark, and what
    is not UTF-8, is left out: errors are the reader's, which sees the whole file.
    """
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(head)
        except zlib.error:
            return ""
    return head.removeprefix(BOM).decode("utf-8", errors="ignore")


def _unpacked(raw: bytes, path: Path) -> bytes:
    try:
        return gzip.decompress(raw)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InputError(f"{path}: the gzip file is truncated or damaged; copy it again") from None

"""The hash of a file's content, which every parquet, safetensors and JSON file of maw carries.

A stamp says how a file was made. The hash says that the file still is what was written: it is the
SHA-256 of all bytes of the file, in which the digits of the hash itself count as zeros. One changed
bit anywhere, in the data, the stamp or the hash, is noticed when the file is read.
"""

import mmap
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, TypeAlias

from maw.errors import InputError

DIGITS = 64  # hexadecimal digits of a SHA-256
ZEROS = b"0" * DIGITS  # in the place of the digits while they are not known
BLOCK = 1 << 20  # bytes that are read at a time
LARGE = 1 << 25  # bytes; a larger file is mapped into memory and checked once in a process
MEND = "the next snakemake, or the command that wrote it, makes it again"

KEY = "maw.sha256"  # the key of the hash in parquet and safetensors files
JSON_KEY = "content_sha256"
# The bytes before the digits, for each kind of file. A parquet file has the key and the digits in
# its footer as binary strings of the compact Thrift protocol: field 2 (0x18), 64 bytes long (0x40).
# A text in JSON has neither control characters nor line breaks, so that these marks cannot be there
# a second time: in JSON only a key of the outermost object stands two blanks after a line break.
MARKS = {
    ".parquet": KEY.encode() + b"\x18\x40",
    ".safetensors": f'{{"__metadata__":{{"{KEY}":"'.encode(),
    ".json": f'\n  "{JSON_KEY}": "'.encode(),
}
LENGTH_BYTES = 8  # a safetensors file begins with the length of its header
PARQUET_END = 8  # a parquet file ends with four bytes of the footer's length and four fixed ones

MISMATCH = "damaged: its content does not match its hash"

Content: TypeAlias = bytes | memoryview
_checked: set[tuple[str, int, int, int]] = set()  # large files that this process has checked


class DamagedFileError(InputError):
    """A file of the results is not what was written. reason: what is wrong with it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}; {MEND}")
        self.reason = reason


class UnreadableFileError(InputError):
    """A file of the results cannot be read, and may be whole. reason: what the system says."""

    def __init__(self, path: Path, error: OSError) -> None:
        self.reason = f"cannot be read: {error.strerror}"
        super().__init__(f"{path}: {self.reason}; mend the disk or the permissions")


def seal(content: bytes, suffix: str) -> bytes:
    """Return the content with the digits of its hash in the place of zeros.

    suffix: a key of `MARKS`. ValueError where the content has no place for them.
    """
    return _with_digits(content, suffix, digits=sha256(content).hexdigest(), part="content")


def _with_digits(content: bytes, suffix: str, *, digits: str, part: str) -> bytes:
    """Return the content of a file, or the end of it, with these digits in the place of zeros.

    part: what the content is, for the message. ValueError where it has no place for them.
    """
    start = _start(content, suffix)
    if start is None or content[start : start + DIGITS] != ZEROS:
        raise ValueError(f"no place for the hash in the {part} of a {suffix} file")
    return b"".join((content[:start], digits.encode(), content[start + DIGITS :]))


def checked(path: Path) -> Content:
    """Return the content of a parquet, safetensors or JSON file, compared with its hash.

    A file above 32 MiB is mapped into memory, and compared only once in this process. InputError
    where the file is missing or cannot be read; DamagedFileError where it carries no hash, or is
    not what was written.
    """
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_size <= LARGE:
                content = file.read()
                compare(path, content, blocks=[content])
                return content
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            key = (str(path), status.st_ino, status.st_size, status.st_mtime_ns)
            if key not in _checked:
                # not through the map, whose pages would count as memory of this process
                compare(path, mapped, blocks=blocks_of(file))
                _checked.add(key)
            return mapped
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run snakemake to make it") from None
    except OSError as error:
        raise UnreadableFileError(path, error) from None


def compare(path: Path, content: Content, *, blocks: Iterable[bytes]) -> None:
    """Raise DamagedFileError where a file's content has another hash than the one it carries.

    blocks: the same content, in blocks, of which the hash is computed.
    """
    start = _start(content, kind_of(path))
    if start is None:
        reason = "damaged, half written, or not of this version of maw: carries no hash"
        raise DamagedFileError(path, reason)
    hashed, first = sha256(), 0
    for block in blocks:
        hashed.update(_without_digits(block, start - first))
        first += len(block)
    if hashed.hexdigest().encode() != bytes(content[start : start + DIGITS]):
        raise DamagedFileError(path, MISMATCH)


def kind_of(path: Path) -> str:
    """Return the ending of a file that carries a hash, a key of `MARKS`; "" for another file.

    A file that is not finished has a further ending behind it: `.scores.parquet.part`.
    """
    return next((suffix for suffix in reversed(path.suffixes) if suffix in MARKS), "")


def _without_digits(block: bytes, start: int) -> bytes:
    """Return a block in which the digits are zeros.

    start: position of the digits in the block. They may lie, or begin or end, outside of it.
    """
    first, last = max(start, 0), min(start + DIGITS, len(block))
    if first >= last:
        return block
    return b"".join((block[:first], b"0" * (last - first), block[last:]))


def blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of an open file in blocks of one MiB."""
    while block := file.read(BLOCK):
        yield block


def _start(content: Content, suffix: str) -> int | None:
    """Return the position of the hash's digits in a file's content; None where there is none."""
    mark = MARKS.get(suffix, b"")
    if suffix == ".safetensors":
        first, last = LENGTH_BYTES, LENGTH_BYTES + len(mark)
    elif suffix == ".parquet":
        footer = int.from_bytes(content[-PARQUET_END:-4], "little")
        first, last = len(content) - PARQUET_END - footer, len(content)
        if first < 0:
            return None
    else:
        first, last = 0, len(content)
    position = bytes(content[first:last]).rfind(mark) if mark else -1
    start = first + position + len(mark)
    return start if position >= 0 and start + DIGITS <= len(content) else None


@dataclass
class SealedWriter:
    """A file of one kind, open for writing, to which the hash of its content is added.

    Writers such as that of parquet write to it as to a file. All that is written after `hold_back`
    is kept in memory until `seal`, because the digits of the hash are in that part.
    """

    file: IO[bytes]
    suffix: str

    def __post_init__(self) -> None:
        self._hash, self._size = sha256(), 0
        self._held: list[bytes] | None = None
        self.closed = False

    def write(self, block: bytes) -> int:
        """Write a block, or keep it after `hold_back`; return its number of bytes."""
        self._hash.update(block)
        self._size += len(block)
        if self._held is None:
            self.file.write(block)
        else:
            self._held.append(bytes(block))
        return len(block)

    def hold_back(self) -> None:
        """Keep all that is written from now on in memory until `seal`."""
        self._held = []

    def seal(self) -> None:
        """Put the digits of the hash of all content in the place of zeros, and write the rest.

        ValueError where the part that was held back has no place for them.
        """
        end = b"".join(self._held or ())
        digits = self._hash.hexdigest()
        self.file.write(_with_digits(end, self.suffix, digits=digits, part="end"))
        self.file.flush()

    def tell(self) -> int:
        """Return the number of bytes that were written."""
        return self._size

    def flush(self) -> None:
        """Flush the file."""
        self.file.flush()

    def close(self) -> None:
        """Count as closed; the file itself stays open."""
        self.closed = True

"""Small input files, written where a test may write, and pipes."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """write("a.run", "1 Q0 d1 1 2.0 a\\n") writes a file and returns its path."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def pipe() -> Iterator[Callable[[bytes], Path]]:
    """pipe(b"1 Q0 d1 1 2.0 a\\n") returns the path of a pipe, as `<(zcat a.run.gz)` in a shell.

    Its content, at most 64 KiB, can be read once.
    """
    ends = []

    def pipe(content: bytes) -> Path:
        out, into = os.pipe()
        ends.append(out)
        os.write(into, content)
        os.close(into)
        return Path(f"/dev/fd/{out}")

    yield pipe
    for end in ends:
        os.close(end)

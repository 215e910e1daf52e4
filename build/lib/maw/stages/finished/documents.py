"""The documents of `maw compare`, and the table of `maw score`: in a file or on standard output.

A file is opened before the work is done, so that a mistake in its path costs nothing, and it
is written whole or not at all. A pipe or a device, such as `/dev/stderr`, is written to as it is.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from maw.comparison import Comparison
from maw.errors import InputError
from maw.jobs.pending import PendingFile

STDOUT = Path("-")


class Documents:
    """The documents that the user asks for, each with the place that it goes to."""

    def __init__(self, places: dict[str, Path | PendingFile]) -> None:
        self._places = places  # name of the document, `json` or `markdown` -> its place

    def write(self, comparison: Comparison) -> None:
        """Write every document to its place. InputError where a file cannot be written."""
        texts = {"json": comparison.to_json, "markdown": comparison.to_markdown}
        for name, place in self._places.items():
            _write(place, texts[name]())


@contextmanager
def opened_documents(*, json: Path | None, markdown: Path | None) -> Iterator[Documents]:
    """Yield the documents, to be written when the comparison is made.

    json, markdown: a file, `-` for standard output, or None for no such document. A file that is
    not written when the block ends is left as it was. InputError before the block where both go to
    one place, or a file cannot be written.
    """
    paths = {"json": json, "markdown": markdown}
    asked = {name: path for name, path in paths.items() if path is not None}
    if len(asked) == 2 and json == markdown:
        raise InputError(f"--json and --markdown: both go to {json}; give each its own file")
    with ExitStack() as left:
        places: dict[str, Path | PendingFile] = {}
        for name, path in asked.items():
            places[name] = place = _opened(path, option=f"--{name}")
            if isinstance(place, PendingFile):
                left.callback(place.release)
        yield Documents(places)


@contextmanager
def opened_text(path: Path | None, *, option: str) -> Iterator[Callable[[str], None]]:
    """Yield a function that writes a text: to a file, to standard output (`-`), or nowhere (None).

    A file that is not written when the block ends is left as it was. option: the option that
    messages name. InputError before the block where the file cannot be written.
    """
    if path is None:
        yield lambda text: None
        return
    place = _opened(path, option=option)
    try:
        yield partial(_write, place)
    finally:
        if isinstance(place, PendingFile):
            place.release()


def _opened(path: Path, *, option: str) -> Path | PendingFile:
    """Return a place to write to: a file that is begun, or a path that is written to as it is."""
    if path.is_dir():
        raise InputError(f"{option} {path}: is a folder; give a file")
    if path == STDOUT or (path.exists() and not path.is_file()):
        return path
    try:
        return PendingFile(path)
    except OSError as error:
        raise _unwritable(path, error) from None


def _write(place: Path | PendingFile, text: str) -> None:
    if place == STDOUT:
        sys.stdout.write(text)
        return
    path = place.path if isinstance(place, PendingFile) else place
    try:
        if isinstance(place, PendingFile):
            place.write(text.encode())
        else:
            place.write_bytes(text.encode())
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"{path}: {error.strerror}; make room or allow writing there, or give another file"
    )

"""The hashes of the files that cannot carry one: CSV, SVG, PNG, HTML, LaTeX, Markdown and others.

Each folder of such files has a `manifest.json`: file name -> SHA-256. Several jobs may write into
one folder at the same time; each adds its entries while it holds the folder's lock, so that none is
lost. The manifest itself carries the hash of its own content.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path

from filelock import lock_descriptor

from maw.errors import InputError
from maw.jobs.content_hash import MISMATCH, DamagedFileError, UnreadableFileError
from maw.jobs.json_files import json_bytes, read_json
from maw.jobs.pending import PendingFile, open_own

NAME = "manifest.json"
LOCK = ".manifest.lock"
FILES = "files"  # the key of the entries
UNLISTED = f"is not in {NAME}, which has the hashes of its folder's files"


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a file's content, 64 hexadecimal digits."""
    return sha256(content).hexdigest()


def manifest_bytes(digests: Mapping[str, str]) -> bytes:
    """Return the content of a manifest. digests: file name -> SHA-256."""
    return json_bytes({FILES: dict(digests)})


def enter(folder: Path, digests: Mapping[str, str]) -> None:
    """Add entries to a folder's manifest, or replace them; the other entries stay.

    digests: file name -> SHA-256. Waits while another process adds its entries. InputError where
    the manifest is damaged.
    """
    with _locked(folder):
        entries = read_manifest(folder)
        if entries != {**entries, **digests}:
            PendingFile(folder / NAME).write(manifest_bytes({**entries, **digests}))


def read_manifest(folder: Path) -> dict[str, str]:
    """Return file name -> SHA-256 of a folder's manifest; {} where it has none.

    DamagedFileError where the manifest is damaged.
    """
    path = folder / NAME
    if not path.exists():
        return {}
    entries = read_json(path).get(FILES)
    if not isinstance(entries, dict):
        raise DamagedFileError(path, "no manifest of maw")
    return entries


def read_listed(path: Path) -> bytes:
    """Return the content of a file, compared with its hash in the folder's manifest.

    InputError where the file is missing; DamagedFileError where it is not in the manifest, or is
    not what was written.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run snakemake to make it") from None
    expected = read_manifest(path.parent).get(path.name)
    if expected is None:
        raise DamagedFileError(path, UNLISTED)
    if digest_of(content) != expected:
        raise DamagedFileError(path, MISMATCH)
    return content


def compare_listed(path: Path, expected: str) -> None:
    """Raise DamagedFileError where a file has another SHA-256 than `expected`.

    The file is read in blocks, so that it may be large. UnreadableFileError where it cannot be
    read.
    """
    try:
        with open(path, "rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFileError(path, error) from None
    if digest != expected:
        raise DamagedFileError(path, MISMATCH)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder's manifest. The lock file stays, and is never written."""
    with open_own(folder / LOCK) as file:
        lock_descriptor(file.fileno(), blocking=True, poll_interval=0.01)
        yield

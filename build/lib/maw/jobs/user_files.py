"""The hash of a user's file, for the specifications of the jobs that depend on its content.

Files that maw writes carry a hash of their own (`maw.jobs.content_hash`).
"""

import hashlib
from functools import cache
from pathlib import Path

from maw.errors import InputError


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes. InputError where it cannot be read."""
    try:
        status = path.stat()
        return _sha256(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); mend that") from None


@cache
def _sha256(path: Path, n_bytes: int, modified: int) -> str:
    """Return the SHA-256 of a file's bytes; a file is read once, as long as it does not change."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

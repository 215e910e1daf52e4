"""Files that are written whole or not at all, and the lock of a results folder.

Only one process at a time can write a file. Every file is first written beside its final path and
then renamed, so that it is never there in part. A part or a lock is a file of this module's own:
where somebody has put a link in its place, nothing is opened, so that no other file is emptied.
"""

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from filelock import lock_descriptor

from maw.errors import InputError


class PendingFile:
    """An output file that is not finished: it is locked, and its content is in a file `.part`.

    The part lies beside the final path. The lock lasts until `finish` or `release` is called or the
    process ends. InputError when another process holds the lock, or the part is a link.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(f".{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = locked(
            self.part, busy=f"{path}: another run is writing this file; wait for it or stop it"
        )

    def write(self, content: bytes | Iterable[bytes]) -> None:
        """Write the content and rename the file to its final path.

        content: all bytes, or blocks of bytes.
        """
        self.fill(content)
        self.finish()

    def fill(self, content: bytes | Iterable[bytes]) -> None:
        """Write the content to the part, which can then be read before the file is finished.

        content: all bytes, or blocks of bytes.
        """
        file = self.begin()
        for block in [content] if isinstance(content, bytes) else content:
            file.write(block)
        file.flush()

    def begin(self) -> IO[bytes]:
        """Return the part, emptied and open for writing; the caller writes to it and flushes it."""
        self._file.truncate(0)
        self._file.seek(0)
        return self._file

    def finish(self) -> None:
        """Flush the part to the disk, rename it to the final path and give up the lock.

        A link at the final path is replaced, and not followed.
        """
        os.fsync(self._file.fileno())
        self.part.replace(self.path)
        self._file.close()

    def release(self) -> None:
        """Delete the part and give up the lock; do nothing after `finish`."""
        if not self._file.closed:
            self.part.unlink(missing_ok=True)
            self._file.close()


def hold(folder: Path) -> IO[bytes]:
    """Lock the results folder of a suite, and return the lock file.

    The lock lasts until the returned file is closed or this process ends. InputError when another
    process holds the lock, or the lock file is a link.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return locked(
        folder / ".running",
        busy=f"{folder}: another run is writing these results; wait for it or stop it",
    )


def locked(path: Path, *, busy: str) -> IO[bytes]:
    """Return a file that is locked, and open to read and to append; its content stays as it was.

    The file is made where there is none. The lock lasts until the file is closed or this process
    ends. busy: text of the InputError when another process holds the lock. InputError also where
    the path is a link or anything else than a file of one name.
    """
    while True:
        file = open_own(path)
        if not lock_descriptor(file.fileno(), blocking=False):
            file.close()
            raise InputError(busy)
        # where another process has renamed or deleted it since it was opened: open the new one
        if os.path.lexists(path) and os.lstat(path).st_ino == os.fstat(file.fileno()).st_ino:
            return file
        file.close()


def open_own(path: Path) -> IO[bytes]:
    """Open a part or a lock to read and to append, and never what a link in its place points to.

    InputError where the path is a link, a hard link or anything else than a file.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR):
            raise _foreign(path) from None
        raise
    file = os.fdopen(descriptor, "ab")
    status = os.fstat(descriptor)
    # where the system has no O_NOFOLLOW, a link shows in `is_symlink` only
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1 or path.is_symlink():
        file.close()
        raise _foreign(path)
    return file


def _foreign(path: Path) -> InputError:
    return InputError(
        f"{path}: is a link or no file, but maw keeps an unfinished file or a lock there; delete it"
    )

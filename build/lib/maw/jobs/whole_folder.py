"""A folder that is replaced as a whole: afterwards it is the old one or the new one, no mixture.

The new folder is made beside the old one, and the two change places in one step. Whatever ends the
work before that step (an error, a full disk, a signal) leaves the old folder as it was. Files that
lay in the old folder and are none of the new one's are in the new one too.
"""

import ctypes
import errno
import os
import shutil
import signal
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from maw.errors import InputError
from maw.jobs.pending import locked
from maw.jobs.stopping import stop

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # of Linux's renameat2
# where the file system has no exchange of two names: two renames have to do
NO_EXCHANGE = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}
NO_HARD_LINK = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


@contextmanager
def replaced(folder: Path, *, stale: Collection[str] = ()) -> Iterator[Path]:
    """Yield an empty folder, which takes the place of `folder` when the block ends without error.

    The files in `folder` are kept, except those that have the name of a new file, and `stale`:
    paths in the folder that the caller wrote earlier. InputError, before the block is entered,
    where the folder cannot be replaced or another process replaces it; after the block, where a new
    file has the name of a folder in it, or the disk is full. Then nothing has changed.
    """
    target = Path(os.path.realpath(folder))  # the user may call the folder by a link
    part, old, lock = (target.with_name(f".{target.name}.maw-{x}") for x in ("part", "old", "lock"))
    busy = f"{folder}: another run is writing this folder; wait for it or stop it"
    with ExitStack() as undo:
        with as_input_error(folder):
            _require_replaceable(target, folder)
            undo.enter_context(_made_parents(target.parent))
            undo.enter_context(locked(lock, busy=busy))
            undo.callback(lock.unlink, missing_ok=True)
            undo.enter_context(_stopped_by_exception())
            undo.callback(shutil.rmtree, part, ignore_errors=True)
            _remove_leftovers(target, part=part, old=old)
            part.mkdir()
        yield part
        with as_input_error(folder):
            if target.exists():
                _keep_others(target, part, stale={Path(name) for name in stale})
                shutil.copymode(target, part)
                _exchange(part, target, old=old)
            else:
                part.rename(target)


@contextmanager
def as_input_error(folder: Path) -> Iterator[None]:
    """Turn an error of the disk into an InputError that names the folder."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{folder}: {error.strerror}; make room or allow writing there, or give another folder"
        ) from None


def write_new(path: Path, content: bytes) -> None:
    """Write a new file and wait until it is on the disk, so that a full disk shows here."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _require_replaceable(target: Path, folder: Path) -> None:
    """Raise InputError for a folder that cannot be replaced, whatever is written into it.

    target: the folder's real path. folder: as the user gave it.
    """
    nearest = next(path for path in (target, *target.parents) if os.path.lexists(path))
    if not nearest.is_dir():
        raise InputError(f"{folder}: {nearest} is a file; give another folder")
    if target.is_dir() and Path.cwd().is_relative_to(target):
        raise InputError(
            f"{folder}: is the current folder or holds it, and is replaced whole; go to another "
            "folder first, or give another one"
        )
    if target.is_dir() and os.path.ismount(target):
        raise InputError(f"{folder}: is a mounted file system; give a folder in it")


@contextmanager
def _made_parents(parent: Path) -> Iterator[None]:
    """Make the folders above the target; remove those that were made where the work fails."""
    missing = [path for path in (parent, *parent.parents) if not path.exists()]
    parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for path in missing:  # the deepest first
            if not any(path.iterdir()):
                path.rmdir()
        raise


@contextmanager
def _stopped_by_exception() -> Iterator[None]:
    """Let SIGTERM end the block by SystemExit, so that what is half made is removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _remove_leftovers(target: Path, *, part: Path, old: Path) -> None:
    """Undo what a process that was killed left beside the target."""
    if old.is_dir() and not target.exists():
        old.rename(target)  # killed between the two renames of `_exchange`
    for left in (part, old):
        if left.is_symlink() or (left.exists() and not left.is_dir()):
            raise InputError(
                f"{left}: is a link or no folder, but maw makes a new folder there; delete it"
            )
        if left.exists():
            shutil.rmtree(left)


def _keep_others(target: Path, part: Path, *, stale: Collection[Path]) -> None:
    """Put the target's files that the new folder does not have into it, by hard links.

    InputError where one of the two has a folder under the name of a file of the other.
    """
    for place, folders, files in os.walk(target):
        relative = Path(place).relative_to(target)
        for name in (*folders, *files):
            source, copy = Path(place, name), part / relative / name
            is_folder = source.is_dir() and not source.is_symlink()
            if os.path.lexists(copy) and copy.is_dir() != is_folder and not source.is_symlink():
                raise InputError(f"{source}: stands where a new file or folder goes; move it away")
            if is_folder and os.path.ismount(source):
                raise InputError(f"{source}: is a mounted file system; give another folder")
            if os.path.lexists(copy) or relative / name in stale:
                continue
            if is_folder:
                copy.mkdir()
                shutil.copymode(source, copy)
            else:
                _link(source, copy)


def _link(source: Path, copy: Path) -> None:
    """Give a file, or a link itself, a second name; copy it where that is not possible."""
    try:
        os.link(source, copy, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_HARD_LINK:
            raise
        shutil.copy2(source, copy, follow_symlinks=False)


def _exchange(part: Path, target: Path, *, old: Path) -> None:
    """Let two folders change places, in one step where the system can do that.

    old: a name for the target between two renames, where the system cannot.
    """
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    renameat2 = getattr(libc, "renameat2", None)
    if renameat2 is not None:
        names = (AT_FDCWD, os.fsencode(part), AT_FDCWD, os.fsencode(target))
        if renameat2(*names, RENAME_EXCHANGE) == 0:
            return
        number = ctypes.get_errno()
        if number not in NO_EXCHANGE:
            raise OSError(number, os.strerror(number), str(target))
    target.rename(old)
    try:
        part.rename(target)
    except BaseException:
        old.rename(target)
        raise
    old.rename(part)

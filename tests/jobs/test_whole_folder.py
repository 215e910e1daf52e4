"""A folder is replaced whole or stays as it was, whatever ends the work; nothing is left beside."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.jobs.whole_folder import as_input_error, replaced, write_new


def content_of(folder: Path) -> dict[str, str]:
    """Path in the folder -> text, of each file in it."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in paths}


def write_old(folder: Path) -> None:
    """An earlier result of two files, with a file and a folder of the user's own."""
    (folder / "mine").mkdir(parents=True)
    for name in ("a", "b", "note", "mine/note"):
        (folder / name).write_text("old")


def write_result(
    folder: Path,
    *,
    stale: tuple[str, ...] = (),
    last: bytes = b"new",
    error: BaseException | None = None,
) -> None:
    """Write the result's two files. last: content of the second one. error: raised at the end."""
    with replaced(folder, stale=stale) as new, as_input_error(folder):
        for name, content in {"a": b"new", "b": last}.items():
            write_new(new / name, content)
        if error:
            raise error


OLD = {"a": "old", "b": "old", "mine/note": "old", "note": "old"}
NEW = {**OLD, "a": "new", "b": "new"}


def test_a_new_folder_is_made_with_the_folders_above_it(tmp_path: Path) -> None:
    write_result(tmp_path / "x/y/out")
    assert content_of(tmp_path) == {"x/y/out/a": "new", "x/y/out/b": "new"}
    assert os.listdir(tmp_path / "x/y") == ["out"]


@pytest.mark.parametrize("has_exchange", [True, False])
def test_an_old_folder_keeps_what_is_not_of_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_exchange: bool
) -> None:
    if not has_exchange:
        monkeypatch.setattr(sys, "platform", "another")
    folder = tmp_path / "out"
    write_old(folder)
    folder.chmod(0o750)
    (folder / "link").symlink_to("note")
    (folder / "gone").write_text("of an earlier result")
    write_result(folder, stale=("gone",))
    assert content_of(folder) == {**NEW, "link": "old"}
    assert (folder / "link").is_symlink()
    assert folder.stat().st_mode & 0o777 == 0o750
    assert os.listdir(tmp_path) == ["out"]


def test_files_are_copied_where_hard_links_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    write_old(tmp_path / "out")
    write_result(tmp_path / "out")
    assert content_of(tmp_path / "out") == NEW


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
@pytest.mark.parametrize("is_there", [True, False])
def test_an_error_leaves_the_old_folder_or_none(
    tmp_path: Path, error: BaseException, is_there: bool
) -> None:
    folder = tmp_path / "above/out"
    if is_there:
        write_old(folder)
    before = content_of(tmp_path)
    expected = InputError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        write_result(folder, error=error)
    assert content_of(tmp_path) == before
    assert os.listdir(tmp_path) == (["above"] if is_there else [])
    assert not is_there or os.listdir(folder.parent) == ["out"]


def test_two_renames_that_fail_half_way_bring_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def fail(path: Path, to: Path) -> Path:
        if path.name.endswith(".maw-part"):
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, to)

    monkeypatch.setattr(sys, "platform", "another")
    monkeypatch.setattr(Path, "rename", fail)
    write_old(tmp_path / "out")
    with pytest.raises(InputError, match="out: Input/output error; make room or allow writing"):
        write_result(tmp_path / "out")
    assert content_of(tmp_path / "out") == OLD
    assert os.listdir(tmp_path) == ["out"]


SCRIPT = """
import os, signal, sys
from pathlib import Path
from maw.jobs import whole_folder
from maw.jobs.whole_folder import as_input_error, replaced, write_new

at, folder = sys.argv[1], Path(sys.argv[2])
exchange = whole_folder._exchange

def die(number=signal.SIGKILL):
    os.kill(os.getpid(), number)

def exchanged(part, target, *, old):
    if at == "before":
        die()
    if at == "between":
        sys.platform = "another"
        Path.rename = lambda path, to: die() if path == part else os.rename(path, to)
    exchange(part, target, old=old)
    if at == "after":
        die()

whole_folder._exchange = exchanged
with replaced(folder) as new, as_input_error(folder):
    write_new(new / "a", b"new")
    if at == "writing":
        die()
    if at == "terminated":
        die(signal.SIGTERM)
    write_new(new / "b", b"new")
"""


def run_script(at: str, folder: Path) -> int:
    """Run the script, which ends itself at some place, and return its exit code."""
    return subprocess.run([sys.executable, "-c", SCRIPT, at, str(folder)], check=False).returncode


@pytest.mark.parametrize("at", ["writing", "before", "between", "after"])
def test_a_killed_process_leaves_one_of_both_and_the_next_one_tidies_up(
    tmp_path: Path, at: str
) -> None:
    folder = tmp_path / "out"
    write_old(folder)
    assert run_script(at, folder) == -signal.SIGKILL
    if at == "between":  # where the system has no exchange of two names, and only there
        assert content_of(tmp_path / ".out.maw-old") == OLD
    else:
        assert content_of(folder) == (NEW if at == "after" else OLD)
    with pytest.raises(ZeroDivisionError), replaced(folder):
        _ = 1 / 0
    assert content_of(folder) == (NEW if at == "after" else OLD)
    assert os.listdir(tmp_path) == ["out"]


def test_a_process_that_is_asked_to_end_leaves_nothing(tmp_path: Path) -> None:
    write_old(tmp_path / "out")
    assert run_script("terminated", tmp_path / "out") == 128 + signal.SIGTERM
    assert content_of(tmp_path) == {f"out/{name}": text for name, text in OLD.items()}
    assert os.listdir(tmp_path) == ["out"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB, where this process may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this process may not mount a file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_leaves_the_old_folder(small_disk: Path) -> None:
    folder = small_disk / "out"
    write_old(folder)
    message = "out: No space left on device; make room or allow writing there, or give"
    with pytest.raises(InputError, match=message):
        write_result(folder, last=b"x" * 100_000)
    assert content_of(folder) == OLD
    assert os.listdir(small_disk) == ["out"]


def test_a_second_process_waits_its_turn(tmp_path: Path) -> None:
    write_old(tmp_path / "out")
    with replaced(tmp_path / "out") as new:
        write_new(new / "a", b"new")
        with pytest.raises(InputError, match="out: another run is writing this folder; wait"):
            write_result(tmp_path / "out")
        write_new(new / "b", b"new")
    assert content_of(tmp_path / "out") == NEW


def test_planted_links_are_not_followed(tmp_path: Path) -> None:
    folder, precious = tmp_path / "out", tmp_path / "precious"
    write_old(folder)
    precious.mkdir()
    (precious / "file").write_text("mine")
    (folder / "a").unlink()
    (folder / "a").symlink_to(precious / "file")
    (folder / "elsewhere").symlink_to(precious)
    write_result(folder)
    assert (folder / "a").read_text() == "new"
    assert (folder / "elsewhere").is_symlink()
    for word in ("part", "lock", "old"):
        planted = tmp_path / f".out.maw-{word}"
        planted.symlink_to(precious if word != "lock" else precious / "file")
        with pytest.raises(InputError, match=rf"{planted}: is a link or no \w+, .*; delete it"):
            write_result(folder)
        planted.unlink()
    assert content_of(precious) == {"file": "mine"}


def test_a_folder_may_be_called_by_a_link(tmp_path: Path) -> None:
    write_old(tmp_path / "out")
    (tmp_path / "link").symlink_to("out")
    write_result(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert content_of(tmp_path / "out") == NEW


def test_what_cannot_be_replaced_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    write_old(tmp_path / "out")
    monkeypatch.chdir(tmp_path / "out/mine")
    (tmp_path / "disk").mkdir()
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path).name == "disk")
    for folder, message in {
        tmp_path / "file": "file: .*file is a file; give another folder",
        tmp_path / "file/a/out": "file/a/out: .*file is a file; give another folder",
        tmp_path / "out": "out: is the current folder or holds it, and is replaced whole; go to",
        tmp_path / "disk": "disk: is a mounted file system; give a folder in it",
    }.items():
        with pytest.raises(InputError, match=message), replaced(folder):
            pytest.fail("the work has begun")
    assert content_of(tmp_path / "out") == OLD


def test_a_folder_where_a_file_goes_is_refused_and_stays(tmp_path: Path) -> None:
    for name in ("a", "b/c"):
        folder = tmp_path / name.replace("/", "-")
        (folder / "a").mkdir(parents=True)
        (folder / "b").write_text("old")
        with (
            pytest.raises(InputError, match="stands where a new file or folder goes; move it"),
            replaced(folder) as new,
        ):
            write_new(new / name, b"new")
        assert content_of(folder) == {"b": "old"}

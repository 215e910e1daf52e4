"""Files are whole or not there, and written by one job at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.jobs.pending import PendingFile, hold


def test_two_jobs_cannot_write_one_file_at_once(tmp_path: Path) -> None:
    first = PendingFile(tmp_path / "x.json")
    with pytest.raises(InputError, match=r"x\.json: another run is writing this file; wait"):
        PendingFile(tmp_path / "x.json")
    first.write(b"{}")
    PendingFile(tmp_path / "x.json").write(b"[]")
    assert (tmp_path / "x.json").read_bytes() == b"[]"


LOCK = """
import sys, pathlib
from maw.errors import InputError
from maw.jobs.pending import PendingFile, hold
path = pathlib.Path(sys.argv[2])
try:
    lock = hold(path) if sys.argv[1] == "suite" else PendingFile(path)
except InputError as error:
    sys.exit(str(error))
print("locked", flush=True)
sys.stdin.read()
"""


def locking(kind: str, path: Path) -> "subprocess.Popen[str]":
    """A process that locks a path and keeps the lock until it ends."""
    command = [sys.executable, "-c", LOCK, kind, str(path)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("file", "x.json", "another run is writing this file; wait for it or stop it"),
        ("suite", "results", "another run is writing these results; wait for it or stop it"),
    ],
)
def test_two_processes_exclude_each_other_until_one_dies(
    tmp_path: Path, kind: str, name: str, message: str
) -> None:
    path = tmp_path / name
    first = locking(kind, path)
    assert first.stdout is not None
    assert first.stdout.readline() == "locked\n"
    second = locking(kind, path)
    assert second.communicate(timeout=60) == ("", f"{path}: {message}\n")
    assert second.returncode == 1
    with pytest.raises(InputError, match=f"{name}: {message}"):
        hold(path) if kind == "suite" else PendingFile(path)
    first.kill()  # however it ends
    first.communicate()
    third = locking(kind, path)
    assert third.communicate(timeout=60) == ("locked\n", "")
    assert third.returncode == 0


def test_a_lock_that_another_process_holds_is_neither_emptied_nor_written(tmp_path: Path) -> None:
    pending = PendingFile(tmp_path / "x.json")
    pending.fill(b"half")
    with pytest.raises(InputError, match="another run is writing this file"):
        PendingFile(tmp_path / "x.json")
    assert pending.part.read_bytes() == b"half"
    (tmp_path / "results").mkdir()
    (tmp_path / "results/.running").write_bytes(b"a note")
    lock = hold(tmp_path / "results")
    assert (tmp_path / "results/.running").read_bytes() == b"a note"
    lock.close()
    hold(tmp_path / "results").close()


def test_a_job_that_fails_leaves_the_old_file_and_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    PendingFile(path).write(b"old")
    PendingFile(path).release()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_job_left_behind_does_not_block_or_leak(tmp_path: Path) -> None:
    (tmp_path / ".x.json.part").write_bytes(b"a very long half-written file")
    path = tmp_path / "x.json"
    PendingFile(path).write(b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("name", [".x.json.part", ".running"])
@pytest.mark.parametrize("plant", ["link", "link to nothing", "hard link", "folder", "pipe"])
def test_a_link_in_the_place_of_a_part_or_a_lock_is_not_followed(
    tmp_path: Path, name: str, plant: str
) -> None:
    folder, precious = tmp_path / "results", tmp_path / "precious"
    folder.mkdir()
    planted = folder / name
    if plant == "link to nothing":
        planted.symlink_to(tmp_path / "nothing")
    else:
        precious.write_text("mine")
    if plant == "link":
        planted.symlink_to(precious)
    elif plant == "hard link":
        planted.hardlink_to(precious)
    elif plant == "folder":
        planted.mkdir()
    elif plant == "pipe":
        os.mkfifo(planted)
    before = {path: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(InputError, match=rf"results/{name}: is a link or no file, .*; delete it"):
        hold(folder) if name == ".running" else PendingFile(folder / "x.json")
    assert {path: path.read_text() for path in tmp_path.iterdir() if path.is_file()} == before
    assert os.listdir(folder) == [name]


def test_a_link_at_the_final_path_is_replaced_and_its_target_stays(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    path = tmp_path / "x.json"
    path.symlink_to(tmp_path / "precious")
    PendingFile(path).write(b"new")
    assert not path.is_symlink()
    assert path.read_bytes() == b"new"
    assert (tmp_path / "precious").read_text() == "mine"

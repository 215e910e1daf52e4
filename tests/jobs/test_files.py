"""Files are whole, stamped, and written by one job at a time."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pytest

from maw.errors import InputError
from maw.jobs import files

FRAME = pd.DataFrame({"query_id": ["a", "b"], "value": [0.1, 1 / 3]})
STAMP = {"stage": "test", "digest": "abc"}


def write(path: Path, content: bytes) -> Path:
    files.PendingFile(path).write(content)
    return path


def test_a_frame_comes_back_as_it_was_with_its_stamp(tmp_path: Path) -> None:
    path = write(tmp_path / "new/folder/x.parquet", files.parquet_bytes(FRAME, STAMP))
    pd.testing.assert_frame_equal(files.read_parquet(path), FRAME)
    assert files.read_stamp(path) == STAMP
    assert [file.name for file in path.parent.iterdir()] == ["x.parquet"]


def test_the_same_frame_gives_the_same_bytes() -> None:
    assert files.parquet_bytes(FRAME, STAMP) == files.parquet_bytes(FRAME.copy(), dict(STAMP))


def test_a_json_object_and_its_stamp_come_back(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", files.json_bytes({"seconds": 1.5}, STAMP))
    assert files.read_json(path) == {"seconds": 1.5, "stamp": STAMP}
    assert files.read_stamp(path) == STAMP


def test_two_jobs_cannot_write_one_file_at_once(tmp_path: Path) -> None:
    first = files.PendingFile(tmp_path / "x.json")
    with pytest.raises(InputError, match=r"x\.json: another run is writing this file; wait"):
        files.PendingFile(tmp_path / "x.json")
    first.write(b"{}")
    files.PendingFile(tmp_path / "x.json").write(b"[]")
    assert (tmp_path / "x.json").read_bytes() == b"[]"


LOCK = """
import sys, pathlib
from maw.errors import InputError
from maw.jobs import files
path = pathlib.Path(sys.argv[2])
try:
    lock = files.hold(path) if sys.argv[1] == "suite" else files.PendingFile(path)
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
        files.hold(path) if kind == "suite" else files.PendingFile(path)
    first.kill()  # however it ends
    first.communicate()
    third = locking(kind, path)
    assert third.communicate(timeout=60) == ("locked\n", "")
    assert third.returncode == 0


def test_a_lock_that_another_process_holds_is_neither_emptied_nor_written(tmp_path: Path) -> None:
    pending = files.PendingFile(tmp_path / "x.json")
    pending.fill(b"half")
    with pytest.raises(InputError, match="another run is writing this file"):
        files.PendingFile(tmp_path / "x.json")
    assert pending.part.read_bytes() == b"half"
    (tmp_path / "results").mkdir()
    (tmp_path / "results/.running").write_bytes(b"a note")
    lock = files.hold(tmp_path / "results")
    assert (tmp_path / "results/.running").read_bytes() == b"a note"
    lock.close()
    files.hold(tmp_path / "results").close()


def test_files_jobs_and_devices_are_imported_without_modules_of_posix() -> None:
    code = (
        "import sys; sys.modules['fcntl'] = sys.modules['resource'] = None;"
        "import maw.jobs.files, maw.jobs.job, maw.jobs.device as device; print(device.peak_bytes())"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("None\n", "")


def test_a_job_that_fails_leaves_the_old_file_and_nothing_half_written(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", b"old")
    files.PendingFile(path).release()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_job_left_behind_does_not_block_or_leak(tmp_path: Path) -> None:
    (tmp_path / ".x.json.part").write_bytes(b"a very long half-written file")
    path = write(tmp_path / "x.json", b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("size", [1, 2, 3])
def test_frames_under_each_other_are_one_table_wherever_they_are_cut(
    size: int, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"doc_id": [*"abcde"], "text": ["x", "", "é", "y", "z"]})
    output = files.PendingFile(tmp_path / "x.parquet")
    blocks = (frame.iloc[start : start + size] for start in range(0, 5, size))
    files.write_parquet(output.begin(), blocks, stamp=STAMP)
    assert not output.path.exists()
    assert files.parquet_rows(output.part, "text", rows=np.array([0, 2, 4]), size=2) == [
        "x",
        "é",
        "z",
    ]
    output.finish()
    pd.testing.assert_frame_equal(files.read_parquet(output.path), frame)
    assert files.read_stamp(output.path) == STAMP
    read = list(files.parquet_blocks(output.path, ["text"], size=4))
    assert [block["text"].tolist() for block in read] == [["x", "", "é", "y"], ["z"]]


def test_one_frame_gives_the_bytes_that_it_gives_alone(tmp_path: Path) -> None:
    output = files.PendingFile(tmp_path / "x.parquet")
    files.write_parquet(output.begin(), [FRAME], stamp=STAMP)
    output.finish()
    assert output.path.read_bytes() == files.parquet_bytes(FRAME, STAMP)


def test_of_a_large_file_only_a_block_is_in_memory(tmp_path: Path) -> None:
    digits = np.random.default_rng(0).bytes(16 << 20).hex()  # compresses to its half
    texts = [digits[start : start + 4096] for start in range(0, len(digits), 4096)]
    blocks = [pd.DataFrame({"text": texts[n : n + 256]}) for n in range(0, len(texts), 256)]
    output = files.PendingFile(tmp_path / "x.parquet")
    files.write_parquet(output.begin(), blocks, stamp=STAMP)
    output.finish()
    assert output.path.stat().st_size > 15 << 20
    before, most = pa.total_allocated_bytes(), 0
    for block in files.parquet_blocks(output.path, ["text"], size=256):
        assert len(block) == 256
        most = max(most, pa.total_allocated_bytes() - before)
    megabyte = 1 << 20  # a block has one megabyte of text; with pre_buffer it was 20 and more
    assert megabyte < most < 8 * megabyte


def test_what_is_read_in_blocks_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    with pytest.raises(InputError, match="no such file; run snakemake"):
        next(files.parquet_blocks(path, ["value"], size=9))
    write(path, files.parquet_bytes(FRAME, STAMP))
    with pytest.raises(InputError, match="broken parquet .*text.*; delete it"):
        next(files.parquet_blocks(path, ["value", "text"], size=9))


BROKEN = {
    "half a parquet": ("x.parquet", files.parquet_bytes(FRAME, STAMP)[:-20], "broken parquet"),
    "no parquet at all": ("x.parquet", b"hello", "broken parquet"),
    "half a JSON": ("x.json", b'{"a": ', "broken JSON"),
    "a list": ("x.json", b"[]", "expected a JSON object"),
    "foreign parquet": ("x.parquet", FRAME.to_parquet(), "carries no stamp of maw"),
    "foreign JSON": ("x.json", b"{}", "carries no stamp of maw"),
    "no tensors": ("x.safetensors", b"hello", "broken safetensors"),
}


@pytest.mark.parametrize(("name", "content", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_or_foreign_file_is_named_with_the_mend(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(InputError, match=rf"{name}: .*{message}.*delete it and run snakemake"):
        files.read_stamp(path)


def test_arrays_come_back_memory_mapped_in_their_parts(tmp_path: Path) -> None:
    parts: list[dict[str, npt.NDArray[Any]]] = [
        {"a": np.arange(n, dtype=np.int32), "b": np.eye(n)} for n in (1, 3)
    ]
    path = tmp_path / "x.safetensors"
    files.PendingFile(path).write(files.array_blocks(parts, STAMP, folder=tmp_path))
    for part, expected in zip(files.map_arrays(path), parts, strict=True):
        assert {name: array.tolist() for name, array in part.items()} == {
            name: array.tolist() for name, array in expected.items()
        }
    assert files.read_stamp(path) == STAMP
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(InputError, match=r"x\.safetensors: \d+ bytes, its header says \d+; delete"):
        files.map_arrays(path)


def test_a_table_needs_one_frame_for_its_columns(tmp_path: Path) -> None:
    output = files.PendingFile(tmp_path / "x.parquet")
    with pytest.raises(ValueError, match="no frame to write"):
        files.write_parquet(output.begin(), [], stamp=STAMP)
    output.release()


def test_a_missing_file_and_a_missing_column_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.parquet: no such file; run snakemake"):
        files.read_parquet(tmp_path / "none.parquet")
    with pytest.raises(InputError, match=r"none\.json: no such file; run snakemake"):
        files.read_json(tmp_path / "none.json")
    path = write(tmp_path / "x.parquet", files.parquet_bytes(FRAME, STAMP))
    with pytest.raises(InputError, match=r"x\.parquet: lacks column 'doc_id'; has "):
        files.read_parquet(path, ("query_id", "doc_id"))

"""A table comes back as it was written, whole or in blocks, with its stamp."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from maw.errors import InputError
from maw.jobs import files
from maw.jobs.pending import PendingFile

FRAME = pd.DataFrame({"query_id": ["a", "b"], "value": [0.1, 1 / 3]})
STAMP = {"stage": "test", "digest": "abc"}


def write(path: Path, content: bytes) -> Path:
    PendingFile(path).write(content)
    return path


def test_a_frame_comes_back_as_it_was_with_its_stamp(tmp_path: Path) -> None:
    path = write(tmp_path / "new/folder/x.parquet", files.parquet_bytes(FRAME, STAMP))
    pd.testing.assert_frame_equal(files.read_parquet(path), FRAME)
    assert files.read_stamp(path) == STAMP
    assert [file.name for file in path.parent.iterdir()] == ["x.parquet"]


def test_the_same_frame_gives_the_same_bytes() -> None:
    assert files.parquet_bytes(FRAME, STAMP) == files.parquet_bytes(FRAME.copy(), dict(STAMP))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_frames_under_each_other_are_one_table_wherever_they_are_cut(
    size: int, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"doc_id": [*"abcde"], "text": ["x", "", "é", "y", "z"]})
    output = PendingFile(tmp_path / "x.parquet")
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
    output = PendingFile(tmp_path / "x.parquet")
    files.write_parquet(output.begin(), [FRAME], stamp=STAMP)
    output.finish()
    assert output.path.read_bytes() == files.parquet_bytes(FRAME, STAMP)


def test_of_a_large_file_only_a_block_is_in_memory(tmp_path: Path) -> None:
    digits = np.random.default_rng(0).bytes(16 << 20).hex()  # compresses to its half
    texts = [digits[start : start + 4096] for start in range(0, len(digits), 4096)]
    blocks = [pd.DataFrame({"text": texts[n : n + 256]}) for n in range(0, len(texts), 256)]
    output = PendingFile(tmp_path / "x.parquet")
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
    with pytest.raises(InputError, match="lacks column 'text'; has "):
        next(files.parquet_blocks(path, ["value", "text"], size=9))


def test_a_table_needs_one_frame_for_its_columns(tmp_path: Path) -> None:
    output = PendingFile(tmp_path / "x.parquet")
    with pytest.raises(ValueError, match="no frame to write"):
        files.write_parquet(output.begin(), [], stamp=STAMP)
    output.release()


def test_a_missing_file_and_a_missing_column_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.parquet: no such file; run snakemake"):
        files.read_parquet(tmp_path / "none.parquet")
    path = write(tmp_path / "x.parquet", files.parquet_bytes(FRAME, STAMP))
    for only in (True, False):
        with pytest.raises(InputError, match=r"x\.parquet: lacks column 'doc_id'; has "):
            files.read_parquet(path, ("query_id", "doc_id"), only=only)


def test_only_the_columns_that_are_asked_for_are_read_in_their_order(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [3.0, None], "c": ["x", None]})
    path = write(tmp_path / "x.parquet", files.parquet_bytes(frame, STAMP))
    pd.testing.assert_frame_equal(
        files.read_parquet(path, ("c", "a"), only=True), frame[["c", "a"]]
    )
    table, stamp = files.read_stamped(path)
    pd.testing.assert_frame_equal(table, frame)
    assert stamp == STAMP


def test_other_programs_read_the_file_too(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", files.parquet_bytes(FRAME, STAMP))
    pd.testing.assert_frame_equal(pd.read_parquet(path), FRAME)
    assert list(pa.parquet.read_schema(path).metadata) == [b"pandas", b"maw"]

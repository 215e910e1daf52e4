"""Files are whole, stamped, and written by one job at a time."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from maw.errors import InputError
from maw.jobs import files

FRAME = pd.DataFrame({"query_id": ["a", "b"], "value": [0.1, 1 / 3]})
STAMP = {"stage": "test", "digest": "abc"}


def write(path: Path, content: bytes) -> Path:
    files.Claim(path).write(content)
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
    first = files.Claim(tmp_path / "x.json")
    with pytest.raises(InputError, match=r"x\.json: another run is writing this file; wait"):
        files.Claim(tmp_path / "x.json")
    first.write(b"{}")
    files.Claim(tmp_path / "x.json").write(b"[]")
    assert (tmp_path / "x.json").read_bytes() == b"[]"


def test_a_job_that_fails_leaves_the_old_file_and_nothing_half_written(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", b"old")
    files.Claim(path).release()
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
    claim = files.Claim(tmp_path / "x.parquet")
    blocks = (frame.iloc[start : start + size] for start in range(0, 5, size))
    files.write_parquet(claim.begin(), blocks, STAMP)
    assert not claim.path.exists()
    assert files.parquet_rows(claim.part, "text", np.array([0, 2, 4]), size=2) == ["x", "é", "z"]
    claim.finish()
    pd.testing.assert_frame_equal(files.read_parquet(claim.path), frame)
    assert files.read_stamp(claim.path) == STAMP
    read = list(files.parquet_blocks(claim.path, ["text"], size=4))
    assert [block["text"].tolist() for block in read] == [["x", "", "é", "y"], ["z"]]


def test_one_frame_gives_the_bytes_that_it_gives_alone(tmp_path: Path) -> None:
    claim = files.Claim(tmp_path / "x.parquet")
    files.write_parquet(claim.begin(), [FRAME], STAMP)
    claim.finish()
    assert claim.path.read_bytes() == files.parquet_bytes(FRAME, STAMP)


def test_of_a_large_file_only_a_block_is_in_memory(tmp_path: Path) -> None:
    drawn = np.random.default_rng(0).bytes(16 << 20).hex()  # compresses to its half
    texts = [drawn[start : start + 4096] for start in range(0, len(drawn), 4096)]
    blocks = [pd.DataFrame({"text": texts[n : n + 256]}) for n in range(0, len(texts), 256)]
    claim = files.Claim(tmp_path / "x.parquet")
    files.write_parquet(claim.begin(), blocks, STAMP)
    claim.finish()
    assert claim.path.stat().st_size > 15 << 20
    before, most = pa.total_allocated_bytes(), 0
    for block in files.parquet_blocks(claim.path, ["text"], size=256):
        assert len(block) == 256
        most = max(most, pa.total_allocated_bytes() - before)
    megabyte = 1 << 20  # a block has one of text; read ahead, 20 and more were held
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


def test_a_missing_file_and_a_missing_column_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.parquet: no such file; run snakemake"):
        files.read_parquet(tmp_path / "none.parquet")
    with pytest.raises(InputError, match=r"none\.json: no such file; run snakemake"):
        files.read_json(tmp_path / "none.json")
    path = write(tmp_path / "x.parquet", files.parquet_bytes(FRAME, STAMP))
    with pytest.raises(InputError, match=r"x\.parquet: lacks column 'doc_id'; has "):
        files.read_parquet(path, ("query_id", "doc_id"))

"""Each flipped bit of a parquet, safetensors or JSON file is noticed when the file is read."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from maw.errors import InputError
from maw.jobs import content_hash, files, torch_files
from maw.jobs.content_hash import SealedWriter, compare, seal
from maw.jobs.pending import PendingFile

STAMP = {"stage": "test", "spec": {"note": "Größe"}, "digest": "abc"}
FRAME = pd.DataFrame({"query_id": ["a", "b"], "value": [0.1, 1 / 3]})


def tensor_file() -> bytes:
    return b"".join(torch_files.tensor_blocks({"w": torch.arange(3.0)}, STAMP))


def array_file(folder: Path) -> bytes:
    return b"".join(
        files.array_blocks([{"a": np.arange(3)}, {"b": np.eye(2)}], STAMP, folder=folder)
    )


# kind of file -> its name, its content, and all functions that read it
KINDS: dict[str, tuple[str, Callable[[Path], bytes], list[Callable[[Path], Any]]]] = {
    "parquet": (
        "x.parquet",
        lambda folder: files.parquet_bytes(FRAME, STAMP),
        [
            files.read_parquet,
            files.read_stamp,
            lambda path: list(files.parquet_blocks(path, ["value"], size=9)),
        ],
    ),
    "json": (
        "x.json",
        lambda folder: files.json_bytes({"mean": 0.25, "rows": [1, {"a": None}]}, STAMP),
        [files.read_json, files.read_stamp],
    ),
    "arrays": ("x.safetensors", array_file, [files.map_arrays, files.read_stamp]),
    "tensors": (
        "x.safetensors",
        lambda folder: tensor_file(),
        [torch_files.read_tensors, files.read_stamp],
    ),
}


def flipped(content: bytes, position: int, bit: int) -> bytes:
    changed = bytearray(content)
    changed[position] ^= 1 << bit
    return bytes(changed)


@pytest.mark.parametrize("kind", KINDS)
def test_every_single_flipped_bit_is_noticed(kind: str, tmp_path: Path) -> None:
    name, content_of, _ = KINDS[kind]
    content, path = content_of(tmp_path), tmp_path / name
    compare(path, content, blocks=[content])
    for position in range(len(content)):
        for bit in range(8):
            changed = flipped(content, position, bit)
            with pytest.raises(InputError):
                compare(path, changed, blocks=[changed])


@pytest.mark.parametrize("kind", KINDS)
def test_each_reader_names_the_damaged_file_with_the_mend_in_one_line(
    kind: str, tmp_path: Path
) -> None:
    name, content_of, readers = KINDS[kind]
    content, path = content_of(tmp_path), tmp_path / name
    path.write_bytes(content)
    for read in readers:
        read(path)
    for position in range(0, len(content), 5):
        path.write_bytes(flipped(content, position, position % 8))
        for read in readers:
            with pytest.raises(InputError) as caught:
                read(path)
            assert str(caught.value).startswith(f"{path}: ")
            assert str(caught.value).endswith(f"; {content_hash.MEND}")
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_or_too_long_is_noticed(kind: str, tmp_path: Path) -> None:
    name, content_of, (read, *_) = KINDS[kind]
    content, path = content_of(tmp_path), tmp_path / name
    for wrong in (*(content[:n] for n in range(0, len(content), 7)), content + b"\0", b"hello"):
        path.write_bytes(wrong)
        with pytest.raises(InputError, match=r"carries no hash|does not match its hash"):
            read(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_file_is_mapped_checked_in_blocks_and_only_once(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, content_of, readers = KINDS[kind]
    content, path = content_of(tmp_path), tmp_path / name
    path.write_bytes(content)
    expected = [str(read(path)) for read in readers]
    for block in (1, 63, 64, 1000):  # the digits lie in one block or in several
        monkeypatch.setattr(content_hash, "LARGE", 0)
        monkeypatch.setattr(content_hash, "BLOCK", block)
        monkeypatch.setattr(content_hash, "_checked", set())
        assert isinstance(content_hash.checked(path), memoryview)
        monkeypatch.setattr(content_hash, "compare", None)  # nothing is compared again
        assert [str(read(path)) for read in readers] == expected
        monkeypatch.undo()
    monkeypatch.setattr(content_hash, "LARGE", 0)
    changed = tmp_path / "changed" / name
    PendingFile(changed).write(flipped(content, len(content) // 2, 0))
    for read in readers:
        with pytest.raises(InputError, match="does not match its hash"):
            read(changed)


@pytest.mark.parametrize("suffix", [".parquet", ".json", ".safetensors"])
def test_content_without_a_place_for_the_hash_is_the_programmers_mistake(suffix: str) -> None:
    with pytest.raises(ValueError, match=f"no place for the hash in the content of a {suffix}"):
        seal(b'{"stamp": 0}', suffix)
    writer = SealedWriter(BytesIO(), suffix)
    writer.write(b"hello")
    writer.hold_back()
    with pytest.raises(ValueError, match=f"no place for the hash in the end of a {suffix}"):
        writer.seal()


def test_a_text_that_looks_like_the_hash_does_not_hide_it(tmp_path: Path) -> None:
    zeros = content_hash.ZEROS.decode()
    text = f'maw.sha256\x18\x40{zeros}\n  "content_sha256": "{zeros}", maw.sha256":"{zeros}'
    stamp = {"digest": "d", "spec": {"maw.sha256": zeros, "content_sha256": zeros, "text": text}}
    parquet, json = tmp_path / "x.parquet", tmp_path / "x.json"
    parquet.write_bytes(files.parquet_bytes(pd.DataFrame({text: [text, "z" * 9]}), stamp))
    json.write_bytes(files.json_bytes({text: [text], "a": {"content_sha256": zeros}}, stamp))
    assert files.read_parquet(parquet)[text].tolist() == [text, "z" * 9]
    assert files.read_json(json)["a"] == {"content_sha256": zeros}
    assert files.read_stamp(parquet) == files.read_stamp(json) == stamp


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").mkdir()
    with pytest.raises(InputError, match=r"x\.json: cannot be read: Is a directory; mend"):
        files.read_json(tmp_path / "x.json")

"""A JSON object comes back as it was written, with its stamp."""

from pathlib import Path

import pytest

from maw.errors import InputError
from maw.jobs import files
from maw.jobs.content_hash import ZEROS, seal
from maw.jobs.pending import PendingFile

STAMP = {"stage": "test", "digest": "abc"}


def write(path: Path, content: bytes) -> Path:
    PendingFile(path).write(content)
    return path


def test_a_json_object_and_its_stamp_come_back(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", files.json_bytes({"seconds": 1.5}, STAMP))
    assert files.read_json(path) == {"seconds": 1.5, "stamp": STAMP}
    assert files.read_stamp(path) == STAMP
    assert files.read_json(write(path, files.json_bytes({"a": "é"}))) == {"a": "é"}


def test_equal_objects_give_equal_bytes() -> None:
    assert files.json_bytes({"a": 1, "b": 2}, STAMP) == files.json_bytes({"b": 2, "a": 1}, STAMP)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json: no such file; run snakemake"):
        files.read_json(tmp_path / "none.json")


def test_a_file_whose_hash_is_right_and_whose_content_is_not_is_named(tmp_path: Path) -> None:
    entry = b'\n  "content_sha256": "' + ZEROS + b'"'
    path = write(tmp_path / "x.json", seal(b"{" + entry, ".json"))
    with pytest.raises(InputError, match=r"x\.json: broken JSON: .*; the next snakemake"):
        files.read_json(path)
    write(path, seal(b"[{" + entry + b"}]", ".json"))
    with pytest.raises(InputError, match=r"x\.json: holds no JSON object; the next snakemake"):
        files.read_json(path)

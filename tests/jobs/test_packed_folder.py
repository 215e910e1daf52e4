"""A folder of files comes back as it was packed, and nothing is written outside of it."""

import os
from pathlib import Path

import numpy as np
import pytest

from maw.errors import InputError
from maw.jobs.packed_folder import packed, unpack


def test_files_come_back_byte_by_byte(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "1_Pooling/config.json").write_text("{}")
    (folder / "weights.bin").write_bytes(bytes(range(256)))
    (folder / "nothing").write_bytes(b"")
    files = packed(folder)
    assert list(files) == ["1_Pooling/config.json", "nothing", "weights.bin"]
    unpack(files, tmp_path / "copy")
    for name in files:
        assert (tmp_path / "copy" / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize("kind", ["file", "folder", "pipe"])
def test_links_and_pipes_are_refused(tmp_path: Path, kind: str) -> None:
    folder, secret = tmp_path / "model", tmp_path / "secret"
    folder.mkdir()
    if kind == "pipe":
        os.mkfifo(folder / "link")
    else:
        secret.write_text("x") if kind == "file" else secret.mkdir()
        (folder / "link").symlink_to(secret)
    with pytest.raises(InputError, match="^link: is a link or no file; write plain files and"):
        packed(folder)


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/../../x", "a//b", "..\\x", "./x"])
def test_a_path_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "a/model"
    with pytest.raises(InputError, match="is no path below the model's folder"):
        unpack({name: np.zeros(1, np.uint8)}, folder)
    assert not list(tmp_path.rglob("x"))


def test_a_name_that_safetensors_cannot_hold_is_refused(tmp_path: Path) -> None:
    for name in ("__metadata__", "a\nb"):
        (tmp_path / name).write_text("x")
        with pytest.raises(InputError, match="a file of a model cannot have this name; give it an"):
            packed(tmp_path)
        (tmp_path / name).unlink()

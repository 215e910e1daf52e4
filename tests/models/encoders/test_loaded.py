"""`maw.load` refuses in one line what `maw export` did not write."""

import subprocess
import sys
from pathlib import Path

import pytest

import maw
from maw.errors import InputError
from maw.jobs.files import json_bytes
from maw.settings.sections import Backbone


def test_importing_maw_does_not_import_torch() -> None:
    code = "import sys, maw; maw.load; print('torch' in sys.modules, 'pandas' in sys.modules)"
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert process.stdout.split() == ["False", "False"]


def manifest(folder: Path, **changes: object) -> None:
    about = {
        "format": 1,
        "system": {"kind": "bi_encoder"},
        "backbone": Backbone(name=".").model_dump(mode="json"),
    }
    (folder / "maw.json").write_bytes(json_bytes({**about, **changes}))


def test_what_is_no_export_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="maw.json: missing; give a folder that `maw export`"):
        maw.load(tmp_path)
    manifest(tmp_path, format=2)
    with pytest.raises(InputError, match="written by another version of maw; export again"):
        maw.load(tmp_path)
    manifest(tmp_path, backbone={"name": "../elsewhere"})
    with pytest.raises(InputError, match="written by another version of maw; export again"):
        maw.load(tmp_path)
    manifest(tmp_path)
    with pytest.raises(InputError, match="config.json is missing"):
        maw.load(tmp_path)

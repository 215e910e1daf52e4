"""`maw.load` refuses in one line what `maw export` did not write."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import maw
from maw.errors import InputError
from maw.models.encoders.text_encoder import build
from maw.settings.registry import parse
from maw.settings.sections import Backbone


def test_importing_maw_does_not_import_torch() -> None:
    told = "import sys, maw; maw.load; print('torch' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def manifest(folder: Path, **changes: object) -> None:
    about = {
        "format": 1,
        "system": {"kind": "bi_encoder"},
        "backbone": Backbone(name=".").model_dump(mode="json"),
    }
    (folder / "maw.json").write_text(json.dumps({**about, **changes}))


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


def test_many_texts_no_text_and_a_bare_string(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone = Backbone(name=str(tiny_folder), max_document_tokens=8, max_query_tokens=4)
    encoder = build(parse("systems", {"kind": "bi_encoder"}), backbone=backbone)
    assert encoder.encode([]).shape == (0, 24)
    with pytest.raises(TypeError, match="give a list of strings"):
        encoder.encode("words")
    texts = [f"text number {n}" for n in range(7)]
    whole = encoder.encode(texts)
    monkeypatch.setattr("maw.models.encoders.text_encoder.BLOCK", 3)
    assert encoder.encode(texts) == pytest.approx(whole, abs=1e-6)
    long = ["one two three four five six seven eight nine"]
    assert encoder.encode(long, side="query") != pytest.approx(encoder.encode(long), abs=1e-3)

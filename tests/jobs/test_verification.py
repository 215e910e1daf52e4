"""All files of a folder are compared with their hashes; damaged ones are named and set aside."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs import files, manifest, verification
from maw.jobs.content_hash import UnreadableFileError
from maw.jobs.pending import PendingFile
from maw.jobs.verification import Verification, set_damaged_aside, to_make_again, verify

STAMP = {"digest": "d0"}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return a folder like that of a suite, with a file of each kind."""
    root = tmp_path / "results"
    frame = pd.DataFrame({"value": [0.5, 0.25]})
    arrays = files.array_blocks([{"a": np.arange(4)}], STAMP, folder=tmp_path)
    PendingFile(root / "runs/d/s/seed1/scores.parquet").write(files.parquet_bytes(frame, STAMP))
    PendingFile(root / "runs/d/s/seed1/run.json").write(files.json_bytes({"a": 1}, STAMP))
    PendingFile(root / "data/d/bm25.safetensors").write(arrays)
    (root / "tables").mkdir()
    for name in ("means.csv", "check.R"):
        (root / "tables" / name).write_text("system,mean")
        manifest.enter(root / "tables", {name: manifest.digest_of(b"system,mean")})
    for name in ("logs/rank.csv", "expected/own.csv", "tables/note.txt", "tables/.means.csv.part"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("not checked")
    return root


def told(verification: Verification, root: Path) -> dict[str, str]:
    damaged = verification.damaged
    return {str(check.path.relative_to(root)): check.damage for check in damaged}


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_whole_files_are_counted(results: Path) -> None:
    verification = verify(results)
    assert (verification.n_files, verification.damaged) == (6, ())
    below = ("runs/d/s/seed1", "data/d", "tables")
    sizes = [path.stat().st_size for name in below for path in (results / name).glob("[!.]*.[!t]*")]
    assert verification.n_bytes == sum(sizes)


def test_each_kind_of_damage_is_named(results: Path) -> None:
    for name in ("runs/d/s/seed1/scores.parquet", "data/d/bm25.safetensors", "tables/check.R"):
        flip(results / name)
    (results / "tables/means.csv").unlink()
    (results / "tables/new.csv").touch()
    (results / "runs/d/s/seed1/run.json").write_text('{"a": 1}')
    mismatch = "damaged: its content does not match its hash"
    assert told(verify(results), results) == {
        "data/d/bm25.safetensors": mismatch,
        "runs/d/s/seed1/run.json": "damaged, half written, or not of this version of maw: "
        "carries no hash",
        "runs/d/s/seed1/scores.parquet": mismatch,
        "tables/check.R": mismatch,
        "tables/means.csv": "missing: manifest.json in its folder lists it",
        "tables/new.csv": "is not in manifest.json, which has the hashes of its folder's files",
    }


@pytest.mark.parametrize("lose", [Path.unlink, flip])
def test_without_a_manifest_its_folders_files_count_as_damaged(
    results: Path, lose: Callable[[Path], None]
) -> None:
    lose(results / "tables/manifest.json")
    damages = told(verify(results), results)
    unchecked = "cannot be checked, because manifest.json in its folder is missing or damaged"
    assert damages["tables/check.R"] == damages["tables/means.csv"] == unchecked


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none: no such folder; give a folder of results"):
        verify(tmp_path / "none")


def test_damaged_files_are_set_aside_until_they_are_made_again(results: Path) -> None:
    scores = results / "runs/d/s/seed1/scores.parquet"
    whole = scores.read_bytes()
    assert set_damaged_aside(results) == []
    flip(scores)
    assert set_damaged_aside(results) == [
        f"{scores}: damaged: its content does not match its hash; set aside as "
        ".scores.parquet.damaged, and made again"
    ]
    aside = scores.with_name(".scores.parquet.damaged")
    assert aside.exists()
    assert not scores.exists()
    assert set_damaged_aside(results) == []
    assert to_make_again(results) == [scores]
    scores.write_bytes(whole)
    assert to_make_again(results) == []
    assert set_damaged_aside(results) == []
    assert not aside.exists()


def test_the_damaged_files_of_another_suite_stay(results: Path) -> None:
    other = results / "suites/other/summary/runs.parquet"
    PendingFile(other).write(b"hello")
    assert set_damaged_aside(results) == []
    assert other.exists()
    assert len(verify(results).damaged) == 1


def test_of_many_damaged_files_only_some_have_a_line(results: Path) -> None:
    for n in range(30):
        (results / f"tables/new{n}.csv").touch()
    lines = set_damaged_aside(results)
    assert (len(lines), lines[-1]) == (21, "10 more files are damaged")


def test_a_file_that_cannot_be_read_is_named_and_stays(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, expected: str = "") -> None:
        raise UnreadableFileError(path, OSError(5, "Input/output error"))

    monkeypatch.setattr(verification, "checked", refuse)
    monkeypatch.setattr(manifest, "compare_listed", refuse)
    found = verify(results)
    assert len(found.damaged) == found.n_files == 6
    assert {check.damage for check in found.damaged} == {"cannot be read: Input/output error"}
    assert set_damaged_aside(results) == []
    assert (results / "tables/means.csv").exists()

"""A manifest holds the hashes of its folder's files, and no job loses another one's entries."""

import subprocess
import sys
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.jobs import manifest
from maw.jobs.content_hash import ZEROS
from maw.jobs.json_files import json_bytes


def test_a_listed_file_is_read_and_each_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_bytes(b"query,value\na,0.5\n")
    manifest.enter(tmp_path, {path.name: manifest.digest_of(path.read_bytes())})
    content = manifest.read_listed(path)
    assert content == b"query,value\na,0.5\n"
    for position in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[position] ^= 1 << bit
            path.write_bytes(changed)
            with pytest.raises(InputError, match=r"scores\.csv: damaged: .*; the next snakemake"):
                manifest.read_listed(path)


def test_entries_are_added_or_replaced_and_the_others_stay(tmp_path: Path) -> None:
    manifest.enter(tmp_path, {"a.csv": "1"})
    manifest.enter(tmp_path, {"b.csv": "2"})
    manifest.enter(tmp_path, {"a.csv": "3"})
    assert manifest.read_manifest(tmp_path) == {"a.csv": "3", "b.csv": "2"}
    before = (tmp_path / manifest.NAME).stat().st_mtime_ns
    manifest.enter(tmp_path, {"a.csv": "3"})
    assert (tmp_path / manifest.NAME).stat().st_mtime_ns == before


ENTER = """
import pathlib, sys
from maw.jobs import manifest
for n in range(20):
    manifest.enter(pathlib.Path(sys.argv[1]), {f"{sys.argv[2]}{n}.csv": "d"})
"""


def test_processes_at_the_same_time_lose_no_entry(tmp_path: Path) -> None:
    commands = [[sys.executable, "-c", ENTER, str(tmp_path), name] for name in "abc"]
    for process in [subprocess.Popen(command) for command in commands]:
        assert process.wait(timeout=60) == 0
    expected = {f"{name}{n}.csv" for name in "abc" for n in range(20)}
    assert manifest.read_manifest(tmp_path).keys() == expected


def test_what_is_missing_not_listed_or_no_manifest_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with pytest.raises(InputError, match=r"x\.csv: no such file; run snakemake to make it"):
        manifest.read_listed(path)
    path.touch()
    with pytest.raises(InputError, match=r"x\.csv: is not in manifest\.json.*; the next snakemake"):
        manifest.read_listed(path)
    (tmp_path / manifest.NAME).write_bytes(json_bytes({"files": ["x.csv"]}))
    with pytest.raises(InputError, match=r"manifest\.json: no manifest of maw; the next"):
        manifest.read_listed(path)
    (tmp_path / manifest.NAME).write_bytes(b'{\n  "content_sha256": "' + ZEROS + b'"}')
    for use in (manifest.read_listed, lambda file: manifest.enter(file.parent, {"y.csv": "d"})):
        with pytest.raises(InputError, match=r"manifest\.json: damaged: .*; the next snakemake"):
            use(path)

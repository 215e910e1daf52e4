"""Parquet runs and scores read as text does, and a broken file names the row."""

import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs.files import parquet_bytes
from maw.runs import file_formats
from maw.runs.formats import parquet

FRAME = pd.DataFrame(
    {"query_id": ["1", "1", "2"], "doc_id": ["d1", "d2", "d1"], "score": [3.0, 2.5, 1e-3]}
)


def test_parquet_is_known_by_its_first_bytes_or_its_ending() -> None:
    assert parquet.matches(Path("a.run"), b"PAR1...")
    assert parquet.matches(Path("a.parquet"), b"1 Q0")
    assert not parquet.matches(Path("a.run"), b"1 Q0")


@pytest.mark.parametrize("columns", [{}, {"query_id": "qid", "doc_id": "docno"}])
def test_a_parquet_run_reads_as_the_text_does(tmp_path: Path, columns: dict[str, str]) -> None:
    path = tmp_path / "run.parquet"
    FRAME.rename(columns=columns).to_parquet(path)
    content = parquet.read(path)
    assert content.kind == "ranking"
    pd.testing.assert_frame_equal(content.frame, FRAME)
    assert content.sha256 == sha256(path.read_bytes()).hexdigest()


def test_a_long_table_is_scores(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    pd.DataFrame(
        {"name": ["a", "b"], "qid": ["1", "1"], "measure": "AP", "value": [0.5, 1.0]}
    ).to_parquet(path)
    content = parquet.read(path)
    assert content.kind == "scores"
    assert tuple(content.frame.iloc[0]) == ("", "a", 0, "1", "AP", 0.5)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.assign(score=[1.0, np.nan, 0.0]), "row 1: score nan is not a finite number"),
        (FRAME.assign(query_id=["1", None, "2"]), "row 1: query_id is missing; fill it in"),
        (FRAME.assign(doc_id="d1"), "row 1: returns document 'd1' for topic '1' a second time"),
        (FRAME[:0], "holds no row; export it again"),
        (FRAME.drop(columns="score"), "has columns query_id, doc_id; a run needs"),
    ],
)
def test_a_broken_parquet_names_the_row(tmp_path: Path, frame: pd.DataFrame, message: str) -> None:
    frame.to_parquet(tmp_path / "r.parquet")
    with pytest.raises(InputError, match=message):
        parquet.read(tmp_path / "r.parquet")


def test_a_file_that_only_ends_in_parquet_is_called_broken(tmp_path: Path) -> None:
    (tmp_path / "r.parquet").write_text("1 Q0 d1 1 3.0 a\n")
    with pytest.raises(InputError, match=r"r\.parquet: broken parquet"):
        parquet.read(tmp_path / "r.parquet")


@pytest.mark.parametrize("name", ["r.parquet", "r.run"])
def test_a_file_that_maw_wrote_is_compared_with_its_hash(tmp_path: Path, name: str) -> None:
    content = bytearray(parquet_bytes(FRAME, {"stage": "test"}))
    path = tmp_path / name
    path.write_bytes(content)
    pd.testing.assert_frame_equal(parquet.read(path).frame, FRAME)
    content[content.index(b"query_id") - 20] ^= 1  # in the data
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}: damaged: its content does not match its hash"):
        parquet.read(path)


def test_without_pyarrow_a_parquet_file_is_refused_with_the_pip_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.parquet"
    FRAME.to_parquet(path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"run\.parquet: pyarrow: .*'maw-bench\[parquet\]'"):
        file_formats.read(path)

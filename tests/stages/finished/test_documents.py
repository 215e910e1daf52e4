"""The documents of a comparison go to a file, a pipe or standard output, whole or not at all."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from maw.comparison import Comparison, conclude
from maw.errors import InputError
from maw.runs.evidence import Evidence
from maw.stages.finished.documents import opened_documents
from tests.scored import plan_of, scored


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    generator = np.random.default_rng(0)
    tables = {name: generator.uniform(size=(12, 1)) for name in ("new", "old")}
    return conclude(Evidence(scored(tables), ("nDCG@10",), ()), plan=plan_of(("new", "old")))


def test_each_document_is_written_to_its_file(comparison: Comparison, tmp_path: Path) -> None:
    json_file, markdown_file = tmp_path / "new" / "a.json", tmp_path / "a.md"
    markdown_file.write_text("old")
    with opened_documents(json=json_file, markdown=markdown_file) as documents:
        assert markdown_file.read_text() == "old"
        documents.write(comparison)
    assert json.loads(json_file.read_text(encoding="utf-8"))["schema"] == "maw.compare/1"
    assert markdown_file.read_text(encoding="utf-8") == comparison.to_markdown()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.json", "a.md", "new"]


def test_a_dash_is_standard_output(
    comparison: Comparison, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with opened_documents(json=Path("-"), markdown=None) as documents:
        documents.write(comparison)
    assert capsys.readouterr().out == comparison.to_json()
    with opened_documents(json=None, markdown=None) as documents:
        documents.write(comparison)
    assert capsys.readouterr().out == ""


def test_an_error_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), opened_documents(json=path, markdown=None):
        raise ZeroDivisionError
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("a.json", "old")]


def test_a_pipe_is_written_to(comparison: Comparison, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with opened_documents(json=None, markdown=pipe) as documents:
        documents.write(comparison)
    with os.fdopen(reading, "rb") as file:
        assert file.read().decode() == comparison.to_markdown()
    assert pipe.is_fifo()


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cases = [
        (tmp_path, None, f"--json {tmp_path}: is a folder; give a file"),
        (tmp_path / "file" / "a.json", None, "make room or allow writing there, or give another"),
        (Path("-"), Path("-"), "--json and --markdown: both go to -; give each its own file"),
    ]
    for json_file, markdown_file, message in cases:
        with (
            pytest.raises(InputError, match=message),
            opened_documents(json=json_file, markdown=markdown_file),
        ):
            pass

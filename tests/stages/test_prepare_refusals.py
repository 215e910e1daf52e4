"""A collection that cannot be used is refused in one line, and nothing is left behind."""

from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import tests.standins as standins
from maw.datasets.loaders import irds
from maw.datasets.splits import assign, groups_of
from maw.settings.split_kinds import Split
from tests.stages.preparation import TEXTS, Call, beir, prepared, spec_of


def refused(call: Call, spec: dict[str, Any], out: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the stage's one-line error, after a check that it left no file behind."""
    with pytest.raises(SystemExit) as left:
        prepared(call, spec, out)
    message = capsys.readouterr().err
    assert left.value.code == 2
    assert message.count("\n") == 1
    assert list(out.iterdir()) == []
    return message


def test_an_empty_collection_is_refused(
    tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = beir(tmp_path / "own")
    (folder / "corpus.jsonl").write_text("")
    message = refused(call, spec_of(folder), tmp_path / "out", capsys)
    assert message.startswith(
        f"maw prepare: {folder}/corpus.jsonl: holds no text; give a file with texts"
    )


@pytest.mark.parametrize(
    ("judgements", "message"),
    [
        ("", "qrels/test.tsv: no query of"),
        ("q99\td1\t1\n", "qrels/test.tsv: no query of"),
        ("q1\td1\t0\nq2\td1\t-1\n", "dataset own: no query has a relevant document in the collec"),
        ("q1\td1\t0\nq2\td77\t1\n", "dataset own: no query has a relevant document in the collec"),
    ],
)
def test_a_collection_in_which_nothing_is_judged_relevant_is_refused(
    tmp_path: Path,
    call: Call,
    capsys: pytest.CaptureFixture[str],
    judgements: str,
    message: str,
) -> None:
    folder = beir(tmp_path / "own")
    (folder / "qrels/test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judgements}")
    assert message in refused(call, spec_of(folder), tmp_path / "out", capsys)


@pytest.mark.parametrize("side", ["train", "dev", "test"])
def test_a_side_without_a_judged_query_is_named_with_the_key_to_change(
    tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str], side: str
) -> None:
    folder = beir(tmp_path / "own")
    texts = {f"q{n}": f"about {text}" for n, text in enumerate(TEXTS)}
    sides = assign(groups_of(texts), Split()).itertuples(index=False, name=None)
    lines = [f"{query}\td1\t1\n" for query, found in sides if found != side]
    (folder / "qrels/test.tsv").write_text("".join(lines))
    message = refused(call, spec_of(folder), tmp_path / "out", capsys)
    assert f"dataset own: no judged query is in the {side} split; enlarge split.{side}" in message


def test_a_missing_package_is_refused(
    tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_of(tmp_path) | {"loader": {"kind": "pydocs", "packages": ["nunpy"]}}
    message = refused(call, spec, tmp_path / "out", capsys)
    assert message == ("maw prepare: pydocs: package 'nunpy' is not installed; pip install nunpy\n")


def test_a_document_that_is_there_twice_is_named(
    home: Path,
    tmp_path: Path,
    call: Call,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    standins.beir(home, "scidocs", {"test": range(40)})
    blocks = irds._documents
    monkeypatch.setattr(irds, "_documents", lambda *args: chain(blocks(*args), blocks(*args)))
    spec = spec_of(tmp_path) | {"loader": {"kind": "irds", "id": "beir/scidocs", "verify": False}}
    with pytest.raises(SystemExit):
        prepared(call, spec, tmp_path / "out")
    *_, message = capsys.readouterr().err.splitlines()  # after the lines of ir_datasets
    assert message.startswith(
        "maw prepare: dataset own: two documents have the id 'd0'; keep one in "
    )
    assert list((tmp_path / "out").iterdir()) == []

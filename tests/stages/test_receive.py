"""A run that was made elsewhere is checked against the dataset, and ranked as it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.jobs.files import read_json
from maw.jobs.user_files import sha256_of
from maw.stages.rank import rank
from maw.stages.receive import receive
from tests.given_suite import write_run
from tests.stages.test_rank import OUTPUTS

Call = Callable[..., None]
Write = Callable[..., Path]
SYSTEM = {"kind": "run", "path": "mine.run", "format": None}


@pytest.fixture
def texts(tmp_path: Path, write: Write) -> dict[str, Path]:
    """Return the files of a dataset of two documents and three queries, two of them in test."""
    frames = {
        "documents": pd.DataFrame({"doc_id": ["d1", "d2"], "text": ["one", "two"]}),
        "queries": pd.DataFrame({"query_id": ["q0", "q1", "q2"], "text": ["", "", ""]}),
        "split": pd.DataFrame({"query_id": ["q0", "q1", "q2"], "split": ["train", "test", "test"]}),
    }
    return {
        name: write(tmp_path / f"{name}.parquet", frame, name) for name, frame in frames.items()
    }


@pytest.fixture
def received(
    tmp_path: Path, texts: dict[str, Path], call: Call
) -> Callable[..., tuple[dict[str, Any], Path]]:
    """Return a function (file, sha256) -> the content of run.json, and the file of rankings."""

    def run(file: Path, sha256: str = "") -> tuple[dict[str, Any], Path]:
        spec = {"system": SYSTEM, "name": "mine", "seed": 42, "dataset": "tiny"}
        outputs = {"run": tmp_path / "run.json", "received": tmp_path / "received.parquet"}
        hashed = {"sha256": sha256 or sha256_of(file)}
        call(receive, {**spec, **hashed}, file=file, **texts, **outputs)
        return read_json(outputs["run"]), outputs["received"]

    return run


def test_the_run_is_ranked_as_it_is_and_its_cost_is_not_known(
    tmp_path: Path,
    texts: dict[str, Path],
    received: Callable[..., tuple[dict[str, Any], Path]],
    call: Call,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = write_run(tmp_path / "mine.run", ["d2", "d1"])
    record, rankings = received(file)
    assert "mine seed 42: 2 of 2 test queries from " in capsys.readouterr().out
    del record["stamp"]
    assert record == {
        **{"trained": False, "system": "mine", "seed": 42, "curve": [], "made": "elsewhere"},
        **{"file": str(file), "file_sha256": sha256_of(file), "n_missing": 0, "oddities": ""},
    }
    outputs = {name: tmp_path / "out" / path for name, path in OUTPUTS.items()}
    spec = {"system": SYSTEM, "name": "mine", "seed": 42}
    call(rank, spec, **texts, run=tmp_path / "run.json", received=rankings, **outputs)
    ranking = pd.read_parquet(outputs["ranking"])
    assert ranking["doc_id"].tolist() == ["d2", "d1", "d2", "d1"]
    cost = read_json(outputs["cost"])
    del cost["stamp"]
    assert cost == {}


def test_queries_without_an_answer_are_counted_and_told(
    tmp_path: Path,
    received: Callable[..., tuple[dict[str, Any], Path]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    record, _ = received(write_run(tmp_path / "mine.run", ["d1"], queries=("q2",)))
    assert record["n_missing"] == 1
    assert record["oddities"] == "does not answer 1 test query, which scores 0 ('q1')"
    assert "mine seed 42: 1 of 2 test queries from" in capsys.readouterr().out


def test_a_run_of_another_collection_or_of_another_time_is_refused(
    tmp_path: Path,
    received: Callable[..., tuple[dict[str, Any], Path]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = write_run(tmp_path / "mine.run", ["d1", "z9"])
    with pytest.raises(SystemExit):
        received(file)
    assert "query 'q1' has document 'z9', which is not in the collection" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        received(file, "0" * 64)
    message = f"{file}: changed since the workflow began; run snakemake again"
    assert message in capsys.readouterr().err

"""Train and dev queries are halved, each half with tables of its own and without leaks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.stages.halve import halve
from tests.stages.preparation import COLUMNS, Call, beir, prepared, spec_of

Write = Callable[..., Path]
TABLES = ("split", "training", "negatives", "forbidden", "development")


def halved(call: Call, spec: dict[str, Any], out: Path) -> list[dict[str, pd.DataFrame]]:
    """Run the stage on a prepared collection; return the tables of both halves."""
    paths = [out / f"half{n}" / f"{name}.parquet" for n in (1, 2) for name in TABLES]
    call(
        halve,
        spec,
        documents=out / "documents.parquet",
        split=out / "split.parquet",
        bm25=out / "bm25.safetensors",
        halves=paths,
    )
    frames = [pd.read_parquet(path) for path in paths]
    n = len(TABLES)
    return [dict(zip(TABLES, half, strict=True)) for half in (frames[:n], frames[n:])]


def test_each_half_is_trained_on_once_and_developed_on_once(
    tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_of(beir(tmp_path / "own"))
    out = prepared(call, spec, tmp_path / "out")
    split_of = pd.read_parquet(out / "split.parquet").set_index("query_id")["split"]
    halves = halved(call, spec, out)
    searched = set(split_of.index[split_of != "test"])
    trained_on = []
    for half in halves:
        assert {name: list(half[name].columns) for name in TABLES} == {
            name: COLUMNS[name] for name in TABLES
        }
        of_query = half["split"].set_index("query_id")["split"]
        assert set(of_query.index[of_query == "test"]) == set(split_of.index) - searched
        train = set(of_query.index[of_query == "train"])
        trained_on.append(train)
        for name in ("training", "negatives", "forbidden"):
            assert set(half[name]["query_id"]) <= train
        assert set(half["training"]["query_id"]) == train
    assert trained_on[0] | trained_on[1] == searched
    assert not trained_on[0] & trained_on[1]
    sizes = " and ".join(str(len(train)) for train in trained_on)
    assert f"maw halve: own: halves of {sizes} queries, no leak (" in capsys.readouterr().out


def test_a_half_without_judged_queries_is_refused(
    tmp_path: Path, call: Call, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_of(beir(tmp_path / "own"))
    out = prepared(call, spec, tmp_path / "out")
    split = pd.read_parquet(out / "split.parquet")
    searched = split.index[split["split"] != "test"]
    split.loc[searched[1:], "split"] = "test"  # one query is left, so that one half has none
    write(out / "split.parquet", split)
    with pytest.raises(SystemExit):
        halved(call, spec, out)
    error = capsys.readouterr().err
    assert "split.parquet: half 1 of the train and dev queries has no training pair" in error
    assert "or the other half no judged query; set selection.cross_fit to 1" in error

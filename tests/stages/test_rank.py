"""One ranking of the test queries: by a neural system, by BM25, and where no query is to rank."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.jobs.files import read_json, read_stamp
from maw.stages.rank import rank
from tests.finished_suite import SYSTEMS

Write = Callable[..., Path]
Call = Callable[..., None]
OUTPUTS = {
    "ranking": "ranking.parquet",
    "cost": "cost.json",
    "depths": "depths.parquet",
    "by_depth": "rankings_by_depth.parquet",
}


@pytest.fixture
def ranked(suite: Path, tmp_path: Path, call: Call) -> Callable[..., dict[str, Path]]:
    """Return a function (spec, path options) -> the output files of the stage."""
    data = suite / "data/own"

    def run(spec: dict[str, Any], **options: Path) -> dict[str, Path]:
        texts = {name: data / f"{name}.parquet" for name in ("documents", "queries", "split")}
        outputs = {name: tmp_path / file for name, file in OUTPUTS.items()}
        call(rank, {"seed": 0, **spec}, **{**texts, **options}, **outputs)
        return outputs

    return run


def test_an_untrained_encoder_ranks_every_document_and_has_no_depths(
    ranked: Callable[..., dict[str, Path]], suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = {"name": "zeroshot", "system": {"kind": "bi_encoder"}}
    outputs = ranked(spec, trunk=suite / "data/own/trunk.safetensors")
    ranking = pd.read_parquet(outputs["ranking"])
    assert ranking.groupby("query_id").size().to_dict() == {"q.std": 6, "q.sort": 6}
    known = pd.read_parquet(suite / "runs/own/non_maw_zeroshot/seed0/ranking.parquet")
    pd.testing.assert_frame_equal(ranking, known)
    depths = pd.read_parquet(outputs["depths"])
    assert depths.empty
    assert {"depth", "probability"} <= set(depths.columns)
    by_depth = pd.read_parquet(outputs["by_depth"])
    assert by_depth.empty
    assert list(by_depth) == ["query_id", "depth", "doc_id", "score"]
    assert read_json(outputs["cost"])["rank_cpu_seconds"] > 0
    assert "zeroshot seed 0: 2 queries ranked (" in capsys.readouterr().out


def test_each_depth_ranks_as_many_documents_as_the_measure_sees(
    ranked: Callable[..., dict[str, Path]], suite: Path, run_of: Callable[[str], Path]
) -> None:
    folder = run_of("maw_grpo")
    spec = {"name": "maw_grpo", "system": SYSTEMS["maw_grpo"], "seed": 42, "by_depth": "RR@2"}
    trunk, model = suite / "data/own/trunk.safetensors", folder / "model.safetensors"
    outputs = ranked(spec, trunk=trunk, model=model)
    by_depth = pd.read_parquet(outputs["by_depth"])
    assert by_depth.groupby(["query_id", "depth"]).size().to_dict() == {
        (query, depth): 2 for query in ("q.std", "q.sort") for depth in range(3)
    }
    # a measure without a cutoff sees all documents
    sees_all = pd.read_parquet(
        ranked({**spec, "by_depth": "AP"}, trunk=trunk, model=model)["by_depth"]
    )
    assert len(sees_all) == 2 * 3 * 6
    # under the router's own depth, the ranking is the run's
    depths = pd.read_parquet(outputs["depths"])
    chosen = depths.loc[depths["side"] == "query", ["query_id", "depth"]].merge(sees_all)
    columns = ["query_id", "doc_id", "score"]
    pd.testing.assert_frame_equal(chosen[columns], pd.read_parquet(outputs["ranking"])[columns])


def test_the_stamp_names_every_file_that_was_read(
    ranked: Callable[..., dict[str, Path]], suite: Path
) -> None:
    run = suite / "runs/own/non_maw_zeroshot/seed0/run.json"
    trunk = suite / "data/own/trunk.safetensors"
    spec = {"name": "zeroshot", "system": {"kind": "bi_encoder"}}
    reads = read_stamp(ranked(spec, run=run, trunk=trunk)["ranking"])["reads"]
    texts = (suite / f"data/own/{name}.parquet" for name in ("documents", "queries", "split"))
    assert {read_stamp(path)["digest"] for path in (*texts, run, trunk)} == set(reads)


def test_a_split_without_test_queries_is_refused(
    ranked: Callable[..., dict[str, Path]],
    tmp_path: Path,
    write: Write,
    capsys: pytest.CaptureFixture[str],
) -> None:
    frame = pd.DataFrame({"query_id": ["q.std"], "split": ["train"]})
    split = write(tmp_path / "split.parquet", frame)
    with pytest.raises(SystemExit):
        ranked({"name": "bm25", "system": {"kind": "bm25"}}, split=split)
    message = f"{split}: no query is in the test split; enlarge split.test"
    assert message in capsys.readouterr().err

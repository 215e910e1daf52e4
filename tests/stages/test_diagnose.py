"""What the policies of a routed system say, and the score of each query under each depth."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.jobs.job import Job, Output
from maw.jobs.pending import PendingFile
from maw.measures.scoring import score_run
from maw.models.encoders.cross_encoder import CrossEncoder
from maw.models.encoders.trunk import Trunk
from maw.settings import registry
from maw.stages.diagnose import BY_DEPTH, POLICY, diagnose
from tests.finished_suite import SYSTEMS

Write = Callable[..., Path]
Call = Callable[..., None]
Make = Callable[..., Any]
Diagnose = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
JUDGED = [
    ("q.std", "a.std", 1),
    ("q.std", "a.mean", 1),
    ("q.sort", "a.sort", 1),
    ("q.fft", "a.fft", 1),
]
NOT_FORCED = "non_maw_zeroshot/seed0"  # the file of a run has no row where no depth is forced
QRELS = pd.DataFrame(JUDGED, columns=["query_id", "doc_id", "relevance"])


@pytest.fixture
def diagnosed(suite: Path, tmp_path: Path, write: Write, call: Call) -> Diagnose:
    """Return a function (spec, path options) -> the two tables of the stage, policy first.

    of: the finished run whose rankings under each depth are read.
    """
    data = suite / "data/own"

    def run(
        spec: dict[str, Any], *, of: str = "maw_grpo/seed42", **options: Any
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        rankings = [suite / "runs/own" / of / "rankings_by_depth.parquet"] * len(spec["seeds"])
        texts = {name: data / f"{name}.parquet" for name in ("documents", "queries", "split")}
        inputs = {
            **texts,
            "qrels": write(tmp_path / "qrels.parquet", QRELS),
            "trunk": data / "trunk.safetensors",
            "rankings": rankings,
            **options,
        }
        outputs = {name: tmp_path / f"{name}.parquet" for name in ("policy", "by_depth")}
        shared = {"name": "routed", "primary": "nDCG@10", "documents": True}
        call(diagnose, {**shared, **spec}, **inputs, **outputs)
        policy, by_depth = (pd.read_parquet(path) for path in outputs.values())
        assert (list(policy), list(by_depth)) == (POLICY, BY_DEPTH)
        return policy, by_depth

    return run


def of_seed(policy: pd.DataFrame, seed: int, side: str) -> dict[str, float]:
    rows = policy[(policy["seed"] == seed) & (policy["side"] == side)]
    return dict(zip(rows["quantity"], rows["value"], strict=True))


def test_under_the_routers_own_depth_a_query_scores_what_its_run_scores(
    diagnosed: Diagnose, run_of: Callable[[str], Path]
) -> None:
    folder = run_of("maw_grpo")
    model = folder / "model.safetensors"
    spec = {"system": SYSTEMS["maw_grpo"], "seeds": [42, 43]}
    policy, by_depth = diagnosed(spec, models=[model, model])
    assert by_depth.groupby("seed").size().to_dict() == {42: 2 * 3, 43: 2 * 3}
    depths = pd.read_parquet(folder / "depths.parquet")
    chosen = depths.loc[depths["side"] == "query", ["query_id", "depth"]].merge(by_depth)
    ranking = pd.read_parquet(folder / "ranking.parquet")
    scores = score_run(ranking, QRELS, ["nDCG@10"], ["q.std", "q.sort"]).frame
    for _, of_run in chosen.groupby("seed"):
        values = of_run.set_index("query_id")["value"]
        assert values.to_dict() == pytest.approx(scores.set_index("query_id")["value"].to_dict())
    for side in ("query", "document"):
        quantities = of_seed(policy, 42, side)
        assert set(quantities) == {"effective_depths", "policy_entropy"}
        assert 1 <= quantities["effective_depths"] <= 3
    assert 0 < of_seed(policy, 42, "weights")["depth_cosine"] < 1
    assert of_seed(policy, 42, "weights") == of_seed(policy, 43, "weights")


def test_a_supervised_router_is_held_against_its_rule(
    diagnosed: Diagnose, run_of: Callable[[str], Path]
) -> None:
    folder = run_of("maw_supervised")
    spec = {"system": SYSTEMS["maw_supervised"], "seeds": [42]}
    policy, _ = diagnosed(spec, of="maw_supervised/seed42", models=[folder / "model.safetensors"])
    quantities = of_seed(policy, 42, "query")
    # by hand: q.std has two relevant documents, depth 1; q.sort has one, depth 2
    depths = pd.read_parquet(folder / "depths.parquet").set_index("query_id")["depth"]
    accuracy = np.mean([depths["q.std"] == 1, depths["q.sort"] == 2])
    assert quantities["rule_accuracy"] == accuracy
    assert quantities["rule_majority"] == 0.5
    assert quantities["rule_accuracy_minus_majority"] == accuracy - 0.5
    assert "rule_accuracy" not in of_seed(policy, 42, "document")


@pytest.mark.parametrize(("n_relevant", "target"), [(2, 2), (0, 0)])
def test_quantiles_are_those_of_the_training_queries(
    diagnosed: Diagnose, run_of: Callable[[str], Path], tmp_path: Path, write: Write,
    n_relevant: int, target: int,
) -> None:  # fmt: skip
    # by hand: the one training query has one relevant document; more is the last depth, fewer the
    # first
    judged = [("q.std", name, int(n < n_relevant)) for n, name in enumerate(("a.std", "a.mean"))]
    judged += [("q.sort", name, int(n < n_relevant)) for n, name in enumerate(("a.sort", "a.fft"))]
    qrels = pd.DataFrame([*judged, ("q.fft", "a.fft", 1)], columns=list(QRELS))
    folder = run_of("maw_supervised")
    objective = {"kind": "supervised", "rule": "quantiles"}
    spec = {"system": {**SYSTEMS["maw_supervised"], "objective": objective}, "seeds": [42]}
    path = write(tmp_path / "counted.parquet", qrels)
    models = [folder / "model.safetensors"]
    policy, _ = diagnosed(spec, of="maw_supervised/seed42", models=models, qrels=path)
    quantities = of_seed(policy, 42, "query")
    depths = pd.read_parquet(folder / "depths.parquet").set_index("query_id")["depth"]
    chosen = depths[["q.std", "q.sort"]]
    assert quantities["rule_accuracy"] == (chosen == target).mean()
    assert quantities["rule_majority"] == 1


def test_a_router_that_mixes_is_described_and_no_depth_is_forced(diagnosed: Diagnose) -> None:
    system = {**SYSTEMS["maw_grpo"], "router": {"kind": "uniform"}}
    del system["objective"]
    policy, by_depth = diagnosed({"system": system, "seeds": [0]}, of=NOT_FORCED)
    assert by_depth.empty
    expected = {"effective_depths": 3, "policy_entropy": np.log(3)}
    for side in ("query", "document"):
        assert of_seed(policy, 0, side) == pytest.approx(expected)


def test_documents_that_are_not_kept_encoded_are_left_out(
    diagnosed: Diagnose, run_of: Callable[[str], Path]
) -> None:
    spec = {"system": SYSTEMS["maw_grpo"], "seeds": [42], "documents": False}
    models = [run_of("maw_grpo") / "model.safetensors"]
    policy, by_depth = diagnosed(spec, of=NOT_FORCED, models=models)
    assert set(policy["side"]) == {"query", "weights"}
    assert by_depth.empty


def test_a_cross_encoder_is_described_by_its_test_pairs(
    diagnosed: Diagnose, tmp_path: Path, write: Write, random_top: Make, random_texts: Make
) -> None:
    pairs = [("q.std", "test"), ("q.std", "test"), ("q.fft", "train"), ("q.sort", "test")]
    table = pd.DataFrame(pairs, columns=["query_id", "split"])
    system = {**SYSTEMS["maw_supervised"], "kind": "cross_encoder"}
    config: Any = registry.parse("systems", system)
    trunk = Trunk(top=random_top(), pairs=random_texts([3, 5, 4, 6]))
    model = CrossEncoder(trunk.top, attention=config.attention, router=config.router)
    paths = [tmp_path / name for name in ("pairs.safetensors", "model.safetensors")]
    job = Job("train", {}, "c0", {path: PendingFile(path) for path in paths})
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    for path, content in zip(paths, (trunk.tensors(), tensors), strict=True):
        job.write_tensors(Output(path), content)
    policy, by_depth = diagnosed(
        {"system": system, "seeds": [42]},
        of=NOT_FORCED,
        trunk=paths[0],
        pairs=write(tmp_path / "pairs.parquet", table),
        models=[paths[1]],
    )
    assert by_depth.empty
    assert set(policy["side"]) == {"pair", "weights"}
    # by hand: two of three pairs are of the query with two relevant documents
    assert of_seed(policy, 42, "pair")["rule_majority"] == pytest.approx(2 / 3)


def test_a_split_without_test_queries_is_refused(
    diagnosed: Diagnose, tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.DataFrame({"query_id": ["q.std"], "split": ["train"]})
    split = write(tmp_path / "split.parquet", frame)
    with pytest.raises(SystemExit):
        diagnosed({"system": SYSTEMS["maw_grpo"], "seeds": [42]}, split=split)
    message = f"{split}: no query is in the test split; enlarge split.test"
    assert message in capsys.readouterr().err

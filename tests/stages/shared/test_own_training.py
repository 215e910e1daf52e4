"""A system that trains itself gets the training side alone, and is searched as all others are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs.files import read_json
from maw.jobs.job import Job
from maw.ranking.self_training import TrainedModel
from maw.settings.sections import Training
from maw.stages.make_run import make_run
from maw.stages.select import select
from maw.stages.shared.own_training import OwnData, record_of
from maw.stages.shared.training_files import TrainingFiles
from maw.stages.trial import trial

Call = Callable[..., None]
Write = Callable[..., Path]
PAIR = ["query_id", "doc_id"]
# t1 and t2 are trained on, v1 and v2 are development queries, s1 is a test query
TABLES: dict[str, pd.DataFrame] = {
    "documents": pd.DataFrame({"doc_id": [f"d{n}" for n in range(6)], "text": "x"}),
    "queries": pd.DataFrame({"query_id": ["s1", "t1", "t2", "t3", "v1", "v2"], "text": "y"}),
    "qrels": pd.DataFrame(
        [("t1", "d0", 2), ("t2", "d2", 1), ("v1", "d3", 1), ("v2", "d1", 1), ("s1", "d4", 1)],
        columns=[*PAIR, "relevance"],
    ),
    "split": pd.DataFrame(
        {
            "query_id": ["s1", "t1", "t2", "t3", "v1", "v2"],
            "split": ["test", *["train"] * 3, *["dev"] * 2],
        }
    ),
    "training": pd.DataFrame([("t1", "d0", 2), ("t2", "d2", 1)], columns=[*PAIR, "relevance"]),
    "negatives": pd.DataFrame([("t1", "d5", 1), ("t2", "d5", 1)], columns=[*PAIR, "rank"]),
    "forbidden": pd.DataFrame([("t1", "d0")], columns=PAIR),
    "development": pd.DataFrame({"doc_id": ["d1", "d3", "d4"]}),
}
# It ranks d3 first for v1 only at a learning rate of 0.001, and writes down what it was given.
KIND = '''"""A system that trains itself."""
from pydantic import BaseModel

NEURAL = False
TRAINS_ITSELF = True


class Config(BaseModel, extra="forbid", frozen=True):
    """No option."""

    has_learning_rate: bool = True


def train(config, inputs):
    """Keep the learning rate."""
    import torch

    from maw.ranking.self_training import TrainedModel

    with open("given.txt", "a") as file:
        tables = ("queries", "positives", "negatives", "forbidden")
        ids = sorted({i for name in tables for i in getattr(inputs, name)["query_id"]})
        print(inputs.seed, inputs.learning_rate, *ids, len(inputs.documents), file=file)
    rate = inputs.learning_rate or 0.0
    return TrainedModel({"rate": torch.tensor([rate])}, steps=inputs.training.steps, draws=["a"])


def rank(config, inputs):
    """Put d3 first, or last."""
    import pandas as pd

    from maw.ranking.inputs import Ranked

    with open("ranked.txt", "a") as file:
        print(*inputs.queries["query_id"], *inputs.documents["doc_id"], file=file)
    sign = 1.0 if abs(float(inputs.model["rate"]) - 1e-3) < 1e-6 else -1.0
    rows = [
        (query, doc, sign * (doc == "d3") - n / 100)
        for query in inputs.queries["query_id"]
        for n, doc in enumerate(sorted(inputs.documents["doc_id"]))
    ]
    frame = pd.DataFrame(rows, columns=["query_id", "doc_id", "score"])
    return Ranked(frame.sort_values("score", ascending=False, ignore_index=True))
'''


@pytest.fixture
def files(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> TrainingFiles:
    """Return the files of TABLES; the kind lies in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(KIND)
    paths: dict[str, Any] = {
        name: write(tmp_path / "data" / f"{name}.parquet", frame, name)
        for name, frame in TABLES.items()
    }
    return TrainingFiles(**paths)


@pytest.fixture
def spec() -> dict[str, Any]:
    """Return the specification of a training and of its search."""
    return {
        "name": "own",
        "system": {"kind": "own.py"},
        "seed": 42,
        "primary": "nDCG@10",
        "measures": ["nDCG@10"],
        "training": {"steps": 3},
        "selection": {"learning_rates": [1e-4, 1e-3, 1e-2], "max_extensions": 0},
    }


def test_a_learning_rate_is_searched_on_the_development_queries_alone(
    files: TrainingFiles, spec: dict[str, Any], call: Call, tmp_path: Path
) -> None:
    call(trial, spec, **vars(files), trials=tmp_path / "trials.json")
    content = read_json(tmp_path / "trials.json")
    assert content["query_ids"] == ["v1", "v2"]
    scores = {entry["learning_rate"]: entry["of_queries"] for entry in content["trials"]}
    # of d1, d3, d4: at 0.001 the order is d3, d1, d4, else d1, d4, d3; the discounts 1, .6309, .5
    assert scores[1e-3] == pytest.approx([1, 0.6309], abs=5e-5)
    assert scores[1e-4] == scores[1e-2] == pytest.approx([0.5, 1], abs=5e-5)
    # no held-out query in the training side; t3 has no positive and is not trained on
    given = Path("given.txt").read_text().splitlines()
    assert given == [f"41 {rate} t1 t2 6" for rate in (0.0001, 0.001, 0.01)]
    assert set(Path("ranked.txt").read_text().splitlines()) == {"v1 v2 d1 d3 d4"}


def test_one_job_trains_with_the_selected_rate_ranks_the_test_queries_and_scores(
    files: TrainingFiles, spec: dict[str, Any], call: Call, write: Write, tmp_path: Path
) -> None:
    chosen = {"learning_rate": 1e-3, "options": {}, "searched": True}
    selection = write(tmp_path / "selection.json", chosen)
    folder = tmp_path / "own/seed42"
    names = {
        **{"run": "run.json", "model": "model.safetensors", "versions": "versions.json"},
        **{"training_cost": "training/cost.json", "ranking": "ranking.parquet"},
        **{"cost": "cost.json", "depths": "depths.parquet", "scores": "scores.parquet"},
        "by_depth": "rankings_by_depth.parquet",
    }
    stages = {stage: {"spec": spec, "code": "c0"} for stage in ("train", "rank", "evaluate")}
    outputs = {name: folder / path for name, path in names.items()}
    call(make_run, {"stages": stages}, **vars(files), selection=selection, **outputs)
    record = read_json(folder / "run.json")
    del record["stamp"]
    assert record == {
        "system": "own",
        "seed": 42,
        **chosen,
        "trained": True,
        "steps": 3,
        "draws": ["a"],
        "curve": [{"step": 3, "dev": pytest.approx((1 + 0.6309) / 2, abs=5e-5)}],
        "device": "cpu",
    }
    assert read_json(folder / "training/cost.json").keys() == {"stamp"}
    ranked = pd.read_parquet(folder / "ranking.parquet")
    assert ranked["doc_id"].tolist() == ["d3", "d0", "d1", "d2", "d4", "d5"]
    scores = pd.read_parquet(folder / "scores.parquet")
    assert set(scores["query_id"]) == {"s1"}
    assert Path("given.txt").read_text() == "42 0.001 t1 t2 6\n"


def test_a_system_without_a_learning_rate_selects_nothing(
    files: TrainingFiles, spec: dict[str, Any], call: Call, tmp_path: Path
) -> None:
    del spec["selection"]
    call(select, spec, **vars(files), selection=tmp_path / "selection.json")
    content = read_json(tmp_path / "selection.json")
    assert (content["learning_rate"], content["searched"], content["trials"]) == (None, False, [])
    assert not Path("given.txt").exists()
    stamp = json.loads((tmp_path / "selection.json").read_text())["stamp"]
    assert len(stamp["reads"]) == len(TABLES)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("training", r"training\.parquet: no training pair is left; enlarge split\.train"),
        ("qrels", r"split\.parquet: no dev query has a relevant document; enlarge split\.dev"),
    ],
)
def test_a_split_that_cannot_train_is_one_line(
    files: TrainingFiles, spec: dict[str, Any], write: Write, name: str, message: str
) -> None:
    write(getattr(files, name), TABLES[name][:0])
    with pytest.raises(InputError, match=message):
        OwnData(Job("train", spec, "c0"), files)


def test_what_is_not_known_of_a_training_is_left_out() -> None:
    record = record_of(TrainedModel({}), 0.5)
    assert record == {"trained": True, "curve": [], "dev": 0.5}
    curve = [{"step": 2, "loss": 0.75}, {"step": 4, "loss": 0.25}]
    known = TrainedModel({}, steps=4, curve=curve, parameters=7, deterministic=True)
    record = record_of(known, 0.5)
    assert record["curve"] == [curve[0], {"step": 4, "loss": 0.25, "dev": 0.5}]
    assert record["trained_parameters"] == record["inference_parameters"] == 7
    assert record["deterministic"] is True


def test_the_inputs_say_the_recipe(files: TrainingFiles, spec: dict[str, Any]) -> None:
    data = OwnData(Job("train", spec, "c0"), files)
    inputs = data.inputs(Training(steps=9), learning_rate=None, seed=3, on="cpu")
    assert (inputs.name, inputs.training.steps, inputs.learning_rate) == ("own", 9, None)
    assert inputs.negatives["rank"].tolist() == [1, 1]

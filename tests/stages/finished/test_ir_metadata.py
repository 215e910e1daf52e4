"""The sidecar of a run states what the results recorded, in the parts of ir_metadata 0.2."""

from typing import Any

import pytest

from maw.settings.plan import Analysis
from maw.stages.finished.ir_metadata import ir_metadata

RECORD: dict[str, Any] = {
    "system": "new",
    "seed": 43,
    "trained": True,
    "device": "cuda",
    "versions": {"torch": "2.0", "numpy": "1.26", "processor": "x86"},
    "train_cpu_seconds": 1.5,
    "train_peak_bytes": 2048,
}
COST = {"rank_cpu_seconds": 0.25, "stamp": {"code": "c0", "spec": {"system": {"kind": "bm25"}}}}
DATASET = {
    "name": "toy",
    "source": "six texts",
    "licence": "",
    "sha256": "ab",
    "counts": {"train": 7, "test_judged": 22},
}
PLAN = Analysis.model_validate(
    {
        "sesoi": 0.05,
        "contrasts": [
            {"system": "new", "baseline": "old"},
            {"system": "old", "baseline": "bm25", "role": "reference"},
        ],
    }
)


def sidecar(record: dict[str, Any], cost: dict[str, Any] = COST) -> dict[str, Any]:
    return ir_metadata(
        record=record,
        cost=cost,
        dataset=DATASET,
        plan=PLAN,
        measures=["nDCG@10"],
        command="snakemake --cores all",
    )


def test_every_part_of_the_format_is_there() -> None:
    parts = ("platform", "implementation", "resources", "research goal", "method", "actor", "data")
    assert list(sidecar(RECORD)) == ["schema version", *parts]
    assert sidecar(RECORD)["schema version"] == "0.2"


def test_a_trained_run_states_machine_costs_and_training_data() -> None:
    content = sidecar(RECORD)
    assert content["platform"]["hardware"] == {"cpu": {"model": "x86"}, "device": "cuda"}
    libraries = content["platform"]["software"]["libraries"]
    assert libraries == {"python": ["numpy==1.26", "torch==2.0"]}
    assert content["resources"] == {
        "runtime": {"user": "1750 ms", "user training": "1500 ms", "user ranking": "250 ms"},
        "ram": {"used process": "2 KB"},
    }
    assert content["implementation"]["executable"] == {"cmd": "snakemake --cores all"}
    assert content["data"]["training data"] == [
        {"name": "toy", "topics": "7 queries of the train split"}
    ]
    assert content["data"]["test collection"] == {
        "name": "toy",
        "source": "six texts",
        "sha256": "ab",
        "qrels": "qrels.txt",
        "topics": "the 22 judged queries of the test split",
    }


def test_the_baselines_are_those_of_the_runs_own_contrasts() -> None:
    for system, baselines in (("new", ["old"]), ("old", ["bm25"]), ("bm25", [])):
        evaluation = sidecar(RECORD | {"system": system})["research goal"]["evaluation"]
        assert evaluation["baseline"] == baselines
        assert evaluation["plan"] == PLAN.digest()


@pytest.mark.parametrize("key", ["training data"])
def test_an_untrained_run_has_no_training(key: str) -> None:
    content = sidecar({"system": "bm25", "seed": 0, "trained": False})
    assert key not in content["data"]
    assert content["resources"] == {"runtime": {"user": "250 ms", "user ranking": "250 ms"}}
    assert content["platform"]["hardware"] == {}
    assert "libraries" not in content["platform"]["software"]


def test_a_run_made_elsewhere_states_its_file_and_no_cost_or_training() -> None:
    given = {"made": "elsewhere", "file_sha256": "cd" * 32}
    record = {"system": "mine", "seed": 42, "trained": False, **given}
    content = sidecar(record, {"stamp": COST["stamp"]})
    assert content["resources"] == {}
    assert content["method"]["made"] == "elsewhere"
    assert content["method"]["sha256"] == "cd" * 32
    assert "trained" not in content["method"]

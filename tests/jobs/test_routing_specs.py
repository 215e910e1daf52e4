"""`routing` and `look` know the routed systems, the stamps of their files, and their controls."""

from typing import Any

import pytest

from maw.jobs import expected_stamps
from maw.jobs.expected_stamps import expected_digest
from maw.jobs.job_key import JobKey, Spec
from maw.jobs.routing_specs import LOOKED_AT, look, routing
from tests.smoke_suite import TINY, smoke_content, smoke_suite


@pytest.fixture(autouse=True)
def _code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code hash of a stage is its name, so that digests depend on the configuration alone."""
    monkeypatch.setattr(expected_stamps, "code_of", lambda stage, spec: stage)


def named(runs: list[Spec]) -> list[tuple[Any, ...]]:
    return [(run["dataset"], run["system"], run["seed"]) for run in runs]


def test_each_routed_system_stands_beside_the_baseline_of_its_first_deciding_contrast() -> None:
    suite = smoke_suite()
    spec = routing(suite)
    assert spec["primary"] == "nDCG@10"
    assert [entry["system"] for entry in spec["systems"]] == ["maw_supervised", "maw_grpo"]
    entry = spec["systems"][1]
    job = JobKey(dataset="tiny", system="maw_grpo")
    assert entry["stamp"] == expected_digest("diagnose", suite, job=job)
    assert (entry["mixes"], entry["documents"]) == (False, True)
    assert named(entry["runs"]) == [("tiny", "maw_grpo", 42), ("tiny", "maw_grpo", 43)]
    assert named(entry["control"]) == [("tiny", "non_maw", 42), ("tiny", "non_maw", 43)]
    run = JobKey(dataset="tiny", system="maw_grpo", seed=43)
    assert entry["runs"][1]["stamps"] == {"rank": expected_digest("rank", suite, job=run)}
    control = JobKey(dataset="tiny", system="non_maw", seed=42)
    expected = {"evaluate": expected_digest("evaluate", suite, job=control)}
    assert entry["control"][0]["stamps"] == expected


def test_an_untrained_baseline_and_a_reference_are_no_control() -> None:
    analysis = smoke_content()["analysis"]
    contrasts = [
        {"system": "maw_supervised", "baseline": "bm25", "role": "confirmatory"},
        {"system": "maw_grpo", "baseline": "non_maw", "role": "reference"},
    ]
    suite = smoke_suite(analysis={**analysis, "contrasts": contrasts})
    assert [entry["control"] for entry in routing(suite)["systems"]] == [[], []]


def test_routers_that_mix_and_documents_that_stream_by_are_told() -> None:
    content = smoke_content()
    uniform = {**content["systems"]["maw_grpo"], "router": {"kind": "uniform"}}
    uniform["objective"] = {"kind": "ranking"}
    suite = smoke_suite(
        systems={**content["systems"], "uniform": uniform},
        datasets={"tiny": {**TINY, "retrieve": "corpus"}},
    )
    entries = {entry["system"]: entry for entry in routing(suite)["systems"]}
    assert {name: entry["mixes"] for name, entry in entries.items()} == {
        "maw_supervised": False, "maw_grpo": False, "uniform": True
    }  # fmt: skip
    assert not any(entry["documents"] for entry in entries.values())


def test_a_fold_keeps_its_own_name() -> None:
    folds = {**TINY, "split": {"kind": "kfold", "folds": 3}}
    entries = routing(smoke_suite(datasets={"all": folds}))["systems"]
    assert {entry["dataset"] for entry in entries} == {"all.fold1", "all.fold2", "all.fold3"}


def test_single_decisions_are_those_of_the_first_seed_of_each_routed_system() -> None:
    suite = smoke_suite()
    supervised, grpo = look(suite)["systems"]
    assert (supervised["name"], grpo["name"]) == ("maw_supervised", "maw_grpo")
    assert named([supervised["run"], grpo["run"]]) == [
        ("tiny", "maw_supervised", 42), ("tiny", "maw_grpo", 42),
    ]  # fmt: skip
    run = JobKey(dataset="tiny", system="maw_grpo", seed=42)
    assert grpo["run"]["stamps"] == {
        "run": expected_digest("train", suite, job=run),
        "rank": expected_digest("rank", suite, job=run),
    }
    assert grpo["n_queries"] == LOOKED_AT
    assert (grpo["trained"], grpo["pairwise"], grpo["relevant_from"]) == (True, False, 1)


def test_single_decisions_of_a_dataset_in_folds_are_those_of_its_first_fold() -> None:
    folds = {**TINY, "split": {"kind": "kfold", "folds": 3}}
    entries = look(smoke_suite(datasets={"all": folds}))["systems"]
    assert {entry["run"]["dataset"] for entry in entries} == {"all.fold1"}

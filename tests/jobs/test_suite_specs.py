"""Stages of a whole suite read the plan, and the digests of every run's files."""

from typing import Any

import pytest

from maw.jobs import suite_specs
from maw.jobs.expected_stamps import expected_digest, run_stamps
from maw.jobs.job_key import JobKey
from maw.jobs.run_specs import specification
from tests.smoke_suite import TINY, smoke_suite

FOLDS = {**TINY, "split": {"kind": "kfold", "folds": 3}}
CELLS = {"seeds": [42], "systems": ["maw_grpo"], "baseline": "non_maw"}


def test_collect_knows_every_run_and_the_stamps_of_its_files() -> None:
    suite = smoke_suite()
    runs = suite_specs.collect(suite)["runs"]
    assert [(run["system"], run["seed"]) for run in runs] == [
        ("bm25", 0),
        ("non_maw_zeroshot", 0),
        ("non_maw", 42),
        ("non_maw", 43),
        ("maw_supervised", 42),
        ("maw_supervised", 43),
        ("maw_grpo", 42),
        ("maw_grpo", 43),
    ]
    last = JobKey(dataset="tiny", system="maw_grpo", seed=43)
    assert runs[-1]["stamps"] == run_stamps(suite, last)
    assert not {"trained_on", "reported"} & set(runs[-1])


def test_folds_are_reported_under_their_dataset() -> None:
    runs = suite_specs.collect(smoke_suite(datasets={"all": FOLDS, "one": TINY}))["runs"]
    assert {run["dataset"]: run.get("reported") for run in runs} == {
        "all.fold1": "all", "all.fold2": "all", "all.fold3": "all", "one": None
    }  # fmt: skip


def test_moved_knows_the_rankings_of_all_systems_and_controls_of_claims() -> None:
    suite = smoke_suite(datasets={"all": FOLDS})
    spec = suite_specs.moved(suite)
    assert spec["analysis"]["primary"] == suite.analysis.primary
    runs = spec["runs"]
    assert {run["system"] for run in runs} == {"maw_supervised", "maw_grpo", "non_maw"}
    assert {run["reported"] for run in runs} == {"all"}
    assert len(runs) == 3 * 3 * len(suite.seeds)
    job = JobKey(dataset="all.fold1", system="maw_supervised", seed=42)
    assert runs[0]["stamps"] == {"rank": expected_digest("rank", suite, job=job)}


def test_only_trained_systems_are_transferred() -> None:
    moved = {**TINY, "split": {"kind": "transfer", "source": "a"}}
    runs = suite_specs.collect(smoke_suite(datasets={"a": TINY, "b": moved}))["runs"]
    assert {(run["dataset"], run["system"]): run.get("trained_on") for run in runs} == {
        (dataset, system): "a" if dataset == "b" and system not in untrained else None
        for untrained in (("bm25", "non_maw_zeroshot"),)
        for dataset in ("a", "b")
        for system in (*untrained, "non_maw", "maw_supervised", "maw_grpo")
    }


def test_collect_knows_the_stamps_of_the_frozen_layers_times() -> None:
    suite = smoke_suite(datasets={"one": TINY, "all": FOLDS})
    frozen = suite_specs.collect(suite)["frozen"]
    assert [entry["dataset"] for entry in frozen] == ["one", "all"]  # the configuration's order
    job = JobKey(dataset="one")
    assert frozen[0]["stamp"] == expected_digest("time_frozen", suite, job=job)
    lexical = {name: {"kind": "bm25"} for name in ("bm25", "other")}
    analysis = {"contrasts": [{"system": "bm25", "baseline": "other"}]}
    assert suite_specs.collect(smoke_suite(systems=lexical, analysis=analysis))["frozen"] == []


def test_collect_knows_the_contrasts_of_two_trained_systems() -> None:
    contrasts = [
        {"system": "maw_grpo", "baseline": "non_maw"},
        {"system": "maw_supervised", "baseline": "non_maw", "seeds": "independent"},
        {"system": "non_maw", "baseline": "bm25", "role": "reference"},
    ]
    spec = suite_specs.collect(smoke_suite(analysis={"contrasts": contrasts}))
    assert spec["contrasts"] == [
        {"system": "maw_grpo", "baseline": "non_maw", "seeds": "shared"},
        {"system": "maw_supervised", "baseline": "non_maw", "seeds": "independent"},
    ]


def test_datasets_that_differ_in_the_salt_alone_are_splits_of_one_collection() -> None:
    salts = {name: {**TINY, "split": {"salt": name}} for name in "abc"}
    other = {**TINY, "split": {"salt": "d", "train": 0.5, "dev": 0.2}}
    suite = smoke_suite(datasets={**salts, "d": other, "e": FOLDS})
    resplits = [{"collection": "a", "datasets": ["a", "b", "c"], "n_train": 0.6, "n_test": 0.3}]
    assert suite_specs.resplits(suite) == resplits
    assert suite_specs.compare(suite)["resplits"] == resplits
    assert suite_specs.calibrate(suite)["repeats"] == ["b", "c"]
    assert suite_specs.resplits(smoke_suite(datasets={"a": TINY, "d": other})) == []


def test_splits_without_training_share_no_models() -> None:
    untrained = {name: {**TINY, "split": {"salt": name, "train": 0, "test": 0.9}} for name in "ab"}
    assert suite_specs.resplits(smoke_suite(datasets=untrained)) == []


CHANGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "scope": ({"scope": "Something else."}, {"figures", "tables", "report"}),
    "tolerance": ({"tolerance": 0.5}, {"check"}),
    "draws": ({"calibration": {"draws": 7}}, {"calibrate"}),
    "device": ({"device": "cuda"}, set()),
    "measures": (
        {"measures": ["nDCG@10"]},
        {"collect", "compare", "figures", "tables", "report"},
    ),
}


@pytest.mark.parametrize(("change", "stages"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_part_of_the_stages_that_show_it(
    change: dict[str, Any], stages: set[str]
) -> None:
    before, after = smoke_suite(), smoke_suite(**change)
    names = set(suite_specs.SUITE_SPECIFICATIONS) - {"cells"}
    changed = {
        name
        for name in names
        if suite_specs.specification(name, before) != suite_specs.specification(name, after)
    }
    assert changed == stages


def test_the_plans_digest_is_recorded_and_shown() -> None:
    suite = smoke_suite()
    digest = suite.analysis.digest()
    assert suite_specs.specification("record", suite) == {
        "plan": digest,
        "seeds": list(suite.seeds),
        "looks": [],
    }
    assert suite_specs.specification("report", suite)["plan_digest"] == digest


def test_stages_of_single_jobs_are_known_too() -> None:
    suite, job = smoke_suite(), JobKey(dataset="tiny", system="maw_grpo", seed=42)
    assert suite_specs.specification("train", suite, job=job) == specification(
        "train", suite, job=job
    )
    with pytest.raises(KeyError, match="nothing"):
        suite_specs.specification("nothing", suite)

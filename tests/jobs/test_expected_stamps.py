"""The digest of a file follows from configuration and code, and from all files it was made from."""

from dataclasses import replace
from typing import Any

import pytest

from maw.jobs import expected_stamps, provenance, run_specs
from maw.jobs.expected_stamps import expected_digest, model_job, run_stamps
from maw.jobs.job_key import JobKey
from maw.settings.suite import Suite
from tests.smoke_suite import TINY, smoke_content, smoke_suite

RUN = JobKey(dataset="tiny", system="maw_grpo", seed=42)


@pytest.fixture(autouse=True)
def _code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code hash of a stage is its name, so that digests depend on the configuration alone."""
    monkeypatch.setattr(expected_stamps, "code_of", lambda stage, spec: stage)


def digest_by_hand(suite: Suite, stage: str, job: JobKey, *reads: str) -> str:
    """The digest of a job that reads files with these digests."""
    spec = run_specs.specification(stage, suite, job=job)
    digest: str = provenance.stamp(stage, spec=spec, code=stage, reads=reads)["digest"]
    return digest


def test_a_run_is_stamped_with_all_that_it_was_made_from() -> None:
    suite = smoke_suite()
    prepared = digest_by_hand(suite, "prepare", RUN)
    encoded = digest_by_hand(suite, "encode", RUN, prepared)
    tried = digest_by_hand(suite, "trial", RUN, prepared, encoded)
    selected = digest_by_hand(suite, "select", RUN, prepared, encoded, tried)
    trained = digest_by_hand(suite, "train", RUN, prepared, encoded, selected)
    ranked = digest_by_hand(suite, "rank", RUN, prepared, encoded, trained)
    evaluated = digest_by_hand(suite, "evaluate", RUN, prepared, ranked)
    assert run_stamps(suite, RUN) == {"run": trained, "rank": ranked, "evaluate": evaluated}


def test_without_a_search_nothing_but_the_data_is_selected_from() -> None:
    suite = smoke_suite(selection={"learning_rates": [3e-4]})
    prepared = digest_by_hand(suite, "prepare", RUN)
    encoded = digest_by_hand(suite, "encode", RUN, prepared)
    selected = digest_by_hand(suite, "select", RUN, prepared, encoded)
    assert expected_digest("select", suite, job=RUN) == selected


def test_bm25_is_described_and_reads_no_hidden_states() -> None:
    suite, run = smoke_suite(), JobKey(dataset="tiny", system="bm25")
    prepared, described = (digest_by_hand(suite, stage, run) for stage in ("prepare", "describe"))
    ranked = digest_by_hand(suite, "rank", run, prepared, described)
    assert run_stamps(suite, run)["run"] == described
    assert run_stamps(suite, run)["rank"] == ranked


def test_a_cross_encoder_reads_pairs_and_not_the_trunk() -> None:
    cross = {"kind": "cross_encoder", "objective": {"kind": "ranking"}}
    suite = smoke_suite(systems={**smoke_content()["systems"], "cross": cross})
    job = JobKey(dataset="tiny", system="cross")
    prepared = digest_by_hand(suite, "prepare", job)
    paired = digest_by_hand(suite, "pair", job, prepared)
    tried = digest_by_hand(suite, "trial", job, prepared, paired)
    assert expected_digest("trial", suite, job=job) == tried


def test_a_system_that_matches_compute_reads_the_prices() -> None:
    content = smoke_content()
    matching = {**content["systems"]["non_maw"], "compute_of": ["maw_grpo"]}
    suite = smoke_suite(systems={**content["systems"], "matching": matching})
    job = JobKey(dataset="tiny", system="matching")
    prepared = digest_by_hand(suite, "prepare", job)
    encoded = digest_by_hand(suite, "encode", job, prepared)
    prices = [
        digest_by_hand(suite, "price", replace(job, system=system), prepared, encoded)
        for system in ("matching", "maw_grpo")
    ]
    tried = digest_by_hand(suite, "trial", job, prepared, encoded, *prices)
    assert expected_digest("trial", suite, job=job) == tried


def test_no_folds_model_passes_for_anothers() -> None:
    folds = {**TINY, "split": {"kind": "kfold", "folds": 3}}
    suite = smoke_suite(datasets={"all": folds, "one": TINY})
    stamps = {
        run_stamps(suite, JobKey(dataset=unit, system="non_maw", seed=seed))["run"]
        for unit in suite.units
        for seed in suite.seeds
    }
    assert len(stamps) == 4 * 2


def test_transferred_models_carry_the_stamps_of_the_source() -> None:
    moved = {**TINY, "split": {"kind": "transfer", "source": "a"}}
    suite = smoke_suite(datasets={"a": TINY, "b": moved})
    a, b = (JobKey(dataset=name, system="non_maw", seed=42) for name in ("a", "b"))
    assert model_job(suite, b) == ("train", a)
    assert run_stamps(suite, b)["run"] == run_stamps(suite, a)["run"]
    assert run_stamps(suite, b)["rank"] != run_stamps(suite, a)["rank"]
    # which queries are trained on is part of what b is made from
    resalted = smoke_suite(datasets={"a": {**TINY, "split": {"salt": "other"}}, "b": moved})
    assert expected_digest("prepare", resalted, job=b) != expected_digest("prepare", suite, job=b)


def test_an_oracle_reads_the_model_of_the_next_seed() -> None:
    oracle: dict[str, Any] = {
        "kind": "bi_encoder",
        "attention": {"kind": "maw"},
        "router": {"kind": "oracle"},
        "objective": {"kind": "ranking"},
    }
    suite = smoke_suite(systems={**smoke_content()["systems"], "oracle": oracle})
    runs = [JobKey(dataset="tiny", system="oracle", seed=seed) for seed in (42, 43)]
    models = [expected_digest("train", suite, job=run) for run in runs]
    prepared = expected_digest("prepare", suite, job=runs[0])
    encoded = expected_digest("encode", suite, job=runs[0])
    assert expected_digest("rank", suite, job=runs[0]) == digest_by_hand(
        suite, "rank", runs[0], prepared, encoded, *models
    )


def test_the_diagnosis_of_a_router_reads_models_and_depths_of_all_seeds() -> None:
    suite, job = smoke_suite(), JobKey(dataset="tiny", system="maw_grpo")
    prepared, encoded = (expected_digest(stage, suite, job=job) for stage in ("prepare", "encode"))
    runs = [replace(job, seed=seed) for seed in (42, 43)]
    of_runs = [expected_digest(name, suite, job=run) for name in ("train", "rank") for run in runs]
    assert expected_digest("diagnose", suite, job=job) == digest_by_hand(
        suite, "diagnose", job, prepared, encoded, *of_runs
    )


def test_a_streamed_run_reads_the_ranking_of_all_bi_encoders() -> None:
    suite = smoke_suite(datasets={"tiny": {**TINY, "retrieve": "corpus"}})
    prepared = expected_digest("prepare", suite, job=RUN)
    models = []
    for system, seed in suite.streamed("tiny"):
        stage, key = model_job(suite, JobKey(dataset="tiny", system=system, seed=seed))
        models.append(expected_digest(stage, suite, job=key))
    encoded = digest_by_hand(suite, "encode", RUN, prepared)
    streamed = digest_by_hand(suite, "stream", RUN, prepared, encoded, *models)
    assert expected_digest("stream", suite, job=RUN) == streamed
    assert run_stamps(suite, RUN)["rank"] == digest_by_hand(suite, "rank", RUN, prepared, streamed)


def test_a_specification_of_ones_own_replaces_the_usual_one() -> None:
    suite = smoke_suite()
    usual = expected_digest("trial", suite, job=RUN)
    spec = run_specs.specification("trial", suite, job=RUN)
    assert expected_digest("trial", suite, job=RUN, spec=spec) == usual
    assert expected_digest("trial", suite, job=RUN, spec={**spec, "name": "other"}) != usual


def test_a_cross_fit_search_reads_the_halves_and_so_does_a_partial_trunk() -> None:
    selection = {"cross_fit": 2}
    suite = smoke_suite(selection=selection)
    prepared = digest_by_hand(suite, "prepare", RUN)
    halved = digest_by_hand(suite, "halve", RUN, prepared)
    encoded = digest_by_hand(suite, "encode", RUN, prepared)
    tried = digest_by_hand(suite, "trial", RUN, prepared, encoded, halved)
    selected = digest_by_hand(suite, "select", RUN, prepared, encoded, halved, tried)
    assert expected_digest("select", suite, job=RUN) == selected
    trained = digest_by_hand(suite, "train", RUN, prepared, encoded, selected)
    assert expected_digest("train", suite, job=RUN) == trained
    partial = smoke_suite(selection=selection, datasets={"tiny": {**TINY, "retrieve": "corpus"}})
    prepared = digest_by_hand(partial, "prepare", RUN)
    halved = digest_by_hand(partial, "halve", RUN, prepared)
    encoded = digest_by_hand(partial, "encode", RUN, prepared, halved)
    assert expected_digest("encode", partial, job=RUN) == encoded

"""The controls of a study name the runs that they need, and the digests these must carry."""

from typing import Any

import pytest

from maw.jobs import control_specs, encoding_specs, expected_stamps, run_specs
from maw.jobs.control_specs import planted_system, runs_with_budget, systems_of_claims
from maw.jobs.expected_stamps import expected_digest, run_stamps
from maw.jobs.job_key import BUDGET, NEGATIVE, JobKey, Spec
from maw.settings.suite import Suite
from tests.smoke_suite import TINY, smoke_content, smoke_suite

FURTHER = [142, 143, 144]
CONTROLS = {"negative": {"system": "non_maw", "seeds": FURTHER}, "budget": {"factor": 2}}


@pytest.fixture(autouse=True)
def _code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code hash of a stage is its name, so that digests depend on the configuration alone."""
    monkeypatch.setattr(expected_stamps, "code_of", lambda stage, spec: stage)


def suite_with(controls: dict[str, Any] = CONTROLS, **changes: Any) -> Suite:
    analysis = smoke_content()["analysis"]
    return smoke_suite(analysis={**analysis, "controls": controls}, **changes)


def named(runs: list[Spec]) -> list[tuple[Any, ...]]:
    return [(run["dataset"], run["system"], run["seed"]) for run in runs]


def test_a_loss_is_planted_into_the_first_control_and_the_negative_trains_on_its_own_seeds() -> (
    None
):
    spec = control_specs.study_controls(suite_with())
    assert named(spec["planted"]) == [("tiny", "non_maw", 42), ("tiny", "non_maw", 43)]
    assert named(spec["negative"]) == [("tiny", "non_maw", seed) for seed in FURTHER]
    assert spec["n_seeds"] == 2
    assert spec["trained"]["non_maw"]
    assert not spec["trained"]["bm25"]
    judged = {(run["system"], run["relevant_from"]) for run in spec["judged"]}
    assert judged == {("maw_supervised", 1), ("non_maw", 1), ("maw_grpo", 1)}


def test_a_plan_may_want_no_controls() -> None:
    spec = control_specs.study_controls(suite_with({"planted": False}))
    assert spec["planted"] == spec["negative"] == spec["repeated"] == []


@pytest.mark.parametrize(
    ("change", "system"),
    [
        ({}, "non_maw"),
        ({"sesoi": None}, None),
        ({"contrasts": []}, None),
        (
            {"contrasts": [{"system": "maw_grpo", "baseline": "bm25", "role": "reference"}]},
            "bm25",
        ),
    ],
)
def test_without_claims_the_first_baseline_is_planted_and_without_sesoi_none(
    change: dict[str, Any], system: str | None
) -> None:
    analysis = {**smoke_content()["analysis"], "controls": {}, **change}
    assert planted_system(smoke_suite(analysis=analysis).analysis) == system


def test_every_trained_system_of_a_claim_may_need_the_budget() -> None:
    suite = suite_with()
    assert systems_of_claims(suite) == ["maw_supervised", "non_maw", "maw_grpo"]
    assert len(control_specs.budget(suite)["runs"]) == 3 * 2


def test_the_pairs_that_decided_name_the_runs_once_on_each_fold() -> None:
    folds = {**TINY, "split": {"kind": "kfold", "folds": 2}}
    suite = suite_with(datasets={"a": folds, "b": TINY})
    pairs = [
        {"dataset": "a", "system": "maw_grpo", "decided_by": "non_maw"},
        {"dataset": "a", "system": "maw_supervised", "decided_by": "non_maw"},
        {"dataset": "b", "system": "maw_grpo", "decided_by": "bm25"},
    ]
    runs = named(runs_with_budget(suite, pairs))
    of_a = {(f"a.fold{n}", system) for n in (1, 2) for system in ("maw_grpo", "non_maw")}
    of_a |= {(f"a.fold{n}", "maw_supervised") for n in (1, 2)}
    assert {(unit, system) for unit, system, _ in runs} == of_a | {("b", "maw_grpo")}
    assert len(runs) == len(set(runs)) == 2 * 7


def test_a_longer_training_has_the_factor_and_the_search_of_the_reported_one() -> None:
    suite = suite_with()
    job = JobKey(dataset="tiny", system="non_maw", seed=42)
    longer = JobKey(dataset="tiny", system="non_maw", seed=42, control=BUDGET)
    spec = run_specs.train(suite, job)
    assert run_specs.train(suite, longer) == {**spec, "factor": 2}
    for stage in ("prepare", "encode", "select"):
        digests = {expected_digest(stage, suite, job=key) for key in (job, longer)}
        assert len(digests) == 1
    # from the training on, every digest is another one
    assert not set(run_stamps(suite, job).values()) & set(run_stamps(suite, longer).values())


def test_a_training_on_a_further_seed_is_specified_as_a_reported_one() -> None:
    suite = suite_with()
    keys = [
        JobKey(dataset="tiny", system="non_maw", seed=142, control=control)
        for control in ("", NEGATIVE)
    ]
    first, second = (run_specs.train(suite, key) for key in keys)
    assert first == second
    assert run_stamps(suite, keys[0]) == run_stamps(suite, keys[1])


def test_a_control_streams_the_runs_of_one_system() -> None:
    suite = suite_with(datasets={"tiny": {**TINY, "retrieve": "corpus"}})
    further = JobKey(dataset="tiny", system="non_maw", control=NEGATIVE)
    longer = JobKey(dataset="tiny", system="maw_grpo", control=BUDGET)
    assert encoding_specs.streamed(suite, further) == [("non_maw", seed) for seed in FURTHER]
    assert encoding_specs.streamed(suite, longer) == [("maw_grpo", 42), ("maw_grpo", 43)]
    assert encoding_specs.streamed(suite, JobKey(dataset="tiny")) == suite.streamed("tiny")
    spec = encoding_specs.stream(suite, further)
    assert [(run["name"], run["seed"]) for run in spec["runs"]] == [
        ("non_maw", seed) for seed in FURTHER
    ]
    # the ranking of a streamed control reads the stream of the control
    rank = expected_digest("rank", suite, job=JobKey(**{**vars(further), "seed": 142}))
    assert rank != expected_digest("rank", suite, job=JobKey(dataset="tiny", system="non_maw"))

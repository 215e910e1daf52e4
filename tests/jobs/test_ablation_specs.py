"""Prices and sweeps belong to what is trained, and are shown with all that its models rank."""

from typing import Any

import pytest

from maw.jobs import ablation_specs, suite_specs
from maw.jobs.expected_stamps import expected_digest
from maw.jobs.job_key import JobKey
from maw.settings.packaged import packaged
from tests.smoke_suite import TINY, smoke_suite

FACTORS = {"a": {"settings": {"1": "non_maw", "3": "maw_grpo", "none": "bm25"}}}
FOLDS = {"all": {**TINY, "split": {"kind": "kfold", "folds": 3}}}
MOVED = {"moved": {**TINY, "split": {"kind": "transfer", "source": "one"}}}
SWEEP = {"system": "maw_grpo", "option": "attention.strength", "values": [0.5, 1]}


def test_prices_are_of_trained_units_and_told_in_the_tables_of_what_they_rank() -> None:
    suite = smoke_suite(datasets={**FOLDS, "one": TINY, **MOVED}, ablations=FACTORS)
    prices = ablation_specs.ablations(suite)["prices"]
    assert [(price["dataset"], price["system"], price["tables"]) for price in prices] == [
        (unit, system, tables)
        for unit, tables in (
            ("all.fold1", ["all"]),
            ("all.fold2", ["all"]),
            ("all.fold3", ["all"]),
            ("one", ["one", "moved"]),
        )
        for system in ("non_maw", "maw_grpo")
    ]
    for price in prices:
        job = JobKey(dataset=price["dataset"], system=price["system"])
        assert price["stamp"] == expected_digest("price", suite, job=job)
    assert len({price["stamp"] for price in prices}) == len(prices)


@pytest.mark.parametrize("moved", [{}, MOVED], ids=["alone", "transferred"])
def test_a_sweep_is_tried_where_models_are_trained(moved: dict[str, Any]) -> None:
    suite = smoke_suite(datasets={"one": TINY, **moved}, ablations=FACTORS, sweeps={"s": SWEEP})
    trials = ablation_specs.ablations(suite)["trials"]
    assert [(trial["dataset"], trial["value"]) for trial in trials] == [("one", 0.5), ("one", 1)]


def test_a_sweeps_trial_is_a_trial_with_the_option_at_its_value() -> None:
    suite = smoke_suite(ablations=FACTORS, sweeps={"s": SWEEP})
    job = JobKey(dataset="tiny", system="maw_grpo")
    usual = suite_specs.specification("trial", suite, job=job)
    spec = ablation_specs.sweep(suite, dataset="tiny", name="s", value=0.5)
    assert spec["name"] == "maw_grpo with attention.strength 0.5"
    assert spec["system"]["attention"]["strength"] == 0.5
    spec["system"]["attention"]["strength"] = 1.0
    assert {**spec, "name": "maw_grpo"} == usual
    stamps = {trial["stamp"] for trial in ablation_specs.ablations(suite)["trials"]}
    assert len(stamps) == 2


def test_a_sweep_leaves_out_what_the_search_tries_beside_the_learning_rate() -> None:
    trained = ("non_maw", "maw_supervised", "maw_grpo")
    options = {system: {"training.warmup": [0.1, 0]} for system in trained}
    keys: dict[str, Any] = {"ablations": FACTORS, "sweeps": {"s": SWEEP}}
    plain, searching = (
        ablation_specs.sweep(smoke_suite(**keys, **more), dataset="tiny", name="s", value=0.5)
        for more in ({}, {"selection": {"options": options}})
    )
    assert plain == searching


def test_settings_keep_their_order_and_claims_of_the_source_stand_beside_them() -> None:
    factor = {"settings": {"b": "maw_grpo", "a": "non_maw"}, "claimed": "depths"}
    suite = smoke_suite(ablations={**FACTORS, "claimed": factor})
    first, second = ablation_specs.ablations(suite)["factors"]
    assert first["claimed"] == {}
    assert second["settings"] == [["b", "maw_grpo"], ["a", "non_maw"]]
    assert second["claimed"] == packaged("source_claims")["tables"]["depths"]

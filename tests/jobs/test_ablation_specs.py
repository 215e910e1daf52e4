"""Prices and sweeps are of what is trained: folds and sources, not what is reported of them."""

from pathlib import Path

import pytest
import yaml

from maw.jobs import ablation_specs, suite_specs
from maw.settings.read import parse_suite
from maw.settings.suite import Suite

ROOT = Path(__file__).parents[2]
FACTORS = {"a": {"settings": {"1": "non_maw", "3": "maw_grpo", "none": "bm25"}}}
TINY = {"loader": {"kind": "pydocs", "documents": 120}}
FOLDS = {"all": {**TINY, "split": {"kind": "kfold", "folds": 3}}}
MOVED = {"moved": {**TINY, "split": {"kind": "transfer", "source": "one"}}}


def with_datasets(datasets: dict, **more: object) -> Suite:
    content = yaml.safe_load((ROOT / "workflow/config/smoke.yaml").read_text())
    asked = {**content, "datasets": datasets, "ablations": FACTORS, **more}
    return parse_suite(asked, source="x.yaml")


def test_prices_are_of_trained_units_and_told_in_the_tables_of_what_they_rank() -> None:
    suite = with_datasets({**FOLDS, "one": TINY, **MOVED})
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
        known = suite_specs.chain("price", suite, dataset=price["dataset"], system=price["system"])
        assert price["stamp"] == known
    assert len({price["stamp"] for price in prices}) == len(prices)


@pytest.mark.parametrize("moved", [{}, MOVED], ids=["alone", "transferred"])
def test_a_sweep_is_tried_where_models_are_trained(moved: dict) -> None:
    sweep = {"system": "maw_grpo", "option": "attention.strength", "values": [0.5, 1]}
    suite = with_datasets({"one": TINY, **moved}, sweeps={"s": sweep})
    trials = ablation_specs.ablations(suite)["trials"]
    assert [(trial["dataset"], trial["value"]) for trial in trials] == [("one", 0.5), ("one", 1)]

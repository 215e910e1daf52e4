"""The Python of docs/source.md runs from top to bottom, and the page names every name."""

import re
from typing import Any

import pytest
import torch

from maw import source
from tests.docs.test_links import ROOT

TEXT = (ROOT / "docs/source.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
OF_A_SUITE = "ExperimentalValidationFramework"  # tests/stages/finished/test_finished_suite.py


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """Return the names that the page's blocks leave, but for the one that opens a suite."""
    found: dict[str, Any] = {}
    for block in BLOCKS:
        if OF_A_SUITE not in block:
            exec(block, found)
    return found


def test_layers_return_hidden_states(names: dict[str, Any]) -> None:
    assert names["output"].shape == names["blended"].shape == (2, 16, 768)


def test_routers_choose_and_learn(names: dict[str, Any]) -> None:
    assert names["reward"].shape == names["value"].shape == names["depth"].shape == (2,)
    assert names["done"]
    assert torch.equal(names["state"], names["next_state"])
    gradients = [parameter.grad for parameter in names["router"].parameters()]
    assert all(gradient is not None for gradient in gradients)


def test_theory_and_costs_come_out(names: dict[str, Any]) -> None:
    assert names["bounds"].approximation_error == pytest.approx(0.15 * 128**0.5)
    assert names["ratios"]["standard"] == 1 < names["ratios"]["maw_naive"]
    assert set(names["milliseconds"]) == set(names["ratios"])


def test_the_block_on_a_suite_calls_methods_that_exist() -> None:
    (block,) = (block for block in BLOCKS if OF_A_SUITE in block)
    called = set(re.findall(r"experiment\.(\w+)\(", block))
    public = {name for name in vars(source.ExperimentalValidationFramework) if name[0] != "_"}
    assert called == public


def test_the_page_has_every_name() -> None:
    assert [name for name in source.__all__ if f"`{name}`" not in TEXT] == []

"""What the page says beside the numbers: warnings on top, routing, targets, prices."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from maw.reporting import page, wording

AGREES = {"checked": True, "agrees": True}


def frames(**given: pd.DataFrame) -> dict[str, pd.DataFrame]:
    selection = pd.DataFrame({"system": ["new"], "on_edge": [False]})
    runs = pd.DataFrame({"system": ["new", "new"], "converged": [True, True]})
    return {"runs": runs, "selection": selection, **given}


def warned(
    *, expected: Mapping[str, Any] = AGREES, dev: int = 100, **given: pd.DataFrame
) -> list[str]:
    datasets = [{"name": "toy", "counts": {"dev_judged": dev}}]
    return page.warnings(frames(**given), expected=expected, margin=0.01, datasets=datasets)


def test_nothing_wrong_nothing_warned() -> None:
    assert warned() == []


def test_scores_that_were_not_reproduced_come_first() -> None:
    expected = {
        "checked": True,
        "agrees": False,
        "lines": ["toy/new/AP: 0.5, committed 0.6"],
        "rows": 16,
        "tolerance": 0.01,
        "largest": 0.1,
    }
    runs = pd.DataFrame({"system": ["new", "new"], "converged": [False, True]})
    first, second = warned(expected=expected, runs=runs)
    assert first.startswith("This run does not reproduce the committed scores: 1 of 16 means")
    assert "toy/new/AP: 0.5, committed 0.6" in first
    assert second.startswith("Not converged: new, 1 of 2 runs still gained more than 0.01")


def test_a_rate_on_the_edge_and_one_chosen_on_few_queries_are_told() -> None:
    edge = pd.DataFrame({"system": ["new", "new"], "on_edge": [True, True]})
    few, told = warned(dev=3, selection=edge)
    assert "chosen on 3 development queries only" in few
    assert told == "The learning rate of new lies on the edge of the grid that was tried."


def test_a_router_that_sends_everything_one_way_is_told_on_the_first_screen() -> None:
    depths = pd.DataFrame(
        {
            "dataset": "toy",
            "system": "new",
            "seed": [1, 1, 2, 2],
            "depth": [0, 0, 0, 1],
        }
    )
    told = page.routing(depths, "new", dataset="toy")
    assert "took 75% of the texts" in told
    assert "in 1 of 2 seeds it took all, so that nothing was routed" in told
    assert page.routing(depths, "old", dataset="toy") == ""


@pytest.mark.parametrize(("entropy", "end"), [(0.0, "nothing to learn."), (0.5, "at most 2.08.")])
def test_targets_that_are_always_the_same_are_told(entropy: float, end: str) -> None:
    curves = pd.DataFrame(
        {"dataset": "toy", "system": "new", "quantity": "target_entropy", "value": [entropy] * 2}
    )
    (told,) = page.targets(curves, systems={"new": {"attention": {"depths": 8}}})
    assert f"entropy of {entropy:.2f} nats" in told
    assert told.endswith(end)


def test_the_price_is_a_ratio_of_means_over_seeds() -> None:
    runs = pd.DataFrame(
        {
            "dataset": "toy",
            "system": ["new", "new", "old", "old"],
            "train_cpu_seconds": [3.0, 5.0, 1.0, 3.0],
            "trained_parameters": [20, 20, 10, 10],
        }
    )
    price = page.price(runs, "new", "old", dataset="toy")
    assert price == {"training time": 2.0, "trained weights": 2.0}


def test_text_from_data_is_escaped() -> None:
    rows = page.rows_of(pd.DataFrame({"text": ["<script>alert(1)</script>"]}))
    template = page.environment().from_string("{% for row in body %}{{ row[0] }}{% endfor %}")
    assert template.render(rows) == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_a_system_is_described_by_its_configuration() -> None:
    entry = {
        "kind": "bi_encoder",
        "attention": {"kind": "maw", "depths": 8},
        "router": {"kind": "grpo"},
        "objective": None,
    }
    assert wording.system(entry) == "bi_encoder; attention maw (depths 8); router grpo"
    assert wording.system({"kind": "bm25", "k1": 0.9}) == "bm25 (k1 0.9)"


def test_quantities_are_read_at_a_glance() -> None:
    shown = [wording.quantity(value) for value in (1774464, 12.3456, 0.001, None)]
    assert shown == ["1,774,464", "12.3", "0.001", "–"]

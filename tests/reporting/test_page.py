"""What the page says beside the numbers: warnings on top, routing, targets, prices."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scored import scored

from maw.reporting import page, wording
from maw.settings.plan import Analysis, PlannedContrast
from maw.verdicts.across_datasets import across
from maw.verdicts.decide import decide, leaderboard
from maw.verdicts.per_seed import per_seed
from maw.verdicts.prospects import components, outlook
from maw.verdicts.rate_sensitivity import judge_cells

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


def on_gpu(*, alone: bool) -> pd.DataFrame:
    """Two systems; a GPU made both, and processor seconds say the contrary of its own."""
    runs = pd.DataFrame(
        {
            "dataset": "toy",
            "system": ["new", "old"],
            "seed": 1,
            "device": "cuda",
            "encode_device": "Some GPU",
            "train_cpu_seconds": [1.0, 5.0],
            "trained_parameters": [20, 10],
            "encode_texts_per_second": [9.0, 1.0],
        }
    )
    if alone:
        runs["train_gpu_seconds_alone"] = [6.0, 4.0]
        runs["encode_texts_per_gpu_second_alone"] = [100.0, 400.0]
    return runs


def test_the_price_of_runs_on_a_gpu_is_in_its_seconds_and_unknown_where_it_was_shared() -> None:
    price = page.price(on_gpu(alone=True), "new", "old", dataset="toy")
    assert price == {"training time": 1.5, "trained weights": 2.0, "encoding speed": 0.25}
    price = page.price(on_gpu(alone=False), "new", "old", dataset="toy")
    assert price == {"trained weights": 2.0}


def test_the_table_of_runs_names_the_clock() -> None:
    of_gpu = page.run_table(on_gpu(alone=True))
    assert of_gpu["Training, GPU s"].tolist() == ["6", "4"]
    assert of_gpu["Texts per GPU s"].tolist() == ["100", "400"]
    assert set(of_gpu["Training, CPU s"]) == set(of_gpu["Texts per CPU s"]) == {"–"}
    here = on_gpu(alone=False).assign(device="cpu", encode_device="cpu")
    of_cpu = page.run_table(here)
    assert of_cpu["Training, CPU s"].tolist() == ["1", "5"]
    assert not [column for column in of_cpu if "GPU" in column]


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


def built(plan: Analysis, *, theory: Any, with_cells: bool) -> str:
    """A page of three systems on 20 queries; in the cells the new one is far better."""
    generator = np.random.default_rng(6)
    tables = {name: generator.uniform(size=(20, 4)) for name in ("new", "old", "random")}
    scores, trained = scored(tables), dict.fromkeys(tables, True)
    given: dict[str, Any] = {"plan": plan, "trained": trained, "clusters": None}
    found = decide(scores, measures=["nDCG@10"], **given)
    nothing = pd.DataFrame(columns=["dataset", "system", "seed", "side", "quantity", "value"])
    summary = {
        "comparisons": found.rows,
        "claims": found.claims,
        "leaderboard": leaderboard(scores, clusters=None, measures=["nDCG@10"]),
        "components": components(scores, measure="nDCG@10", clusters=None),
        "prospects": outlook(scores, found.rows, **given),
        "datasets": across(found.rows, plan=plan),
        "seeds": per_seed(scores, plan=plan, clusters=None),
        "runs": pd.DataFrame({"dataset": "toy", "system": list(tables), "versions": "{}"}),
        "curves": nothing,
        "depths": nothing.assign(depth=None, probability=None),
        "selection": pd.DataFrame(columns=["system", "on_edge"]),
    }
    if with_cells:
        far = scored({"old": tables["old"], "new": tables["old"] + tables["random"]})
        far = far.assign(learning_rate=0.003, selected=False)
        summary["cells"] = judge_cells(
            far, systems=["new"], baseline="old", clusters=None, plan=plan
        )
    analysis = plan.model_dump(mode="json")
    told = dict.fromkeys(("suite", "scope", "command", "plan_digest"), "said")
    return page.build(
        summary,
        spec={**told, "analysis": analysis, "margin": 0.01, "seeds": [42], "systems": {}},
        expected={"checked": False, "agrees": True},
        history={"told": "as planned", "changed_late": False},
        datasets=[],
        pictures={},
        theory=theory,
    )


def test_several_claims_and_the_cells_stand_on_the_page_and_only_where_there_are_some(
    found: Any,
) -> None:
    first = PlannedContrast(system="new", baseline="old", claims=("better", "routing helps"))
    second = PlannedContrast(system="new", baseline="random", claims=("routing helps",))
    told = built(Analysis(contrasts=(first, second)), theory=found, with_cells=True)
    assert "<h1>new, better: inconclusive; new, routing helps: inconclusive</h1>" in told
    assert told.index("<h2>Claims</h2>") < told.index('<section class="claims">')
    assert "<td>old; random</td>" in told
    assert "The learning rate matters: new against old on toy would read “better” at 0.003" in told
    assert "<h2>The verdict at every learning rate</h2>" in told
    alone = Analysis(contrasts=(PlannedContrast(system="new", baseline="old"),))
    plain = built(alone, theory=found, with_cells=False)
    assert "<h2>Theory</h2>" in plain
    assert "<h1>new: inconclusive</h1>" in plain
    assert "<h2>Claims</h2>" not in plain
    assert "learning rate</h2>" not in plain


def test_many_claims_are_told_by_verdict() -> None:
    words = ["worse", *["inconclusive"] * 6]
    rows = pd.DataFrame({"system": list("abcdefg"), "verdict": words})
    rows = rows.assign(dataset="toy", role="confirmatory", claim="better")
    told = page.headline({"claims": rows, "comparisons": rows})
    assert told == "worse: a; inconclusive: b, c, d, e, f, g"
    few = rows.iloc[:2]
    assert page.headline({"claims": few, "comparisons": few}) == "a: worse; b: inconclusive"


def test_many_claims_are_folded_away(found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = (("new", "old"), ("random", "old"))
    plan = Analysis(contrasts=tuple(PlannedContrast(system=a, baseline=b) for a, b in pairs))
    open_page = built(plan, theory=found, with_cells=False)
    assert "<details>" not in open_page
    monkeypatch.setattr(page, "MANY", 1)
    folded = built(plan, theory=found, with_cells=False)
    start = folded.index("<details><summary>Each of the 2 claims in full</summary>")
    whole = folded[start : folded.index("</details>")]
    assert whole.count("<article>") == folded.count("<article>") == 2
    assert whole.count("Price, ") == 2

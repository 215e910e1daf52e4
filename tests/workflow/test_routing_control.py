"""The control of the harness in a small form: what is better is called better, and only that."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from tests.workflow.checkout import ROOT, fresh

CONFIG = ROOT / "workflow" / "config" / "routing_control.yaml"
SYSTEMS = ("non_maw", "maw_uniform", "maw_told")
LOADER = {"kind": "routing_control", "words": 12, "bags": 60}

pytestmark = pytest.mark.slow  # two suites with twelve trainings each


def small(**loader: Any) -> dict[str, Any]:
    """Return a small `routing_control.yaml`: three of its systems, few texts, steps and seeds."""
    content: dict[str, Any] = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    content["suite"] = "small"
    content["datasets"]["made"]["loader"] = {**LOADER, **loader}
    content["training"] |= {"steps": 120, "batch_size": 16}
    content["systems"] = {name: content["systems"][name] for name in SYSTEMS}
    content["seeds"] = [42, 43, 44, 45]
    content["analysis"]["contrasts"] = [
        contrast
        for contrast in content["analysis"]["contrasts"]
        if {contrast["system"], contrast["baseline"]} <= set(SYSTEMS)
    ]
    return content


def word_of(folder: Path, **loader: Any) -> str:
    """Run the small suite up to its verdicts in a fresh checkout; return that about maw_told."""
    checkout = fresh(folder)
    path = checkout.folder / "small.yaml"
    path.write_text(yaml.safe_dump(small(**loader)))
    claims = "results/suites/small/summary/claims.parquet"
    checkout.snakemake(claims, "--configfile", str(path))
    (claim,) = pd.read_parquet(checkout.folder / claims).itertuples()
    assert (claim.system, claim.claim, claim.n_controls) == ("maw_told", "better", 2)
    return str(claim.word)


def test_a_router_that_is_told_the_truth_is_better_than_its_controls(tmp_path: Path) -> None:
    assert word_of(tmp_path / "checkout") == "better, by at least SESOI"


def test_a_router_that_is_told_nothing_true_is_not(tmp_path: Path) -> None:
    assert word_of(tmp_path / "checkout", shuffled=True) == "no relevant gain"

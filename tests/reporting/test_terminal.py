"""What a terminal shows: names as they are, one p a contrast, every dataset, every warning."""

import io
import re

import numpy as np
import pandas as pd
from rich.console import Console

import maw
from maw.comparison import Comparison
from maw.reporting.terminal import show

Q = 12


def scores_of(*datasets: str) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    rows = [
        (dataset, system, 0, f"{q}", measure, round(generator.uniform(), 6) + (system == "b") / 2)
        for dataset in datasets
        for system in ("[red]a", "b", "c")
        for q in range(Q)
        for measure in ("nDCG@10", "AP")
    ]
    return pd.DataFrame(rows, columns=["dataset", "system", "seed", "query_id", "measure", "value"])


def shown(comparison: Comparison, *, terminal: bool = False) -> str:
    out = io.StringIO()
    show(comparison, Console(file=out, force_terminal=terminal, width=100))
    return out.getvalue()


def test_names_are_never_taken_for_markup() -> None:
    told = shown(maw.compare(scores_of("one"), baseline="b"))
    assert "[red]a" in told
    assert "\x1b" not in told


def test_a_terminal_gets_colour_and_its_own_width() -> None:
    told = shown(maw.compare(scores_of("one"), baseline="b"), terminal=True)
    assert "\x1b[31mworse" in told


def test_every_dataset_has_its_own_table_and_every_warning_a_line() -> None:
    found = maw.compare(scores_of("one", "two"), baseline="b")
    told = shown(found)
    for dataset in ("one", "two"):
        assert f"nDCG@10 on {dataset}: {Q} topics" in told
    assert "Holm over 4 claims" in told
    assert all(f"- {notice}" in told for notice in found.warnings)
    for dataset in ("one", "two"):
        assert re.search(rf"^{dataset} +b +\d", told, flags=re.MULTILINE)


def test_several_baselines_are_named_on_each_line_and_references_say_so() -> None:
    plan = {
        "contrasts": [
            {"system": "b", "baseline": "c"},
            {"system": "c", "baseline": "[red]a", "role": "reference"},
        ]
    }
    told = shown(maw.compare(scores_of("one"), plan=plan))
    assert re.search(r"^b +c +.* (better|inconclusive)", told, flags=re.MULTILINE)
    assert re.search(r"^c +\[red\]a +.* reference", told, flags=re.MULTILINE)
    assert "(baseline)" not in told


def test_a_plan_without_contrasts_shows_means_only() -> None:
    told = shown(maw.compare(scores_of("one"), plan={"contrasts": []}))
    assert "The plan names no contrast; means only." in told
    assert "AP" in told


def test_claims_with_names_are_told_each() -> None:
    plan = {
        "contrasts": [
            {"system": "b", "baseline": "c", "claims": ["better", "routing helps"]},
            {"system": "b", "baseline": "[red]a", "claims": ["routing helps"]},
        ]
    }
    found = maw.compare(scores_of("one"), plan=plan)
    told = shown(found)
    assert "Holm over 2 claims" in told
    assert "b on one, “routing helps”: better. Over 2 controls nDCG@10" in told
    page = found.to_html()
    assert "<h2>Claims</h2>" in page
    assert "better: 1 better; routing helps: 1 better" in page
    one = maw.compare(scores_of("one"), baseline="b")
    assert "“better”" not in shown(one)
    assert "<h2>Claims</h2>" not in one.to_html()

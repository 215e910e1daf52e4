"""A comparison on a terminal: names as they are, one p a contrast, each dataset and notice."""

import io
import re

import numpy as np
import pandas as pd
from rich.console import Console

import maw
from maw.comparison import Comparison
from maw.reporting.terminal import show
from maw.runs.notices import Notice

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
    show(
        comparison.verdict_frames,
        plan=comparison.plan,
        notices=comparison.warnings,
        target=Console(file=out, force_terminal=terminal, width=100),
    )
    return out.getvalue()


def test_names_are_never_taken_for_markup() -> None:
    printed = shown(maw.compare(scores_of("one"), baseline="b"))
    assert "[red]a" in printed
    assert "\x1b" not in printed


def test_a_terminal_gets_colour_and_its_own_width() -> None:
    printed = shown(maw.compare(scores_of("one"), baseline="b"), terminal=True)
    assert "\x1b[31mrefuted" in printed


def test_every_dataset_has_its_own_table_and_every_warning_a_line() -> None:
    comparison = maw.compare(scores_of("one", "two"), baseline="b")
    printed = shown(comparison)
    for dataset in ("one", "two"):
        assert f"nDCG@10 on {dataset}: {Q} topics" in printed
        assert f"No, on {dataset}: [red]a loses to b, c to b." in printed
    assert "Limits: 95 % over 4 claims together: each at 98.75 %." in printed
    assert "The plan names no smallest difference that matters." in printed
    assert all(f"- {notice}" in printed for notice in comparison.warnings)
    for dataset in ("one", "two"):
        assert re.search(rf"^{dataset} +b +\d", printed, flags=re.MULTILINE)


def test_several_baselines_are_named_on_each_line_and_references_say_so() -> None:
    plan = {
        "contrasts": [
            {"system": "b", "baseline": "c"},
            {"system": "c", "baseline": "[red]a", "role": "reference"},
        ]
    }
    printed = shown(maw.compare(scores_of("one"), plan=plan))
    assert re.search(r"^b +c +.* better", printed, flags=re.MULTILINE)
    assert re.search(r"^c +\[red\]a +.* reference", printed, flags=re.MULTILINE)
    assert "(baseline)" not in printed


def test_a_plan_without_contrasts_shows_means_only() -> None:
    printed = shown(maw.compare(scores_of("one"), plan={"contrasts": []}))
    assert "The plan names no contrast; means only." in printed
    assert "AP" in printed


def test_claims_with_names_are_told_each() -> None:
    plan = {
        "contrasts": [
            {"system": "b", "baseline": "c", "claims": ["better", "routing helps"]},
            {"system": "b", "baseline": "[red]a", "claims": ["routing helps"]},
        ]
    }
    comparison = maw.compare(scores_of("one"), plan=plan)
    printed = shown(comparison)
    assert "On one, 2 of 2 claims hold." in printed
    assert "- “routing helps”: Yes, on one: b ranks better than all 2 controls." in printed
    assert "b, “routing helps”: Its smallest lead, over " in printed
    page = comparison.to_html()
    assert "“routing helps”: Yes, on one: b ranks better than all 2 controls." in page
    unnamed = maw.compare(scores_of("one"), baseline="b")
    assert "“better”" not in shown(unnamed)


def test_a_reference_alone_has_its_table_and_no_answer() -> None:
    plan = {"contrasts": [{"system": "b", "baseline": "c", "role": "reference"}]}
    printed = shown(maw.compare(scores_of("one"), plan=plan))
    assert printed.startswith("nDCG@10 on one: 12 topics")
    assert "Limits: " not in printed


def test_a_largest_loss_has_an_answer_and_limits_of_its_own() -> None:
    printed = shown(maw.compare(scores_of("one"), baseline="c", max_loss=0.1))
    first = printed.splitlines()[0]
    assert first == "On one, non-inferiority is shown in 1 of 2 comparisons."
    assert "- Yes, on one: b is not worse than c by 0.1 or more." in printed
    assert re.search(r"^b +\d\.\d+ +\+0\.\d+ .* non-inferior *$", printed, flags=re.MULTILINE)
    assert "Limits: 95 % over 2 claims together: each at 97.5 %." in printed
    assert "A loss below 0.1 still counts as not worse." in printed


def test_a_model_as_judge_is_in_the_headings_line() -> None:
    printed = shown(maw.compare(scores_of("one"), baseline="b", judge="llm"))
    remark = "by a model’s judgements, on which tests reject too often"
    assert printed.startswith(f"No, on one: [red]a loses to b, c to b, {remark}.\n")
    assert "- scores: a language model made the judgements" in printed


def test_notices_of_several_files_with_the_same_text_share_a_line() -> None:
    comparison = maw.compare(scores_of("one"), baseline="b")
    of_files = [Notice("rounded-scores", f"{name}.txt", 3, "four digits") for name in "abcde"]
    notices = (*of_files, Notice("tied-scores", "", 9, "2 of 4 runs have tied scores"))
    out = io.StringIO()
    target = Console(file=out, width=100)
    show(comparison.verdict_frames, plan=comparison.plan, notices=notices, target=target)
    assert out.getvalue().splitlines()[-3:] == [
        "Noticed",
        "- a.txt, b.txt, c.txt and 2 more: four digits",
        "- 2 of 4 runs have tied scores",
    ]


def test_a_note_on_all_claims_is_printed_once_and_without_names() -> None:
    printed = shown(maw.compare(scores_of("one"), baseline="b"))
    assert printed.count("ne dataset: nothing is shown about others") == 1
    assert "\nOne dataset: nothing is shown about others.\n" in printed
    plan = {
        "contrasts": [
            {"system": "b", "baseline": "c"},
            {"system": "b", "baseline": "[red]a"},
            {"system": "c", "baseline": "[red]a", "role": "reference"},
        ]
    }
    assert "\nOne dataset: nothing is shown about others.\n" in shown(
        maw.compare(scores_of("one"), plan=plan)
    )


def test_single_runs_are_runs_and_topics_are_topics() -> None:
    plan = {
        "contrasts": [{"system": "b", "baseline": "c"}, {"system": "[red]a", "baseline": "c"}],
        "trained": ["b"],
    }
    for comparison in (maw.compare(scores_of("one"), plan=plan), maw.compare(scores_of("one"))):
        printed = shown(comparison).lower()
        assert "about these runs, over new topics; nothing is known" in printed
        assert not re.search(r"checkpoint|against 1 seed|1 seed against|\be1\b|new quer", printed)


def test_contrasts_about_different_things_say_which() -> None:
    seeds = pd.concat([scores_of("one").assign(seed=seed) for seed in range(3)])
    seeds["value"] += seeds["seed"] * np.tile([0.01, -0.01, 0.02], len(seeds) // 3)
    single = (seeds["system"] == "c") & (seeds["seed"] > 0)
    scores = seeds[~single]
    plan = {"contrasts": [{"system": "b", "baseline": "[red]a"}, {"system": "b", "baseline": "c"}]}
    one = scores[scores["system"].ne("[red]a") | scores["seed"].eq(0)]
    printed = shown(maw.compare(one, plan={**plan, "trained": []}))
    assert "About the training procedure, over new topics and new seeds" in printed
    alone = plan["contrasts"] + [{"system": "[red]a", "baseline": "c", "role": "reference"}]
    printed = shown(maw.compare(one, plan={"contrasts": alone}))
    assert "nothing is known about training them again ([red]a against c)." in printed

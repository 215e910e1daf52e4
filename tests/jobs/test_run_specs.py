"""A job's specification holds what its result depends on, and nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from maw.jobs import run_specs
from maw.jobs.job_key import JobKey
from maw.jobs.provenance import code_of
from tests.smoke_suite import TINY, smoke_content, smoke_suite

RUN = JobKey(dataset="tiny", system="maw_grpo", seed=42)
ORACLE: dict[str, Any] = {
    "kind": "bi_encoder",
    "attention": {"kind": "maw"},
    "router": {"kind": "oracle"},
    "objective": {"kind": "ranking"},
}

# key of the suite -> another value of it, and the stages of a job of which it is a part
CHANGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "steps": (
        {"training": {"steps": 5, "batch_size": 8, "evaluations": 2}},
        {"train", "trial", "select", "price", "cell", "make_run"},
    ),
    "tokens": (
        {"backbone": {"max_document_tokens": 33, "max_query_tokens": 16}},
        {"encode", "pair", "stream", "time_frozen"},
    ),
    "candidates": ({"candidates": {"depth": 50}}, {"pair"}),
    "learning rates": (
        {"selection": {"learning_rates": [1, 2, 3]}},
        {"trial", "select", "grid"},
    ),
    "tuning seed": ({"selection": {"tuning_seed": 7}}, {"trial", "select", "grid", "price"}),
    "measures": ({"measures": ["nDCG@10", "RR@10"]}, {"evaluate", "cell", "make_run"}),
    "split": ({"datasets": {"tiny": TINY}}, {"prepare", "halve"}),
    "scope": ({"scope": "Something else."}, set()),
    "draws": ({"calibration": {"draws": 7}}, set()),
    "device": ({"device": "cuda"}, set()),
}


@pytest.mark.parametrize(("change", "stages"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_part_of_the_jobs_that_it_changes(
    change: dict[str, Any], stages: set[str]
) -> None:
    content = smoke_content()
    loader = content["datasets"]["tiny"]["loader"]
    if "datasets" in change:  # the split alone changes
        change = {"datasets": {"tiny": {**change["datasets"]["tiny"], "loader": loader}}}
    before, after = smoke_suite(), smoke_suite(**change)
    changed = {
        stage
        for stage in run_specs.SPECIFICATIONS
        if run_specs.specification(stage, before, job=RUN)
        != run_specs.specification(stage, after, job=RUN)
    }
    assert changed == stages


def test_a_seed_is_part_of_training_and_ranking() -> None:
    suite, other = smoke_suite(), replace(RUN, seed=43)
    changed = {
        stage
        for stage in run_specs.SPECIFICATIONS
        if run_specs.specification(stage, suite, job=RUN)
        != run_specs.specification(stage, suite, job=other)
    }
    assert changed == {"train", "receive", "rank", "cell", "make_run"}


def test_a_key_names_what_the_stage_uses() -> None:
    assert JobKey() == JobKey(dataset="", system="", seed=0, learning_rate=0.0)
    with pytest.raises(KeyError, match="compare"):
        run_specs.specification("compare", smoke_suite(), job=JobKey())


def test_a_programs_files_are_part_of_all_its_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("words.txt").write_text("a")
    places = "{data} {model} {seed} words.txt"
    program = {
        "kind": "command",
        "train": f"python -m p {places}",
        "rank": "python -m p {model} {queries} {out}",
    }
    content = smoke_content()
    suite = smoke_suite(systems={**content["systems"], "p": program})
    job = replace(RUN, system="p")
    stages = ("trial", "select", "train", "rank")
    before = {stage: run_specs.specification(stage, suite, job=job) for stage in stages}
    Path("words.txt").write_text("b")
    after = {stage: run_specs.specification(stage, suite, job=job) for stage in stages}
    for stage in stages:
        assert before[stage]["fingerprint"]["words.txt"] != after[stage]["fingerprint"]["words.txt"]
        del before[stage]["fingerprint"], after[stage]["fingerprint"]
        assert before[stage] == after[stage]
    assert "selection" not in after["select"]  # it is told no learning rate
    assert "fingerprint" not in run_specs.train(suite, RUN)


def test_a_lower_precision_re_ranks_neural_systems_and_no_other() -> None:
    content = smoke_content()
    exact, lower = (
        smoke_suite(training={**content["training"], **change})
        for change in ({}, {"precision": "bfloat16"})
    )
    untrained = JobKey(dataset="tiny", system="non_maw_zeroshot")
    bm25 = JobKey(dataset="tiny", system="bm25")
    assert "precision" not in run_specs.rank(exact, RUN)
    assert run_specs.rank(lower, RUN)["precision"] == "bfloat16"
    assert run_specs.rank(lower, untrained)["precision"] == "bfloat16"
    assert run_specs.rank(lower, bm25) == run_specs.rank(exact, bm25)


def test_the_least_relevant_grade_is_the_loaders_unless_set_and_told_only_where_not_one() -> None:
    deep = {"kind": "irds", "id": "msmarco-passage/trec-dl-2019/judged"}
    small = {"kind": "irds", "id": "msmarco-passage/dev/small"}
    suite = smoke_suite(
        datasets={
            "dl": {"loader": deep},
            "one": {"loader": deep, "relevant_from": 1},
            "ms": {"loader": small},
            "py": {**TINY, "relevant_from": 2},
        }
    )
    for stage in ("evaluate", "train", "trial", "select", "price", "cell"):
        jobs = [JobKey(dataset=name, system="non_maw") for name in suite.datasets]
        specs = [run_specs.specification(stage, suite, job=job) for job in jobs]
        assert [spec.get("relevant_from", 1) for spec in specs] == [2, 1, 1, 2]
    ms = run_specs.specification("evaluate", suite, job=JobKey(dataset="ms"))
    assert "relevant_from" not in ms


def test_an_oracle_ranks_by_the_primary_measure_and_its_least_grade() -> None:
    suite = smoke_suite(
        systems={**smoke_content()["systems"], "oracle": ORACLE},
        datasets={"tiny": {**TINY, "relevant_from": 2}},
    )
    spec = run_specs.specification("rank", suite, job=replace(RUN, system="oracle"))
    assert (spec["primary"], spec["relevant_from"]) == ("nDCG@10", 2)
    assert not {"primary", "relevant_from"} & set(run_specs.specification("rank", suite, job=RUN))


def test_each_depth_is_forced_for_stored_bi_encoders_whose_router_chooses() -> None:
    content = smoke_content()["systems"]
    system = {name: content["maw_grpo"][name] for name in ("kind", "attention")}
    suite = smoke_suite(
        systems={
            **content,
            "uniform": {**system, "router": {"kind": "uniform"}},
            "hashed": {**system, "router": {"kind": "random"}},
            "cross": {**content["maw_grpo"], "kind": "cross_encoder"},
        },
        datasets={"tiny": TINY, "large": {**TINY, "retrieve": "corpus"}},
    )
    forced = {
        (dataset, system)
        for dataset in suite.datasets
        for system in suite.systems
        if "by_depth" in run_specs.rank(suite, JobKey(dataset=dataset, system=system))
    }
    assert forced == {("tiny", name) for name in ("maw_supervised", "maw_grpo", "hashed")}
    assert run_specs.rank(suite, RUN)["by_depth"] == "nDCG@10"
    diagnostic = smoke_suite(systems={**content, "oracle": ORACLE})
    assert "by_depth" not in run_specs.rank(diagnostic, replace(RUN, system="oracle"))


def test_a_whole_run_has_the_specification_and_the_code_of_each_of_its_stages() -> None:
    suite = smoke_suite()
    stages = run_specs.specification("make_run", suite, job=RUN)["stages"]
    assert list(stages) == ["train", "rank", "evaluate"]
    for stage, entry in stages.items():
        spec = run_specs.specification(stage, suite, job=RUN)
        assert entry == {"spec": spec, "code": code_of(stage, spec)}


def test_a_search_knows_the_options_of_its_own_system_alone() -> None:
    options = {
        "non_maw": {"training.temperature": [0.05, 0.1]},
        "maw_supervised": {"attention.noise": [0.5, 0.1]},
        "maw_grpo": {"attention.noise": [0.5, 0.1]},
    }
    before, after = smoke_suite(), smoke_suite(selection={"options": options})
    for stage in ("trial", "select"):
        spec = run_specs.specification(stage, after, job=RUN)
        assert spec.pop("options") == options[RUN.system]
        assert spec == run_specs.specification(stage, before, job=RUN)
    for stage in ("grid", "train", "cell", "price"):
        assert run_specs.specification(stage, after, job=RUN) == run_specs.specification(
            stage, before, job=RUN
        )

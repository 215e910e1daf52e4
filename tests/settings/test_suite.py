"""A suite knows its units, its runs, and what each of its systems needs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maw.errors import InputError
from maw.settings.read import read_suite
from maw.settings.suite import Suite

CONFIGS = sorted((Path(__file__).parents[2] / "workflow/config").glob("*.yaml"))
PLAIN: dict[str, Any] = {"kind": "bi_encoder", "objective": {"kind": "ranking"}}
ORACLE = {**PLAIN, "attention": {"kind": "maw"}, "router": {"kind": "oracle"}}
TINY = {"loader": {"kind": "pydocs", "documents": 120}}
MS_MARCO = {"kind": "irds", "id": "msmarco-passage/dev/small"}
TREC_DL = {"kind": "irds", "id": "msmarco-passage/trec-dl-2019/judged"}

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "tuning seed": ({"seeds": [41, 42]}, r"selection\.tuning_seed: 41 is also one of `seeds`"),
    "seeds twice": (
        {"seeds": [42, 42]},
        r"x\.yaml: seeds: a seed is there twice; give each seed once$",
    ),
    "contrast": (
        {"analysis": {"contrasts": [{"system": "maw_grop", "baseline": "non_maw"}]}},
        r"unknown system 'maw_grop'; did you mean 'maw_grpo'",
    ),
    "oracle in a verdict": (
        {
            "systems": {"a": ORACLE, "b": {"kind": "bm25"}},
            "analysis": {"contrasts": [{"system": "a", "baseline": "b"}]},
        },
        "'a' ranks with the test judgements, so it can have no verdict; give the contrast",
    ),
    "judged": ({"measures": ["nDCG@10", "Judged@10"]}, r"Judged@10 is always reported"),
    "measure": ({"measures": ["RR@10"]}, r"analysis\.primary: 'nDCG@10' is not among `measures`"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_suite_that_contradicts_itself_is_one_line(
    suite_with: Callable[..., Suite], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        suite_with(**change)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("x.yaml")


def test_only_the_embedded_suite_owns_the_results_folder() -> None:
    roots = {path.stem: read_suite(path).root for path in CONFIGS}
    assert roots.pop("embedded") == Path("results")
    assert all(root == Path("results/suites") / name for name, root in roots.items())


def test_one_command_computes_a_suite_again(suite_with: Callable[..., Suite]) -> None:
    assert suite_with(suite="embedded").command == "snakemake --cores all"
    command = "snakemake --cores all --configfile workflow/config/smoke.yaml"
    assert suite_with().command == command


def test_trained_systems_have_every_seed_and_others_one_run(
    suite_with: Callable[..., Suite],
) -> None:
    suite = suite_with()
    assert suite.seeds_of("maw_grpo") == (42, 43)
    assert suite.seeds_of("non_maw_zeroshot") == suite.seeds_of("bm25") == (0,)
    assert [suite.is_neural(name) for name in ("bm25", "non_maw_zeroshot")] == [False, True]


def test_an_oracle_chooses_on_the_next_seed_and_who_matches_compute_is_priced_too(
    suite_with: Callable[..., Suite], content: dict[str, Any]
) -> None:
    matching = {**PLAIN, "compute_of": ["non_maw", "maw_grpo"]}
    systems = {**content["systems"], "o": ORACLE, "m": matching}
    suite = suite_with(systems=systems)
    assert [name for name in systems if suite.is_diagnostic(name)] == ["o"]
    assert (suite.seed_after(42), suite.seed_after(43)) == (43, 42)
    assert suite.priced_for("m") == ("m", "non_maw", "maw_grpo")
    assert suite.priced_for("non_maw") == ()


def test_a_kfold_dataset_is_trained_as_its_folds_and_reported_as_one(
    suite_with: Callable[..., Suite],
) -> None:
    folds = {**TINY, "split": {"kind": "kfold", "folds": 3}}
    suite = suite_with(datasets={"all": folds, "one": TINY})
    assert list(suite.units) == ["all.fold1", "all.fold2", "all.fold3", "one"]
    assert [suite.reported(unit) for unit in suite.units] == ["all", "all", "all", "one"]
    assert list(suite.datasets) == ["all", "one"]
    assert suite.dataset("all").split.kind == "kfold"  # type: ignore[union-attr]
    assert suite.dataset("all.fold2").split.fold == 2  # type: ignore[union-attr]


def test_transferred_models_are_those_of_the_source(suite_with: Callable[..., Suite]) -> None:
    moved = {**TINY, "split": {"kind": "transfer", "source": "a"}}
    suite = suite_with(datasets={"a": TINY, "b": moved})
    assert suite.training_units == ["a"]
    assert [suite.trained_on(unit) for unit in suite.units] == ["a", "a"]
    assert [suite.source_of(unit) for unit in suite.units] == ["", "a"]


def test_bi_encoders_rank_together_where_documents_stream_by(
    suite_with: Callable[..., Suite],
) -> None:
    suite = suite_with(datasets={"a": TINY, "b": {**TINY, "retrieve": "corpus"}})
    assert suite.streamed("a") == []
    assert suite.streamed("b")[:3] == [
        ("non_maw_zeroshot", 0),
        ("non_maw", 42),
        ("non_maw", 43),
    ]
    assert not suite.is_streamed("b", "bm25")


def test_a_cross_encoder_reads_pairs(
    suite_with: Callable[..., Suite], content: dict[str, Any]
) -> None:
    cross = {"kind": "cross_encoder", "objective": {"kind": "ranking"}}
    suite = suite_with(systems={**content["systems"], "cross": cross})
    assert [suite.is_pairwise(name) for name in ("cross", "non_maw", "bm25")] == [
        True,
        False,
        False,
    ]


def test_a_suite_routes_where_a_system_has_a_router(
    suite_with: Callable[..., Suite], content: dict[str, Any]
) -> None:
    assert suite_with().routes
    plain = {name: content["systems"][name] for name in ("bm25", "non_maw")}
    analysis = {"contrasts": [{"system": "non_maw", "baseline": "bm25"}]}
    assert not suite_with(systems=plain, analysis=analysis).routes

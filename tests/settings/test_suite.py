"""A configuration is right, or one line says where it is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from maw.errors import InputError
from maw.jobs import run_specs, suite_specs
from maw.settings.read import parse_suite, read_suite
from maw.settings.suite import Suite

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "workflow/config").glob("*.yaml"))


@pytest.fixture
def content() -> dict:
    return yaml.safe_load((ROOT / "workflow/config/smoke.yaml").read_text())


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_configuration_is_valid_and_named_after_its_suite(path: Path) -> None:
    assert read_suite(path).suite == path.stem


def test_parsing_never_imports_torch() -> None:
    code = (
        "import sys; from pathlib import Path; from maw.jobs import suite_specs;"
        "from maw.settings.read import read_suite;"
        f"suite = read_suite(Path({str(ROOT / 'workflow/config/embedded.yaml')!r}));"
        "suite_specs.collect(suite); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_only_the_embedded_suite_owns_the_results_folder() -> None:
    roots = {path.stem: read_suite(path).root for path in CONFIGS}
    assert roots.pop("embedded") == Path("results")
    assert all(root == Path("results/suites") / name for name, root in roots.items())


def test_trained_systems_have_every_seed_and_others_one_run(content: dict) -> None:
    suite = parse_suite(content, source="x.yaml")
    assert suite.seeds_of("maw_grpo") == (42, 43)
    assert suite.seeds_of("non_maw_zeroshot") == suite.seeds_of("bm25") == (0,)
    assert [suite.is_neural(name) for name in ("bm25", "non_maw_zeroshot")] == [False, True]


PLAIN = {"kind": "bi_encoder", "objective": {"kind": "ranking"}}
ORACLE = {**PLAIN, "attention": {"kind": "maw"}, "router": {"kind": "oracle"}}


def pair(system: str, baseline: str, **role: str) -> dict:
    return {"contrasts": [{"system": system, "baseline": baseline, **role}]}


def matching(*names: str) -> dict:
    return {**PLAIN, "compute_of": list(names)}


FACTORS = {"a": {"settings": {"1": "non_maw", "3": "maw_grpo"}}}


def sweeping(**change: object) -> dict:
    sweep = {"system": "maw_grpo", "option": "attention.strength", "values": [0.5, 1]}
    return {"ablations": FACTORS, "sweeps": {"s": {**sweep, **change}}}


WRONG = {
    "unknown key": ({"sed": [1]}, r"x\.yaml\.sed: unknown key; did you mean 'seeds'\?"),
    "nested key": ({"training": {"stps": 3}}, r"training\.stps: unknown key; did you mean 'steps'"),
    "value": ({"training": {"steps": 0}}, r"training\.steps: .*greater than or equal to 1.* 0"),
    "system kind": (
        {"systems": {"a": {"kind": "bm52"}}},
        r"unknown kind 'bm52'; did you mean 'bm25'",
    ),
    "no kind": ({"systems": {"a": {}}}, r"expected a mapping with `kind:`"),
    "kind's key": (
        {"systems": {"a": {"kind": "bm25", "k2": 1}}},
        r"systems/bm25\.k2: unknown key; known: b, k1",
    ),
    "tuning seed": ({"seeds": [41, 42]}, r"tuning_seed 41 is also a reporting seed"),
    "seeds twice": ({"seeds": [42, 42]}, r"x\.yaml: seeds must differ$"),
    "split": (
        {"datasets": {"d": {"loader": {"kind": "pydocs"}, "split": {"train": 0.9}}}},
        r"train \+ dev \+ test must be 1",
    ),
    "contrast": (
        {"analysis": {"contrasts": [{"system": "maw_grop", "baseline": "non_maw"}]}},
        r"unknown system 'maw_grop'; did you mean 'maw_grpo'",
    ),
    "oracle in a verdict": (
        {"systems": {"a": ORACLE, "b": {"kind": "bm25"}}, "analysis": pair("a", "b")},
        "'a' looks at the judgements that it is scored by; it is for diagnosis",
    ),
    "oracle of one seed": (
        {
            "systems": {"a": ORACLE, "b": {"kind": "bm25"}},
            "seeds": [42],
            "analysis": pair("a", "b", role="reference"),
        },
        r"systems\.a: an oracle is chosen on another seed; train it",
    ),
    "compute of nobody": (
        {"systems": {"a": matching("c"), "b": PLAIN}, "analysis": pair("a", "b")},
        r"systems\.a\.compute_of: unknown system 'c'",
    ),
    "compute of the untrained": (
        {"systems": {"a": matching("b"), "b": {"kind": "bm25"}}, "analysis": pair("a", "b")},
        r"systems\.a\.compute_of: 'b' is not trained",
    ),
    "name": ({"suite": "a/b"}, r"suite: .*letters, digits"),
    "rates": ({"selection": {"learning_rates": [3, 2, 1]}}, r"learning_rates must rise"),
    "setting of nobody": (
        {"ablations": {"a": {"settings": {"1": "non_mow", "2": "maw_grpo"}}}},
        r"ablations\.a: unknown system 'non_mow'; did you mean 'non_maw'",
    ),
    "claimed of nothing": (
        {"ablations": {"a": {**FACTORS["a"], "claimed": "depth"}}},
        r"ablations\.a: no table 'depth'; did you mean 'depths'",
    ),
    "sweep of nobody": (sweeping(system="maw"), r"sweeps\.s: unknown system 'maw'"),
    "sweep untrained": (sweeping(system="bm25"), r"sweeps\.s: 'bm25' is not trained"),
    "sweep of nothing": (
        sweeping(option="attention.strenth"),
        r"'maw_grpo' has no option 'attention\.strenth'",
    ),
    "sweep too far": (sweeping(values=[0.5, 2]), r"attention/maw\.strength: .* 1 \(got 2"),
    "sweep falling": (sweeping(values=[1, 0.5]), r"sweeps\.s: .*values must rise"),
    "sweep shown nowhere": (
        {**sweeping(), "ablations": {}},
        r"sweeps are shown beside `ablations`; name a factor there",
    ),
    "sweep on folds": (
        {
            **sweeping(),
            "datasets": {"d": {"loader": {"kind": "pydocs"}, "split": {"kind": "kfold"}}},
        },
        r"sweeps: a query that one fold of 'd' develops on is tested in another; give it a split",
    ),
    "judged": ({"measures": ["nDCG@10", "Judged@10"]}, r"Judged@10 is described in any case"),
    "measure": ({"measures": ["RR@10"]}, r"'nDCG@10' is not among measures"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_value_is_one_line_that_names_file_key_and_mend(
    content: dict, change: dict, message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        parse_suite({**content, **change}, source="x.yaml")
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("x.yaml")


def test_a_missing_key_is_named(content: dict) -> None:
    del content["analysis"]
    with pytest.raises(InputError, match=r"x\.yaml\.analysis: this key is missing"):
        parse_suite(content, source="x.yaml")


def test_a_file_that_is_not_there_or_not_yaml_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: no such configuration file"):
        read_suite(tmp_path / "none.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("suite: [")
    with pytest.raises(InputError, match=r"broken\.yaml: not readable as YAML: "):
        read_suite(broken)
    broken.write_text("- a list")
    with pytest.raises(InputError, match="expected a mapping of keys, got list"):
        read_suite(broken)


def test_an_oracle_chooses_on_the_next_seed_and_who_matches_compute_is_priced_too(
    content: dict,
) -> None:
    systems = {**content["systems"], "o": ORACLE, "m": matching("non_maw", "maw_grpo")}
    suite = parse_suite({**content, "systems": systems}, source="x.yaml")
    assert [name for name in systems if suite.is_diagnostic(name)] == ["o"]
    assert (suite.seed_after(42), suite.seed_after(43)) == (43, 42)
    assert suite.priced_for("m") == ("m", "non_maw", "maw_grpo")
    assert suite.priced_for("non_maw") == ()


def test_a_lower_precision_re_ranks_neural_systems_and_no_other(content: dict) -> None:
    exact, lower = (
        parse_suite({**content, "training": {**content["training"], **change}}, source="x.yaml")
        for change in ({}, {"precision": "bfloat16"})
    )
    assert "precision" not in run_specs.rank(exact, "maw_grpo", 42)
    assert run_specs.rank(lower, "maw_grpo", 42)["precision"] == "bfloat16"
    assert run_specs.rank(lower, "non_maw_zeroshot", 0)["precision"] == "bfloat16"
    assert run_specs.rank(lower, "bm25", 0) == run_specs.rank(exact, "bm25", 0)
    with pytest.raises(InputError, match="precision"):
        parse_suite({**content, "training": {"precision": "float16"}}, source="x.yaml")


TINY = {"loader": {"kind": "pydocs", "documents": 120}}


def with_datasets(content: dict, **datasets: dict) -> Suite:
    return parse_suite({**content, "datasets": datasets}, source="x.yaml")


def test_a_kfold_dataset_is_trained_as_its_folds_and_reported_as_one(content: dict) -> None:
    suite = with_datasets(content, all={**TINY, "split": {"kind": "kfold", "folds": 3}}, one=TINY)
    assert list(suite.units) == ["all.fold1", "all.fold2", "all.fold3", "one"]
    assert [suite.reported(unit) for unit in suite.units] == ["all", "all", "all", "one"]
    assert list(suite.datasets) == ["all", "one"]
    runs = suite_specs.collect(suite)["runs"]
    assert {run["dataset"]: run.get("reported") for run in runs} == {
        "all.fold1": "all", "all.fold2": "all", "all.fold3": "all", "one": None
    }  # fmt: skip
    stamps = {run["stamps"]["run"] for run in runs if run["system"] == "non_maw"}
    assert len(stamps) == 4 * 2  # no fold's model passes for another's


def test_transferred_models_are_those_of_the_source(content: dict) -> None:
    suite = with_datasets(content, a=TINY, b={**TINY, "split": {"kind": "transfer", "source": "a"}})
    assert suite.training_units == ["a"]
    by_dataset = {
        run["dataset"]: run
        for run in suite_specs.collect(suite)["runs"]
        if run["system"] == "non_maw" and run["seed"] == 42
    }
    assert by_dataset["b"]["trained_on"] == "a"
    assert by_dataset["b"]["stamps"]["run"] == by_dataset["a"]["stamps"]["run"]
    assert by_dataset["b"]["stamps"]["rank"] != by_dataset["a"]["stamps"]["rank"]
    # whose topics are trained on is part of what b is made from
    resalted = {**TINY, "split": {"salt": "other"}}
    other = with_datasets(content, a=resalted, b={**TINY, "split": suite.datasets["b"].split})
    assert suite_specs.chain("prepare", other, dataset="b") != suite_specs.chain(
        "prepare", suite, dataset="b"
    )


@pytest.mark.parametrize(
    ("split", "told"),
    [
        ({"kind": "kfolds"}, "split: unknown kind 'kfolds'; did you mean 'kfold'?"),
        ({"kind": "kfold", "fold": 3}, "split/kfold.fold: unknown key; did you mean 'folds'?"),
        ({"kind": "transfer", "source": "b"}, "unknown dataset 'b'"),
        ({"kind": "transfer", "source": "a"}, "'a' trains no models of its own"),
        ({"kind": "fold", "collection": "a", "fold": 1, "folds": 2}, "made by `kind: kfold`"),
        ({"trian": 0.6}, "unknown key; did you mean 'train'?"),
    ],
)
def test_a_wrong_split_is_told_in_one_line(content: dict, split: dict, told: str) -> None:
    with pytest.raises(InputError) as raised:
        with_datasets(content, a={**TINY, "split": split})
    assert told in str(raised.value)
    assert str(raised.value).startswith("x.yaml")


def test_a_holdout_may_be_named_and_is_written_as_before(content: dict) -> None:
    named = with_datasets(content, a={**TINY, "split": {"kind": "holdout", "salt": "s"}})
    plain = with_datasets(content, a={**TINY, "split": {"salt": "s"}})
    assert run_specs.prepare(named, "a") == run_specs.prepare(plain, "a")
    # what came later is not in the specification of who does not use it
    assert set(run_specs.prepare(plain, "a")) == {"dataset", "loader", "split", "pool"}
    assert set(run_specs.prepare(plain, "a")["split"]) == {"train", "dev", "test", "salt"}


def test_the_least_relevant_grade_is_the_loaders_unless_set_and_told_only_where_not_one(
    content: dict,
) -> None:
    deep = {"kind": "irds", "id": "msmarco-passage/trec-dl-2019/judged"}
    small = {"kind": "irds", "id": "msmarco-passage/dev/small"}
    suite = with_datasets(
        content,
        dl={"loader": deep},
        one={"loader": deep, "relevant_from": 1},
        ms={"loader": small},
        py={**TINY, "relevant_from": 2},
    )
    for stage in ("evaluate", "train", "trial", "select", "price"):
        grades = {
            name: suite_specs.of(stage, suite, dataset=name, system="non_maw").get(
                "relevant_from", 1
            )
            for name in suite.datasets
        }
        assert grades == {"dl": 2, "one": 1, "ms": 1, "py": 2}
    assert "relevant_from" not in suite_specs.of("evaluate", suite, dataset="ms")


def test_a_suite_routes_where_a_system_has_a_router(content: dict) -> None:
    assert parse_suite(content, source="x.yaml").routes
    plain = {name: content["systems"][name] for name in ("bm25", "non_maw")}
    analysis = {**content["analysis"], "contrasts": [{"system": "non_maw", "baseline": "bm25"}]}
    suite = parse_suite({**content, "systems": plain, "analysis": analysis}, source="x.yaml")
    assert not suite.routes

"""All runs in one table; a run of other code, specification or hyper-parameters is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from maw.stages.collect import collect
from maw.stages.shared.searches import SEARCHED, SELECTED

Write = Callable[..., Path]
Call = Callable[..., None]
TABLES = (
    "scores",
    "runs",
    "costs",
    "curves",
    "depths",
    "searches",
    "selections",
    "judged",
    "draws",
)
CONTRASTS = [{"system": "maw", "baseline": "plain", "seeds": "shared"}]
RUNS = [("pydocs", "bm25", 0), ("pydocs", "plain", 42), ("pydocs", "maw", 42)]
CURVE = [{"step": 2, "dev": 0.5, "loss": 1.5, "entropy": None}, {"step": 4, "dev": 0.6}]


def tried(learning_rate: float) -> dict[str, Any]:
    """Return what a trial of the search, or a training, is made with."""
    return {"learning_rate": learning_rate, "options": {"attention.noise": 0.5}}


class SmallSuite:
    """The files of three runs, each with the stamp that the specification expects."""

    def __init__(self, folder: Path, write: Write, call: Call) -> None:
        self.folder, self.write, self.call, self.runs = folder, write, call, RUNS
        self.contrasts = CONTRASTS
        self.frozen: list[dict[str, str]] = []
        self.prices: list[dict[str, str]] = []
        self.times = folder / "data/pydocs/frozen/cost.json"
        self.more_times: list[Path] = []
        self.extra_keys: dict[str, dict[str, str]] = {}
        for dataset, system, seed in RUNS:
            place = folder / "runs" / dataset / system / f"seed{seed}"
            self.put(place / "scores.parquet", self.scores(), "evaluate")
            self.put(place / "run.json", self.about(system), "run")
            self.put(place / "cost.json", {"rank_cpu_seconds": 1.5}, "rank")
            self.put(place / "depths.parquet", self.depths(system), "rank")
            if system != "bm25":
                self.put_training_facts(place)
                self.select(system, [1e-4, 3e-4, 1e-3])
                self.put_price("pydocs", system, flops=2e9 if system == "maw" else 1e9)

    def put(self, path: Path, content: Any, stage: str) -> None:
        self.write(path, content, f"{stage}-{path.parts[-3]}")

    def put_training_facts(self, place: Path) -> None:
        """Write the seconds and versions of the training of the run in a folder."""
        name = place.parent.name
        self.write(place / "training/cost.json", {"train_cpu_seconds": 9.5}, f"run-{name}")
        self.write(place / "versions.json", {"torch": "2", "python": "3"}, f"run-{name}")

    def put_price(self, unit: str, system: str, *, flops: float) -> Path:
        """Write the FLOPs of a training step of a system on one unit, and expect them."""
        self.prices.append({"dataset": unit, "system": system, "stamp": f"price-{unit}"})
        path = self.folder / f"runs/{unit}/{system}/price.json"
        return self.write(path, {"system": system, "flops_per_step": flops}, f"price-{unit}")

    def select(self, system: str, grid: list[float], best: float = 3e-4) -> None:
        trials = [
            {**tried(rate), "dev": 0.6 - abs(rate - best), "at_edge": rate in (grid[0], grid[-1])}
            for rate in grid
        ]
        chosen = {**tried(best), "dev": 0.6, "at_edge": False, "grid": grid, "trials": trials}
        chosen |= {"n_dev": 171, "dev_se": None}
        self.write(self.folder / f"runs/pydocs/{system}/selection.json", chosen, "any")

    @staticmethod
    def scores() -> pd.DataFrame:
        return pd.DataFrame({"query_id": ["a", "b"], "measure": "AP", "value": [0.25, 0.75]})

    @staticmethod
    def about(system: str) -> dict[str, Any]:
        if system == "bm25":
            return {"trained": False, "system": system, "seed": 0, "curve": []}
        return {
            "trained": True,
            "system": system,
            "seed": 42,
            **tried(3e-4),
            "curve": CURVE,
            "draws": ["a1", "b1", "c1", "d1"],
        }

    @staticmethod
    def depths(system: str) -> pd.DataFrame:
        n = 2 if system == "maw" else 0
        ids = {"query_id": ["a", "b"], "doc_id": None, "side": "query"}
        frame = pd.DataFrame({**ids, "depth": [0, 1], "probability": [0.5, 0.75]})
        return frame.head(n)

    def paths(self, name: str) -> list[Path]:
        return [
            self.folder / f"runs/{dataset}/{system}/seed{seed}" / name
            for dataset, system, seed in RUNS
        ]

    def collect(self) -> dict[str, pd.DataFrame]:
        stages = ("evaluate", "run", "rank")
        runs = [
            {
                "dataset": dataset,
                "system": system,
                "seed": seed,
                "stamps": {stage: f"{stage}-{system}" for stage in stages},
                **self.extra_keys.get(dataset, {}),
            }
            for dataset, system, seed in self.runs
        ]
        out = self.folder / "summary"
        self.call(
            collect,
            {
                "runs": runs,
                "contrasts": self.contrasts,
                "frozen": self.frozen,
                "prices": self.prices,
            },
            runs=self.folder / "runs",
            **({"frozen": [self.times, *self.more_times]} if self.frozen else {}),
            **{f"all_{name}": out / f"{name}.parquet" for name in TABLES},
        )
        return {name: pd.read_parquet(out / f"{name}.parquet") for name in TABLES}


@pytest.fixture
def suite(tmp_path: Path, write: Write, call: Call) -> SmallSuite:
    return SmallSuite(tmp_path, write, call)


def refused(suite: SmallSuite, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as left:
        suite.collect()
    assert left.value.code == 2
    assert list((suite.folder / "summary").iterdir()) == []
    return capsys.readouterr().err


def test_scores_of_all_runs_are_stacked_under_their_names(suite: SmallSuite) -> None:
    scores = suite.collect()["scores"]
    assert list(scores.columns) == ["dataset", "system", "seed", "query_id", "measure", "value"]
    named = scores[["dataset", "system", "seed"]].drop_duplicates()
    assert list(named.itertuples(index=False, name=None)) == RUNS
    assert scores.groupby("system")["value"].mean().to_dict() == dict.fromkeys(
        ("bm25", "plain", "maw"), 0.5
    )


def test_a_run_has_one_row_with_what_was_trained(suite: SmallSuite) -> None:
    runs = suite.collect()["runs"].set_index("system")
    assert runs["learning_rate"].dropna().to_dict() == {"plain": 3e-4, "maw": 3e-4}
    assert not runs.columns.intersection(["curve", "stamp", "versions"]).size
    assert not [name for name in runs.columns if "seconds" in name]


def test_a_trained_run_has_the_flops_of_a_training_step(suite: SmallSuite) -> None:
    runs = suite.collect()["runs"].set_index("system")
    assert runs["flops_per_step"].dropna().to_dict() == {"plain": 1e9, "maw": 2e9}


def test_a_suite_that_trains_nothing_has_no_flops(suite: SmallSuite) -> None:
    suite.runs, suite.prices = RUNS[:1], []
    assert "flops_per_step" not in suite.collect()["runs"]


def test_a_price_of_other_code_is_refused(
    suite: SmallSuite, capsys: pytest.CaptureFixture[str]
) -> None:
    path = suite.folder / "runs/pydocs/maw/price.json"
    suite.write(path, {"system": "maw", "flops_per_step": 2e9}, "foreign")
    assert (
        f"{path}: made by other code or another specification (stamp foreign, expected "
        f"price-pydocs); delete {path} and run snakemake again"
    ) in refused(suite, capsys)


def test_seconds_and_versions_of_the_same_runs_are_in_a_table_of_their_own(
    suite: SmallSuite,
) -> None:
    tables = suite.collect()
    costs = tables["costs"]
    key = ["dataset", "system", "seed"]
    pd.testing.assert_frame_equal(costs[key], tables["runs"][key])
    costs = costs.set_index("system")
    assert costs["rank_cpu_seconds"].to_dict() == dict.fromkeys(("bm25", "plain", "maw"), 1.5)
    assert costs["train_cpu_seconds"].dropna().to_dict() == {"plain": 9.5, "maw": 9.5}
    versions = '{"python": "3", "torch": "2"}'
    assert costs["versions"].to_dict() == {"bm25": "{}", "plain": versions, "maw": versions}
    assert not costs.columns.intersection(["stamp"]).size


def test_the_time_of_the_frozen_layers_is_a_cost_of_each_run_that_reads_them(
    suite: SmallSuite,
) -> None:
    times = {"systems": {"plain": {"frozen_cpu_ms_per_text": 5.0}, "maw": {}}}
    suite.write(suite.times, times, "time_frozen")
    suite.frozen = [{"dataset": "pydocs", "stamp": "time_frozen"}]
    costs = suite.collect()["costs"].set_index("system")
    assert costs["frozen_cpu_ms_per_text"].dropna().to_dict() == {"plain": 5.0}


def test_datasets_keep_the_order_of_the_suite_and_not_that_of_their_names(
    suite: SmallSuite,
) -> None:
    # a specification is written with sorted keys, and `a` comes before `pydocs`
    suite.write(suite.times, {"systems": {"maw": {"frozen_cpu_ms_per_text": 5.0}}}, "of pydocs")
    other = suite.folder / "data/a/frozen/cost.json"
    suite.write(other, {"systems": {"maw": {"frozen_cpu_ms_per_text": 7.0}}}, "of a")
    suite.frozen = [
        {"dataset": "pydocs", "stamp": "of pydocs"},
        {"dataset": "a", "stamp": "of a"},
    ]
    suite.more_times = [other]
    costs = suite.collect()["costs"].set_index("system")
    assert costs["frozen_cpu_ms_per_text"].dropna().to_dict() == {"maw": 5.0}


def test_times_of_other_frozen_layers_are_refused(
    suite: SmallSuite, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.write(suite.times, {"systems": {}}, "other")
    suite.frozen = [{"dataset": "pydocs", "stamp": "time_frozen"}]
    assert f"{suite.times}: made by other code or another specification" in refused(suite, capsys)


def test_what_is_only_described_is_kept_apart_from_the_scores(suite: SmallSuite) -> None:
    for path, (_, system, _) in zip(suite.paths("scores.parquet"), RUNS, strict=True):
        judged = pd.DataFrame({"query_id": ["a"], "measure": "Judged@10", "value": [0.9]})
        suite.write(path, pd.concat([suite.scores(), judged]), f"evaluate-{system}")
    tables = suite.collect()
    assert set(tables["scores"]["measure"]) == {"AP"}
    assert tables["judged"]["value"].tolist() == [0.9] * 3


def test_curves_have_a_row_per_step_and_quantity_that_was_measured(suite: SmallSuite) -> None:
    curves = suite.collect()["curves"]
    assert set(curves["system"]) == {"plain", "maw"}
    mine = curves.loc[curves["system"] == "maw", ["step", "quantity", "value"]]
    assert list(mine.itertuples(index=False, name=None)) == [
        (2, "dev", 0.5),
        (2, "loss", 1.5),
        (4, "dev", 0.6),
    ]


def test_depths_are_those_of_the_systems_that_have_some(suite: SmallSuite) -> None:
    depths = suite.collect()["depths"]
    assert depths[["system", "query_id", "depth"]].to_dict("list") == {
        "system": ["maw", "maw"],
        "query_id": ["a", "b"],
        "depth": [0, 1],
    }


def test_a_suite_without_depths_and_searches_has_the_columns_nonetheless(suite: SmallSuite) -> None:
    suite.runs = RUNS[:1]
    tables = suite.collect()
    assert tables["depths"].empty
    assert {"dataset", "system", "depth"} <= set(tables["depths"].columns)
    # later stages look for queries in it, which pyarrow cannot do in a column of no type
    schema = pq.read_schema(suite.folder / "summary/depths.parquet")
    assert {pa.types.is_null(schema.field(name).type) for name in ("query_id", "side")} == {False}
    assert list(tables["searches"].columns) == SEARCHED
    assert list(tables["selections"].columns) == SELECTED


def test_a_search_has_a_row_per_trial_and_a_row_of_what_it_chose(suite: SmallSuite) -> None:
    tables = suite.collect()
    assert list(tables["searches"].columns) == SEARCHED
    assert tables["searches"]["system"].tolist() == ["plain"] * 3 + ["maw"] * 3
    assert list(tables["selections"].columns) == SELECTED
    assert tables["selections"]["system"].tolist() == ["plain", "maw"]
    assert tables["selections"]["n_dev"].tolist() == [171, 171]


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("scores.parquet", "evaluate"),
        ("run.json", "run"),
        ("cost.json", "rank"),
        ("depths.parquet", "rank"),
        ("training/cost.json", "run"),
        ("versions.json", "run"),
    ],
)
def test_a_file_with_a_foreign_stamp_is_refused_by_name(
    suite: SmallSuite, capsys: pytest.CaptureFixture[str], name: str, stage: str
) -> None:
    path = suite.paths(name)[2]
    content = pd.read_parquet(path) if path.suffix == ".parquet" else suite.about("maw")
    suite.write(path, content, "foreign")
    message = refused(suite, capsys)
    assert (
        f"{path}: made by other code or another specification (stamp foreign, expected "
        f"{stage}-maw); delete {path.parent} and run snakemake again" in message
    )


def test_a_file_of_another_program_is_refused(
    suite: SmallSuite, capsys: pytest.CaptureFixture[str]
) -> None:
    path = suite.paths("scores.parquet")[1]
    suite.scores().to_parquet(path)
    assert f"{path}: damaged, half written, or not of this version" in refused(suite, capsys)


def test_systems_searched_on_different_grids_are_refused(
    suite: SmallSuite, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.select("maw", [1e-4, 3e-4, 1e-3, 3.33e-3])
    message = refused(suite, capsys)
    assert (
        "maw/selection.json: searched learning rates [0.0001, 0.0003, 0.001, 0.00333] but "
        in message
    )
    assert (
        "plain/selection.json searched [0.0001, 0.0003, 0.001]; every system needs equal trials"
        in message
    )


def test_a_run_trained_at_another_rate_than_was_chosen_is_refused(
    suite: SmallSuite, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.select("maw", [1e-4, 3e-4, 1e-3], best=1e-3)
    message = refused(suite, capsys)
    assert (
        'maw/seed42/run.json: trained with {"attention.noise": 0.5, "learning_rate": 0.0003}, but '
        '{"attention.noise": 0.5, "learning_rate": 0.001} was chosen; delete ' in message
    )


def ranked_elsewhere(suite: SmallSuite, dataset: str) -> None:
    """Add a ranking by `plain` for other queries; its model is not trained on that dataset."""
    place = suite.folder / f"runs/{dataset}/plain/seed42"
    suite.put(place / "scores.parquet", suite.scores().assign(query_id=["c", "d"]), "evaluate")
    suite.put(place / "cost.json", {"rank_cpu_seconds": 2.5}, "rank")
    suite.put(place / "depths.parquet", suite.depths("plain"), "rank")
    suite.runs = [*RUNS, (dataset, "plain", 42)]


def test_a_transferred_model_is_described_where_it_was_made(suite: SmallSuite) -> None:
    ranked_elsewhere(suite, "other")
    suite.extra_keys = {"other": {"trained_on": "pydocs"}}
    tables = suite.collect()
    transferred = tables["runs"][tables["runs"]["dataset"] == "other"].iloc[0]
    assert (transferred["trained_on"], transferred["learning_rate"]) == ("pydocs", 3e-4)
    assert transferred["flops_per_step"] == 1e9  # of the training that made the model
    cost = tables["costs"][tables["costs"]["dataset"] == "other"].iloc[0]
    assert (cost["train_cpu_seconds"], cost["rank_cpu_seconds"]) == (9.5, 2.5)
    # searched, and its curve drawn, under the dataset that it was trained on alone
    assert set(tables["selections"]["dataset"]) == set(tables["curves"]["dataset"]) == {"pydocs"}


def test_a_transferred_model_at_another_rate_than_was_chosen_is_refused(
    suite: SmallSuite, capsys: pytest.CaptureFixture[str]
) -> None:
    ranked_elsewhere(suite, "other")
    suite.extra_keys = {"other": {"trained_on": "pydocs"}}
    suite.select("plain", [1e-4, 3e-4, 1e-3], best=1e-3)
    assert "plain/seed42/run.json: trained with " in refused(suite, capsys)


def test_the_scores_of_folds_stand_under_their_collection(suite: SmallSuite) -> None:
    ranked_elsewhere(suite, "all.fold2")
    place = suite.folder / "runs/all.fold2/plain"
    suite.put(place / "seed42/run.json", suite.about("plain"), "run")
    suite.put_training_facts(place / "seed42")
    chosen = suite.folder / "runs/pydocs/plain/selection.json"
    (place / "selection.json").write_bytes(chosen.read_bytes())
    suite.put_price("all.fold2", "plain", flops=3e9)
    suite.extra_keys = {"all.fold2": {"reported": "all"}}
    tables = suite.collect()
    joined = tables["scores"][tables["scores"]["dataset"] == "all"]
    assert joined["query_id"].tolist() == ["c", "d"]
    of_fold = tables["runs"][tables["runs"]["dataset"] == "all"]
    assert of_fold["fold"].tolist() == ["all.fold2"]
    assert of_fold["flops_per_step"].tolist() == [3e9]
    # a search and a curve are of one fold's models
    assert set(tables["selections"]["dataset"]) == {"pydocs", "all.fold2"}


def test_the_steps_that_two_systems_share_at_a_seed_are_counted(suite: SmallSuite) -> None:
    longer = suite.about("maw") | {"draws": ["a1", "b1", "c1", "d1", "e1", "f1"]}
    suite.put(suite.paths("run.json")[2], longer, "run")
    draws = suite.collect()["draws"]
    assert draws.to_dict("list") == {
        "dataset": ["pydocs"],
        "system": ["maw"],
        "baseline": ["plain"],
        "seed": [42],
        "shared_steps": [4],
        "steps": [6],
    }


def test_an_independent_contrast_of_systems_that_draw_the_same_is_refused(
    suite: SmallSuite, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.contrasts = [CONTRASTS[0] | {"seeds": "independent"}]
    _, plain, maw = suite.paths("run.json")
    assert (
        f"{maw} and {plain}: drew the same batches in 4 of 4 steps, but the plan calls the seeds "
        "of 'maw' against 'plain' independent; write `seeds: shared` in that contrast"
    ) in refused(suite, capsys)


def test_two_seeds_that_draw_the_same_are_refused(
    suite: SmallSuite, capsys: pytest.CaptureFixture[str]
) -> None:
    place = suite.folder / "runs/pydocs/plain/seed43"
    suite.put(place / "run.json", suite.about("plain") | {"draws": ["a1", "b1", "c1", "d1"]}, "run")
    suite.put_training_facts(place)
    suite.put(place / "scores.parquet", suite.scores(), "evaluate")
    suite.put(place / "cost.json", {"rank_cpu_seconds": 1.5}, "rank")
    suite.put(place / "depths.parquet", suite.depths("plain"), "rank")
    suite.runs = [*RUNS, ("pydocs", "plain", 43)]
    assert (
        f"{suite.paths('run.json')[1]} and {place / 'run.json'}: seeds 42 and 43 drew the same "
        "batches in 4 of 4 steps, so they are not two trainings; delete both folders and run "
        "snakemake again, or enlarge split.train"
    ) in refused(suite, capsys)

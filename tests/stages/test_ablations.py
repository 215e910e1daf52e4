"""The ablation tables of a suite whose models are trained on folds, or on another dataset."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.stages.ablations import ablations

Write = Callable[..., Path]
Call = Callable[..., None]
PRIMARY, SYSTEMS = "nDCG@10", ("plain", "deep")
DATASETS = ("all", "one", "moved")
TABLES = {"all.fold1": ["all"], "all.fold2": ["all"], "one": ["one", "moved"]}
FLOPS = {"all.fold1": 2e9, "all.fold2": 4e9, "one": 8e9}

KEY, SIZES = ["dataset", "system", "seed"], ["trained_parameters", "inference_parameters"]


class Suite:
    """Files of a suite with two systems and three datasets.

    `all` has two folds; `moved` is ranked by the models that were trained on `one`.
    """

    def __init__(self, folder: Path, write: Write, call: Call) -> None:
        self.folder, self.call = folder, call
        self.spec: dict[str, Any] = {
            "primary": PRIMARY,
            "factors": [
                {"name": "Depths", "settings": [["1", "plain"], ["8", "deep"]], "claimed": {}}
            ],
            "prices": [
                {"dataset": unit, "tables": tables, "system": system, "stamp": f"{unit} {system}"}
                for unit, tables in TABLES.items()
                for system in SYSTEMS
            ],
            "trials": [
                {"dataset": "one", "sweep": "s", "system": "deep", "option": "attention.strength",
                 "value": value, "stamp": f"s {value}"}
                for value in (0.5, 1.0)
            ],
        }  # fmt: skip
        self.inputs: dict[str, Any] = {
            name: write(folder / f"{name}.parquet", frame)
            for name, frame in (
                ("comparisons", self.compared()),
                ("leaderboard", self.board()),
                ("runs", self.runs()[[*KEY, *SIZES]]),
                ("costs", self.runs().drop(columns=SIZES)),
            )
        }
        self.inputs["prices"] = [
            write(
                folder / f"{price['stamp']}.json",
                {"flops_per_step": FLOPS[price["dataset"]] * (1 + (price["system"] == "deep"))},
                price["stamp"],
            )
            for price in self.spec["prices"]
        ]
        self.inputs["trials"] = [
            write(
                folder / f"{trial['stamp']}.json",
                {"trials": [{"learning_rate": 1e-3, "dev": 0.7 - trial["value"] / 10}]},
                trial["stamp"],
            )
            for trial in self.spec["trials"]
        ]

    @staticmethod
    def compared() -> pd.DataFrame:
        return pd.DataFrame(
            [
                {"dataset": dataset, "system": "deep", "baseline": "plain", "measure": PRIMARY,
                 "role": "exploratory", "difference": 0.01, "p_bh": 0.4, "fcr_low": None,
                 "fcr_high": None}
                for dataset in DATASETS
            ]
        )  # fmt: skip

    @staticmethod
    def board() -> pd.DataFrame:
        return pd.DataFrame(
            [
                {"dataset": dataset, "system": system, "measure": PRIMARY, "mean": 0.5,
                 "ci_low": 0.4, "ci_high": 0.6, "n_seeds": 1}
                for dataset in DATASETS
                for system in SYSTEMS
            ]
        )  # fmt: skip

    @staticmethod
    def runs() -> pd.DataFrame:
        """Return the runs as `collect` writes them: the folds under the name of their dataset."""
        seconds = [("all", 10.0), ("all", 14.0), ("one", 30.0), ("moved", 30.0)]
        return pd.DataFrame(
            [
                {"dataset": dataset, "system": system, "seed": 42, "train_cpu_seconds": cpu_seconds,
                 "trained_parameters": 2e6, "inference_parameters": 1e6,
                 "encode_texts_per_second": 500.0}
                for dataset, cpu_seconds in seconds
                for system in SYSTEMS
            ]
        )  # fmt: skip

    def tabulate(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        tables = {name: self.folder / f"out/{name}.parquet" for name in ("ablations", "sweeps")}
        csvs = {f"{name}_csv": self.folder / f"out/{name}.csv" for name in tables}
        self.call(ablations, self.spec, **self.inputs, **tables, **csvs)
        assert all(path.stat().st_size > 0 for path in csvs.values())
        return pd.read_parquet(tables["ablations"]), pd.read_parquet(tables["sweeps"])


@pytest.fixture
def suite(tmp_path: Path, write: Write, call: Call) -> Suite:
    return Suite(tmp_path, write, call)


def test_rows_are_of_reported_datasets_at_the_price_of_what_was_trained(suite: Suite) -> None:
    settings, sweeps = suite.tabulate()
    rows = settings.set_index(["dataset", "system"])
    assert list(rows.index) == [(dataset, system) for dataset in DATASETS for system in SYSTEMS]
    # of two folds the mean; of transferred models what their source cost
    assert rows["flops_per_step"].tolist() == [3e9, 6e9, 8e9, 16e9, 8e9, 16e9]
    assert rows.loc[("all", "deep"), "train_cpu_seconds"] == 12
    assert rows["difference"].notna().groupby("system").sum().to_dict() == {"deep": 3, "plain": 0}
    assert sweeps["dataset"].tolist() == ["one", "one"]
    assert sweeps["best"].tolist() == [True, False]


def test_a_price_of_other_code_is_refused(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    suite.spec["prices"][2]["stamp"] = "another"
    with pytest.raises(SystemExit):
        suite.tabulate()
    assert "all.fold2 plain.json: made by other code" in capsys.readouterr().err

"""The table of what routers do: by dataset, system, seed and side, and only of its own files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.stages.routing import routing
from maw.verdicts.routing import ROUTING

Write = Callable[..., Path]
Call = Callable[..., None]
Curve = tuple[str, str, int, int, str, float]
KEY = {"dataset": "toy.fold1", "reported": "toy"}
QUERIES = ["q1", "q2", "q3", "q4"]


class SmallSuite:
    """The files of one routed system with two seeds, and of its control with two."""

    def __init__(self, folder: Path, write: Write, call: Call) -> None:
        self.folder, self.write, self.call = folder, write, call
        self.mixes, self.documents = False, True
        self.system = folder / "runs/toy.fold1/maw"
        self.put_data()
        policy = [(seed, "query", "effective_depths", 1.5) for seed in (1, 2)]
        columns = ["seed", "side", "quantity", "value"]
        write(self.system / "policy.parquet", pd.DataFrame(policy, columns=columns), "seen")
        # each query is best under the depth that is its number modulo 2, on both seeds
        rows = [
            (seed, query, depth, 0.8 if (n + depth) % 2 else 0.2)
            for seed in (1, 2)
            for n, query in enumerate(QUERIES)
            for depth in (0, 1)
        ]
        by_depth = pd.DataFrame(rows, columns=["seed", "query_id", "depth", "value"])
        write(self.system / "by_depth.parquet", by_depth, "seen")
        for seed in (1, 2):
            write(self.system / f"seed{seed}/depths.parquet", self.depths(), "ranked")
            scores = pd.DataFrame({"query_id": QUERIES, "measure": "AP", "value": 0.1 * seed})
            path = folder / f"runs/toy.fold1/plain/seed{seed}/scores.parquet"
            write(path, pd.concat([scores, scores.assign(measure="RR@10", value=1.0)]), "scored")

    def put_data(self) -> None:
        data = self.folder / "data/toy.fold1"
        texts = pd.DataFrame({"doc_id": ["d1", "d2"], "text": ["one", "one two three"]})
        self.write(data / "documents.parquet", texts)
        words = [" ".join(["word"] * n) for n in (1, 2, 3, 4)]
        table = {"query_id": QUERIES, "text": words, "cluster": ["a", "a", "b", "b"]}
        self.write(data / "queries.parquet", pd.DataFrame(table))
        judged = [(query, "d1", 1) for query in QUERIES]
        qrels = pd.DataFrame(judged, columns=["query_id", "doc_id", "relevance"])
        self.write(data / "qrels.parquet", qrels)

    @staticmethod
    def depths() -> pd.DataFrame:
        """Queries have depths 1, 1, 1, 0, and documents 0 and 1."""
        queries = pd.DataFrame({"query_id": QUERIES, "side": "query", "depth": [1, 1, 1, 0]})
        documents = pd.DataFrame({"doc_id": ["d1", "d2"], "side": "document", "depth": [0, 1]})
        return pd.concat([queries, documents], ignore_index=True)

    def runs(self, system: str, stamps: dict[str, str]) -> list[dict[str, Any]]:
        return [{**KEY, "system": system, "seed": seed, "stamps": stamps} for seed in (1, 2)]

    def table(self, curves: list[Curve] | None = None) -> pd.DataFrame:
        entry = {
            "dataset": "toy.fold1",
            "system": "maw",
            "stamp": "seen",
            "mixes": self.mixes,
            "documents": self.documents,
            "runs": self.runs("maw", {"rank": "ranked"}),
            "control": self.runs("plain", {"evaluate": "scored"}),
        }
        columns = ["dataset", "system", "seed", "step", "quantity", "value"]
        out = self.folder / "summary/routing.parquet"
        self.call(
            routing,
            {"primary": "AP", "systems": [entry]},
            runs=self.folder / "runs",
            data=self.folder / "data",
            curves=self.write(
                self.folder / "summary/curves.parquet", pd.DataFrame(curves or [], columns=columns)
            ),
            routing=out,
            routing_csv=self.folder / "tables/routing.csv",
        )
        return pd.read_parquet(out)


@pytest.fixture
def suite(tmp_path: Path, write: Write, call: Call) -> SmallSuite:
    return SmallSuite(tmp_path, write, call)


def of_side(table: pd.DataFrame, side: str, seed: int = 1) -> dict[str, float]:
    rows = table[(table["side"] == side) & (table["seed"] == seed)]
    return dict(zip(rows["quantity"], rows["value"], strict=True))


def test_every_quantity_has_a_row_of_its_seed_and_side_under_the_name_of_the_fold(
    suite: SmallSuite,
) -> None:
    table = suite.table()
    assert list(table.columns) == ROUTING
    assert set(table["dataset"]) == {"toy.fold1"}
    assert not table.duplicated(ROUTING[:-1]).any()
    assert table["seed"].tolist() == sorted(table["seed"])
    csv = pd.read_csv(suite.folder / "tables/routing.csv")
    pd.testing.assert_frame_equal(csv, table, check_dtype=False)


def test_the_quantities_of_queries_by_hand(suite: SmallSuite) -> None:
    table = suite.table()
    quantities = of_side(table, "query")
    expected = {
        "effective_depths": 1.5,  # as `diagnose` wrote it
        "effective_depths_used": 4 / 3**0.75,  # shares 3/4 and 1/4
        "mutual_information_relevant": 0,  # each has one
        "mutual_information_length": 0.8112781,  # the entropy of the choice in bits: all differ
        "mutual_information_cluster": 0.3112781,  # that less half a bit left within b
        # The best depths are 1, 0, 1, 0: the router scores (.8 + .2 + .8 + .8) / 4, the oracle .8,
        # and a mean depth .5.
        "regret_oracle": 0.15,
        "oracle_headroom_within": 0.3,
        "oracle_headroom_across": 0.3,
        # the control's two seeds score .1 and .2 on every query
        "control_options": 2,
        "control_headroom_within": 0.05,
    }
    assert {name: quantities[name] for name in expected} == pytest.approx(expected)
    assert quantities == of_side(table, "query", seed=2) | {
        name: value for name, value in quantities.items() if name.endswith("by_chance")
    }


def test_documents_are_described_only_where_they_are_kept_encoded(suite: SmallSuite) -> None:
    assert of_side(suite.table(), "document") == pytest.approx(
        {
            "effective_depths_used": 2,
            "mutual_information_length": 1,
            "mutual_information_length_by_chance": 1,
        }
    )
    suite.documents = False
    assert of_side(suite.table(), "document") == {}


def test_a_router_that_mixes_depths_has_no_choices(suite: SmallSuite) -> None:
    suite.mixes = True
    empty = pd.read_parquet(suite.system / "by_depth.parquet").head(0)
    suite.write(suite.system / "by_depth.parquet", empty, "seen")
    assert of_side(suite.table(), "query") == {"effective_depths": 1.5}


def test_training_is_the_mean_over_logged_steps_of_the_same_fold(suite: SmallSuite) -> None:
    key = ("toy.fold1", "maw", 1)
    curves: list[Curve] = [
        (*key, 2, "tied_share", 0.5),
        (*key, 4, "tied_share", 1.0),
        (*key, 4, "router_gradient", 3.0),
        (*key, 4, "advantage_mass_focus", 0.25),
        (*key, 4, "loss", 9.0),
        ("toy.fold2", "maw", 1, 4, "tied_share", 0.0),
        ("toy.fold1", "plain", 1, 4, "tied_share", 0.0),
    ]
    table = suite.table(curves)
    expected = {"tied_share": 0.75, "router_gradient": 3.0, "advantage_mass_focus": 0.25}
    assert of_side(table, "training") == expected
    assert of_side(table, "training", seed=2) == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("maw/policy.parquet", "seen"),
        ("maw/by_depth.parquet", "seen"),
        ("maw/seed2/depths.parquet", "ranked"),
        ("plain/seed1/scores.parquet", "scored"),
    ],
)
def test_a_file_with_a_foreign_stamp_is_refused_by_name(
    suite: SmallSuite, capsys: pytest.CaptureFixture[str], name: str, expected: str
) -> None:
    path = suite.folder / "runs/toy.fold1" / name
    suite.write(path, pd.read_parquet(path), "foreign")
    with pytest.raises(SystemExit) as left:
        suite.table()
    assert left.value.code == 2
    assert (
        f"{path}: made by other code or another specification (stamp foreign, expected "
        f"{expected}); delete {path.parent} and run snakemake again"
    ) in capsys.readouterr().err

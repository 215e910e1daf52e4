"""A collection becomes eight tables, an index and a description, checked for leaks."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import tests.standins as standins
from maw.datasets.census import Census
from maw.datasets.collection import Collection
from maw.datasets.loaders import irds
from maw.jobs.files import canonical, map_arrays, read_json, read_stamp
from maw.stages.prepare import count
from tests.stages.preparation import COLUMNS, TEXTS, Call, beir, prepared, spec_of, tables_of


def test_eight_tables_have_exactly_their_columns_and_nothing_else_is_written(
    tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    out = prepared(call, spec_of(beir(tmp_path / "own")), tmp_path / "out")
    assert {name: list(frame.columns) for name, frame in tables_of(out).items()} == COLUMNS
    assert {path.name for path in out.iterdir()} == {
        *(f"{name}.parquet" for name in COLUMNS),
        "bm25.safetensors",
        "dataset.json",
    }
    # the index's stamp is that of the tables, whose documents it has
    assert read_stamp(out / "bm25.safetensors") == read_stamp(out / "documents.parquet")
    (shard,) = map_arrays(out / "bm25.safetensors")
    assert len(shard["lengths"]) == 46
    split = pd.read_parquet(out / "split.parquet")["split"].value_counts()
    assert capsys.readouterr().out.startswith(
        f"maw prepare: own: 46 documents, 45 queries ({split['train']} train, {split['dev']} dev, "
        f"{split['test']} test), no leak ("
    )


def test_a_collection_that_knows_its_modes_has_a_column_of_them(tmp_path: Path, call: Call) -> None:
    loader = {"kind": "routing_control", "bags": 5, "queries_per_bag": 4}
    spec = {**spec_of(beir(tmp_path / "own")), "loader": loader}
    queries = pd.read_parquet(prepared(call, spec, tmp_path / "out") / "queries.parquet")
    assert list(queries.columns) == ["query_id", "text", "cluster", "mode"]
    assert queries["mode"].dtype == "int64"
    assert len(queries) == 20
    assert queries["mode"].between(0, 3).all()


def test_the_tables_agree_with_each_other(tmp_path: Path, call: Call) -> None:
    tables = tables_of(prepared(call, spec_of(beir(tmp_path / "own")), tmp_path / "out"))
    assert tables["documents"]["text"].tolist() == [*TEXTS, ""]
    assert tables["queries"]["cluster"].equals(tables["queries"]["query_id"])
    split_of = tables["split"].set_index("query_id")["split"]
    assert set(split_of) == {"train", "dev", "test"}
    assert list(split_of.index) == list(tables["queries"]["query_id"])
    train = set(split_of.index[split_of == "train"])
    pairs = {
        name: set(tables[name][["query_id", "doc_id"]].itertuples(index=False, name=None))
        for name in ("qrels", "training", "negatives", "forbidden")
    }
    # no document is a query's own here: all relevant documents of train queries may be learned from
    assert pairs["training"] == {pair for pair in pairs["qrels"] if pair[0] in train}
    assert pairs["forbidden"] == pairs["training"]
    assert pairs["negatives"].isdisjoint(pairs["qrels"])
    assert {query for query, _ in pairs["negatives"]} == train
    assert tables["negatives"].groupby("query_id")["rank"].max().between(1, 20).all()


def test_the_description_holds_counts_hash_licence_and_the_leak_check(
    tmp_path: Path, call: Call
) -> None:
    out = prepared(call, spec_of(beir(tmp_path / "own", judged=40)), tmp_path / "out")
    tables, about = tables_of(out), read_json(out / "dataset.json")
    sides = tables["split"]["split"].value_counts()
    judged = tables["split"]["query_id"].isin(tables["qrels"]["query_id"])
    assert about["counts"] == {
        "documents": 46,
        "empty_documents": 1,
        "judged_documents_not_in_corpus": 0,
        "queries": 45,
        "judgements": 80,
        "queries_without_judgement": 5,
        "queries_without_relevant": 0,
        "queries_with_twin": 0,
        "clusters": 45,
        "effective_clusters": 45,
        **{side: sides[side] for side in ("train", "dev", "test")},
        **{
            f"{side}_judged": int((judged & tables["split"]["split"].eq(side)).sum())
            for side in ("train", "dev", "test")
        },
        "judgements_of_unknown_queries": 0,
        "judgements_repeated": 0,
    }
    assert about["leak_check"] == {
        "held_out_own_documents": 0,
        "training_pairs": len(tables["training"]),
        "training_pairs_removed": 0,
        "negatives": len(tables["negatives"]),
        "groups": 45,
        "leaks": 0,
    }
    assert (about["name"], about["licence"], about["source"]) == (
        "own",
        "CC0-1.0",
        "BEIR folder own",
    )
    # each row as a JSON list without blanks: documents, queries, judgements
    lines = [
        json.dumps(list(row), separators=(",", ":"), ensure_ascii=False)
        for name in ("documents", "queries", "qrels")
        for row in tables[name].itertuples(index=False)
    ]
    content = "".join(f"{line}\n" for line in lines).encode()
    assert about["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path, call: Call) -> None:
    spec = spec_of(beir(tmp_path / "own"))
    first, second = (prepared(call, spec, tmp_path / name) for name in ("one", "two"))
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_every_output_carries_the_same_stamp_with_the_specification(
    tmp_path: Path, call: Call
) -> None:
    spec = spec_of(beir(tmp_path / "own"))
    out = prepared(call, spec, tmp_path / "out")
    stamps = [read_stamp(path) for path in sorted(out.iterdir())]
    assert all(stamp == stamps[0] for stamp in stamps)
    assert (stamps[0]["stage"], stamps[0]["spec"], stamps[0]["reads"]) == ("prepare", spec, [])


def test_docstrings_are_split_without_a_leak(tmp_path: Path, call: Call) -> None:
    spec = {
        "dataset": "tiny",
        "loader": {"kind": "pydocs", "documents": 150, "packages": ["numpy"]},
        "split": {},
        "pool": {},
    }
    out = prepared(call, spec, tmp_path / "out")
    tables, about = tables_of(out), read_json(out / "dataset.json")
    sides = tables["split"].set_index("query_id")["split"]
    held = set(sides.index[sides != "train"])
    for name in ("training", "negatives"):
        assert held.isdisjoint(tables[name]["doc_id"])  # documents bear their queries' names
        assert held.isdisjoint(tables[name]["query_id"])
    checked = about["leak_check"]
    assert checked["held_out_own_documents"] == len(held) > 30
    assert checked["training_pairs_removed"] > 30  # a random split leaks
    relevant = tables["qrels"]["query_id"].map(sides).eq("train").sum()
    assert checked["training_pairs"] == relevant - checked["training_pairs_removed"]
    assert checked["leaks"] == 0
    assert list(about["versions"]) == ["numpy"]


def test_a_side_that_is_not_asked_for_may_be_empty(tmp_path: Path, call: Call) -> None:
    spec = spec_of(beir(tmp_path / "own"), train=0, dev=0, test=1)
    tables = tables_of(prepared(call, spec, tmp_path / "out"))
    assert set(tables["split"]["split"]) == {"test"}
    assert {name: list(frame.columns) for name, frame in tables.items()} == COLUMNS
    assert len(tables["training"]) == len(tables["negatives"]) == len(tables["forbidden"]) == 0


@pytest.fixture
def small() -> Collection:
    """Return a collection of three queries in two clusters.

    Query b is judged, but no document of the collection is relevant to it.
    """
    return Collection(
        documents=pd.DataFrame({"doc_id": ["d1", "d2"], "text": ["lift", " \t"]}),
        queries=pd.DataFrame({"query_id": ["a", "b", "c"], "text": "x", "cluster": [1, 1, 2]}),
        qrels=pd.DataFrame(
            [("a", "d1", 2), ("b", "d1", 0), ("b", "d9", 1)],
            columns=["query_id", "doc_id", "relevance"],
        ),
        groups={},
        licence="",
        source="",
        twins=pd.DataFrame({"query_id": ["a", "a"], "doc_id": ["d1", "d2"]}),
    )


def test_counts_of_a_collection_small_enough_to_see_through(small: Collection) -> None:
    census = Census(set(small.qrels["doc_id"]))
    assert [len(block) for block in census.of(small.blocks())] == [2]
    assert count(small, {"a": "test", "b": "test", "c": "train"}, census) == {
        "documents": 2,
        "empty_documents": 1,
        "judged_documents_not_in_corpus": 1,
        "queries": 3,
        "judgements": 3,
        "queries_without_judgement": 1,
        "queries_without_relevant": 1,
        "queries_with_twin": 1,
        "clusters": 2,
        "effective_clusters": 2,  # (2 + 1)² / (2² + 1²) = 1.8
        **{"train": 1, "train_judged": 0, "dev": 0, "dev_judged": 0, "test": 2, "test_judged": 1},
    }


def test_the_hash_sees_every_change(small: Collection) -> None:
    assert isinstance(small.documents, pd.DataFrame)
    other = small.documents.assign(text=["lift", " "])
    graded = small.qrels.assign(relevance=[2, 0, 2])
    hashes = set()
    for change in ({}, {"documents": other}, {"qrels": graded}, {"licence": "MIT"}):
        changed, census = Collection(**{**vars(small), **change}), Census(set())
        assert len([*census.of(changed.blocks())]) == 1
        hashes.add(census.sha256(changed.queries, changed.qrels))
    assert len(hashes) == 3  # the licence is no content


@pytest.mark.parametrize("size", [7, 66])
def test_a_corpus_that_comes_in_blocks_is_written_in_blocks_and_counted_and_hashed_as_one(
    size: int, home: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    standins.beir(home, "scidocs", {"test": range(40)})
    monkeypatch.setattr(irds, "CHUNK", size)
    spec = spec_of(tmp_path) | {"loader": {"kind": "irds", "id": "beir/scidocs", "verify": False}}
    out = prepared(call, spec, tmp_path / "out")
    assert pq.ParquetFile(out / "documents.parquet").num_row_groups == -(-66 // size)
    documents = pd.read_parquet(out / "documents.parquet")
    assert documents["doc_id"].tolist() == [f"d{n}" for n in range(66)]
    assert documents["text"][5] == f"Note 5 {standins.passage(5)}"
    about = read_json(out / "dataset.json")
    assert about["counts"]["documents"] == 66
    rows = [*documents.itertuples(index=False, name=None)]
    for name in ("queries", "qrels"):
        rows += pd.read_parquet(out / f"{name}.parquet").itertuples(index=False, name=None)
    content = "".join(f"{canonical(list(row))}\n" for row in rows)
    assert about["sha256"] == hashlib.sha256(content.encode()).hexdigest()

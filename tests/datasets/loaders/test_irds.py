"""ir_datasets reads small files in its own formats, which the tests put into its cache."""

import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import tests.standins as standins
from maw.datasets.collection import Collection
from maw.datasets.loaders import irds
from maw.errors import InputError
from maw.settings import registry

TOPICS = range(20)


def load(**options: Any) -> Collection:
    config = registry.parse("loaders", {"kind": "irds", "verify": False, **options})
    return standins.whole(registry.module_of(config).load(config))


def test_beir_joins_title_and_text_and_counts_what_it_read(home: Path) -> None:
    standins.beir(home, "scifact", {"train": range(20, 50), "test": TOPICS})
    collection = load(id="beir/scifact/test")
    assert standins.documents_of(collection)["text"][3] == f"Note 3 {standins.passage(3)}"
    assert list(standins.documents_of(collection)["doc_id"]) == [f"d{n}" for n in range(66)]
    # the package's own figures are those of the published set: 300 topics
    assert list(collection.queries["query_id"]) == [str(n) for n in TOPICS]
    assert collection.queries["text"][7] == standins.topic(7)
    assert len(collection.qrels) == 40
    assert collection.qrels.iloc[0].tolist() == ["0", "d0", 1]
    assert "CC-BY-4.0" in collection.licence
    assert "Wadden2020Scifact: Fact or Fiction" in collection.citation
    assert collection.source == "ir_datasets beir/scifact/test; files not verified"
    # nothing was copied into a store of pickles
    assert not list(home.rglob("*.pklz4"))


@pytest.mark.parametrize("name", ["nq", "scidocs"])
def test_beir_sets_of_one_split(home: Path, name: str) -> None:
    standins.beir(home, name, {"test": TOPICS})
    collection = load(id=f"beir/{name}")
    assert (
        len(standins.documents_of(collection)),
        len(collection.queries),
        len(collection.qrels),
    ) == (66, 20, 40)


def test_ids_of_one_corpus_are_joined_and_keep_their_splits(home: Path) -> None:
    standins.beir(home, "fiqa", {"train": range(20, 50), "dev": range(50, 60), "test": TOPICS})
    collection = load(id="beir/fiqa/test", train=["beir/fiqa/train"], dev=["beir/fiqa/dev"])
    assert len(collection.queries) == 60
    assert [collection.splits[name] for name in ("0", "19", "20", "49", "50")] == [
        "test", "test", "train", "train", "dev",
    ]  # fmt: skip
    fewer = load(id="beir/fiqa/test", train=["beir/fiqa/train"], train_topics=7)
    assert sum(split == "train" for split in fewer.splits.values()) == 7
    assert fewer.counts["train_topics_left_out"] == 23
    assert set(fewer.qrels["query_id"]) == set(fewer.queries["query_id"])


def test_ms_marco_v1_its_tar_and_trec_dl(home: Path) -> None:
    standins.msmarco_v1(home, small=range(30), deep={2019: TOPICS, 2020: range(5, 15)})
    small = load(id="msmarco-passage/dev/small")
    assert list(standins.documents_of(small)["doc_id"]) == [str(n) for n in range(66)]
    assert standins.documents_of(small)["text"][65] == standins.passage(65)
    assert (len(small.queries), len(small.qrels)) == (30, 30)
    assert "data usage agreement" in small.licence
    for year, n in ((2019, 20), (2020, 10)):
        # `judged` leaves out the topic that NIST did not judge
        deep = load(id=f"msmarco-passage/trec-dl-{year}/judged")
        assert len(deep.queries) == n
        assert sorted(set(deep.qrels["relevance"])) == [1, 3]


def test_ms_marco_v2_its_tar_of_gzipped_lines(home: Path) -> None:
    years = {2021: TOPICS, 2022: range(10), 2023: range(7)}
    standins.msmarco_v2(home, years)
    for year, topics in years.items():
        collection = load(id=f"msmarco-passage-v2/trec-dl-{year}/judged")
        assert len(standins.documents_of(collection)) == 66
        assert standins.documents_of(collection)["doc_id"][0] == "msmarco_passage_00_0"
        assert standins.documents_of(collection)["text"][1] == standins.passage(2)
        assert len(collection.queries) == len(topics)
        assert collection.qrels["doc_id"].isin(standins.documents_of(collection)["doc_id"]).all()
    # read from the archive as it is: nothing of it is unpacked beside it
    assert not (home / "msmarco-passage-v2/msmarco_v2_passage.tar.extracted/_built").exists()


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("beir/scifact/test", ["scifact.zip (2.82 MB) to {home}/beir/scifact/source.zip"]),
        (
            "msmarco-passage/trec-dl-2019/judged",
            [
                "(1.06 GB) to {home}/msmarco-passage/collectionandqueries.tar.gz",
                "to {home}/msmarco-passage/trec-dl-2019/queries.tsv, unpacked",
                "to {home}/msmarco-passage/trec-dl-2019/qrels",
            ],
        ),
        (
            "msmarco-passage-v2/trec-dl-2021/judged",
            ["(21.8 GB) to {home}/msmarco-passage-v2/msmarco_v2_passage.tar"],
        ),
    ],
)
def test_offline_one_line_says_what_to_download_and_where_to(
    home: Path, name: str, paths: list[str]
) -> None:
    with pytest.raises(InputError) as raised:
        load(id=name)
    message = str(raised.value)
    assert message.startswith(f"{name}: cannot be downloaded from here")
    assert "\n" not in message
    for path in paths:
        assert path.format(home=home) in message


def cut(path: Path, share: float = 0.5) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])


def test_half_a_zip_is_never_read(home: Path) -> None:
    path = standins.beir(home, "nq", {"test": TOPICS})
    cut(path)
    with pytest.raises(InputError, match=f"beir/nq: not a whole file .*{path}.*delete it"):
        load(id="beir/nq")


def test_half_a_gzipped_tar_is_never_read(home: Path) -> None:
    path = standins.msmarco_v1(home, small=range(30), deep={})
    cut(path)
    with pytest.raises(InputError, match="msmarco-passage/dev/small: not a whole file"):
        load(id="msmarco-passage/dev/small")
    # nor is what was unpacked before the break
    assert not (home / "msmarco-passage/collection.tsv").exists()
    standins.msmarco_v1(home, small=range(30), deep={})
    assert len(standins.documents_of(load(id="msmarco-passage/dev/small"))) == 66


@pytest.mark.parametrize("end", ["in a member", "between two members"])
def test_a_cut_tar_is_never_read_even_where_tarfile_takes_it_for_whole(
    home: Path, end: str
) -> None:
    import tarfile

    path = standins.msmarco_v2(home, {2021: TOPICS})
    with tarfile.open(path) as archive:
        second = archive.getmembers()[1].offset
    path.write_bytes(path.read_bytes()[: second if end == "between two members" else second + 700])
    with pytest.raises(InputError, match=f"{path}: cut off before the archive's end"):
        load(id="msmarco-passage-v2/trec-dl-2021/judged")


def test_an_empty_file_and_another_format_are_told(home: Path) -> None:
    path = standins.beir(home, "scifact", {"train": [20], "test": TOPICS})
    path.write_bytes(b"")
    with pytest.raises(InputError, match=f"{path}: empty"):
        load(id="beir/scifact/test")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("scifact/corpus.jsonl", '{"_id": "d0"}\n')
        archive.writestr("scifact/queries.jsonl", "{broken\n")
        archive.writestr("scifact/qrels/test.tsv", "query-id\tcorpus-id\tscore\n0\td0\t1\n")
    with pytest.raises(InputError, match="not in the format that ir_datasets expects"):
        load(id="beir/scifact/test")


def test_a_file_that_is_not_the_published_one_is_refused_unless_asked_for(home: Path) -> None:
    path = standins.beir(home, "scifact", {"train": [20], "test": TOPICS})
    with pytest.raises(InputError, match=f"{path}: not the published file .MD5 .*verify: false"):
        load(id="beir/scifact/test", verify=True)


def test_what_cannot_be_meant_is_refused_in_one_line(home: Path) -> None:
    standins.beir(home, "fiqa", {"train": [1, 2], "dev": [3], "test": [1]})
    wrong: dict[str, dict[str, Any]] = {
        "did you mean 'beir/scifact/test'": {"id": "beir/scifakt/test"},
        "query '1' is in another": {"id": "beir/fiqa/test", "train": ["beir/fiqa/train"]},
        "has no qrels": {"id": "beir/fiqa"},
        "named twice": {"id": "beir/fiqa/test", "train": ["beir/fiqa/test"]},
        "different grades": {
            "id": "msmarco-passage/trec-dl-2019/judged", "train": ["msmarco-passage/train"]
        },
    }  # fmt: skip
    for message, options in wrong.items():
        with pytest.raises(InputError, match=message):
            load(**options)


def test_a_grade_that_no_measure_can_read_is_refused() -> None:
    judgement = SimpleNamespace(query_id="q", doc_id="d", relevance=99_999_999_999)
    dataset = SimpleNamespace(qrels_iter=lambda: [judgement])
    message = "x: 'q' × 'd' has grade 99999999999, beyond ±100,000, the largest .*; choose another"
    with pytest.raises(InputError, match=message):
        irds._judgements("x", dataset, queries={"q": "a query"})

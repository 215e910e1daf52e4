"""Folders in BEIR layout as people have them are read, or one line says what to correct.

Layout: https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset
"""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

import tests.standins as standins
from maw.datasets.census import Census
from maw.datasets.collection import Collection
from maw.datasets.loaders import beir_dir
from maw.errors import InputError

Files = Mapping[str, str | bytes]

# Two documents, two queries, a header: what every test below changes in one place.
PLAIN: dict[str, str | bytes] = {
    "corpus.jsonl": '{"_id": "d1", "title": "Wings", "text": "lift and drag"}\n'
    '{"_id": "d2", "title": "", "text": "heat flow"}\n',
    "queries.jsonl": '{"_id": "q1", "text": "what is lift"}\n'
    '{"_id": "q2", "text": "what is heat"}\n',
    "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\n",
}


def written(folder: Path, files: Files) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def load(folder: Path, files: Files, **options: str) -> Collection:
    """The collection of PLAIN, some of its files replaced by these."""
    return beir_dir.load(beir_dir.Config(path=written(folder, {**PLAIN, **files}), **options))


def texts(collection: Collection) -> dict[str, str]:
    return dict(standins.documents_of(collection).itertuples(index=False, name=None))


def not_there(collection: Collection) -> set[str]:
    """Ids of judged documents that the corpus lacks, as `prepare` counts them."""
    census = Census(set(collection.qrels["doc_id"]))
    assert [len(block) for block in census.of(collection.blocks())] == [2]
    return census.named - census.known


def grades(collection: Collection) -> list[tuple[str, str, int]]:
    return list(collection.qrels.itertuples(index=False, name=None))


def lines(*items: object) -> str:
    return "".join(f"{json.dumps(item)}\n" for item in items)


def test_a_plain_folder_is_read_in_its_own_order(tmp_path: Path) -> None:
    collection = load(tmp_path / "mine", {}, licence="CC0-1.0")
    assert texts(collection) == {"d1": "Wings lift and drag", "d2": "heat flow"}
    assert collection.queries.to_dict("list") == {
        "query_id": ["q1", "q2"],
        "text": ["what is lift", "what is heat"],
        "cluster": ["q1", "q2"],
    }
    assert grades(collection) == [("q1", "d1", 2), ("q2", "d2", 1)]
    assert (collection.licence, collection.source) == ("CC0-1.0", "BEIR folder mine")
    assert set(collection.counts.values()) == {0}
    assert (collection.own, len(collection.twins)) == ({}, 0)


def test_gzipped_files_are_read_where_there_is_no_plain_one(tmp_path: Path) -> None:
    folder = written(tmp_path, PLAIN)
    plain = beir_dir.load(beir_dir.Config(path=folder))
    for name in ("corpus.jsonl", "queries.jsonl"):
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        # two members, as `cat a.gz b.gz` gives
        head, tail = content[:30], content[30:]
        (folder / f"{name}.gz").write_bytes(gzip.compress(head) + gzip.compress(tail))
    packed = beir_dir.load(beir_dir.Config(path=folder))
    assert texts(packed) == texts(plain)
    assert packed.queries.equals(plain.queries)


def test_windows_line_ends_a_byte_order_mark_and_blank_lines_change_nothing(tmp_path: Path) -> None:
    plain = load(tmp_path / "plain", {})
    files = {
        name: b"\xef\xbb\xbf" + str(content).replace("\n", "\r\n").encode() + b"\r\n  \r\n\n"
        for name, content in PLAIN.items()
    }
    windows = load(tmp_path / "windows", files)
    assert texts(windows) == texts(plain)
    assert windows.queries.equals(plain.queries)
    assert windows.qrels.equals(plain.qrels)


def test_title_and_text_may_be_null_or_absent_or_numbers_and_more_keys_are_ignored(
    tmp_path: Path,
) -> None:
    corpus = lines(
        {"_id": "d1", "text": "no title", "metadata": {"year": 1958, "tags": ["a"]}},
        {"_id": "d2", "title": None, "text": "null title"},
        {"_id": "d3", "title": "null text", "text": None},
        {"_id": "d4", "title": 1984, "text": "", "url": "x"},
        {"_id": "d5", "text": ""},
        {"_id": "d6", "text": "two\nlines\u2028and three", "title": ""},
    )
    collection = load(tmp_path, {"corpus.jsonl": corpus})
    assert texts(collection) == {
        "d1": "no title",
        "d2": "null title",
        "d3": "null text",
        "d4": "1984",
        "d5": "",
        "d6": "two\nlines\u2028and three",
    }


def test_numeric_ids_are_the_strings_of_the_judgements(tmp_path: Path) -> None:
    collection = load(
        tmp_path,
        {
            "corpus.jsonl": lines({"_id": 1, "text": "a"}, {"_id": "02", "text": "b"}),
            "queries.jsonl": lines({"_id": 0, "text": "a"}),
            "qrels/test.tsv": "query-id\tcorpus-id\tscore\n0\t1\t1\n0\t02\t1\n",
        },
    )
    assert list(texts(collection)) == ["1", "02"]
    assert grades(collection) == [("0", "1", 1), ("0", "02", 1)]
    assert not_there(collection) == set()


def test_ids_are_compared_without_the_blanks_around_them(tmp_path: Path) -> None:
    files = {
        "corpus.jsonl": lines({"_id": " d1", "text": "a"}, {"_id": "d 2", "text": "b"}),
        "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1 \td1\t1\nq2\t d 2\t 1 \n",
    }
    assert grades(load(tmp_path, files)) == [("q1", "d1", 1), ("q2", "d 2", 1)]


def test_half_a_surrogate_pair_becomes_a_character_that_can_be_stored(tmp_path: Path) -> None:
    corpus = '{"_id": "d1", "text": "cut tweet \\ud83d"}\n{"_id": "d2", "text": "\\ud83d\\ude00"}\n'
    collection = load(tmp_path, {"corpus.jsonl": corpus})
    assert texts(collection) == {"d1": "cut tweet \ufffd", "d2": "\U0001f600"}
    assert standins.documents_of(collection)["text"].map(str.encode).size == 2


def test_all_files_of_qrels_are_read_unless_one_is_named(tmp_path: Path) -> None:
    header = "query-id\tcorpus-id\tscore\n"
    files: Files = {
        "qrels/dev.tsv": f"{header}q1\td2\t1\n",
        "qrels/train.tsv": f"{header}q2\td2\t3\n",
        "qrels/test.tsv": f"{header}q1\td1\t2\n",
        "qrels/._test.tsv": b"\0\xff left by a Mac",
        "qrels/README.md": "no judgements",
    }
    assert grades(load(tmp_path, files)) == [("q1", "d2", 1), ("q1", "d1", 2), ("q2", "d2", 3)]
    assert grades(load(tmp_path, files, qrels="train")) == [("q2", "d2", 3)]


def test_queries_without_judgement_stay_and_judgements_of_nobody_are_counted(
    tmp_path: Path,
) -> None:
    qrels = "query-id\tcorpus-id\tscore\nq2\td2\t1\nq9\td1\t1\nq2\td8\t1\nq2\td9\t0\nq9\td9\t1\n"
    collection = load(tmp_path, {"qrels/test.tsv": qrels})
    assert list(collection.queries["query_id"]) == ["q1", "q2"]
    assert grades(collection) == [("q2", "d2", 1), ("q2", "d8", 1), ("q2", "d9", 0)]
    assert not_there(collection) == {"d8", "d9"}
    assert collection.counts == {
        "judgements_of_unknown_queries": 2,
        "judgements_repeated": 0,
    }


@pytest.mark.parametrize(
    ("qrels", "expected"),
    [
        ("q1\td1\t2\nq2\td2\t1\n", [2, 1]),  # no header
        ("q1 d1 2\nq2  d2 1\n", [2, 1]),  # blanks for tabs
        ("q1 0 d1 2\nq2 Q0 d2 1\n", [2, 1]),  # TREC
        ("q1\t0\td1\t2\nq2\t0\td2\t1\n", [2, 1]),  # MS MARCO: TREC with tabs
        ("qid\titer\tdocno\trel\nq1\t0\td1\t2\n", [2]),
        ("query-id\tcorpus-id\tscore\nq1\td1\t2.0\nq2\td2\t1.\n", [2, 1]),  # through pandas
        ("q1\td1\t1.0\nq2\td2\t0.0\n", [1, 0]),  # a number is no header
        ("q1\td1\t-2\nq2\td2\t+1\n", [-2, 1]),  # ClueWeb's spam
        ("q1\td1\t2\t\nq2\td2\t1\t \n", [2, 1]),  # tabs at the end
        ("\n\nquery-id\tcorpus-id\tscore\nq1\td1\t2\n", [2]),
    ],
)
def test_judgements_are_read_as_people_write_them(
    tmp_path: Path, qrels: str, expected: list[int]
) -> None:
    pairs = [("q1", "d1"), ("q2", "d2")]
    read = grades(load(tmp_path, {"qrels/test.tsv": qrels}))
    assert read == [(*pair, grade) for pair, grade in zip(pairs, expected, strict=False)]
    assert len(read) == len(expected)


def test_a_judgement_repeated_in_another_file_counts_once(tmp_path: Path) -> None:
    files = {"qrels/dev.tsv": "q1\td1\t2\nq1\td2\t0\nq1\td2\t0\n"}
    collection = load(tmp_path, files)
    assert grades(collection) == [("q1", "d1", 2), ("q1", "d2", 0), ("q2", "d2", 1)]
    assert collection.counts["judgements_repeated"] == 2


def test_near_duplicate_queries_are_in_one_group(tmp_path: Path) -> None:
    queries = lines({"_id": "q1", "text": "What is lift?"}, {"_id": "q2", "text": "what is LIFT 2"})
    groups = load(tmp_path, {"queries.jsonl": queries}).groups
    assert groups == {"q1": "what is lift", "q2": "what is lift"}


def test_a_home_folder_is_found_by_its_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "mine", PLAIN)
    monkeypatch.setenv("HOME", str(tmp_path))
    config = beir_dir.Config(path=Path("~/mine"))
    assert [path.name for path in beir_dir.sources(config)] == [
        "corpus.jsonl",
        "queries.jsonl",
        "test.tsv",
    ]
    assert all(path.is_file() for path in beir_dir.sources(config))
    assert len(standins.documents_of(beir_dir.load(config))) == 2


def test_the_sources_are_what_is_read(tmp_path: Path) -> None:
    folder = written(tmp_path, {**PLAIN, "qrels/dev.tsv": "q1\td2\t1\n", "notes.txt": "x"})
    config = beir_dir.Config(path=folder)
    names = [str(path.relative_to(folder)) for path in beir_dir.sources(config)]
    assert names == ["corpus.jsonl", "queries.jsonl", "qrels/dev.tsv", "qrels/test.tsv"]
    assert beir_dir.fingerprint(config) == {}


BIG = gzip.compress("".join(f'{{"_id": "d{n}", "text": "{n * n}"}}\n' for n in range(999)).encode())
GOOD = '{"_id": "d1", "text": "lift"}\n'
HEADER = "query-id\tcorpus-id\tscore\n"

# fault: the file, its content, and the error message after the folder
BROKEN: dict[str, tuple[str, str | bytes, str]] = {
    "not JSON": ("corpus.jsonl", GOOD + "\n{d2\n", r"corpus\.jsonl:3: not JSON \(.+\); mend"),
    "a list of all": ("corpus.jsonl", "[" + GOOD + "]", r"corpus\.jsonl:1: not JSON"),
    "a string": ("corpus.jsonl", '"d1"\n', r"corpus\.jsonl:1: lacks `_id` or `text`; BEIR"),
    "no _id": ("corpus.jsonl", GOOD + '{"id": 2, "text": "x"}', r"corpus\.jsonl:2: lacks `_id` or"),
    "no text": ("queries.jsonl", '{"_id": "q1"}', r"queries\.jsonl:1: lacks `_id` or `text`"),
    "id twice": ("corpus.jsonl", GOOD + GOOD, r"corpus\.jsonl:2: id 'd1' is there twice; keep one"),
    "id twice but for blanks": (
        "corpus.jsonl",
        GOOD + '{"_id": "d1 ", "text": ""}',
        r"corpus\.jsonl:2: id 'd1' is there twice",
    ),
    "null id": (
        "corpus.jsonl",
        '{"_id": null, "text": ""}',
        r"corpus\.jsonl:1: `_id` is empty; gi",
    ),
    "boolean id": (
        "corpus.jsonl",
        '{"_id": true, "text": ""}',
        r"`_id` is true; expected a string",
    ),
    "text a list": (
        "corpus.jsonl",
        '{"_id": "d1", "text": ["lift", "drag"]}',
        r'corpus\.jsonl:1: `text` is \["lift", "drag"\]; expected a string',
    ),
    "title not a number": (
        "corpus.jsonl",
        '{"_id": "d1", "title": NaN, "text": "x"}',
        r"corpus\.jsonl:1: `title` is NaN; expected a string",
    ),
    "not UTF-8": (
        "corpus.jsonl",
        GOOD.encode() + b'{"_id": "d2", "text": "caf\xe9"}\n',
        r"corpus\.jsonl:2: not UTF-8 \(.+\); convert the file",
    ),
    "UTF-16": ("queries.jsonl", GOOD.encode("utf-16"), r"queries\.jsonl:1: not UTF-8"),
    "no document": ("corpus.jsonl", "\n", r"corpus\.jsonl: holds no text; give a file with texts"),
    "empty documents only": (
        "corpus.jsonl",
        '{"_id": "d1", "text": " "}',
        r"corpus\.jsonl: holds no text",
    ),
    "no query": ("queries.jsonl", "", r"queries\.jsonl: holds no text; give a file with texts"),
    "empty query": (
        "queries.jsonl",
        "\n" + '{"_id": "q1", "text": "\\t"}\n',
        r"queries\.jsonl:2: query 'q1' is empty; remove it",
    ),
    "no query judged": (
        "qrels/test.tsv",
        HEADER + "Q1\td1\t1\n",
        r"test\.tsv: no query of \S+queries\.jsonl is judged; check the query ids",
    ),
    "header only": ("qrels/test.tsv", HEADER, r"test\.tsv: no query of \S+ is judged"),
    "no judged document": (
        "qrels/test.tsv",
        HEADER + "q1\tD1\t1\nq2\tD2\t1\n",
        r"test\.tsv: no judged document is in \S+corpus\.jsonl; check the document ids",
    ),
    "a grade in words": (
        "qrels/test.tsv",
        HEADER + "q1\td1\thigh\n",
        r"test\.tsv:2: grade 'high' is not an integer; mend the line",
    ),
    "a first grade in words, without a header": (
        "qrels/test.tsv",
        "q1\td1\thigh\nq1\td2\t1\n",
        r"test\.tsv:1: grade 'high' is not an integer; mend the line",
    ),
    "a grade that no measure can read": (
        "qrels/test.tsv",
        HEADER + "q1\td1\t99999999999\n",
        r"test\.tsv:2: grade 99999999999 is beyond ±100,000",
    ),
    "half a grade": ("qrels/test.tsv", "q1\td1\t.5\n", r"test\.tsv:1: grade '\.5' is not an int"),
    "no grade": (
        "qrels/test.tsv",
        HEADER + "q1\td1\n",
        r"test\.tsv:2: 2 columns; expected query, d",
    ),
    "commas": (
        "qrels/test.tsv",
        "q,d,s\nq1,d1,1\n",
        r"test\.tsv:1: 1 columns; expected query, docu",
    ),
    "five columns": (
        "qrels/test.tsv",
        HEADER + "q1\tQ0\td1\t1\tx\n",
        r"test\.tsv:2: 5 columns; expected query, document, grade",
    ),
    "four columns, none an iteration": (
        "qrels/test.tsv",
        HEADER + "q1\td1\t1\t1\n" + "q1\tdoc\t1\t1\n",
        r"test\.tsv:\d: 4 columns; expected query, document, grade",
    ),
    "judged both ways": (
        "qrels/zz.tsv",
        HEADER + "q1\td2\t1\n\nq1\td1\t1\n",
        r"qrels/zz\.tsv:4: 'q1' × 'd1' has grade 1, but 2 before; keep one",
    ),
}


@pytest.mark.parametrize(("name", "content", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_wrong_line_is_named_with_its_file_and_the_mend(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load(tmp_path, {name: content})
    assert str(caught.value).startswith(str(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (BIG[:-300], r"[1-9]\d*"),  # cut in the middle
        (BIG[:-4], "1000"),  # cut in the checksum
        (b"plain text under a wrong name\n", "1"),
        (BIG[:200] + bytes(50) + BIG[250:], r"\d+"),
    ],
)
def test_a_broken_gzip_file_is_named(tmp_path: Path, content: bytes, row: str) -> None:
    folder = written(tmp_path, {**PLAIN, "corpus.jsonl.gz": content})
    (folder / "corpus.jsonl").unlink()
    with pytest.raises(InputError, match=rf"corpus\.jsonl\.gz:{row}: not a whole gzip file; copy"):
        beir_dir.load(beir_dir.Config(path=folder))


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("corpus.jsonl", r"corpus\.jsonl: no such file, nor with \.gz; give a folder in BEIR layo"),
        ("queries.jsonl", r"queries\.jsonl: no such file, nor with \.gz"),
        ("qrels/test.tsv", r"qrels: no \*\.tsv; give a folder with judgements"),
    ],
)
def test_a_missing_file_is_named_before_anything_runs(
    tmp_path: Path, missing: str, message: str
) -> None:
    folder = written(tmp_path, PLAIN)
    (folder / missing).unlink()
    with pytest.raises(InputError, match=message):
        beir_dir.sources(beir_dir.Config(path=folder))


def test_a_missing_qrels_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"qrels: no dev\.tsv; give a folder with judgements"):
        load(tmp_path, {}, qrels="dev")

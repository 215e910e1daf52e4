"""Small collections in the formats and places from which `ir_datasets` reads its large ones.

Each topic asks for two words. The document with both words is the best answer, the next document is
a good one.
"""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from maw.datasets.collection import Collection

WORDS = [
    "wing", "flow", "heat", "shock", "drag", "lift", "plate", "layer", "speed", "pressure", "jet",
    "nozzle",
]  # fmt: skip
PAIRS = [(a, b) for n, a in enumerate(WORDS) for b in WORDS[n + 1 :]]  # 66
Qrels = list[tuple[str, str, int]]


def passage(n: int) -> str:
    """Return the text of document n."""
    a, b = PAIRS[n]
    return f"A study of {a} and {b} in a tunnel, with {a} measured before {b} é"


def topic(n: int) -> str:
    """Return the text of topic n; no two topics are near-duplicates."""
    return f"how does {PAIRS[n][0]} act on {PAIRS[n][1]}"


def judged(topics: Sequence[int], names: Mapping[int, str], *, grades: tuple[int, int]) -> Qrels:
    """Judge for each topic its own document and the next one, with these grades."""
    return [
        (str(n), names[m % len(PAIRS)], grade)
        for n in topics
        for m, grade in ((n, grades[0]), (n + 1, grades[1]))
    ]


def beir(home: Path, name: str, splits: Mapping[str, Sequence[int]]) -> Path:
    """Write `source.zip` of a BEIR set and return its path. splits: split -> its topics."""
    extra = {
        "scidocs": {"authors": [], "year": 2000, "cited_by": [], "references": []},
        "scifact": {},
    }.get(name, {})
    corpus = [
        {"_id": f"d{n}", "title": f"Note {n}", "text": passage(n), "metadata": extra}
        for n in range(len(PAIRS))
    ]
    topics = sorted({n for numbers in splits.values() for n in numbers})
    queries = [{"_id": str(n), "text": topic(n), "metadata": extra} for n in topics]
    names = {n: f"d{n}" for n in range(len(PAIRS))}
    path = home / "beir" / name / "source.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, rows in (("corpus", corpus), ("queries", queries)):
            archive.writestr(f"{name}/{part}.jsonl", "".join(f"{json.dumps(r)}\n" for r in rows))
        for split, numbers in splits.items():
            lines = [
                f"{query}\t{document}\t{grade}\n"
                for query, document, grade in judged(numbers, names, grades=(1, 1))
            ]
            archive.writestr(
                f"{name}/qrels/{split}.tsv", "query-id\tcorpus-id\tscore\n" + "".join(lines)
            )
    return path


def msmarco_v1(home: Path, *, small: Sequence[int], deep: Mapping[int, Sequence[int]]) -> Path:
    """Write MS MARCO's collectionandqueries.tar.gz with dev/small, and topics of TREC DL by year.

    small: topics of dev/small. deep: year -> topics, each with documents of grades 3 and 1.
    """
    folder = home / "msmarco-passage"
    folder.mkdir(parents=True, exist_ok=True)
    names = {n: str(n) for n in range(len(PAIRS))}
    collection = "".join(f"{n}\t{passage(n)}\n" for n in names)
    _tar(
        folder / "collectionandqueries.tar.gz",
        {
            "collection.tsv": collection.encode(),
            "queries.dev.small.tsv": _topics(small),
            "qrels.dev.small.tsv": _trec(judged(small, names, grades=(1, 1))[::2]),
        },
        mode="w:gz",
    )
    for year, numbers in deep.items():
        year_folder = folder / f"trec-dl-{year}"
        year_folder.mkdir(exist_ok=True)
        # one topic more than is judged, as in NIST's files
        topics = _topics([*numbers, len(PAIRS) - 1])
        if year == 2019:  # ir_datasets keeps this year's file unpacked
            (year_folder / "queries.tsv").write_bytes(topics)
        else:
            (year_folder / "queries.tsv.gz").write_bytes(gzip.compress(topics))
        (year_folder / "qrels").write_bytes(_trec(judged(numbers, names, grades=(3, 1))))
    return folder / "collectionandqueries.tar.gz"


def msmarco_v2(home: Path, deep: Mapping[int, Sequence[int]]) -> Path:
    """Write msmarco_v2_passage.tar with two gzipped files, and topics and judgements by year."""
    folder = home / "msmarco-passage-v2"
    folder.mkdir(parents=True, exist_ok=True)
    members: dict[str, bytes] = {}
    names: dict[int, str] = {}
    for part in range(2):
        lines, offset = [], 0
        for n in range(part, len(PAIRS), 2):
            names[n] = f"msmarco_passage_{part:02d}_{offset}"
            row = {
                "pid": names[n], "passage": passage(n), "spans": "(0,9)", "docid": f"doc_{n}"
            }  # fmt: skip
            lines.append(json.dumps(row).encode() + b"\n")
            offset += len(lines[-1])
        members[f"msmarco_v2_passage/msmarco_passage_{part:02d}.gz"] = gzip.compress(
            b"".join(lines)
        )
    _tar(folder / "msmarco_v2_passage.tar", members, mode="w")
    for year, numbers in deep.items():
        year_folder = folder / f"trec-dl-{year}"
        year_folder.mkdir(exist_ok=True)
        (year_folder / "queries.tsv").write_bytes(_topics([*numbers, len(PAIRS) - 1]))
        name = "qrels" if year == 2021 else "qrels.withDupes.txt"
        (year_folder / name).write_bytes(_trec(judged(numbers, names, grades=(3, 1))))
    return folder / "msmarco_v2_passage.tar"


def whole(collection: Collection) -> Collection:
    """Return the collection with all blocks of its documents in one frame."""
    return replace(collection, documents=pd.concat(collection.blocks(), ignore_index=True))


def documents_of(collection: Collection) -> pd.DataFrame:
    """The documents of a collection that holds them in memory."""
    assert isinstance(collection.documents, pd.DataFrame)
    return collection.documents


def _topics(numbers: Sequence[int]) -> bytes:
    return "".join(f"{n}\t{topic(n)}\n" for n in numbers).encode()


def _trec(rows: Qrels) -> bytes:
    return "".join(f"{query} 0 {document} {grade}\n" for query, document, grade in rows).encode()


def _tar(path: Path, members: Mapping[str, bytes], *, mode: str) -> None:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))

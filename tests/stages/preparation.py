"""A small collection in BEIR's form, and the stage `prepare` run on it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from maw.jobs import encoding_specs
from maw.jobs.job_key import JobKey
from maw.settings.read import parse_suite
from maw.stages.prepare import prepare

COLUMNS = {
    "documents": ["doc_id", "text"],
    "queries": ["query_id", "text", "cluster"],
    "qrels": ["query_id", "doc_id", "relevance"],
    "split": ["query_id", "split"],
    "training": ["query_id", "doc_id", "relevance"],
    "negatives": ["query_id", "doc_id", "rank"],
    "forbidden": ["query_id", "doc_id"],
    "development": ["doc_id"],
}
# Each pair of these ten words is a document; its query names both words
WORDS = ["wing", "flow", "heat", "shock", "drag", "lift", "plate", "layer", "speed", "pressure"]
TEXTS = [f"{a} {b}" for n, a in enumerate(WORDS) for b in WORDS[n + 1 :]]

Call = Callable[..., None]


def beir(folder: Path, *, judged: int = len(TEXTS), grade: int = 1) -> Path:
    """Write 45 documents and an empty one, and 45 queries; return the folder.

    The first `judged` queries have two judged documents each, with this grade.
    """
    documents = [{"_id": f"d{n}", "text": text} for n, text in enumerate(TEXTS)]
    documents.append({"_id": "d99", "text": ""})
    queries = [{"_id": f"q{n}", "text": f"about {text}"} for n, text in enumerate(TEXTS)]
    qrels = [f"q{n}\td{m}\t{grade}" for n in range(judged) for m in (n, (n + 1) % len(TEXTS))]
    (folder / "qrels").mkdir(parents=True)
    for name, items in (("corpus", documents), ("queries", queries)):
        lines = "".join(f"{json.dumps(item)}\n" for item in items)
        (folder / f"{name}.jsonl").write_text(lines)
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "\n".join(qrels))
    return folder


def spec_of(folder: Path, **split: Any) -> dict[str, Any]:
    """Return the specification of the stage for a dataset `own` in a configuration."""
    loader = {"kind": "beir_dir", "path": str(folder), "licence": "CC0-1.0"}
    parsed = parse_suite(
        {
            "suite": "tiny",
            "datasets": {"own": {"loader": loader, "split": split}},
            "systems": {"bm25": {"kind": "bm25"}, "other": {"kind": "bm25"}},
            "analysis": {"contrasts": [{"system": "bm25", "baseline": "other"}]},
        },
        source="tiny.yaml",
    )
    return encoding_specs.prepare(parsed, JobKey(dataset="own"))


def prepared(call: Call, spec: dict[str, Any], out: Path) -> Path:
    """Run the stage and return the folder of its files."""
    files = {name: out / f"{name}.parquet" for name in COLUMNS}
    files["bm25"] = out / "bm25.safetensors"
    call(prepare, spec, **files, dataset=out / "dataset.json")
    return out


def tables_of(out: Path) -> dict[str, pd.DataFrame]:
    return {name: pd.read_parquet(out / f"{name}.parquet") for name in COLUMNS}

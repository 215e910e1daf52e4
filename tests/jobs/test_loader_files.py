"""A loader names the files that a dataset is made from."""

from pathlib import Path

from maw.jobs import loader_files
from tests.smoke_suite import smoke_suite


def test_a_newer_file_of_a_collection_makes_its_dataset_again(tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    names = ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv")
    for name in names:
        (tmp_path / name).touch()
    suite = smoke_suite(datasets={"own": {"loader": {"kind": "beir_dir", "path": str(tmp_path)}}})
    assert {str(tmp_path / name) for name in names} <= set(loader_files.sources(suite, "own"))

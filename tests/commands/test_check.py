"""`maw check` counts the runs of a configuration, or names its mistake."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from maw.errors import InputError

CONFIGURATION = """
suite: tiny
datasets: {{own: {{loader: {{kind: beir_dir, path: {texts}}}}}}}
systems: {{bm25: {{kind: bm25}}, trained: {{kind: bi_encoder, objective: {{kind: ranking}}}}}}
{seeds}: [42, 43]
analysis: {{contrasts: [{{system: trained, baseline: bm25}}]}}
"""


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Return a folder in BEIR layout with one document, one query and one judgement."""
    folder = tmp_path / "texts"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "", "text": "one"}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "one"}\n')
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    return folder


def test_the_runs_are_counted_and_the_command_is_named(
    tmp_path: Path, texts: Path, maw: Callable[..., Result]
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(CONFIGURATION.format(seeds="seeds", texts=texts))
    assert maw("check", path).output.splitlines() == [
        f"{path}: suite 'tiny', 3 runs, results in results/suites/tiny/",
        f"run it: snakemake --cores all --configfile {path}",
    ]


def test_a_mistake_is_one_line_that_names_the_key(
    tmp_path: Path, texts: Path, maw: Callable[..., Result]
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(CONFIGURATION.format(seeds="seds", texts=texts))
    with pytest.raises(InputError, match="seds: unknown key; did you mean 'seeds'") as error:
        maw("check", path)
    assert "\n" not in str(error.value)


def test_a_collection_that_is_missing_is_found_before_anything_runs(
    tmp_path: Path, maw: Callable[..., Result]
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(CONFIGURATION.format(seeds="seeds", texts=tmp_path / "nowhere"))
    message = r"^datasets\.own: .*nowhere/corpus\.jsonl: no such file, nor with \.gz; give a folder"
    with pytest.raises(InputError, match=message):
        maw("check", path)


def test_a_folder_is_no_configuration(tmp_path: Path, maw: Callable[..., Result]) -> None:
    with pytest.raises(InputError, match=r": is a folder; give the YAML file of a suite$"):
        maw("check", tmp_path)

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


LOADER = """
from pydantic import BaseModel, field_validator


class Config(BaseModel, extra="forbid", frozen=True):
    path: str = ""

    @field_validator("path")
    @classmethod
    def _end(cls, path: str) -> str:
        raise SystemExit(0)


def sources(config):
    raise SystemExit(0)
"""


@pytest.mark.parametrize(
    ("code", "path", "place"),
    [
        ("import sys\nsys.exit(0)\n", "", r"loaders: .*loader\.py:2"),
        ("raise KeyboardInterrupt\n", "", r"loaders: .*loader\.py:1"),
        (LOADER, "validator", r"loader\.py:11"),
        (LOADER, "", r"^datasets\.own: .*loader\.py:15"),
    ],
)
def test_code_that_ends_the_program_does_not_silence_the_check(
    code: str,
    path: str,
    place: str,
    tmp_path: Path,
    maw: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loader.py").write_text(code)
    text = CONFIGURATION.format(seeds="seeds", texts=path or "''").replace("beir_dir", "loader.py")
    Path("own.yaml").write_text(text if path else text.replace(", path: ''", ""))
    message = rf"{place}: .*; the code of a kind must not end the program: take this out$"
    with pytest.raises(InputError, match=message) as error:
        maw("check", "own.yaml")
    assert "\n" not in str(error.value)


def test_the_help_says_that_a_configuration_is_code(maw: Callable[..., Result]) -> None:
    words = maw("check", "--help").output.replace("│", " ").split()
    assert "A configuration is code" in " ".join(words)

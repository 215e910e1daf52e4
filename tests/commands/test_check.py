"""`maw check` counts the runs of a configuration, or names its mistake."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from maw.errors import InputError
from tests.given_suite import write_run

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


def load(config):
    pass


def fingerprint(config):
    return {}
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


GIVEN = """
suite: tiny
datasets: {{own: {{loader: {{kind: beir_dir, path: {texts}}}}}}}
systems: {{mine: {{kind: run, path: {runs}}}, bm25: {{kind: bm25}}}}
seeds: [42, 43]
analysis: {{contrasts: [{{system: mine, baseline: bm25}}]}}
"""


def test_runs_made_elsewhere_are_read_and_what_the_suite_leaves_out_is_told(
    tmp_path: Path, texts: Path, maw: Callable[..., Result]
) -> None:
    path, runs = tmp_path / "own.yaml", tmp_path / "mine"
    path.write_text(GIVEN.format(texts=texts, runs=runs))
    with pytest.raises(InputError, match=r"^systems\.mine\.path: .*mine: no such run; "):
        maw("check", path)
    for seed in (42, 44):
        write_run(runs / f"seed{seed}.run", ["d1", f"d{seed}"])
    with pytest.raises(InputError, match=r"^systems\.mine\.path: .*seed43: no such run; .*seed42"):
        maw("check", path)
    write_run(runs / "seed43.run", ["d1"])
    lines = maw("check", path).output.splitlines()
    assert lines[0].endswith(f"{runs} also holds seed44.run, which no seed of the suite names")
    assert "3 runs" in lines[1]
    with (runs / "seed43.run").open("a") as file:
        file.write("q1 Q0 d1 2 0.5 tag\n")
    message = r"^systems\.mine: .*seed43\.run:3: returns document 'd1' for topic 'q1' a second time"
    with pytest.raises(InputError, match=message):
        maw("check", path)


def written(folder: Path, texts: Path, **change: str) -> Path:
    """Write the configuration with other lines in the places of keys, and return its path."""
    lines = CONFIGURATION.format(seeds="seeds", texts=texts).strip().splitlines()
    kept = [line for line in lines if line.partition(":")[0] not in change]
    path = folder / "own.yaml"
    path.write_text("\n".join([*kept, *(f"{key}: {value}" for key, value in change.items())]))
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measures": "[nDCG@10, nDGC@5]"}, r"^measures: unknown measure 'nDGC@5'; did you mean"),
        ({"seeds": "[-1, 2]"}, r"seeds: -1 is not from 0 to 9007199254740991; give another"),
        ({"backbone": "{name: nowhere}"}, r"^backbone 'nowhere': nowhere/config\.json is missing"),
        ({"backbone": "{trained_layers: 7}"}, r"^backbone\.trained_layers: 7, but the backbone h"),
        (
            {"systems": "{bm25: {kind: bm25}, trained: {kind: cross_encoder, objective: "
             "{kind: ranking}}}", "training": "{hard_negatives: 0}"},
            r"training\.hard_negatives: 0, but 'trained' reads each query with its own documents",
        ),
    ],
)  # fmt: skip
def test_what_a_run_would_find_out_later_is_told(
    change: dict[str, str], message: str, tmp_path: Path, texts: Path, maw: Callable[..., Result]
) -> None:
    with pytest.raises(InputError, match=message) as error:
        maw("check", written(tmp_path, texts, **change))
    assert "\n" not in str(error.value)


def test_a_published_id_is_looked_up(
    tmp_path: Path, home: Path, maw: Callable[..., Result]
) -> None:
    datasets = "{sci: {loader: {kind: irds, id: beir/scifac/test}}}"
    path = written(tmp_path, tmp_path, datasets=datasets)
    with pytest.raises(
        InputError, match=r"^datasets\.sci: irds: unknown id 'beir/scifac/test'; did"
    ):
        maw("check", path)


def test_a_model_of_the_hub_that_is_not_there_yet_is_named(
    tmp_path: Path, texts: Path, maw: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maw.models.encoders.hub.cached", lambda name: None)
    path = written(tmp_path, texts, backbone='{name: "hf:lab/model"}')
    line = f"{path}: backbone 'hf:lab/model' is not fetched yet, so nobody looked at it"
    assert maw("check", path).output.splitlines()[0] == line


def test_code_of_the_user_is_rehearsed(
    tmp_path: Path, texts: Path, maw: Callable[..., Result]
) -> None:
    code = (Path(__file__).parents[2] / "examples/my_window.py").read_text()
    broken = code.replace("return y.transpose(1, 2).flatten(2)", "return y.flatten(2)")
    assert broken != code
    (tmp_path / "window.py").write_text(broken)
    attention = f"attention: {{kind: {tmp_path / 'window.py'}}}"
    systems = f"{{bm25: {{kind: bm25}}, trained: {{kind: bi_encoder, {attention}, objective: "
    path = written(tmp_path, texts, systems=f"{systems}{{kind: ranking}}}}}}")
    message = r"^systems\.trained: attention .*window\.py: `forward` returns \[4, 12, 160\] for x"
    with pytest.raises(InputError, match=message):
        maw("check", path)


def test_documents_that_would_be_cut_are_told(
    tmp_path: Path, texts: Path, maw: Callable[..., Result]
) -> None:
    path = written(tmp_path, texts)
    assert "cut" not in maw("check", path).output
    (texts / "corpus.jsonl").write_text('{"_id": "d1", "title": "", "text": "one two three"}\n')
    path = written(tmp_path, texts, backbone="{max_document_tokens: 4}")
    assert maw("check", path).output.splitlines()[0] == (
        f"{path}: datasets.own: 100.0 % of the first 1 documents cut (20.0 % of all their tokens); "
        "raise backbone.max_document_tokens, unless beginnings are enough"
    )

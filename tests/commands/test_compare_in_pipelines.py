"""`maw compare` in a pipeline: exit code 3, documents for programs, repeats and judges."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.commands.test_compare import write_run

Maw = Callable[..., Result]
N_TOPICS = 20


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with two single runs, five runs of one system, and judgements."""
    write_run(tmp_path / "bm25.run", lift=0.3, seed=1)
    write_run(tmp_path / "splade.run", lift=2.0, seed=2)
    for seed in range(42, 47):
        write_run(tmp_path / "colbert" / f"seed{seed}.run", lift=1.5, seed=seed)
    rows = [f"{q} 0 d{d} 1" for q in range(1, N_TOPICS + 1) for d in range(q % 3 + 1)]
    (tmp_path / "qrels.txt").write_text("\n".join(rows) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


TWO = ("compare", "bm25.run", "splade.run", "--qrels", "qrels.txt")


@pytest.mark.parametrize(
    ("options", "code", "line"),
    [
        ("--require better", 0, ""),
        ("--sesoi 0.01 --require equivalent", 3, "better, by at least SESOI"),
        ("--sesoi 0.01 --require no-worse", 0, ""),
        ("--max-loss 0.01 --require no-worse", 0, ""),
        ("--baseline splade --require better", 3, "refuted"),
    ],
)
def test_a_requirement_that_is_not_met_is_exit_code_3(
    folder: Path, maw: Maw, options: str, code: int, line: str
) -> None:
    printed = maw(*TWO, *options.split(), "--json", "a.json")
    assert printed.exit_code == code
    assert printed.stdout.startswith(("Yes, ", "No, "))  # the verdicts are printed all the same
    assert json.loads((folder / "a.json").read_text())["schema"] == "maw.compare/1"
    if not line:
        assert printed.stderr == ""
        return
    names = "bm25 against splade" if "--baseline" in options else "splade against bm25"
    requirement = options.split("--require ")[1]
    known = f"maw: --require {requirement} is not met: {names} on {folder.name} is “{line}”\n"
    assert printed.stderr == known


def test_a_document_on_standard_output_stands_there_alone(folder: Path, maw: Maw) -> None:
    printed = maw(*TWO, "--json", "-", "--markdown", "a.md", "--out", "out")
    content = json.loads(printed.stdout)
    assert [claim["system"] for claim in content["claims"]] == ["splade"]
    assert {Path(one["origin"]).name for one in content["inputs"]} == {
        *("bm25.run", "splade.run", "qrels.txt"),
    }
    assert all(len(one["sha256"]) == 64 for one in content["inputs"])
    assert (folder / "a.md").read_text(encoding="utf-8").startswith("## Yes, on ")
    assert "report: out/index.html" in printed.stderr
    printed = maw(*TWO, "--markdown", "-")
    assert printed.stdout == (folder / "a.md").read_text(encoding="utf-8")
    assert printed.stderr == ""


def test_many_claims_that_are_not_met_stay_one_line(folder: Path, maw: Maw) -> None:
    for name in "abcde":
        write_run(folder / f"{name}.run", lift=0.0, seed=ord(name))
    runs = [f"{name}.run" for name in "abcde"]
    printed = maw("compare", "splade.run", *runs, "--qrels", "qrels.txt", "--require", "better")
    assert printed.exit_code == 3
    assert printed.stderr.count("\n") == 1
    assert printed.stderr.endswith("; and 2 more\n")


def test_repeats_of_one_system_are_averaged_and_a_model_may_have_judged(
    folder: Path, maw: Maw
) -> None:
    options = ["--qrels", "qrels.txt", "-m", "nDCG@10", "--replicates", "repeats"]
    printed = maw("compare", "bm25.run", "colbert", *options, "--judge", "llm")
    heading, *_ = printed.stdout.splitlines()
    assert heading.endswith("by a model’s judgements, on which tests reject too often.")
    assert "5 decoding repeats of 1 system ('colbert'), averaged on each topic" in printed.stdout
    assert "About these runs, over new topics" in printed.stdout
